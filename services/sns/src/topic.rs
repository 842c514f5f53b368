//! A topic: its record, its ARN and its default policy.

use crate::error::SnsError;
use serde_json::json;
use service_kit::{key::Key as RowKey, prelude::*, tags};
use shape::Failure;

/// A standard topic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Topic {
    pub name: String,
    pub account: String,
    pub region: String,
    pub created: Timestamp,
    /// With users and roles by unique id; none when its last statement was removed.
    pub policy: Option<String>,
    pub display_name: String,
    /// The KMS key that messages are encrypted with at rest, as given.
    pub kms_key: Option<String>,
    pub tags: BTreeMap<String, String>,
}

impl Record for Topic {
    const TABLE: &'static str = "sns.topic";

    fn key(&self) -> impl RowKey {
        &self.name
    }
}

impl Topic {
    /// A topic with AWS's defaults in the context's scope.
    pub fn new(cx: &Context, name: &str) -> Self {
        Self {
            name: name.into(),
            account: cx.account().into(),
            region: cx.region().into(),
            created: cx.now(),
            policy: Some(default_policy(cx.account(), &cx.scope().arn("sns", name))),
            display_name: String::new(),
            kms_key: None,
            tags: BTreeMap::new(),
        }
    }

    pub fn scope(&self) -> Scope {
        Scope::new(&*self.account, &*self.region)
    }

    pub fn arn(&self) -> String {
        self.scope().arn("sns", &self.name)
    }

    /// The policy as stored, also where nothing is left of it.
    pub fn policy_text(&self) -> String {
        let empty = || {
            json!({ "Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [] })
                .to_string()
        };
        self.policy.clone().unwrap_or_else(empty)
    }

    /// Adds tags, later ones replacing earlier ones of the same name.
    ///
    /// # Errors
    /// [`SnsError::TagLimitExceededException`] or an invalid parameter.
    pub fn add_tags(
        &mut self,
        tags: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), SnsError> {
        for (key, value) in tags {
            if tags::is_reserved(&key) {
                return Err(SnsError::invalid("Tag keys beginning with aws: are reserved"));
            }
            self.tags.insert(key, value);
        }
        match self.tags.len() > tags::MAX_TAGS {
            true => Err(SnsError::TagLimitExceededException),
            false => Ok(()),
        }
    }
}

fn default_policy(account: &str, arn: &str) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission",
                "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": arn,
            "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
        }],
    })
    .to_string()
}

/// A topic as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicRef {
    pub scope: Scope,
    pub name: String,
}

impl TopicRef {
    /// Reads the ARN of a topic that a request to `at` may name.
    ///
    /// # Errors
    /// An invalid parameter.
    pub fn parse(text: &str, at: &Scope) -> Result<Self, SnsError> {
        let (topic, subscription) = split(text, at).ok_or_else(|| SnsError::invalid("TopicArn"))?;
        match subscription {
            None => Ok(topic),
            Some(_) => Err(SnsError::invalid("TopicArn")),
        }
    }

    /// The topic.
    ///
    /// # Errors
    /// [`SnsError::NotFoundException`].
    pub fn get(&self, tx: &ReadTx<'_>) -> Result<Topic, SnsError> {
        let topic = tx.within(self.scope.clone()).get::<Topic>(&self.name)?;
        topic.ok_or_else(SnsError::no_topic)
    }
}

/// What is said of a permission on what is no topic's ARN.
pub fn misnamed(_: &Access) -> Failure {
    SnsError::invalid("TopicArn").into_failure()
}

/// The topic of a topic's or subscription's ARN in the region of `at`, and the subscription's id.
pub fn split<'t>(text: &'t str, at: &Scope) -> Option<(TopicRef, Option<&'t str>)> {
    let (scope, resource) = at.read_arn("sns", text)?;
    let (name, subscription) = match resource.split_once(':') {
        Some((name, id)) => (name, Some(id)),
        None => (resource, None),
    };
    Some((TopicRef { scope, name: name.into() }, subscription))
}

/// Reads the topic, changes it and writes it back.
///
/// # Errors
/// [`SnsError::NotFoundException`], or the change's.
pub async fn change<T: Send>(
    cx: &Context,
    arn: &str,
    mut change: impl FnMut(&ReadTx<'_>, &mut Topic) -> Result<T, SnsError> + Send,
) -> Result<T, SnsError> {
    let named = TopicRef::parse(arn, cx.scope())?;
    cx.write(|tx| {
        let mut topic = named.get(&tx.reader())?;
        let answer = change(&tx.reader(), &mut topic)?;
        tx.within(named.scope.clone()).put(&topic)?;
        Ok(answer)
    })
    .await
}
