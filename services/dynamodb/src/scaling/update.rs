//! UpdateTableReplicaAutoScaling: lets capacity of a table scale, or stops it.

use super::{
    ScaleTable, Scaling, Target,
    describe::{TableAutoScalingDescription, missing},
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

/// One capacity and its settings.
type Change<'r> = (Option<&'r str>, Direction, &'r AutoScalingSettingsUpdate);

impl UpdateTableReplicaAutoScalingInput {
    /// All that is to change of the table called `name` in `region`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for nothing, `ResourceNotFoundException` for other regions.
    fn changes(&self, name: &str, region: &str) -> Result<Vec<Change<'_>>, DynamoError> {
        let mut changes = Vec::new();
        let writes = self.provisioned_write_capacity_auto_scaling_update.iter();
        changes.extend(writes.map(|settings| (None, Direction::Write, settings)));
        for index in self.global_secondary_index_updates.iter().flatten() {
            let settings = index.provisioned_write_capacity_auto_scaling_update.iter();
            let index = index.index_name.as_deref();
            changes.extend(settings.map(|settings| (index, Direction::Write, settings)));
        }
        for replica in self.replica_updates.iter().flatten() {
            let there = &replica.region_name;
            if there != region {
                return Err(DynamoError::ResourceNotFound(format!(
                    "{} because a replica does not exist in regions: \u{2018}[{there}]\u{2019}.",
                    failed(name, "")
                )));
            }
            let before = changes.len();
            let reads = replica.replica_provisioned_read_capacity_auto_scaling_update.iter();
            changes.extend(reads.map(|settings| (None, Direction::Read, settings)));
            for index in replica.replica_global_secondary_index_updates.iter().flatten() {
                let settings = index.provisioned_read_capacity_auto_scaling_update.iter();
                let index = index.index_name.as_deref();
                changes.extend(settings.map(|settings| (index, Direction::Read, settings)));
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
}

/// Whether `table` can have these settings.
///
/// # Errors
/// AWS's `ResourceNotFoundException` for indexes that it lacks; `ValidationException` for one that
/// is paid by request.
fn check(
    table: &Table,
    changes: &[(Option<&str>, Direction, Option<Target>)],
) -> Result<(), DynamoError> {
    let known = |name: &str| table.index(name).is_some_and(|index| !index.is_local());
    if let Some(name) = changes.iter().filter_map(|(index, ..)| *index).find(|name| !known(name)) {
        return Err(DynamoError::ResourceNotFound(format!(
            "{} because the global secondary indexes with names: \u{2018}[{name}]\u{2019} do not \
             exist.",
            failed(&table.name, "")
        )));
    }
    let scales = changes.iter().any(|(.., target)| target.is_some());
    if table.billing == BillingMode::PayPerRequest && scales {
        let text = "Auto scaling needs a table whose BillingMode is PROVISIONED.";
        return Err(invalid(format!("{} {text}", failed(&table.name, ":"))));
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
        let changes = input.changes(name, cx.region())?;
        let changes = changes
            .into_iter()
            .map(|(index, direction, settings)| {
                Ok((index, direction, settings.target(name, index, direction)?))
            })
            .collect::<Result<Vec<_>, DynamoError>>()?;
        let described = cx.write(|tx| {
            let table: Table = tx.get(name)?.ok_or_else(|| missing(name))?;
            check(&table, &changes)?;
            let known: Option<Scaling> = tx.get(&table.id)?;
            let is_new = known.is_none();
            let mut scaling = known.unwrap_or_else(|| Scaling::new(&table.id));
            for (index, direction, target) in &changes {
                scaling.set(*index, *direction, target.clone());
            }
            // The job of settings that were there goes on, and removes them when none are left.
            tx.put(&scaling)?;
            if is_new {
                let (table, table_id) = (table.name.clone(), table.id.clone());
                tx.enqueue(&ScaleTable { table, table_id })?;
            }
            Ok::<_, DynamoError>(TableAutoScalingDescription::of(&table, &scaling, cx.scope()))
        });
        Ok(UpdateTableReplicaAutoScalingOutput {
            table_auto_scaling_description: Some(described.await?),
        })
    }
}
