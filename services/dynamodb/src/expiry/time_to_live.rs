//! UpdateTimeToLive and DescribeTimeToLive: whether and when items of a table expire.

use crate::{
    error::{DynamoError, invalid},
    expiry::{Expiry, expire::ExpireItems},
    global::mirror::{check_expiry, mirror},
    index::backfill::{DropIndex, FillIndex},
    table::{TableRef, require},
};
use service_kit::prelude::*;

/// How items are to expire.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TimeToLiveSpecification {
    /// Whether they are to.
    pub enabled: bool,
    /// The attribute that holds the second at which an item expires.
    #[shape(length = 1..=255)]
    pub attribute_name: String,
}

/// The state of expiry.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TimeToLiveDescription {
    /// Whether items expire.
    pub time_to_live_status: Option<TimeToLiveStatus>,
    /// The attribute that holds the second at which an item expires.
    pub attribute_name: Option<String>,
}

/// Whether items expire. It takes effect at once, so that nothing is ever on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum TimeToLiveStatus {
    /// They do.
    Enabled,
    /// They do not.
    Disabled,
}

pub(crate) enum UpdateTimeToLive {}

/// What UpdateTimeToLive takes.
#[derive(Debug, Shape)]
pub struct UpdateTimeToLiveInput {
    /// The table.
    #[shape(absent = "The parameter 'TableName' is required but was not present in the request")]
    pub table_name: TableRef,
    /// What is to be.
    pub time_to_live_specification: TimeToLiveSpecification,
}

/// What UpdateTimeToLive gives.
#[derive(Debug, Shape)]
pub struct UpdateTimeToLiveOutput {
    /// What was asked for.
    pub time_to_live_specification: Option<TimeToLiveSpecification>,
}

impl Operation for UpdateTimeToLive {
    const NAME: &'static str = "UpdateTimeToLive";
    type Input = UpdateTimeToLiveInput;
    type Output = UpdateTimeToLiveOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:UpdateTimeToLive", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let id = cx.entropy().uuid();
        let wanted = &input.time_to_live_specification;
        cx.write(|tx| {
            let mut table = require(&tx.reader(), name)?;
            let old = table.clone();
            check_expiry(&table)?;
            let known = table.expiry.as_ref().map(|expiry| expiry.attribute.as_str());
            match (known, wanted.enabled) {
                (Some(known), _) if known != wanted.attribute_name => {
                    return Err(invalid(format!(
                        "TimeToLive is active on a different AttributeName: current \
                         AttributeName is {known}"
                    )));
                }
                (Some(_), true) => return Err(invalid("TimeToLive is already enabled")),
                (None, false) => return Err(invalid("TimeToLive is already disabled")),
                _ => {}
            }
            let (name, table_id) = (table.name.clone(), table.id.clone());
            if let Some(Expiry { id, .. }) = table.expiry.take() {
                tx.enqueue(&DropIndex { table: name, table_id, id })?;
            } else {
                let attribute = wanted.attribute_name.clone();
                table.expiry = Some(Expiry { attribute, id: id.clone() });
                let (table, id) = (name.clone(), id.clone());
                tx.enqueue(&ExpireItems { table, id: id.clone() })?;
                tx.enqueue(&FillIndex { table: name, table_id, id, after: Vec::new() })?;
            }
            tx.put(&table)?;
            mirror(tx, &old, &table, &cx)
        })
        .await?;
        let specification = input.time_to_live_specification;
        Ok(UpdateTimeToLiveOutput { time_to_live_specification: Some(specification) })
    }
}

pub(crate) enum DescribeTimeToLive {}

/// What DescribeTimeToLive takes.
#[derive(Debug, Shape)]
pub struct DescribeTimeToLiveInput {
    /// The table.
    #[shape(absent = "The parameter 'TableName' is required but was not present in the request")]
    pub table_name: TableRef,
}

/// What DescribeTimeToLive gives.
#[derive(Debug, Shape)]
pub struct DescribeTimeToLiveOutput {
    /// The state of expiry.
    pub time_to_live_description: Option<TimeToLiveDescription>,
}

impl Operation for DescribeTimeToLive {
    const NAME: &'static str = "DescribeTimeToLive";
    type Input = DescribeTimeToLiveInput;
    type Output = DescribeTimeToLiveOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DescribeTimeToLive", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let expiry = cx.within(scope).read(|tx| require(tx, name))?.expiry;
        let status = match expiry {
            Some(_) => TimeToLiveStatus::Enabled,
            None => TimeToLiveStatus::Disabled,
        };
        let description = TimeToLiveDescription {
            time_to_live_status: Some(status),
            attribute_name: expiry.map(|expiry| expiry.attribute),
        };
        Ok(DescribeTimeToLiveOutput { time_to_live_description: Some(description) })
    }
}
