//! The part of UpdateTable that makes, changes and deletes global indexes.

use crate::{
    backfill::{DropIndex, FillIndex},
    description::{KeySchemaElement, ProvisionedThroughput},
    error::{DynamoError, invalid, invalid_values},
    index::{Index, IndexKind, IndexStatus},
    index_description::{
        GlobalSecondaryIndex, MAX_GLOBAL, Projection, check_included, global_index,
    },
    table::{BillingMode, Table, Throughput},
    update_table::UpdateTableInput,
};
use service_kit::prelude::*;

/// One change of a global index.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalSecondaryIndexUpdate {
    /// Change one.
    pub update: Option<UpdateGlobalSecondaryIndexAction>,
    /// Make one.
    pub create: Option<CreateGlobalSecondaryIndexAction>,
    /// Delete one.
    pub delete: Option<DeleteGlobalSecondaryIndexAction>,
}

/// A change of what is reserved for an index.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct UpdateGlobalSecondaryIndexAction {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
    /// Capacity to reserve.
    pub provisioned_throughput: Option<ProvisionedThroughput>,
}

/// An index to make.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct CreateGlobalSecondaryIndexAction {
    /// Its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
    /// Its key.
    #[shape(length = 1..)]
    pub key_schema: Vec<KeySchemaElement>,
    /// What it holds.
    pub projection: Projection,
    /// Capacity to reserve.
    pub provisioned_throughput: Option<ProvisionedThroughput>,
}

/// An index to delete.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct DeleteGlobalSecondaryIndexAction {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
}

impl GlobalSecondaryIndexUpdate {
    /// The name of the index that its only action is about.
    fn index(&self) -> Result<&str, DynamoError> {
        let update = self.update.iter().map(|action| &action.index_name);
        let create = self.create.iter().map(|action| &action.index_name);
        let delete = self.delete.iter().map(|action| &action.index_name);
        let mut names = update.chain(create).chain(delete);
        match (names.next(), names.next()) {
            (Some(name), None) => Ok(name),
            (None, _) => Err(invalid_values(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, \
                 GlobalSecondaryIndexUpdate.Delete must not be null",
            )),
            _ => Err(invalid_values(
                "Only one global secondary index action is allowed per \
                 GlobalSecondaryIndexUpdate object",
            )),
        }
    }
}

/// Changes the global indexes of `table`, whose way of payment has been changed already. A new
/// index gets `id`; what takes time is left to jobs.
///
/// # Errors
/// AWS's `ValidationException` and `LimitExceededException` for changes that cannot be.
pub(crate) fn update_indexes(
    tx: &mut Tx<'_>,
    table: &mut Table,
    input: &UpdateTableInput,
    id: &str,
    now: Timestamp,
) -> Result<(), DynamoError> {
    let updates = input.global_secondary_index_updates.as_deref().unwrap_or_default();
    check_work(table, updates)?;
    follow_billing(table, input, updates)?;
    for change in updates {
        if let Some(action) = &change.update {
            reserve(table, action, now)?;
        }
        if let Some(action) = &change.create {
            let index = create(table, input, action, id)?;
            let (name, table_id) = (table.name.clone(), table.id.clone());
            let id = index.id.clone();
            table.indexes.push(index);
            check_included(&table.indexes)?;
            tx.enqueue(&FillIndex { table: name, table_id, id, after: Vec::new() })?;
        }
        if let Some(action) = &change.delete {
            let id = delete(table, &action.index_name)?;
            let (name, table_id) = (table.name.clone(), table.id.clone());
            tx.enqueue(&DropIndex { table: name, table_id, id })?;
        }
    }
    Ok(())
}

/// Each change is one action, and no two are about one index.
///
/// # Errors
/// AWS's `ValidationException`.
pub(crate) fn check_each_once(updates: &[GlobalSecondaryIndexUpdate]) -> Result<(), DynamoError> {
    let mut names = Vec::new();
    for change in updates {
        let name = change.index()?;
        if names.contains(&name) {
            return Err(invalid_values(format_args!(
                "Only one global secondary index update per index is allowed simultaneously. \
                 Index: {name}"
            )));
        }
        names.push(name);
    }
    Ok(())
}

fn check_work(table: &Table, updates: &[GlobalSecondaryIndexUpdate]) -> Result<(), DynamoError> {
    let names = updates.iter().map(GlobalSecondaryIndexUpdate::index);
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let is_long = |change: &&GlobalSecondaryIndexUpdate| change.update.is_none();
    let wanted = updates.iter().filter(is_long).count();
    let in_work = table.indexes.iter().filter(|index| index.status() != IndexStatus::Active);
    // One that is being made may be given up.
    let others = in_work.filter(|index| !names.contains(&index.name.as_str())).count();
    if wanted > 0 && wanted + others > 1 {
        return Err(DynamoError::LimitExceeded(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted \
             simultaneously per table"
                .into(),
        ));
    }
    Ok(())
}

