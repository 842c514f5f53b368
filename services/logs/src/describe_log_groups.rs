//! DescribeLogGroups: log groups by name, a page at a time.

use crate::{
    create_log_group::LogGroupClass,
    error::LogsError,
    group::{LogGroup, identified, policy_arn},
    names::{LogGroupIdentifier, LogGroupName},
};
use service_kit::{key::Encoded, prelude::*};

/// The most groups that one answer looks at for a pattern.
const MAX_EXAMINED: usize = 5_000;
/// The groups of one page.
const PAGE: u32 = 50;

/// Lists log groups.
pub(crate) enum DescribeLogGroups {}

/// What DescribeLogGroups takes.
#[derive(Debug, Shape)]
#[shape(name = "DescribeLogGroupsRequest", camel)]
pub struct DescribeLogGroupsInput {
    /// What names start with.
    pub log_group_name_prefix: Option<LogGroupName>,
    /// What names contain.
    #[shape(length = 0..=512, pattern = r"[\.\-_/#A-Za-z0-9]*")]
    pub log_group_name_pattern: Option<String>,
    /// Where to go on.
    #[shape(length = 1..)]
    pub next_token: Option<String>,
    /// The most groups.
    #[shape(range = 1..=50)]
    pub limit: Option<u32>,
    /// Only groups of this class.
    pub log_group_class: Option<LogGroupClass>,
    /// Names or ARNs of the groups asked for, instead of all else.
    #[shape(length = 1..=50)]
    pub log_group_identifiers: Option<Vec<LogGroupIdentifier>>,
}

/// What DescribeLogGroups gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeLogGroupsResponse", camel)]
pub struct DescribeLogGroupsOutput {
    /// The groups.
    pub log_groups: Vec<Description>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// A log group as answered.
#[derive(Debug, Shape)]
#[shape(name = "LogGroup", camel)]
pub struct Description {
    /// Its name.
    pub log_group_name: String,
    /// Milliseconds since the epoch.
    pub creation_time: i64,
    /// None means for ever.
    pub retention_in_days: Option<u32>,
    /// Always zero: there are no metric filters.
    pub metric_filter_count: i32,
    /// With `:*`, for policies.
    pub arn: String,
    /// What its streams hold.
    pub stored_bytes: u64,
    /// Always `STANDARD`.
    pub log_group_class: LogGroupClass,
    /// Without `:*`.
    pub log_group_arn: String,
    /// Whether it cannot be deleted.
    pub deletion_protection_enabled: bool,
}

impl Operation for DescribeLogGroups {
    const NAME: &'static str = "DescribeLogGroups";
    type Input = DescribeLogGroupsInput;
    type Output = DescribeLogGroupsOutput;
    type Error = LogsError;

    fn access(_: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("logs:DescribeLogGroups", policy_arn(at, "")).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, LogsError> {
        check(&input)?;
        cx.read(|tx| {
            let (groups, next_token) = match &input.log_group_identifiers {
                Some(identifiers) => (identified_groups(tx, identifiers)?, None),
                None => listed(tx, &input)?,
            };
            let describe = |group: &LogGroup| describe(tx, group);
            let log_groups = groups.iter().map(describe).collect::<Result<_, _>>()?;
            Ok(DescribeLogGroupsOutput { log_groups, next_token })
        })
    }
}

fn check(input: &DescribeLogGroupsInput) -> Result<(), LogsError> {
    let prefix = input.log_group_name_prefix.is_some();
    let pattern = input.log_group_name_pattern.is_some();
    if prefix && pattern {
        return Err(LogsError::invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    if input.log_group_identifiers.is_some()
        && (prefix || pattern || input.next_token.is_some() || input.limit.is_some())
    {
        return Err(LogsError::invalid(
            "logGroupIdentifiers cannot be combined with other parameters.",
        ));
    }
    Ok(())
}

fn identified_groups(
    tx: &ReadTx<'_>,
    identifiers: &[LogGroupIdentifier],
) -> Result<Vec<LogGroup>, LogsError> {
    let mut groups = Vec::new();
    for LogGroupIdentifier(identifier) in identifiers {
        if let Some(name) = identified(identifier, tx.scope()) {
            groups.extend(tx.get::<LogGroup>(name)?);
        }
    }
    Ok(groups)
}

fn listed(
    tx: &ReadTx<'_>,
    input: &DescribeLogGroupsInput,
) -> Result<(Vec<LogGroup>, Option<String>), LogsError> {
    let limit = input.limit.unwrap_or(PAGE) as usize;
    if input.log_group_class.is_some_and(|class| class != LogGroupClass::Standard) {
        return Ok((Vec::new(), None));
    }
    let prefix = input.log_group_name_prefix.as_deref().unwrap_or_default();
    let pattern = input.log_group_name_pattern.as_deref().unwrap_or_default();
    let mut token = input.next_token.clone();
    let (mut groups, mut examined) = (Vec::new(), 0);
    loop {
        let wanted = limit - groups.len();
        let page = tx.page::<LogGroup>(Encoded(prefix.as_bytes()), token.as_deref(), wanted)?;
        examined += page.items.len();
        groups.extend(page.items.into_iter().filter(|group| group.name.contains(pattern)));
        token = page.next;
        if token.is_none() || groups.len() >= limit || examined >= MAX_EXAMINED {
            return Ok((groups, token));
        }
    }
}

fn describe(tx: &ReadTx<'_>, group: &LogGroup) -> Result<Description, LogsError> {
    let arn = group.arn(tx.scope());
    Ok(Description {
        log_group_name: group.name.clone(),
        creation_time: group.created.as_millis(),
        retention_in_days: group.retention_days,
        metric_filter_count: 0,
        arn: format!("{arn}:*"),
        stored_bytes: group.stored_bytes(tx)?,
        log_group_class: LogGroupClass::Standard,
        log_group_arn: arn,
        deletion_protection_enabled: group.protected,
    })
}
