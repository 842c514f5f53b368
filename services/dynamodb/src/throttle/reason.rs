//! Why a request is throttled, in AWS's words: "Diagnosing throttling".

use super::limits::Direction;
use crate::{
    error::DynamoError,
    index::Index,
    table::{BillingMode, Table},
};
use service_kit::{metrics::Series, prelude::*};

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// What is reserved.
    Provisioned,
    /// What one partition can do.
    KeyRange,
    /// What the owner set as the most to be paid for.
    MaxOnDemand,
    /// What the account may use.
    Account,
}

/// Why a request was throttled.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct ThrottlingReason {
    /// What was too much, as `TableReadProvisionedThroughputExceeded`.
    pub reason: Option<String>,
    /// The ARN of the table or index.
    pub resource: Option<String>,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached<'t> {
    pub(crate) table: &'t Table,
    /// The global index, where it is one's limit.
    pub(crate) index: Option<&'t Index>,
    pub(crate) direction: Direction,
    pub(crate) why: Why,
}

const TABLE_EXCEEDED: &str = "The level of configured provisioned throughput for the table was \
     exceeded. Consider increasing your provisioning level with the UpdateTable API.";
const INDEX_EXCEEDED: &str = "The level of configured provisioned throughput for one or more \
     global secondary indexes of the table was exceeded. Consider increasing your provisioning \
     level for the under-provisioned global secondary indexes with the UpdateTable API.";
const MAXIMUM_EXCEEDED: &str =
    "Throughput exceeds the maximum OnDemandThroughput configured on table or index";
const TABLE_SCALING: &str = "Throughput exceeds the current capacity of your table or index. \
     DynamoDB is automatically scaling your table or index so please try again shortly. If \
     exceptions persist, check if you have a hot key: \
     https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html";
const INDEX_SCALING: &str = "Throughput exceeds the current capacity for one or more global \
     secondary indexes. DynamoDB is automatically scaling your index so please try again shortly.";
const QUOTA_EXCEEDED: &str = "Throughput exceeds the current throughput limit for your account. \
     Please contact AWS Support at https://aws.amazon.com/support request a limit increase";

impl Reached<'_> {
    /// What the client is told, of what is in `at`.
    pub(crate) fn error(&self, at: &Scope) -> DynamoError {
        let Self { table, index, direction, why } = *self;
        let what = if index.is_some() { "Index" } else { "Table" };
        let limit = match why {
            Why::Provisioned => "ProvisionedThroughput",
            Why::KeyRange => "KeyRangeThroughput",
            Why::MaxOnDemand => "MaxOnDemandThroughput",
            Why::Account => "AccountLimit",
        };
        let index_part = index.map(|index| format!("/index/{}", index.name)).unwrap_or_default();
        let arn = at.arn("dynamodb", format_args!("table/{}{index_part}", table.name));
        let throttling_reasons = vec![ThrottlingReason {
            reason: Some(format!("{what}{}{limit}Exceeded", direction.as_str())),
            resource: Some(arn),
        }];
        let by_request = table.billing == BillingMode::PayPerRequest;
        let either = |table: &str, index_text: &str| {
            if index.is_some() { index_text.to_owned() } else { table.to_owned() }
        };
        match why {
            Why::Provisioned | Why::KeyRange if !by_request => DynamoError::ThroughputExceeded {
                message: either(TABLE_EXCEEDED, INDEX_EXCEEDED),
                throttling_reasons,
            },
            Why::Provisioned | Why::KeyRange => DynamoError::Throttled {
                message: either(TABLE_SCALING, INDEX_SCALING),
                throttling_reasons,
            },
            Why::MaxOnDemand => {
                let message = MAXIMUM_EXCEEDED.to_owned();
                DynamoError::Throttled { message, throttling_reasons }
            }
            Why::Account => {
                let message = QUOTA_EXCEEDED.to_owned();
                DynamoError::RequestLimitExceeded { message, throttling_reasons }
            }
        }
    }
}

/// Why `error` throttles, if it does.
pub(crate) fn reasons(error: &DynamoError) -> Option<&[ThrottlingReason]> {
    match error {
        DynamoError::ThroughputExceeded { throttling_reasons, .. }
        | DynamoError::Throttled { throttling_reasons, .. }
        | DynamoError::RequestLimitExceeded { throttling_reasons, .. } => Some(throttling_reasons),
        _ => None,
    }
}

/// Counts one read or write of one item, or one page, that was throttled.
pub(crate) fn count_event(cx: &Context, table: &Table, reasons: &[ThrottlingReason]) {
    for ThrottlingReason { reason, resource } in reasons {
        let Some(exceeded) = reason.as_deref().and_then(|reason| reason.get(5..)) else { continue };
        let index = resource.as_deref().and_then(|arn| arn.split_once("/index/"));
        let mut names = vec![("TableName", table.name.as_str())];
        names.extend(index.map(|(_, index)| ("GlobalSecondaryIndexName", index)));
        let direction = if exceeded.starts_with("Read") { "Read" } else { "Write" };
        let particular = exceeded.replace("Exceeded", "ThrottleEvents");
        for metric in [format!("{direction}ThrottleEvents"), particular] {
            cx.count(Series::new("AWS/DynamoDB", metric, &names), 1.0, "Count");
        }
    }
}

/// Counts a request of `operation` that was throttled as a whole.
pub(crate) fn count_request(cx: &Context, table: &Table, operation: &str) {
    let names = [("TableName", table.name.as_str()), ("Operation", operation)];
    cx.count(Series::new("AWS/DynamoDB", "ThrottledRequests", &names), 1.0, "Count");
}
