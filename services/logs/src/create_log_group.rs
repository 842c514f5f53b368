//! CreateLogGroup: a new, empty log group.

use crate::{
    error::LogsError,
    group::{LogGroup, TagValue, check_tags, group_arn, pairs, plain, policy_arn},
    names::LogGroupName,
};
use service_kit::prelude::*;

/// Creates a log group.
pub(crate) enum CreateLogGroup {}

/// What CreateLogGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateLogGroupRequest", camel)]
pub struct CreateLogGroupInput {
    /// Its name.
    pub log_group_name: LogGroupName,
    /// Its tags.
    #[shape(length = 1..=50)]
    pub tags: Option<BTreeMap<String, TagValue>>,
    /// Only `STANDARD` is there.
    pub log_group_class: Option<LogGroupClass>,
    /// Whether it cannot be deleted until this is taken back.
    pub deletion_protection_enabled: Option<bool>,
}

/// How a group's events are kept and what can be done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum LogGroupClass {
    /// Everything is possible.
    Standard,
    /// Cheaper, with fewer features.
    InfrequentAccess,
    /// Only for delivery elsewhere.
    Delivery,
}

impl Operation for CreateLogGroup {
    const NAME: &'static str = "CreateLogGroup";
    type Input = CreateLogGroupInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let name = &input.log_group_name;
        let tags: Vec<_> = input.tags.iter().flat_map(pairs).collect();
        let tagging = Access::on("logs:TagResource", group_arn(at, name));
        let create = Access::on("logs:CreateLogGroup", policy_arn(at, name));
        create.and_tagging(tagging, tags.iter().copied())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        if let Some(class) = input.log_group_class
            && class != LogGroupClass::Standard
        {
            return Err(
                Fault::unsupported(format_args!("log group class {}", class.as_str())).into()
            );
        }
        let tags = plain(input.tags.unwrap_or_default());
        check_tags(&tags)?;
        let group = LogGroup {
            name: input.log_group_name.0,
            id: u64::from_be_bytes(cx.entropy().bytes()),
            created: cx.now(),
            retention_days: None,
            retention_version: 0,
            protected: input.deletion_protection_enabled.unwrap_or(false),
            tags,
        };
        cx.write(|tx| {
            if tx.get::<LogGroup>(&group.name)?.is_some() {
                return Err(LogsError::ResourceAlreadyExistsException(
                    "The specified log group already exists".into(),
                ));
            }
            Ok(tx.put(&group)?)
        })
        .await?;
        Ok(Empty)
    }
}
