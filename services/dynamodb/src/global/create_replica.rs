//! A new replica: its table, and what it has of its own.

use super::actions::{CreateReplicationGroupMemberAction, Overrides};
use crate::{
    encryption::{self, Encryption, SSESpecification},
    error::{DynamoError, invalid, invalid_values},
    expiry::Expiry,
    index::{Index, IndexKind},
    table::{
        BillingMode, Table, Throughput,
        on_demand::{Asked, OnDemandMaximum, OnDemandThroughput},
        table_class::Class,
    },
};
use service_kit::prelude::*;

/// DynamoDB's managed key, as requests name it.
const MANAGED: &str = "alias/aws/dynamodb";

/// A replica to be made, whose key is already there.
pub(crate) struct NewReplica<'r> {
    /// What is asked.
    pub(crate) asked: &'r CreateReplicationGroupMemberAction,
    /// Where it is to be.
    pub(crate) at: Scope,
    /// The id of its table.
    pub(crate) id: String,
    /// How it is to be encrypted.
    pub(crate) encryption: Option<Encryption>,
}

impl<'r> NewReplica<'r> {
    /// Prepares the replica of `source` that is asked for.
    ///
    /// # Errors
    /// AWS's `ValidationException` for a key that replicas of this table do not have, or what KMS
    /// refuses the caller.
    pub(crate) async fn prepare(
        cx: &Context,
        source: &Table,
        asked: &'r CreateReplicationGroupMemberAction,
    ) -> Result<Self, DynamoError> {
        let id = cx.entropy().uuid();
        let at = Scope::new(cx.scope().account.clone(), asked.region_name.as_str());
        let given = asked.kms_master_key_id.as_deref();
        let key = source.encryption.as_ref().and_then(Encryption::key);
        let wanted = match (key, given) {
            (None, None) => None,
            (Some(key), _) if encryption::is_managed(cx, key, &source.name).await? => {
                if given.is_some_and(|given| given != MANAGED) {
                    return Err(mixed_keys());
                }
                Some(MANAGED)
            }
            (Some(_), Some(MANAGED)) => return Err(mixed_keys()),
            (Some(_), Some(given)) => Some(given),
            _ => return Err(missing_key()),
        };
        let encryption = match wanted {
            None => None,
            Some(key) => {
                let wanted = SSESpecification {
                    enabled: Some(true),
                    sse_type: None,
                    kms_master_key_id: Some(key.to_owned()),
                };
                Encryption::new(&cx.within(at.clone()), (&id, &source.name), &wanted).await?
            }
        };
        Ok(Self { asked, at, id, encryption })
    }

    /// The replica's table, a copy of `source` as it is at this moment.
    ///
    /// # Errors
    /// AWS's `ValidationException` for overrides that do not fit.
    pub(crate) fn table(&self, cx: &Context, source: &Table) -> Result<Table, DynamoError> {
        let now = cx.now();
        // Ids of its own: what is left of an earlier replica here may still be removed by them.
        let index = |index: &Index| Index { id: cx.entropy().uuid(), ..index.clone() };
        let expiry = |expiry: &Expiry| Expiry { id: cx.entropy().uuid(), ..expiry.clone() };
        let mut table = Table {
            id: self.id.clone(),
            indexes: source.indexes.iter().map(index).collect(),
            expiry: source.expiry.as_ref().map(expiry),
            encryption: self.encryption.clone(),
            on_demand: source.on_demand,
            warm: source.warm,
            class: Class::new(source.class.class),
            // Its stream begins when it is ready.
            ..Table::new(cx, &source.name, source.keys.clone(), (source.billing, source.throughput))
        };
        let overrides = self.asked.overrides();
        if let Some(class) = overrides.class {
            table.class = Class::new(Some(class));
        }
        override_reads(&mut table, overrides, &self.at, now)?;
        Ok(table)
    }
}

fn missing_key() -> DynamoError {
    invalid_values("KMSMasterKeyId must be specified for each replica.")
}

fn mixed_keys() -> DynamoError {
    invalid_values("All replica keys must either be Customer Managed CMK or AWS Managed CMK.")
}

/// Gives `table` the reads of its own that `overrides` asks for: of itself and of its indexes.
///
/// # Errors
/// AWS's `ValidationException` for overrides that do not fit.
pub(crate) fn override_reads(
    table: &mut Table,
    overrides: Overrides<'_>,
    at: &Scope,
    now: Timestamp,
) -> Result<(), DynamoError> {
    let billing = table.billing;
    let reserve = |old: Throughput, read: Option<u64>| match (read, billing) {
        (None, _) => Ok(old),
        (Some(_), BillingMode::PayPerRequest) => Err(invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode \
             is PAY_PER_REQUEST",
        )),
        (Some(read), BillingMode::Provisioned) => {
            Ok(old.changed_to(Throughput { read, ..old }, now))
        }
    };
    let limit = |old: OnDemandMaximum, most: Option<i64>, index: Option<&str>| {
        let given = OnDemandThroughput { max_read_request_units: most, ..Default::default() };
        let asked = Asked { index, billing, is_new: false, region: &at.region };
        old.changed(Some(&given), asked)
    };
    let read = overrides.throughput.and_then(|given| given.read_capacity_units);
    table.throughput = reserve(table.throughput, read)?;
    let most = overrides.on_demand.and_then(|given| given.max_read_request_units);
    table.on_demand = limit(table.on_demand, most, None)?;
    for given in overrides.indexes {
        let name = &given.index_name;
        let index = table.index_mut(name).map(|index| &mut index.kind);
        let Some(IndexKind::Global { throughput, on_demand, .. }) = index else {
            return Err(invalid_values(format_args!(
                "The table does not have the specified global secondary index: {name}"
            )));
        };
        let read = given.provisioned_throughput_override.as_ref();
        *throughput = reserve(*throughput, read.and_then(|given| given.read_capacity_units))?;
        let most = given.on_demand_throughput_override.as_ref();
        let most = most.and_then(|given| given.max_read_request_units);
        *on_demand = limit(*on_demand, most, Some(name))?;
    }
    Ok(())
}
