//! What a `WHERE` says of keys: the partitions a `SELECT` reads, the item a write is about.

use super::Understood;
use crate::{
    error::{DynamoError, invalid},
    expression::{
        key_condition::{KeyTest, tests},
        tree::{Comparator, Condition, Operand, Path, Step},
    },
    read::source::Source,
    value::{
        attribute::{AttributeValue, Attributes},
        key::{KeyAttribute, KeyAttributes},
    },
};
use std::{borrow::Cow, collections::BTreeMap};

/// The most partitions that one `SELECT` names.
const MAX_PARTITIONS: usize = 300;

/// Which part of a source a `SELECT` reads.
#[derive(Debug, PartialEq)]
pub(crate) enum Reach<'c> {
    /// All of it.
    Everything,
    /// Some partitions, rising: of each the key condition, and the partition key's first value.
    Partitions(Vec<(Condition<'c>, &'c AttributeValue)>),
}

/// What `condition` lets a `SELECT` leave unread of `source`.
///
/// # Errors
/// AWS's `ValidationException` for values that cannot be keys, or too many of them.
pub(crate) fn reach<'c>(
    condition: Option<&'c Condition<'static>>,
    source: Source<'_>,
) -> Understood<Reach<'c>> {
    let Some(condition) = condition else { return Ok(Reach::Everything) };
    let mut parts = Vec::new();
    flatten(condition, &mut parts);
    let mut range = Vec::new();
    for attribute in source.range() {
        let Some((part, values)) = parts.iter().find_map(|part| tested(part, attribute, false))
        else {
            break;
        };
        values.iter().try_for_each(|value| check_type(attribute, value))?;
        range.push(part.clone());
    }
    let hash = source.hash();
    let partitions = match hash.as_slice() {
        [only] => {
            partitions(condition, only)?.map(|all| all.into_iter().map(|one| vec![one]).collect())
        }
        several => combination(&parts, several)?.map(|one| vec![one]),
    };
    let Some(partitions): Option<Vec<Vec<&AttributeValue>>> = partitions else {
        return Ok(Reach::Everything);
    };
    let mut sorted = BTreeMap::new();
    for values in partitions {
        let bytes: Vec<_> =
            hash.iter().zip(&values).map(|(attribute, value)| attribute.bytes(value)).collect();
        sorted.insert(bytes, values);
    }
    if sorted.len() > MAX_PARTITIONS {
        return Err(invalid("Too many decomposed read operations for a given query."));
    }
    let one = |values: Vec<&'c AttributeValue>| {
        let equal = hash.iter().zip(&values).map(|(attribute, value)| equality(attribute, value));
        let first = values.first().copied()?;
        Some((Condition::All(equal.chain(range.iter().cloned()).collect()), first))
    };
    Ok(Reach::Partitions(sorted.into_values().filter_map(one).collect()))
}

fn equality<'c>(attribute: &KeyAttribute, value: &'c AttributeValue) -> Condition<'c> {
    Condition::Compare(
        Comparator::Equal,
        Operand::Path(Path(vec![Step::Name(attribute.name.clone())])),
        Operand::Value(Cow::Borrowed(value)),
    )
}

/// The conditions that all must hold.
fn flatten<'c>(condition: &'c Condition<'static>, into: &mut Vec<&'c Condition<'static>>) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| flatten(part, into)),
        other => into.push(other),
    }
}

/// `part` with its values, if it tests `attribute` in a way that keys are found by.
fn tested<'c>(
    part: &&'c Condition<'static>,
    attribute: &KeyAttribute,
    only_equal: bool,
) -> Option<(&'c Condition<'static>, Vec<&'c AttributeValue>)> {
    let part: &'c Condition<'static> = part;
    let found = tests(part).ok()?;
    let [(name, test)] = found.as_slice() else { return None };
    let is_equal = matches!(test, KeyTest::Compare(Comparator::Equal, _));
    let fits = *name == attribute.name && (is_equal || !only_equal);
    fits.then(|| (part, test.values().collect()))
}

