//! UpdateTable: how a table is paid for and what it serves, its global indexes, stream and
//! class, and whether it may be deleted.

use crate::{
    encryption::{SSESpecification, rekey::Rekeying},
    error::{DynamoError, invalid, invalid_values},
    global::{
        actions::{GlobalTableWitnessGroupUpdate, MultiRegionConsistency, ReplicationGroupUpdate},
        mirror,
        update_replicas::{self, update_replicas},
    },
    index::{
        Index, IndexStatus,
        update_indexes::{GlobalSecondaryIndexUpdate, check_each_once, update_indexes},
    },
    streams::{specification::StreamSpecification, stream},
    table::{
        BillingMode, Table, TableRef, Throughput,
        description::{
            AttributeDefinition, ProvisionedThroughput, TableDescription, TableStatus, check_types,
            throughput_for,
        },
        on_demand::{Asked, OnDemandMaximum, OnDemandThroughput},
        quotas::{self, Reserved},
        statistics::{Counts, counted},
        table_class::TableClass,
        warm::WarmThroughput,
    },
};
use service_kit::prelude::*;

/// AWS's answer to a request for nothing.
const NOTHING: &str = "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, \
    GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, \
    ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, \
    WarmThroughput or TableClass is required";

pub(crate) enum UpdateTable {}

/// What UpdateTable takes.
#[derive(Debug, Shape)]
pub struct UpdateTableInput {
    /// The types of key attributes; clients repeat them, and only a new index changes them.
    pub attribute_definitions: Option<Vec<AttributeDefinition>>,
    /// The table.
    #[shape(absent = "The parameter 'TableName' is required but was not present in the request")]
    pub table_name: TableRef,
    /// How it is to be paid for.
    pub billing_mode: Option<BillingMode>,
    /// Capacity to reserve.
    pub provisioned_throughput: Option<ProvisionedThroughput>,
    /// Changes of its global indexes.
    pub global_secondary_index_updates: Option<Vec<GlobalSecondaryIndexUpdate>>,
    /// Whether what changes is to be recorded, and how.
    pub stream_specification: Option<StreamSpecification>,
    /// How it is to be encrypted.
    #[shape(name = "SSESpecification")]
    pub sse_specification: Option<SSESpecification>,
    /// Its class.
    pub table_class: Option<TableClass>,
    /// Changes of its replicas in other regions.
    #[shape(length = 1..)]
    pub replica_updates: Option<Vec<ReplicationGroupUpdate>>,
    /// Whether it is to refuse to be deleted.
    pub deletion_protection_enabled: Option<bool>,
    /// How consistent the replicas to be made are to be.
    pub multi_region_consistency: Option<MultiRegionConsistency>,
    /// Changes of its witness.
    #[shape(length = 1..=1)]
    pub global_table_witness_updates: Option<Vec<GlobalTableWitnessGroupUpdate>>,
    /// The most that it is to serve when paid by request.
    pub on_demand_throughput: Option<OnDemandThroughput>,
    /// What it is to be able to serve at once.
    pub warm_throughput: Option<WarmThroughput>,
}

/// What UpdateTable gives.
#[derive(Debug, Shape)]
pub struct UpdateTableOutput {
    /// The table, as if still being changed.
    pub table_description: Option<TableDescription>,
}

