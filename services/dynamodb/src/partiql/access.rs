//! What a statement needs to be allowed: "IAM security policies with PartiQL for DynamoDB".

use super::{Action, Statement, keys, select::Reads};
use crate::{
    access::authorization::{Touched, on_table, returning},
    capacity::ReturnConsumedCapacity,
    expression::tree::Condition,
    read::source::Source,
    table::Table,
};
use service_kit::prelude::*;

/// The permission that `statement` needs, as far as its text tells.
pub(crate) fn permission(
    statement: &Statement,
    at: &Scope,
    consumed: Option<ReturnConsumedCapacity>,
) -> Access {
    let action = match &statement.action {
        Action::Select(_) | Action::Exists(_) => "dynamodb:PartiQLSelect",
        Action::Insert(_) => "dynamodb:PartiQLInsert",
        Action::Update { .. } => "dynamodb:PartiQLUpdate",
        Action::Delete { .. } => "dynamodb:PartiQLDelete",
    };
    let mut access = on_table(action, &statement.table, at, consumed);
    if let Some(index) = &statement.index {
        access.resource = format!("{}/index/{index}", access.resource);
    }
    match &statement.action {
        Action::Select(select) | Action::Exists(select) => {
            let chosen = select.projection.is_some();
            let select = if chosen { "SPECIFIC_ATTRIBUTES" } else { "ALL_ATTRIBUTES" };
            access.with("dynamodb:Select", select)
        }
        Action::Insert(_) => access,
        Action::Update { returning: mode, .. } | Action::Delete { returning: mode, .. } => {
            returning(access, *mode)
        }
    }
}

/// Adds to `access` what depends on the table's keys. Statements that do not go with them are
/// refused when they run.
pub(crate) fn complete(statement: &Statement, table: Option<&Table>, access: &mut Access) {
    let mut touched = Touched::default();
    match &statement.action {
        Action::Select(select) | Action::Exists(select) => {
            select.condition.iter().for_each(|condition| touched.condition(condition));
            touched.paths(select.projection.iter().flatten());
            if let Some(table) = table {
                let index = statement.index.as_deref().and_then(|name| table.index(name));
                let reads = Reads::of(select, Source { table, index });
                let full = reads.as_ref().map_or(true, Reads::is_full_scan);
                access.keys.set("dynamodb:FullTableScan", if full { "true" } else { "false" });
                reads.iter().flat_map(Reads::leading).for_each(|value| touched.leading(value));
            }
        }
        Action::Insert(item) => touched.item(item, table),
        Action::Update { condition, update, .. } => {
            condition.iter().for_each(|condition| touched.condition(condition));
            update.paths(&mut |path| touched.paths([path]));
            key(condition.as_ref(), table, &mut touched);
        }
        Action::Delete { condition, .. } => {
            condition.iter().for_each(|condition| touched.condition(condition));
            key(condition.as_ref(), table, &mut touched);
        }
    }
    touched.complete(access);
}

fn key(condition: Option<&Condition<'static>>, table: Option<&Table>, touched: &mut Touched) {
    if let Some(table) = table
        && let Ok((key, _)) = keys::single(condition, &table.keys)
    {
        touched.item(&key, Some(table));
    }
}
