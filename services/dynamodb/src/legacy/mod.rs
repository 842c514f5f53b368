//! The parameters from before expressions, translated onto the expressions' tree ("Legacy
//! conditional parameters").

mod comparison;
mod update;

pub use comparison::{ConditionalOperator, ExpectedAttributeValue, LegacyCondition};
pub(crate) use comparison::{expected, filter, key_conditions};
pub use update::AttributeValueUpdate;
pub(crate) use update::{only_deletes, reworded, updates};

use crate::{
    attribute::AttributeName,
    error::{DynamoError, invalid, invalid_values},
    expression::tree::{Path, Step},
};

/// A parameter's name and whether it was given.
pub(crate) type Given = (&'static str, bool);

/// One request speaks one language: legacy parameters do not mix with expressions.
///
/// # Errors
/// AWS's `ValidationException` that names those of each kind, in the order of the lists.
pub(crate) fn check_mixing(legacy: &[Given], expressions: &[Given]) -> Result<(), DynamoError> {
    let names = |parameters: &[Given]| {
        let given = parameters.iter().filter(|(_, given)| *given);
        given.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    };
    let (legacy, expressions) = (names(legacy), names(expressions));
    if legacy.is_empty() || expressions.is_empty() {
        return Ok(());
    }
    Err(invalid(format!(
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {{{legacy}}} Expression parameters: {{{expressions}}}"
    )))
}

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