/// When the table changes how it is paid for, so do its indexes.
fn follow_billing(
    table: &mut Table,
    input: &UpdateTableInput,
    updates: &[GlobalSecondaryIndexUpdate],
) -> Result<(), DynamoError> {
    if input.billing_mode.is_none() {
        return Ok(());
    }
    let is_updated = |name: &str| {
        let mut actions = updates.iter().filter_map(|change| change.update.as_ref());
        actions.any(|action| action.index_name == name)
    };
    for index in &mut table.indexes {
        let IndexKind::Global { throughput, .. } = &mut index.kind else { continue };
        match table.billing {
            BillingMode::PayPerRequest => *throughput = Throughput::default(),
            BillingMode::Provisioned if throughput.read == 0 && !is_updated(&index.name) => {
                return Err(must_reserve(&index.name));
            }
            BillingMode::Provisioned => {}
        }
    }
    Ok(())
}

fn must_reserve(index: &str) -> DynamoError {
    invalid_values(format_args!("ProvisionedThroughput must be specified for index: {index}"))
}

fn missing() -> DynamoError {
    DynamoError::ResourceNotFound("Requested resource not found".into())
}

/// The global index called `name`, which is to be changed as `verb` says.
fn global<'t>(
    table: &'t mut Table,
    name: &str,
    verb: &str,
) -> Result<(&'t mut Throughput, &'t mut IndexStatus, &'t str), DynamoError> {
    match table.index_mut(name) {
        None => Err(missing()),
        Some(Index { kind: IndexKind::Local, .. }) => {
            let text = format!("Cannot {verb} an index that is not a GlobalSecondaryIndex: {name}");
            Err(invalid(text))
        }
        Some(Index { kind: IndexKind::Global { throughput, status }, id, .. }) => {
            Ok((throughput, status, id))
        }
    }
}

fn reserve(
    table: &mut Table,
    action: &UpdateGlobalSecondaryIndexAction,
    now: Timestamp,
) -> Result<(), DynamoError> {
    let name = &action.index_name;
    let billing = table.billing;
    let (reserved, ..) = global(table, name, "update")?;
    let Some(given) = &action.provisioned_throughput else { return Err(must_reserve(name)) };
    if billing == BillingMode::PayPerRequest {
        return Err(invalid_values(format_args!(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {name} \
             when BillingMode is PAY_PER_REQUEST"
        )));
    }
    let (read, write) = (given.read_capacity_units, given.write_capacity_units);
    if (reserved.read, reserved.write) == (read, write) {
        return Err(invalid(format!(
            "The provisioned throughput for the index {name} will not change. The requested value \
             equals the current value. Current ReadCapacityUnits provisioned for the index: \
             {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned \
             for the index: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon \
             DynamoDB Developer Guide for current limits and how to request higher limits."
        )));
    }
    let new = Throughput { read, write, ..Throughput::default() };
    *reserved = reserved.changed_to(new, now);
    Ok(())
}

fn create(
    table: &Table,
    input: &UpdateTableInput,
    action: &CreateGlobalSecondaryIndexAction,
    id: &str,
) -> Result<Index, DynamoError> {
    let name = &action.index_name;
    if table.index(name).is_some() {
        return Err(invalid_values("Attempting to create an index which already exists"));
    }
    let globals = table.indexes.iter().filter(|index| !index.is_local()).count();
    if globals >= MAX_GLOBAL {
        return Err(DynamoError::LimitExceeded(format!(
            "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the \
             per-table limit of {MAX_GLOBAL}"
        )));
    }
    let Some(definitions) = &input.attribute_definitions else {
        return Err(invalid_values(format_args!(
            "AttributeDefinitions is not specified for index: {name}"
        )));
    };
    let CreateGlobalSecondaryIndexAction {
        index_name,
        key_schema,
        projection,
        provisioned_throughput,
    } = action.clone();
    let given = GlobalSecondaryIndex { index_name, key_schema, projection, provisioned_throughput };
    global_index(table, definitions, &given, IndexStatus::Creating, id.to_owned())
}

/// Begins to delete an index; gives its id.
fn delete(table: &mut Table, name: &str) -> Result<String, DynamoError> {
    let (_, status, id) = global(table, name, "delete")?;
    if *status == IndexStatus::Deleting {
        return Err(missing());
    }
    *status = IndexStatus::Deleting;
    Ok(id.to_owned())
}
