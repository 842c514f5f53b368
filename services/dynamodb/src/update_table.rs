//! UpdateTable: how a table is paid for, its global indexes, and whether it may be deleted.

use crate::{
    description::{
        AttributeDefinition, ProvisionedThroughput, TableDescription, TableStatus, check_types,
        check_used, throughput_for,
    },
    error::{DynamoError, invalid, invalid_values},
    statistics::counted,
    table::{BillingMode, Table, TableRef, Throughput, require},
    update_indexes::{GlobalSecondaryIndexUpdate, check_each_once, update_indexes},
};
use service_kit::prelude::*;

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
    /// Whether it is to refuse to be deleted.
    pub deletion_protection_enabled: Option<bool>,
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
        Access::on("dynamodb:UpdateTable", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let asks = input.billing_mode.is_some()
            || input.provisioned_throughput.is_some()
            || input.global_secondary_index_updates.as_ref().is_some_and(|all| !all.is_empty())
            || input.deletion_protection_enabled.is_some();
        if !asks {
            return Err(invalid(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, \
                 GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
            ));
        }
        input.provisioned_throughput.as_ref().map(ProvisionedThroughput::checked).transpose()?;
        check_each_once(input.global_secondary_index_updates.as_deref().unwrap_or_default())?;
        let (now, id) = (cx.now(), cx.entropy().uuid());
        let table = cx
            .write(|tx| {
                let mut table = require(&tx.reader(), name)?;
                change(&mut table, &input, now)?;
                update_indexes(tx, &mut table, &input, &id, now)?;
                if let Some(definitions) = &input.attribute_definitions {
                    check_used(&table, definitions)?;
                }
                tx.put(&table)?;
                Ok::<_, DynamoError>(table)
            })
            .await?;
        let counted = counted(&cx, &table).await?;
        let status = TableStatus::Updating;
        let description = TableDescription::of(&table, cx.scope(), status, &counted);
        Ok(UpdateTableOutput { table_description: Some(description) })
    }
}

fn change(table: &mut Table, input: &UpdateTableInput, now: Timestamp) -> Result<(), DynamoError> {
    if let Some(definitions) = &input.attribute_definitions {
        check_types(table, definitions)?;
    }
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
    table.billing = billing;
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
