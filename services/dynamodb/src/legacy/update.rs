//! `AttributeUpdates`: changes of whole attributes.

use super::top;
use crate::{
    error::{DynamoError, invalid, invalid_values},
    expression::{
        WRONG_OPERAND_TYPE,
        tree::{Term, Update},
    },
    value::attribute::{AttributeValue, check_name},
};
use service_kit::fault::Fault;
use shape::Shape;
use std::{borrow::Cow, collections::BTreeMap};

/// What is done to an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum AttributeAction {
    /// Adds to a number, set or list.
    Add,
    /// Sets it.
    Put,
    /// Takes it away, or members of it.
    Delete,
}

/// The change of one attribute.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct AttributeValueUpdate {
    /// By or to what.
    pub value: Option<AttributeValue>,
    /// How; without it the value is put.
    pub action: Option<AttributeAction>,
}

/// The update that `AttributeUpdates` asks for.
///
/// # Errors
/// AWS's `ValidationException` for actions without a value or with one of a wrong type.
pub(crate) fn updates(
    given: &BTreeMap<String, AttributeValueUpdate>,
) -> Result<Update<'_>, DynamoError> {
    let mut update = Update::default();
    for (name, change) in given {
        check_name(name).map_err(Fault::from)?;
        add(&mut update, name, change)?;
    }
    Ok(update)
}

fn add<'r>(
    update: &mut Update<'r>,
    name: &str,
    change: &'r AttributeValueUpdate,
) -> Result<(), DynamoError> {
    use AttributeValue::{Bs, L, N, Ns, Ss};
    let action = change.action.unwrap_or(AttributeAction::Put);
    let path = top(name);
    let Some(value) = &change.value else {
        if action != AttributeAction::Delete {
            return Err(invalid_values(
                "Only DELETE action is allowed when no attribute value is specified",
            ));
        }
        update.remove.push(path);
        return Ok(());
    };
    let kind = value.type_name();
    match (action, value) {
        (AttributeAction::Put, value) => {
            update.set.push((path, Term::Value(Cow::Borrowed(value))));
        }
        (AttributeAction::Add, L(_)) => {
            let none = Term::Value(Cow::Owned(L(Vec::new())));
            let old = Term::IfNotExists(path.clone(), Box::new(none));
            let more = Term::Value(Cow::Borrowed(value));
            update.set.push((path, Term::ListAppend(Box::new(old), Box::new(more))));
        }
        (AttributeAction::Add, N(_) | Ss(_) | Ns(_) | Bs(_)) => {
            update.add.push((path, Cow::Borrowed(value)));
        }
        (AttributeAction::Delete, Ss(_) | Ns(_) | Bs(_)) => {
            update.delete.push((path, Cow::Borrowed(value)));
        }
        (AttributeAction::Add, _) => {
            return Err(invalid_values(format_args!(
                "ADD action is not supported for the type {kind}"
            )));
        }
        (AttributeAction::Delete, _) => {
            return Err(invalid_values(format_args!(
                "DELETE action with value is not supported for the type {kind}"
            )));
        }
    }
    Ok(())
}

/// A fault of applying an update, in the words that `AttributeUpdates` has for it.
pub(crate) fn reworded(error: DynamoError) -> DynamoError {
    match error {
        DynamoError::Common(Fault::Validation(text)) if text == WRONG_OPERAND_TYPE => {
            invalid("Type mismatch for attribute to update")
        }
        other => other,
    }
}
