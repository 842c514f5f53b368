//! What an update makes of an item.

use super::tree::{Path, Step, Term, Update};
use crate::{
    error::{DynamoError, invalid},
    item::{MAX_ITEM_BYTES, UPDATE_TOO_LARGE},
    value::{
        attribute::{AttributeValue, Attributes},
        number::{Number, NumberFault},
    },
};
use std::borrow::Cow;

impl Update<'_> {
    /// The new item. Every operand is read from `old`; elements set beyond the end of a list are
    /// appended, and removed elements are counted as they stood.
    ///
    /// # Errors
    /// AWS's `ValidationException` for paths that lead nowhere and operands of wrong types.
    pub(crate) fn apply(&self, old: &Attributes) -> Result<Attributes, DynamoError> {
        let mut sets = Vec::with_capacity(self.set.len() + self.add.len());
        let mut room = Room(MAX_ITEM_BYTES);
        for (path, term) in &self.set {
            sets.push((path, room.take(term.value(old)?)?));
        }
        for (path, amount) in &self.add {
            sets.push((path, room.take(Cow::Owned(added(path.find(old), amount)?))?));
        }
        let mut gone: Vec<&Path> =
            self.remove.iter().filter(|path| path.find(old).is_some()).collect();
        for path in self.remove.iter().filter(|path| path.find(old).is_none()) {
            parent_exists(path, old)?;
        }
        for (path, members) in &self.delete {
            match without(path.find(old), members)? {
                Some(rest) => sets.push((path, rest)),
                None if path.find(old).is_some() => gone.push(path),
                None => parent_exists(path, old)?,
            }
        }
        let mut item = old.clone();
        // Rising, so that appended elements keep their order.
        sets.sort_by_key(|(path, _)| *path);
        for (path, value) in sets {
            set(&mut item, path, value)?;
        }
        // Falling, so that what is removed does not move what is removed after it.
        gone.sort();
        for path in gone.into_iter().rev() {
            remove(&mut item, path);
        }
        Ok(item)
    }
}

/// The bytes of an item that are left for what is set. All of it ends up in the item, so that an
/// item set in many places of itself need not be copied to find out that it is too large.
struct Room(usize);

impl Room {
    fn take(&mut self, value: Cow<'_, AttributeValue>) -> Result<AttributeValue, DynamoError> {
        self.0 = self.0.checked_sub(value.size()).ok_or_else(|| invalid(UPDATE_TOO_LARGE))?;
        Ok(value.into_owned())
    }
}

fn wrong_path() -> DynamoError {
    invalid("The document path provided in the update expression is invalid for update")
}

/// What is said of an operand that an operator cannot take.
pub(crate) const WRONG_OPERAND_TYPE: &str =
    "An operand in the update expression has an incorrect data type";

fn wrong_type() -> DynamoError {
    invalid(WRONG_OPERAND_TYPE)
}

fn wrong_number(fault: NumberFault) -> DynamoError {
    // Of a result that has too many digits AWS says that it is too large.
    let fault = if fault == NumberFault::TooPrecise { NumberFault::Overflow } else { fault };
    invalid(fault.to_string())
}

impl Term<'_> {
    fn value<'t>(&'t self, old: &'t Attributes) -> Result<Cow<'t, AttributeValue>, DynamoError> {
        match self {
            Self::Path(path) => path.find(old).map(Cow::Borrowed).ok_or_else(|| {
                invalid(
                    "The provided expression refers to an attribute that does not exist in the \
                     item",
                )
            }),
            Self::Value(value) => Ok(Cow::Borrowed(&**value)),
            Self::IfNotExists(path, other) => match path.find(old) {
                Some(value) => Ok(Cow::Borrowed(value)),
                None => other.value(old),
            },
            Self::ListAppend(a, b) => {
                // Copied only once it is known that both together can be in an item.
                let (a, b) = (a.value(old)?, b.value(old)?);
                if a.size() + b.size() > MAX_ITEM_BYTES {
                    return Err(invalid(UPDATE_TOO_LARGE));
                }
                match (a.into_owned(), &*b) {
                    (AttributeValue::L(mut list), AttributeValue::L(more)) => {
                        list.extend_from_slice(more);
                        Ok(Cow::Owned(AttributeValue::L(list)))
                    }
                    _ => Err(wrong_type()),
                }
            }
            Self::Plus(a, b) => calculate(a, b, old, Number::add),
            Self::Minus(a, b) => calculate(a, b, old, Number::subtract),
        }
    }
}

