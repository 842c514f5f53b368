//! `INSERT`, `UPDATE` and `DELETE`: one item each, by the items' own writes.

use super::{Action, Statement, Understood, keys};
use crate::{
    capacity::Units,
    error::{DynamoError, invalid},
    expression::{
        projection::project,
        tree::{Condition, Path, Step, Update},
    },
    index,
    item::{
        self, PUT_TOO_LARGE, Stored, UPDATE_TOO_LARGE,
        guard::{Guard, ReturnValue, ReturnValuesOnConditionCheckFailure},
    },
    table::Table,
    throttle::admission::Writing,
    transaction,
    value::{
        attribute::Attributes,
        key::{ItemKey, KeyAttributes},
    },
};
use service_kit::prelude::*;
use std::sync::Arc;

/// A write, ready to be done.
pub(crate) struct Write<'s> {
    key: ItemKey,
    /// The key's attributes.
    named: Attributes,
    change: Change<'s>,
}

enum Change<'s> {
    Insert(Stored),
    Update { update: &'s Update<'static>, guard: Guard<'s>, returning: Option<ReturnValue> },
    Delete { guard: Option<Guard<'s>>, returning: Option<ReturnValue> },
}

/// What a write came to.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// What `RETURNING` asked for, if there is any of it.
    pub(crate) item: Option<Attributes>,
    /// What was consumed.
    pub(crate) units: Units,
}

/// What `statement` does in a transaction.
///
/// # Errors
/// As [`Write::of`], and for an `EXISTS` that says no more than a key.
pub(crate) fn step<'s>(
    statement: &'s Statement,
    (cx, table): (Context, Arc<Table>),
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
) -> Understood<transaction::Step<'s>> {
    use transaction::Action as Does;
    let (key, named, guard, action) = match Write::of(&statement.action, &table, on_failure)? {
        Some(Write { key, named, change }) => match change {
            Change::Insert(new) => {
                let absent = Condition::Exists(hash(&table.keys), false);
                (key, named, Some(Guard::new(absent, None)), Does::Put(new))
            }
            Change::Update { update, guard, .. } => {
                (key, named, Some(guard), Does::Update(update.clone()))
            }
            Change::Delete { guard, .. } => (key, named, guard, Does::Delete),
        },
        None => {
            let (named, guard) = check(&statement.action, &table, on_failure)?;
            (table.keys.of_key(&named)?, named, Some(guard), Does::Check)
        }
    };
    let name = statement.table.clone();
    Ok(transaction::Step { cx, name, table, key, named, guard, action })
}

/// The key and the condition of an `EXISTS`.
fn check<'s>(
    action: &Action,
    table: &Table,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
) -> Understood<(Attributes, Guard<'s>)> {
    let condition = match action {
        Action::Exists(select) => select.condition.as_ref(),
        _ => None,
    };
    match keys::single(condition, &table.keys) {
        Ok((key, mut rest)) if !rest.is_empty() => {
            rest.insert(0, Condition::Exists(hash(&table.keys), true));
            Ok((key, Guard::new(Condition::All(rest), on_failure)))
        }
        _ => Err(invalid("EXISTS() must contain a single item read with additional condition")),
    }
}

impl<'s> Write<'s> {
    /// The item's key.
    pub(crate) fn key(&self) -> &ItemKey {
        &self.key
    }

    /// What `action` writes to `table`; none for what only reads.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what does not go with the table.
    pub(crate) fn of(
        action: &'s Action,
        table: &Table,
        on_failure: Option<ReturnValuesOnConditionCheckFailure>,
    ) -> Understood<Option<Self>> {
        let keys = &table.keys;
        let write = match action {
            Action::Select(_) | Action::Exists(_) => return Ok(None),
            Action::Insert(item) => {
                keys::check_item(item, keys)?;
                let size = item::check(item, PUT_TOO_LARGE)?;
                let (key, named) = (keys.of_item(item)?, keys.extract(item));
                index::check_put(table, item)?;
                let change = Change::Insert(Stored { item: item.clone(), size });
                Self { key, named, change }
            }
            Action::Update { update, condition, returning } => {
                let (named, mut rest) = keys::single(condition.as_ref(), keys)?;
                index::check_targets(table, update)?;
                rest.insert(0, Condition::Exists(hash(keys), true));
                let guard = Guard::new(Condition::All(rest), on_failure);
                let change = Change::Update { update, guard, returning: *returning };
                Self { key: keys.of_key(&named)?, named, change }
            }
            Action::Delete { condition, returning } => {
                let (named, rest) = keys::single(condition.as_ref(), keys)?;
                let absent = Condition::Exists(hash(keys), false);
                let guard = (!rest.is_empty()).then(|| {
                    Guard::new(Condition::Any(vec![absent, Condition::All(rest)]), on_failure)
                });
                let change = Change::Delete { guard, returning: *returning };
                Self { key: keys.of_key(&named)?, named, change }
            }
        };
        Ok(Some(write))
    }

    /// Does it.
    ///
    /// # Errors
    /// `DuplicateItemException`, `ConditionalCheckFailedException`, AWS's `ValidationException`,
    /// or [`Fault`] when storage fails.
    pub(crate) fn apply(
        &self,
        tx: &mut Tx<'_>,
        writing: &Writing<'_>,
    ) -> Result<Written, DynamoError> {
        let table = writing.table;
        let old = item::get(&tx.reader(), table, &self.key)?;
        let before = old.as_ref().map(|old| &old.item);
        match &self.change {
            Change::Insert(new) => {
                if old.is_some() {
                    return Err(DynamoError::DuplicateItem);
                }
                let units = item::replace(tx, table, &self.key, None, Some(new))?;
                writing.check(&units)?;
                Ok(Written { item: None, units })
            }
            Change::Update { update, guard, returning } => {
                guard.check(before)?;
                let item = update.apply(before.unwrap_or(&self.named))?;
                let size = item::check(&item, UPDATE_TOO_LARGE)?;
                index::check_update(table, &item)?;
                let new = Stored { item, size };
                let units = item::replace(tx, table, &self.key, old.as_ref(), Some(&new))?;
                writing.check(&units)?;
                let item = returned(*returning, old, new, update);
                Ok(Written { item, units })
            }
            Change::Delete { guard, returning } => {
                guard.iter().try_for_each(|guard| guard.check(before))?;
                let units = item::replace(tx, table, &self.key, old.as_ref(), None)?;
                writing.check(&units)?;
                Ok(Written { item: returning.and(old).map(|old| old.item), units })
            }
        }
    }
}

fn hash(keys: &KeyAttributes) -> Path {
    Path(vec![Step::Name(keys.hash.name.clone())])
}

fn returned(
    mode: Option<ReturnValue>,
    old: Option<Stored>,
    new: Stored,
    update: &Update<'_>,
) -> Option<Attributes> {
    let targets: Vec<&Path> = update.targets().collect();
    let old = old.map(|old| old.item);
    match mode? {
        ReturnValue::None => None,
        ReturnValue::AllOld => old,
        ReturnValue::AllNew => Some(new.item),
        ReturnValue::UpdatedOld => old.map(|old| project(&old, &targets)),
        ReturnValue::UpdatedNew => Some(project(&new.item, &targets)),
    }
    .filter(|attributes| !attributes.is_empty())
}
