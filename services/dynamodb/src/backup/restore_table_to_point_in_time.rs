//! RestoreTableToPointInTime: a new table of what another was at some second.

use crate::{
    backup::{
        continuous_backups::require,
        copy::Undo,
        history::{self, Recovery},
        hold,
        restore::{self, Overrides, Restore, check_free},
    },
    encryption::SSESpecification,
    error::{DynamoError, invalid},
    index::index_description::{GlobalSecondaryIndex, LocalSecondaryIndex},
    table::{
        BillingMode, Table, TableRef,
        description::{ProvisionedThroughput, TableDescription},
        on_demand::OnDemandThroughput,
    },
};
use service_kit::prelude::*;

pub(crate) enum RestoreTableToPointInTime {}

/// What RestoreTableToPointInTime takes.
#[derive(Debug, Shape)]
pub struct RestoreTableToPointInTimeInput {
    /// The table's ARN.
    pub source_table_arn: Option<TableRef>,
    /// Or its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub source_table_name: Option<String>,
    /// The new table's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub target_table_name: String,
    /// The latest moment.
    pub use_latest_restorable_time: Option<bool>,
    /// Or this one.
    pub restore_date_time: Option<Timestamp>,
    /// How the table is to be paid for.
    pub billing_mode_override: Option<BillingMode>,
    /// Which of its global indexes it is to have.
    pub global_secondary_index_override: Option<Vec<GlobalSecondaryIndex>>,
    /// Which of its local indexes it is to have.
    pub local_secondary_index_override: Option<Vec<LocalSecondaryIndex>>,
    /// Capacity to reserve.
    pub provisioned_throughput_override: Option<ProvisionedThroughput>,
    /// The most to serve when paid by request.
    pub on_demand_throughput_override: Option<OnDemandThroughput>,
    /// How it is to be encrypted.
    #[shape(name = "SSESpecificationOverride")]
    pub sse_specification_override: Option<SSESpecification>,
}

/// What RestoreTableToPointInTime gives.
#[derive(Debug, Shape)]
pub struct RestoreTableToPointInTimeOutput {
    /// The table, as being made.
    pub table_description: Option<TableDescription>,
}

impl RestoreTableToPointInTimeInput {
    /// The table that it names.
    fn source(&self) -> Option<TableRef> {
        let name = || self.source_table_name.clone().map(TableRef);
        self.source_table_arn.clone().or_else(name)
    }

    /// Where the table that it names is, and its name.
    ///
    /// # Errors
    /// AWS's `ValidationException` for none, or for two.
    fn named(&self, at: &Scope) -> Result<(Scope, String), DynamoError> {
        match (&self.source_table_arn, &self.source_table_name) {
            (None, None) => Err(invalid(
                "The parameter 'TableName' is required but was not present in the request",
            )),
            (Some(_), Some(_)) => Err(invalid(
                "Invalid Request: Must provide exactly one of: sourceTableArn, sourceTableName",
            )),
            (None, Some(name)) => Ok((at.clone(), name.clone())),
            (Some(arn), None) => {
                let (scope, name) = crate::table::parse_arn(&arn.0)
                    .map_err(|_| invalid("Invalid Request: sourceTableArn is not a valid ARN"))?;
                if scope.account != at.account {
                    return Err(invalid(
                        "This action is only supported by accounts that match the resource \
                         owner's account.",
                    ));
                }
                Ok((scope, name.to_owned()))
            }
        }
    }

    /// The moment that is asked for; none is the latest.
    ///
    /// # Errors
    /// AWS's `ValidationException` for none, or for two.
    fn moment(&self) -> Result<Option<Timestamp>, DynamoError> {
        match (self.use_latest_restorable_time.unwrap_or(false), self.restore_date_time) {
            (true, Some(_)) => Err(invalid(
                "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set \
                 for point-in-time restore request. Please specify either RestoreDateTime time or \
                 UseLatestRestorableTime",
            )),
            (false, None) => Err(invalid(
                "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be \
                 specified, but not both",
            )),
            (_, moment) => Ok(moment),
        }
    }

    fn overrides(&self) -> Overrides<'_> {
        Overrides {
            billing: self.billing_mode_override,
            global: self.global_secondary_index_override.as_deref(),
            local: self.local_secondary_index_override.as_deref(),
            throughput: self.provisioned_throughput_override.as_ref(),
            on_demand: self.on_demand_throughput_override.as_ref(),
            sse: self.sse_specification_override.as_ref(),
        }
    }
}

impl Operation for RestoreTableToPointInTime {
    const NAME: &'static str = "RestoreTableToPointInTime";
    type Input = RestoreTableToPointInTimeInput;
    type Output = RestoreTableToPointInTimeOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let source = input.source().map_or_else(|| "*".to_owned(), |source| source.arn(at));
        restore::access("dynamodb:RestoreTableToPointInTime", source, &input.target_table_name, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let name = &input.target_table_name;
        TableRef(name.clone()).resolve(cx.scope())?;
        let (scope, source_name) = input.named(cx.scope())?;
        let moment = input.moment()?;
        let (from, now) = (cx.within(scope), cx.now());
        let source = from.read(|tx| restorable(tx, &source_name, moment, now))?;
        let arn = TableRef(source_name.clone()).arn(from.scope());
        let restore = Restore { backup: None, table: arn, at: moment.unwrap_or(now) };
        let overrides = input.overrides();
        let table = overrides.table(cx, (&source, restore), name)?;
        let claim = |tx: &mut Tx<'_>, by: &str| {
            let mut there = tx.within(from.scope().clone());
            let source = restorable(&there.reader(), &source_name, moment, now)?;
            let history = source.history.map(|history| history.id).unwrap_or_default();
            hold::hold(&mut there, &source.id, by, now)?;
            hold::hold(&mut there, &history, by, moment.unwrap_or(now))?;
            history::mark(&mut there, &history, by);
            check_free(&tx.reader(), name)?;
            Ok((source.id, Some(Undo { history, to: moment })))
        };
        let sse = overrides.sse;
        let description = restore::begin((&from, &source), (cx, table), sse, claim).await?;
        Ok(RestoreTableToPointInTimeOutput { table_description: Some(description) })
    }
}

/// The table called `name`, if it can be restored to `moment`.
///
/// # Errors
/// `TableNotFoundException`, `PointInTimeRecoveryUnavailableException` or
/// `InvalidRestoreTimeException` when it cannot.
fn restorable(
    tx: &ReadTx<'_>,
    name: &str,
    moment: Option<Timestamp>,
    now: Timestamp,
) -> Result<Table, DynamoError> {
    let table = require(tx, name)?;
    let recovery = table.history.as_ref().and_then(|history| history.recovery.as_ref());
    let window = |recovery: &Recovery| recovery.earliest(now).zip(recovery.latest(now));
    let Some((earliest, latest)) = recovery.and_then(window) else {
        return Err(DynamoError::PointInTimeRecoveryUnavailable(format!(
            "Point in time recovery is not enabled for table '{name}'"
        )));
    };
    match moment {
        Some(moment) if moment < earliest || moment > latest.max(now) => {
            Err(DynamoError::InvalidRestoreTime(format!(
                "RestoreDateTime '{moment}' must be within EarliestRestorableDateTime \
                 '{earliest}' and LatestRestorableDateTime '{latest}'"
            )))
        }
        _ => Ok(table),
    }
}
