//! The parameters from before expressions, translated onto the expressions' tree ("Legacy
//! conditional parameters").

mod comparison;
mod update;

pub use comparison::{ConditionalOperator, ExpectedAttributeValue, LegacyCondition};
pub(crate) use comparison::{expected, filter, key_conditions, key_tests};
pub use update::AttributeValueUpdate;
pub(crate) use update::{reworded, updates};

use crate::{
    error::{DynamoError, invalid, invalid_values},
    expression::tree::{Path, Step},
    value::attribute::AttributeName,
};

/// A `ConditionalOperator` joins at least two conditions.
///
/// # Errors
/// AWS's `ValidationException` when there are fewer.
pub(crate) fn check_operator(
    operator: Option<ConditionalOperator>,
    conditions: usize,
) -> Result<(), DynamoError> {
    match (operator, conditions) {
        (Some(_), 0) => {
            Err(invalid("ConditionalOperator cannot be used without Filter or Expected"))
        }
        (Some(_), 1) => Err(invalid(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        )),
        _ => Ok(()),
    }
}

/// The paths that `AttributesToGet` names.
///
/// # Errors
/// AWS's `ValidationException` for a name given twice.
pub(crate) fn attributes_to_get(names: &[AttributeName]) -> Result<Vec<Path>, DynamoError> {
    let mut paths = Vec::with_capacity(names.len());
    for AttributeName(name) in names {
        let path = top(name);
        if paths.contains(&path) {
            return Err(invalid_values(format_args!("Duplicate value in attribute name: {name}")));
        }
        paths.push(path);
    }
    Ok(paths)
}

/// The path of a top-level attribute.
fn top(name: &str) -> Path {
    Path(vec![Step::Name(name.to_owned())])
}
