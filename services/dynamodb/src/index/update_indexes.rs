//! The part of UpdateTable that makes, changes and deletes global indexes.

use crate::{
    error::{DynamoError, invalid, invalid_values},
    index::{
        Index, IndexKind, IndexStatus,
        backfill::{DropIndex, FillIndex},
        index_description::{
            GlobalSecondaryIndex, MAX_GLOBAL, Projection, check_included, global_index,
        },
    },
    insights::keep_rules,
    table::{
        BillingMode, Table, Throughput,
        description::{KeySchemaElement, ProvisionedThroughput},
        on_demand::{Asked, OnDemandMaximum, OnDemandThroughput},
        update_table::UpdateTableInput,
        warm::WarmThroughput,
    },
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
    /// The most to serve when paid by request.
    pub on_demand_throughput: Option<OnDemandThroughput>,
    /// What to be able to serve at once.
    pub warm_throughput: Option<WarmThroughput>,
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
    /// The most to serve when paid by request.
    pub on_demand_throughput: Option<OnDemandThroughput>,
    /// What to be able to serve at once.
    pub warm_throughput: Option<WarmThroughput>,
}

/// An index to delete.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct DeleteGlobalSecondaryIndexAction {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
}

impl GlobalSecondaryIndexUpdate {
    /// Whether it makes or deletes an index.
    pub(crate) fn builds(&self) -> bool {
        self.update.is_none()
    }

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
            update(table, action, tx.scope(), now)?;
        }
        if let Some(action) = &change.create {
            let index = create(table, input, action, tx.scope(), id)?;
            let (name, table_id) = (table.name.clone(), table.id.clone());
            let id = index.id.clone();
            table.indexes.push(index);
            check_included(&table.indexes)?;
            tx.enqueue(&FillIndex { table: name, table_id, id, after: Vec::new() })?;
        }
        if let Some(action) = &change.delete {
            let id = delete(tx, table, &action.index_name)?;
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
    let wanted = updates.iter().filter(|change| change.builds()).count();
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
        let IndexKind::Global { throughput, on_demand, warm, .. } = &mut index.kind else {
            continue;
        };
        *warm = warm.with(throughput);
        match table.billing {
            BillingMode::PayPerRequest => *throughput = Throughput::default(),
            BillingMode::Provisioned if throughput.read == 0 && !is_updated(&index.name) => {
                return Err(must_reserve(&index.name));
            }
            BillingMode::Provisioned => *on_demand = OnDemandMaximum::default(),
        }
    }
    Ok(())
}

fn must_reserve(index: &str) -> DynamoError {
    invalid_values(format_args!("ProvisionedThroughput must be specified for index: {index}"))
}

fn missing(index: &str, table: &str) -> DynamoError {
    DynamoError::ResourceNotFound(format!(
        "Requested resource not found: Index {index} for table {table}"
    ))
}

/// Says that the index called `name` is no global one, where it is to be changed as `verb` says.
fn not_global(name: &str, verb: &str) -> DynamoError {
    invalid(format!("Cannot {verb} an index that is not a GlobalSecondaryIndex: {name}"))
}

/// Changes what an index serves.
fn update(
    table: &mut Table,
    action: &UpdateGlobalSecondaryIndexAction,
    at: &Scope,
    now: Timestamp,
) -> Result<(), DynamoError> {
    let (name, billing) = (&action.index_name, table.billing);
    let missing = missing(name, &table.name);
    let index = table.index_mut(name).ok_or(missing)?;
    let IndexKind::Global { throughput, on_demand, warm, .. } = &mut index.kind else {
        return Err(not_global(name, "update"));
    };
    let given = action.provisioned_throughput.as_ref();
    let is_served = action.on_demand_throughput.is_some() || action.warm_throughput.is_some();
    match billing {
        BillingMode::Provisioned if given.is_none() && !is_served => {
            return Err(must_reserve(name));
        }
        BillingMode::PayPerRequest if given.is_some() || !is_served => {
            return Err(invalid_values(format_args!(
                "The only Updates for index: {name} when TableThroughputMode is PAY_PER_REQUEST \
                 can be to OnDemandThroughput, WarmThroughput"
            )));
        }
        _ => {}
    }
    let warmed = warm.with(throughput);
    if let Some(given) = given {
        reserve(throughput, name, given, now)?;
    }
    let asked = Asked { index: Some(name), billing, is_new: false, region: &at.region };
    *on_demand = on_demand.changed(action.on_demand_throughput.as_ref(), asked)?;
    *warm = warmed.with(throughput).changed(action.warm_throughput.as_ref(), asked)?;
    Ok(())
}

fn reserve(
    reserved: &mut Throughput,
    name: &str,
    given: &ProvisionedThroughput,
    now: Timestamp,
) -> Result<(), DynamoError> {
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
    at: &Scope,
    id: &str,
) -> Result<Index, DynamoError> {
    let name = &action.index_name;
    if table.index(name).is_some() {
        return Err(invalid_values("Attempting to create an index which already exists"));
    }
    let globals = table.indexes.iter().filter(|index| !index.is_local()).count();
    if globals >= MAX_GLOBAL {
        return Err(DynamoError::LimitExceeded(format!(
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit \
             of {MAX_GLOBAL}"
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
        on_demand_throughput,
        warm_throughput,
    } = action.clone();
    let given = GlobalSecondaryIndex {
        index_name,
        key_schema,
        projection,
        provisioned_throughput,
        on_demand_throughput,
        warm_throughput,
    };
    let asked = Asked { index: None, billing: table.billing, is_new: false, region: &at.region };
    global_index(definitions, &given, IndexStatus::Creating, id.to_owned(), asked)
}

/// Begins to delete an index; gives its id.
fn delete(tx: &mut Tx<'_>, table: &mut Table, name: &str) -> Result<String, DynamoError> {
    let missing = missing(name, &table.name);
    if let Some(index) = table.index(name) {
        keep_rules(tx, (table, Some(index)), index.insights(), None)?;
    }
    let index = table.index_mut(name).filter(|index| index.is_kept()).ok_or(missing)?;
    let IndexKind::Global { status, .. } = &mut index.kind else {
        return Err(not_global(name, "delete"));
    };
    *status = IndexStatus::Deleting;
    Ok(index.id.clone())
}
