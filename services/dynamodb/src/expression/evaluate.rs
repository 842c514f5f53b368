//! Whether a condition holds for an item.

use super::tree::{Comparator, Condition, Operand};
use crate::value::{
    attribute::{AttributeValue, Attributes},
    number::Number,
};
use std::{borrow::Cow, cmp::Ordering};

impl Condition<'_> {
    /// Whether it holds for `item`; a missing item has no attributes.
    pub(crate) fn holds(&self, item: &Attributes) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(item)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(item)),
            Self::Not(inner) => !inner.holds(item),
            Self::Compare(comparator, a, b) => {
                compare(*comparator, a.value(item).as_deref(), b.value(item).as_deref())
            }
            Self::Between(value, low, high) => {
                let [value, low, high] = [value, low, high].map(|operand| operand.value(item));
                compare(Comparator::GreaterOrEqual, value.as_deref(), low.as_deref())
                    && compare(Comparator::LessOrEqual, value.as_deref(), high.as_deref())
            }
            Self::In(value, list) => {
                let value = value.value(item);
                list.iter().any(|other| {
                    compare(Comparator::Equal, value.as_deref(), other.value(item).as_deref())
                })
            }
            Self::Exists(path, wanted) => path.find(item).is_some() == *wanted,
            Self::Type(value, kind) => match (value.value(item), kind.value(item).as_deref()) {
                (Some(value), Some(AttributeValue::S(kind))) => value.type_name() == kind,
                _ => false,
            },
            Self::BeginsWith(value, start) => {
                both(value, start, item).is_some_and(|(value, start)| begins_with(&value, &start))
            }
            Self::Contains(value, part) => {
                both(value, part, item).is_some_and(|(value, part)| contains(&value, &part))
            }
        }
    }
}

type Values<'o> = (Cow<'o, AttributeValue>, Cow<'o, AttributeValue>);

fn both<'o>(a: &'o Operand<'_>, b: &'o Operand<'_>, item: &'o Attributes) -> Option<Values<'o>> {
    Some((a.value(item)?, b.value(item)?))
}

impl Operand<'_> {
    /// Its value for `item`, if it has one.
    fn value<'o>(&'o self, item: &'o Attributes) -> Option<Cow<'o, AttributeValue>> {
        match self {
            Self::Path(path) => path.find(item).map(Cow::Borrowed),
            Self::Value(value) => Some(Cow::Borrowed(&**value)),
            Self::Size(inner) => {
                let size = size(&*inner.value(item)?)?;
                Some(Cow::Owned(AttributeValue::N(Number::from(size))))
            }
        }
    }
}

/// What `size` says; none for types that have no size.
fn size(value: &AttributeValue) -> Option<usize> {
    Some(match value {
        // Java's length of a text: UTF-16 units.
        AttributeValue::S(text) => text.encode_utf16().count(),
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::Ss(set) => set.len(),
        AttributeValue::Ns(set) => set.len(),
        AttributeValue::Bs(set) => set.len(),
        AttributeValue::M(map) => map.len(),
        AttributeValue::L(list) => list.len(),
        AttributeValue::N(_) | AttributeValue::Null | AttributeValue::Bool(_) => return None,
    })
}

/// The order of two values of one ordered type; none for all others.
pub(crate) fn order(a: &AttributeValue, b: &AttributeValue) -> Option<Ordering> {
    match (a, b) {
        (AttributeValue::S(a), AttributeValue::S(b)) => Some(a.cmp(b)),
        (AttributeValue::N(a), AttributeValue::N(b)) => Some(a.cmp(b)),
        (AttributeValue::B(a), AttributeValue::B(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// A missing value is equal to nothing and stands in no order; so it is always "not equal".
fn compare(comparator: Comparator, a: Option<&AttributeValue>, b: Option<&AttributeValue>) -> bool {
    let equal = || a.is_some() && a == b;
    let ordered =
        |wanted: fn(Ordering) -> bool| a.zip(b).and_then(|(a, b)| order(a, b)).is_some_and(wanted);
    match comparator {
        Comparator::Equal => equal(),
        Comparator::NotEqual => !equal(),
        Comparator::Less => ordered(Ordering::is_lt),
        Comparator::LessOrEqual => ordered(Ordering::is_le),
        Comparator::Greater => ordered(Ordering::is_gt),
        Comparator::GreaterOrEqual => ordered(Ordering::is_ge),
    }
}

fn begins_with(value: &AttributeValue, start: &AttributeValue) -> bool {
    match (value, start) {
        (AttributeValue::S(value), AttributeValue::S(start)) => value.starts_with(start.as_str()),
        (AttributeValue::B(value), AttributeValue::B(start)) => value.starts_with(start),
        _ => false,
    }
}

fn contains(value: &AttributeValue, part: &AttributeValue) -> bool {
    match (value, part) {
        (AttributeValue::S(value), AttributeValue::S(part)) => value.contains(part.as_str()),
        (AttributeValue::B(value), AttributeValue::B(part)) => {
            memchr::memmem::find(value, part).is_some()
        }
        (AttributeValue::Ss(set), AttributeValue::S(member)) => set.contains(member),
        (AttributeValue::Ns(set), AttributeValue::N(member)) => set.contains(member),
        (AttributeValue::Bs(set), AttributeValue::B(member)) => set.contains(member),
        (AttributeValue::L(list), member) => list.contains(member),
        _ => false,
    }
}
