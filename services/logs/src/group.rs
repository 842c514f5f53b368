//! Log groups: the record, its ARNs, and how requests name it.

use crate::{error::LogsError, stream::LogStream};
use service_kit::{
    context::Caller,
    prelude::*,
    tags::{MAX_TAGS, is_reserved, is_tag_text, key_fits, value_fits},
};
use std::ops::ControlFlow;

/// A log group as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LogGroup {
    pub name: String,
    /// Tells a group from an earlier one of the same name, whose events may still be there.
    pub id: u64,
    pub created: Timestamp,
    /// Days that events are kept; none means for ever.
    pub retention_days: Option<u32>,
    /// Counts changes of the retention, so that a job for an earlier one ends.
    pub retention_version: u64,
    pub protected: bool,
    pub tags: BTreeMap<String, String>,
}

impl Record for LogGroup {
    const TABLE: &'static str = "logs.group";

    fn key(&self) -> impl service_kit::key::Key {
        &self.name
    }
}

impl LogGroup {
    /// The ARN without `:*`, as tags want it.
    pub(crate) fn arn(&self, at: &Scope) -> String {
        group_arn(at, &self.name)
    }

    /// The earliest time in milliseconds whose events are kept.
    pub(crate) fn horizon_ms(&self, now: Timestamp) -> i64 {
        let kept = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
        self.retention_days.map_or(i64::MIN, |days| (now - kept(days)).as_millis())
    }

    /// The group called `name`.
    pub(crate) fn named(tx: &ReadTx<'_>, name: &str) -> Result<Self, LogsError> {
        tx.get(name)?.ok_or_else(LogsError::no_group)
    }

    /// The bytes that its streams hold.
    pub(crate) fn stored_bytes(&self, tx: &ReadTx<'_>) -> Result<u64, Fault> {
        let mut sum = 0_u64;
        tx.visit::<LogStream>(self.id, Order::Ascending, |stream| {
            sum = sum.saturating_add(stream.bytes);
            ControlFlow::Continue(())
        })?;
        Ok(sum)
    }

    /// Adds tags.
    pub(crate) fn tag(
        &mut self,
        tags: BTreeMap<String, String>,
        at: &Scope,
    ) -> Result<(), LogsError> {
        check_tags(&tags)?;
        self.tags.extend(tags);
        if self.tags.len() > MAX_TAGS {
            return Err(LogsError::TooManyTagsException {
                message: format!("A resource can have at most {MAX_TAGS} tags."),
                resource_name: self.arn(at),
            });
        }
        Ok(())
    }
}

/// A tag's value.
#[derive(Clone, Debug, PartialEq, Eq, Shape)]
#[shape(length = 0..=256)]
pub struct TagValue(pub String);

/// The tags as [`Access::with_tags`] takes them.
pub(crate) fn pairs(tags: &BTreeMap<String, TagValue>) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|(key, TagValue(value))| (key.as_str(), value.as_str()))
}

/// The tags as they are stored.
pub(crate) fn plain(tags: BTreeMap<String, TagValue>) -> BTreeMap<String, String> {
    tags.into_iter().map(|(key, TagValue(value))| (key, value)).collect()
}

/// Checks tags as AWS's limits ask ("TagResource").
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), LogsError> {
    for (key, value) in tags {
        if is_reserved(key) {
            return Err(LogsError::invalid(format!(
                "The tag key '{key}' is not valid: aws: is reserved for AWS's own."
            )));
        }
        let fits = key_fits(key) && value_fits(value);
        if !fits || !is_tag_text(key) || !is_tag_text(value) {
            return Err(LogsError::invalid(format!("The tag '{key}' is not valid.")));
        }
    }
    Ok(())
}

/// `arn:...:log-group:NAME`.
pub(crate) fn group_arn(at: &Scope, name: &str) -> String {
    at.arn("logs", format_args!("log-group:{name}"))
}

/// The ARN by which policies know a whole group: AWS's requests name an empty stream in it, which
/// is why only policies that end in `:*` match ("DescribeLogGroups", the response's `arn`).
pub(crate) fn policy_arn(at: &Scope, name: &str) -> String {
    stream_arn(at, name, "")
}

/// `arn:...:log-group:NAME:log-stream:STREAM`.
pub(crate) fn stream_arn(at: &Scope, group: &str, stream: &str) -> String {
    at.arn("logs", format_args!("log-group:{group}:log-stream:{stream}"))
}

/// The name of the group in a name or ARN; none if the ARN is not of this account and region.
pub(crate) fn identified<'a>(identifier: &'a str, at: &Scope) -> Option<&'a str> {
    if !identifier.starts_with("arn:") {
        return Some(identifier);
    }
    let prefix = at.arn("logs", "log-group:");
    let name = identifier.strip_prefix(&prefix)?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

/// The resource that policies judge for a group given by name or identifier.
pub(crate) fn policy_resource(
    name: Option<&str>,
    identifier: Option<&str>,
    stream: &str,
    at: &Scope,
) -> String {
    match (name, identifier) {
        (Some(name), _) => stream_arn(at, name, stream),
        (None, Some(given)) => match identified(given, at) {
            Some(name) => stream_arn(at, name, stream),
            None => format!("{}:log-stream:{stream}", given.strip_suffix(":*").unwrap_or(given)),
        },
        (None, None) => policy_arn(at, ""),
    }
}

/// The group that a request gives by name or identifier, of which it must give just one.
pub(crate) fn resolve(
    tx: &ReadTx<'_>,
    name: Option<&str>,
    identifier: Option<&str>,
) -> Result<LogGroup, LogsError> {
    match (name, identifier) {
        (Some(name), None) => LogGroup::named(tx, name),
        (None, Some(identifier)) => {
            let name = identified(identifier, tx.scope()).ok_or_else(LogsError::no_group)?;
            LogGroup::named(tx, name)
        }
        (Some(_), Some(_)) => Err(LogsError::invalid(
            "LogGroup name and LogGroup identifier are mutually exclusive parameters.",
        )),
        (None, None) => {
            Err(LogsError::invalid("Either logGroupName or logGroupIdentifier must be specified."))
        }
    }
}

/// A group's tags, for policies.
pub(crate) fn facts(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    let Some((_, resource)) = access.resource.split_once(":log-group:") else {
        return Ok(Facts::default());
    };
    let name = resource.split(":log-stream:").next().unwrap_or_default();
    let group = tx.get::<LogGroup>(name)?;
    let tags = group.map(|group| group.tags.into_iter().collect()).unwrap_or_default();
    Ok(Facts { tags, ..Facts::default() })
}
