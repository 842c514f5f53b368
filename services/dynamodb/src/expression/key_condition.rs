//! Which part of a table a `KeyConditionExpression` chooses.

use super::tree::{Comparator, Condition, Operand};
use crate::{
    error::{DynamoError, invalid},
    value::attribute::AttributeValue,
};

/// The most attributes of any key.
const MAX_TESTS: usize = 8;

/// What a key condition asks of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KeyTest<'v> {
    /// A comparison with a value; never `<>`.
    Compare(Comparator, &'v AttributeValue),
    /// Both bounds included.
    Between(&'v AttributeValue, &'v AttributeValue),
    /// A text or bytes that start with a value.
    BeginsWith(&'v AttributeValue),
    /// Something from before expressions that chooses no range of keys.
    Unordered,
}

/// What is asked of each attribute, by name.
pub(crate) type Tests<'v> = Vec<(&'v str, KeyTest<'v>)>;

impl<'v> KeyTest<'v> {
    /// The values it compares with.
    pub(crate) fn values(&self) -> impl Iterator<Item = &'v AttributeValue> {
        let (first, second) = match *self {
            Self::Compare(_, value) | Self::BeginsWith(value) => (Some(value), None),
            Self::Between(low, high) => (Some(low), Some(high)),
            Self::Unordered => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// The tests that a key condition is made of, by attribute.
///
/// # Errors
/// AWS's `ValidationException` for everything that is not one test for each key attribute.
pub(crate) fn tests<'c>(condition: &'c Condition<'_>) -> Result<Tests<'c>, DynamoError> {
    let mut found = Vec::new();
    collect(condition, &mut found)?;
    // A table's key has two attributes at most, an index's up to eight.
    if found.len() > MAX_TESTS {
        return Err(invalid("Conditions can be of length 1 or 2 only"));
    }
    Ok(found)
}

fn collect<'c>(condition: &'c Condition<'_>, found: &mut Tests<'c>) -> Result<(), DynamoError> {
    let (name, test) = match condition {
        Condition::All(parts) => {
            return parts.iter().try_for_each(|part| collect(part, found));
        }
        Condition::Any(_) => return Err(operator("OR")),
        Condition::Not(_) => return Err(operator("NOT")),
        Condition::In(..) => return Err(operator("IN")),
        Condition::Compare(Comparator::NotEqual, ..) => return Err(operator("<>")),
        Condition::Exists(_, true) => return Err(operator("attribute_exists")),
        Condition::Exists(_, false) => return Err(operator("attribute_not_exists")),
        Condition::Type(..) => return Err(operator("attribute_type")),
        Condition::Contains(..) => return Err(operator("contains")),
        Condition::Compare(comparator, a, b) => compare(*comparator, a, b)?,
        Condition::Between(value, low, high) => {
            let name = first(value, "BETWEEN")?;
            (name, KeyTest::Between(constant(low)?, constant(high)?))
        }
        Condition::BeginsWith(value, start) => {
            (first(value, "begins_with")?, KeyTest::BeginsWith(constant(start)?))
        }
    };
    if found.iter().any(|(known, _)| *known == name) {
        let text = "KeyConditionExpressions must only contain one condition per key";
        return Err(invalid(text));
    }
    found.push((name, test));
    Ok(())
}

fn operator(name: &str) -> DynamoError {
    invalid(format!("Invalid operator used in KeyConditionExpression: {name}"))
}

fn wrong(what: &str) -> DynamoError {
    invalid(format!("Invalid condition in KeyConditionExpression: {what}"))
}

fn compare<'c>(
    comparator: Comparator,
    a: &'c Operand<'_>,
    b: &'c Operand<'_>,
) -> Result<(&'c str, KeyTest<'c>), DynamoError> {
    match (attribute(a)?, attribute(b)?) {
        (Some(_), Some(_)) => Err(wrong("Multiple attribute names used in one condition")),
        (Some(name), None) => Ok((name, KeyTest::Compare(comparator, constant(b)?))),
        (None, Some(name)) => Ok((name, KeyTest::Compare(comparator.mirrored(), constant(a)?))),
        (None, None) => Err(wrong("No key attribute specified")),
    }
}

fn first<'c>(operand: &'c Operand<'_>, operator: &str) -> Result<&'c str, DynamoError> {
    attribute(operand)?.ok_or_else(|| {
        wrong(&format!("{operator} operator must have the key attribute as its first operand"))
    })
}

/// The attribute an operand is, if it is one.
fn attribute<'c>(operand: &'c Operand<'_>) -> Result<Option<&'c str>, DynamoError> {
    match operand {
        Operand::Path(path) => match path.as_top() {
            Some(name) => Ok(Some(name)),
            None => {
                Err(invalid("KeyConditionExpressions cannot have conditions on nested attributes"))
            }
        },
        Operand::Value(_) => Ok(None),
        Operand::Size(_) => {
            Err(invalid("KeyConditionExpressions cannot contain nested operations"))
        }
    }
}

fn constant<'c>(operand: &'c Operand<'_>) -> Result<&'c AttributeValue, DynamoError> {
    match operand {
        Operand::Value(value) => Ok(value),
        other => {
            attribute(other)?;
            Err(wrong("Multiple attribute names used in one condition"))
        }
    }
}