impl Operation for UpdateTable {
    const NAME: &'static str = "UpdateTable";
    type Input = UpdateTableInput;
    type Output = UpdateTableOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let mut all = Access::on("dynamodb:UpdateTable", input.table_name.arn(at)).only();
        all.extend(update_replicas::access(input, at));
        all
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        input.check_together()?;
        input.provisioned_throughput.as_ref().map(ProvisionedThroughput::checked).transpose()?;
        check_each_once(input.global_secondary_index_updates.as_deref().unwrap_or_default())?;
        if input.replica_updates.is_some() {
            let description = update_replicas(&cx, name, &input).await?;
            return Ok(UpdateTableOutput { table_description: Some(description) });
        }
        let (now, id, stream_id) = (cx.now(), cx.entropy().uuid(), cx.entropy().uuid());
        let wanted = input.sse_specification.as_ref();
        let rekeying = Rekeying::asked(&cx, &input.table_name, wanted).await?;
        let elsewhere = Reserved::elsewhere(&cx, name)?;
        let changed = cx
            .write(|tx| {
                let old = mirror::require(&tx.reader(), name)?;
                let mut table = old.clone();
                if let Some(rekeying) = &rekeying {
                    rekeying.make(tx, &mut table)?;
                }
                change(&mut table, &input, cx.scope(), now)?;
                update_indexes(tx, &mut table, &input, &id, now)?;
                if let Some(wanted) = &input.stream_specification {
                    mirror::check_stream(&table, wanted)?;
                    wanted.make(tx, &mut table, &stream_id)?;
                }
                quotas::check(Some(&old), &table, elsewhere, cx.scope(), now)?;
                tx.put(&table)?;
                mirror::mirror(tx, &old, &table, &cx)?;
                Ok::<_, DynamoError>((old, table))
            })
            .await;
        if let Some(rekeying) = &rekeying {
            rekeying.finish(&cx, name, changed.is_ok()).await;
        }
        let (old, table) = changed?;
        if table.is_opening_stream() {
            // Most often nothing has to be waited for; otherwise a job goes on.
            stream::open(&cx, (name, &table.id), &stream_id).await?;
        }
        let counted = counted(&cx, &table).await?;
        let status = input.status();
        let mut description = TableDescription::of(&table, cx.scope(), status, &counted);
        let old = TableDescription::of(&old, cx.scope(), status, &Counts::default());
        input.complete(&mut description, old, &table);
        Ok(UpdateTableOutput { table_description: Some(description) })
    }
}

impl UpdateTableInput {
    /// One request changes one thing, with few exceptions.
    ///
    /// # Errors
    /// AWS's `ValidationException` for nothing, and for what does not go together.
    fn check_together(&self) -> Result<(), DynamoError> {
        let updates = self.global_secondary_index_updates.as_deref().unwrap_or_default();
        let on_demand = self.on_demand_throughput.is_some_and(|given| !given.is_empty());
        let warm = self.warm_throughput.is_some_and(|given| !given.is_empty());
        let asked = [
            self.billing_mode.is_some(),
            self.provisioned_throughput.is_some(),
            !updates.is_empty(),
            self.stream_specification.is_some(),
            self.sse_specification.is_some(),
            self.table_class.is_some(),
            self.replica_updates.is_some(),
            self.deletion_protection_enabled.is_some(),
            on_demand,
            warm,
        ];
        let is_alone = match asked.iter().filter(|asked| **asked).count() {
            0 => return Err(self.asks_nothing()),
            count => count == 1,
        };
        let builds = updates.iter().any(GlobalSecondaryIndexUpdate::builds);
        let of_replicas =
            self.multi_region_consistency.is_some() || self.global_table_witness_updates.is_some();
        if of_replicas && !(is_alone && self.replica_updates.is_some()) {
            return Err(invalid(
                "Requests that modify replicas or witnesses must not also modify other fields",
            ));
        }
        let wrong = match self {
            _ if is_alone => return Ok(()),
            Self { replica_updates: Some(_), .. } => {
                "Replica modification must be the only operation in the request"
            }
            Self { table_class: Some(_), .. } => {
                "TableClass modification must be the only operation in the request"
            }
            Self { deletion_protection_enabled: Some(_), .. } => {
                "DeletionProtection modification must be the only operation in the request"
            }
            _ if warm && builds => {
                "Create global secondary index cannot be specified when updating WarmThroughput"
            }
            _ if warm => "WarmThroughput must be the only operation in the request",
            _ if on_demand && (self.provisioned_throughput.is_some() || !updates.is_empty()) => {
                "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
            }
            Self { on_demand_throughput: Some(_), stream_specification: Some(_), .. } => {
                "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
            }
            Self { provisioned_throughput: Some(_), stream_specification: Some(_), .. }
            | Self {
                billing_mode: Some(BillingMode::Provisioned),
                stream_specification: Some(_),
                ..
            } => "You cannot modify stream status while updating table IOPS",
            Self { stream_specification: Some(_), .. } if builds => {
                "You cannot create or delete index while changing stream status"
            }
            Self { provisioned_throughput: Some(_), .. } if builds => {
                "You cannot create or delete index while updating table IOPS"
            }
            _ => return Ok(()),
        };
        Err(invalid_values(wrong))
    }

    /// AWS's answer to a request for nothing, or only for what goes with replicas.
    fn asks_nothing(&self) -> DynamoError {
        invalid(match self.multi_region_consistency {
            None => NOTHING.into(),
            Some(_) => NOTHING.replace("MultiRegionConsistency, ", ""),
        })
    }