fn calculate<'t>(
    a: &Term<'_>,
    b: &Term<'_>,
    old: &Attributes,
    operation: fn(&Number, &Number) -> Result<Number, NumberFault>,
) -> Result<Cow<'t, AttributeValue>, DynamoError> {
    match (&*a.value(old)?, &*b.value(old)?) {
        (AttributeValue::N(a), AttributeValue::N(b)) => {
            operation(a, b).map(|sum| Cow::Owned(AttributeValue::N(sum))).map_err(wrong_number)
        }
        _ => Err(wrong_type()),
    }
}

/// What `ADD` makes of a value.
fn added(
    old: Option<&AttributeValue>,
    amount: &AttributeValue,
) -> Result<AttributeValue, DynamoError> {
    use AttributeValue::{Bs, N, Ns, Ss};
    Ok(match (old, amount) {
        (None, amount) => amount.clone(),
        (Some(N(old)), N(amount)) => N(old.add(amount).map_err(wrong_number)?),
        (Some(Ss(old)), Ss(more)) => Ss(union(old, more)),
        (Some(Ns(old)), Ns(more)) => Ns(union(old, more)),
        (Some(Bs(old)), Bs(more)) => Bs(union(old, more)),
        _ => return Err(wrong_type()),
    })
}

/// What `DELETE` leaves of a set; none for nothing.
fn without(
    old: Option<&AttributeValue>,
    members: &AttributeValue,
) -> Result<Option<AttributeValue>, DynamoError> {
    use AttributeValue::{Bs, Ns, Ss};
    Ok(match (old, members) {
        (None, _) => None,
        (Some(Ss(old)), Ss(members)) => difference(old, members).map(Ss),
        (Some(Ns(old)), Ns(members)) => difference(old, members).map(Ns),
        (Some(Bs(old)), Bs(members)) => difference(old, members).map(Bs),
        _ => return Err(wrong_type()),
    })
}

fn union<T: Clone + Ord>(old: &[T], more: &[T]) -> Vec<T> {
    let known: std::collections::BTreeSet<&T> = old.iter().collect();
    old.iter().chain(more.iter().filter(|member| !known.contains(member))).cloned().collect()
}

/// None when nothing is left: sets are never empty.
fn difference<T: Clone + Ord>(old: &[T], members: &[T]) -> Option<Vec<T>> {
    let gone: std::collections::BTreeSet<&T> = members.iter().collect();
    let rest: Vec<T> = old.iter().filter(|member| !gone.contains(member)).cloned().collect();
    (!rest.is_empty()).then_some(rest)
}

/// Whether the container that `path` ends in is there and of the right type.
fn parent_exists(path: &Path, old: &Attributes) -> Result<(), DynamoError> {
    let Some((last, parents)) = path.0.split_last() else { return Ok(()) };
    if parents.is_empty() {
        return Ok(());
    }
    match (Path(parents.to_vec()).find(old), last) {
        (Some(AttributeValue::M(_)), Step::Name(_))
        | (Some(AttributeValue::L(_)), Step::Index(_)) => Ok(()),
        _ => Err(wrong_path()),
    }
}

fn step<'v>(value: &'v mut AttributeValue, step: &Step) -> Option<&'v mut AttributeValue> {
    match (value, step) {
        (AttributeValue::M(map), Step::Name(name)) => map.get_mut(name),
        (AttributeValue::L(list), Step::Index(index)) => list.get_mut(*index),
        _ => None,
    }
}

/// The container that `path` ends in, and the last step into it; for paths below the top.
fn container<'v, 'p>(
    item: &'v mut Attributes,
    path: &'p Path,
) -> Option<(&'v mut AttributeValue, &'p Step)> {
    let (last, parents) = path.0.split_last()?;
    let (_, between) = parents.split_first()?;
    let top = item.get_mut(path.head())?;
    let container = between.iter().try_fold(top, step)?;
    Some((container, last))
}

fn set(item: &mut Attributes, path: &Path, value: AttributeValue) -> Result<(), DynamoError> {
    if let Some(name) = path.as_top() {
        item.insert(name, value);
        return Ok(());
    }
    match container(item, path) {
        Some((AttributeValue::M(map), Step::Name(name))) => map.insert(name.as_str(), value),
        Some((AttributeValue::L(list), Step::Index(index))) => match list.get_mut(*index) {
            Some(element) => *element = value,
            None => list.push(value),
        },
        _ => return Err(wrong_path()),
    }
    Ok(())
}

fn remove(item: &mut Attributes, path: &Path) {
    if let Some(name) = path.as_top() {
        item.remove(name);
        return;
    }
    match container(item, path) {
        Some((AttributeValue::M(map), Step::Name(name))) => {
            map.remove(name);
        }
        Some((AttributeValue::L(list), Step::Index(index))) if *index < list.len() => {
            list.remove(*index);
        }
        _ => {}
    }
}