/// The values that the partition key has wherever `condition` holds; none if it can have any.
fn partitions<'c>(
    condition: &'c Condition<'static>,
    attribute: &KeyAttribute,
) -> Understood<Option<Vec<&'c AttributeValue>>> {
    match condition {
        Condition::All(parts) => {
            for part in parts {
                if let Some(values) = partitions(part, attribute)? {
                    return Ok(Some(values));
                }
            }
            Ok(None)
        }
        Condition::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                match partitions(part, attribute)? {
                    Some(values) => all.extend(values),
                    None => return Ok(None),
                }
            }
            Ok(Some(all))
        }
        Condition::In(Operand::Path(path), list) if path.as_top() == Some(&attribute.name) => {
            let mut all = Vec::with_capacity(list.len());
            for operand in list {
                let Operand::Value(value) = operand else { return Ok(None) };
                check_type(attribute, value)?;
                all.push(&**value);
            }
            Ok(Some(all))
        }
        other => match tested(&other, attribute, true) {
            Some((_, values)) => {
                values.iter().try_for_each(|value| check_type(attribute, value))?;
                Ok(Some(values))
            }
            None => Ok(None),
        },
    }
}

/// The values of a partition key of several attributes, if `parts` fix all of them.
fn combination<'c>(
    parts: &[&'c Condition<'static>],
    attributes: &[&KeyAttribute],
) -> Understood<Option<Vec<&'c AttributeValue>>> {
    let mut all = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        let found = parts.iter().find_map(|part| tested(part, attribute, true));
        let Some(value) = found.and_then(|(_, values)| values.first().copied()) else {
            return Ok(None);
        };
        check_type(attribute, value)?;
        all.push(value);
    }
    Ok(Some(all))
}

fn check_type(attribute: &KeyAttribute, value: &AttributeValue) -> Result<(), DynamoError> {
    match attribute.bytes(value) {
        Some(_) => Ok(()),
        None => Err(mismatch(&attribute.name)),
    }
}

fn mismatch(name: &str) -> DynamoError {
    invalid(format!(
        "Key attribute's data type should match its data type in table's schema: Key {name}"
    ))
}

/// The key of the item a write is about, and what else must hold for it.
///
/// # Errors
/// AWS's `ValidationException` unless all attributes of the key are equal to one value each.
pub(crate) fn single(
    condition: Option<&Condition<'static>>,
    keys: &KeyAttributes,
) -> Understood<(Attributes, Vec<Condition<'static>>)> {
    let mut parts = Vec::new();
    condition.into_iter().for_each(|condition| flatten(condition, &mut parts));
    let (mut key, mut rest) = (Attributes::default(), Vec::new());
    for part in parts {
        let found = keys.iter().find_map(|attribute| {
            let (_, values) = tested(&part, attribute, true)?;
            Some((attribute, *values.first()?))
        });
        let Some((attribute, value)) = found else {
            rest.push(part.clone());
            continue;
        };
        let name = &attribute.name;
        if key.get(name).is_some() {
            return Err(invalid(format!(
                "Multiple conditions on same key {name}. Only single item Update/Insert/Delete \
                 are supported"
            )));
        }
        check_type(attribute, value)?;
        key.insert(name.as_str(), value.clone());
    }
    if key.len() == keys.iter().count() {
        return Ok((key, rest));
    }
    Err(invalid("Where clause does not contain a mandatory equality on all key attributes"))
}

/// The item of an `INSERT` has a key of the right types.
///
/// # Errors
/// AWS's `ValidationException` when it does not.
pub(crate) fn check_item(item: &Attributes, keys: &KeyAttributes) -> Understood<()> {
    for attribute in keys.iter() {
        let name = &attribute.name;
        match item.get(name) {
            None => {
                let text = format!("Key attribute should be present in the item: Key {name}");
                return Err(invalid(text));
            }
            Some(value) => check_type(attribute, value)?,
        }
    }
    Ok(())
}