    /// What the table is said to be doing: some changes are over at once, on AWS too.
    fn status(&self) -> TableStatus {
        let updates = self.global_secondary_index_updates.iter().flatten();
        let is_slow = self.billing_mode.is_some()
            || self.provisioned_throughput.is_some()
            || self.table_class.is_some()
            || self.stream_specification.is_some()
            || self.sse_specification.is_some()
            || updates.clone().any(GlobalSecondaryIndexUpdate::builds);
        if is_slow { TableStatus::Updating } else { TableStatus::Active }
    }

    /// Says of a change what AWS says while it is going on: the `old` state of what is warmed up,
    /// and which maximums are taken away.
    fn complete(&self, description: &mut TableDescription, old: TableDescription, table: &Table) {
        if let Some(given) = self.on_demand_throughput {
            description.on_demand_throughput = Some(given.answered(table.on_demand));
        }
        if self.warm_throughput.is_some() {
            description.warm_throughput = old.warm_throughput;
            if let Some(warm) = &mut description.warm_throughput {
                warm.status = Some(TableStatus::Updating);
            }
        }
        let old = old.global_secondary_indexes.unwrap_or_default();
        for index in description.global_secondary_indexes.iter_mut().flatten() {
            let updates = self.global_secondary_index_updates.iter().flatten();
            let mut updates = updates.filter_map(|change| change.update.as_ref());
            let update =
                updates.find(|update| index.index_name.as_ref() == Some(&update.index_name));
            let Some(update) = update else { continue };
            if let Some(given) = update.on_demand_throughput {
                let stands = table.index(&update.index_name).map(Index::on_demand);
                index.on_demand_throughput = Some(given.answered(stands.unwrap_or_default()));
            }
            let old = old.iter().find(|old| old.index_name == index.index_name);
            if let (Some(_), Some(old)) = (&update.warm_throughput, old) {
                index.warm_throughput.clone_from(&old.warm_throughput);
                if let Some(warm) = &mut index.warm_throughput {
                    warm.status = Some(IndexStatus::Updating);
                }
            }
        }
    }
}

fn change(
    table: &mut Table,
    input: &UpdateTableInput,
    at: &Scope,
    now: Timestamp,
) -> Result<(), DynamoError> {
    if let Some(definitions) = &input.attribute_definitions {
        check_types(table, definitions)?;
    }
    let warm = table.warm.with(&table.throughput);
    let billing = input.billing_mode.unwrap_or(table.billing);
    let given = input.provisioned_throughput.as_ref();
    if given.is_some() || billing != table.billing {
        let old = table.throughput;
        if billing == BillingMode::Provisioned && given.is_none() {
            return Err(invalid_values(
                "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
            ));
        }
        let new = throughput_for(billing, given)?;
        let same = (old.read, old.write) == (new.read, new.write);
        if billing == table.billing && same {
            return Err(unchanged(&old, &new));
        }
        table.throughput = old.changed_to(new, now);
    }
    if billing == BillingMode::PayPerRequest && table.billing != billing {
        table.on_demand_since = Some(now);
    }
    if billing == BillingMode::Provisioned {
        table.on_demand = OnDemandMaximum::default();
    }
    table.billing = billing;
    let asked = Asked { index: None, billing, is_new: false, region: &at.region };
    table.on_demand = table.on_demand.changed(input.on_demand_throughput.as_ref(), asked)?;
    table.warm = warm.with(&table.throughput).changed(input.warm_throughput.as_ref(), asked)?;
    if let Some(class) = input.table_class {
        table.class.change(class, now)?;
    }
    table.deletion_protection =
        input.deletion_protection_enabled.unwrap_or(table.deletion_protection);
    Ok(())
}

fn unchanged(old: &Throughput, new: &Throughput) -> DynamoError {
    invalid(format!(
        "The provisioned throughput for the table will not change. The requested value equals \
         the current value. Current ReadCapacityUnits provisioned for the table: {}. Requested \
         ReadCapacityUnits: {}. Current WriteCapacityUnits provisioned for the table: {}. \
         Requested WriteCapacityUnits: {}. Refer to the Amazon DynamoDB Developer Guide for \
         current limits and how to request higher limits.",
        old.read, new.read, old.write, new.write
    ))
}
