//! UpdateTableReplicaAutoScaling: lets capacity of a table scale, or stops it.

use super::{
    ScaleTable, Scaling, Target,
    describe::{TableAutoScalingDescription, require},
    settings::{AutoScalingSettingsUpdate, failed},
};
use crate::{
    error::{DynamoError, invalid},
    table::{BillingMode, Table, TableRef},
    throttle::Direction,
};
use service_kit::prelude::*;

pub(crate) enum UpdateTableReplicaAutoScaling {}

/// What UpdateTableReplicaAutoScaling takes.
#[derive(Debug, Shape)]
pub struct UpdateTableReplicaAutoScalingInput {
    /// The writes of global indexes.
    #[shape(length = 1..)]
    pub global_secondary_index_updates: Option<Vec<GlobalSecondaryIndexAutoScalingUpdate>>,
    /// The table.
    pub table_name: TableRef,
    /// The table's writes.
    pub provisioned_write_capacity_auto_scaling_update: Option<AutoScalingSettingsUpdate>,
    /// What is read in each region.
    #[shape(length = 1..)]
    pub replica_updates: Option<Vec<ReplicaAutoScalingUpdate>>,
}

/// The writes of a global index.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalSecondaryIndexAutoScalingUpdate {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// Its writes.
    pub provisioned_write_capacity_auto_scaling_update: Option<AutoScalingSettingsUpdate>,
}

/// What is read in a region.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaAutoScalingUpdate {
    /// The region.
    pub region_name: String,
    /// The reads of global indexes.
    pub replica_global_secondary_index_updates:
        Option<Vec<ReplicaGlobalSecondaryIndexAutoScalingUpdate>>,
    /// The table's reads.
    pub replica_provisioned_read_capacity_auto_scaling_update: Option<AutoScalingSettingsUpdate>,
}

/// The reads of a global index in a region.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaGlobalSecondaryIndexAutoScalingUpdate {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// Its reads.
    pub provisioned_read_capacity_auto_scaling_update: Option<AutoScalingSettingsUpdate>,
}

/// What UpdateTableReplicaAutoScaling gives.
#[derive(Debug, Shape)]
pub struct UpdateTableReplicaAutoScalingOutput {
    /// What of the table scales.
    pub table_auto_scaling_description: Option<TableAutoScalingDescription>,
}

/// One capacity and its settings, in one region or in all.
struct Change<'r, S> {
    region: Option<&'r str>,
    index: Option<&'r str>,
    direction: Direction,
    settings: S,
}

/// A change as it is asked for.
type Asked<'r> = Change<'r, &'r AutoScalingSettingsUpdate>;
/// A change as it is made: nothing scales without a target.
type Made<'r> = Change<'r, Option<Target>>;

impl UpdateTableReplicaAutoScalingInput {
    /// All that is to change of the table called `name`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for nothing.
    fn changes(&self, name: &str) -> Result<Vec<Asked<'_>>, DynamoError> {
        let mut changes = Vec::new();
        let write =
            |index, settings| Change { region: None, index, direction: Direction::Write, settings };
        let writes = self.provisioned_write_capacity_auto_scaling_update.iter();
        changes.extend(writes.map(|settings| write(None, settings)));
        for index in self.global_secondary_index_updates.iter().flatten() {
            let settings = index.provisioned_write_capacity_auto_scaling_update.iter();
            let index = index.index_name.as_deref();
            changes.extend(settings.map(|settings| write(index, settings)));
        }
        for replica in self.replica_updates.iter().flatten() {
            let there = replica.region_name.as_str();
            let read = |index, settings| Change {
                region: Some(there),
                index,
                direction: Direction::Read,
                settings,
            };
            let before = changes.len();
            let reads = replica.replica_provisioned_read_capacity_auto_scaling_update.iter();
            changes.extend(reads.map(|settings| read(None, settings)));
            for index in replica.replica_global_secondary_index_updates.iter().flatten() {
                let settings = index.provisioned_read_capacity_auto_scaling_update.iter();
                let index = index.index_name.as_deref();
                changes.extend(settings.map(|settings| read(index, settings)));
            }
            if changes.len() == before {
                return Err(invalid(format!(
                    "{} because at least one update parameter must be specified for region: \
                     \u{2018}{there}\u{2019}.",
                    failed(name, "")
                )));
            }
        }
        if changes.is_empty() {
            let text = "because at least one update parameter must be specified.";
            return Err(invalid(format!("{} {text}", failed(name, ""))));
        }
        Ok(changes)
    }

    /// The regions that are named must have replicas of `table`, which is in `here`.
    fn check_regions(&self, table: &Table, here: &str) -> Result<(), DynamoError> {
        let is_there = |region: &str| region == here || table.replication.peer(region).is_some();
        let mut named = self.replica_updates.iter().flatten().map(|replica| &replica.region_name);
        let Some(there) = named.find(|region| !is_there(region)) else { return Ok(()) };
        Err(DynamoError::ResourceNotFound(format!(
            "{} because a replica does not exist in regions: \u{2018}[{there}]\u{2019}.",
            failed(&table.name, "")
        )))
    }
}

/// Whether `table` can have these settings.
///
/// # Errors
/// AWS's `ResourceNotFoundException` for indexes that it lacks; `ValidationException` for one that
/// is paid by request.
fn check(table: &Table, changes: &[Made<'_>]) -> Result<(), DynamoError> {
    let known = |name: &str| table.index(name).is_some_and(|index| !index.is_local());
    let mut names = changes.iter().filter_map(|change| change.index);
    if let Some(name) = names.find(|name| !known(name)) {
        return Err(DynamoError::ResourceNotFound(format!(
            "{} because the global secondary indexes with names: \u{2018}[{name}]\u{2019} do not \
             exist.",
            failed(&table.name, "")
        )));
    }
    let scales = changes.iter().any(|change| change.settings.is_some());
    if table.billing == BillingMode::PayPerRequest && scales {
        let text = "Auto scaling needs a table whose BillingMode is PROVISIONED.";
        return Err(invalid(format!("{} {text}", failed(&table.name, ":"))));
    }
    Ok(())
}

/// Makes those `changes` that concern `table`, which is in the scope of `tx`.
fn set(tx: &mut Tx<'_>, table: &Table, changes: &[Made<'_>]) -> Result<(), Fault> {
    let here = tx.scope().region.clone();
    let is_here = |change: &&Made<'_>| change.region.is_none_or(|region| region == &*here);
    let mut changes = changes.iter().filter(is_here).peekable();
    if changes.peek().is_none() {
        return Ok(());
    }
    let known: Option<Scaling> = tx.get(&table.id)?;
    let is_new = known.is_none();
    let mut scaling = known.unwrap_or_else(|| Scaling::new(&table.id));
    for Change { index, direction, settings, .. } in changes {
        scaling.set(*index, *direction, settings.clone());
    }
    // The job of settings that were there goes on, and removes them when none are left.
    tx.put(&scaling)?;
    if is_new {
        let (table, table_id) = (table.name.clone(), table.id.clone());
        tx.enqueue(&ScaleTable { table, table_id })?;
    }
    Ok(())
}

impl Operation for UpdateTableReplicaAutoScaling {
    const NAME: &'static str = "UpdateTableReplicaAutoScaling";
    type Input = UpdateTableReplicaAutoScalingInput;
    type Output = UpdateTableReplicaAutoScalingOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:UpdateTableReplicaAutoScaling", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        input.check_regions(&cx.read(|tx| require(tx, name))?, cx.region())?;
        let changes = input
            .changes(name)?
            .into_iter()
            .map(|Change { region, index, direction, settings }| {
                let settings = settings.target(name, index, direction)?;
                Ok(Change { region, index, direction, settings })
            })
            .collect::<Result<Vec<Made<'_>>, DynamoError>>()?;
        let described = cx.write(|tx| {
            let table = require(&tx.reader(), name)?;
            input.check_regions(&table, cx.region())?;
            check(&table, &changes)?;
            set(tx, &table, &changes)?;
            for peer in &table.replication.peers {
                set(&mut tx.within(peer.at.clone()), &peer.table, &changes)?;
            }
            Ok::<_, DynamoError>(TableAutoScalingDescription::of(&tx.reader(), &table)?)
        });
        Ok(UpdateTableReplicaAutoScalingOutput {
            table_auto_scaling_description: Some(described.await?),
        })
    }
}
