//! A subscription: who wants a topic's messages, which ones, and how.

use crate::{
    error::SnsError,
    filter::{Filter, Scope as FilterScope},
    topic::{self, TopicRef},
};
use serde_json::Value;
use service_kit::{key::Key as RowKey, prelude::*};

/// A subscription of a queue or function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Subscription {
    pub topic: String,
    /// Tells the topic from a later one of the same name.
    pub topic_created: Timestamp,
    pub topic_arn: String,
    /// A UUID.
    pub id: String,
    pub owner: String,
    /// The ARN of who made it.
    pub principal: String,
    pub protocol: Protocol,
    /// The endpoint's ARN.
    pub endpoint: String,
    /// Whether its owner has yet to confirm it.
    pub pending: bool,
    pub options: Options,
}

/// How a subscription wants its messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Options {
    pub raw: bool,
    /// As given.
    pub filter_policy: Option<String>,
    pub filter_scope: FilterScope,
    /// The queue for messages that cannot be delivered.
    pub dead_letter_arn: Option<String>,
}

/// What can be subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    Sqs,
    Lambda,
}

impl Protocol {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
        }
    }
}

impl Record for Subscription {
    const TABLE: &'static str = "sns.subscription";

    fn key(&self) -> impl RowKey {
        (&self.topic, &self.id)
    }
}

impl Subscription {
    pub fn arn(&self) -> String {
        format!("{}:{}", self.topic_arn, self.id)
    }

    /// Writes it where its topic is, which is where `tx` works, and notes it where its owner is.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn put(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.put(self)?;
        match self.owner_abroad(tx.scope()).filter(|_| !self.pending) {
            Some(owner) => tx.within(owner).put(&Abroad { arn: self.arn() }),
            None => Ok(()),
        }
    }

    /// Removes it where its topic is, which is where `tx` works, and where its owner is.
    pub fn remove(&self, tx: &mut Tx<'_>) {
        tx.delete::<Self>((&self.topic, &self.id));
        if let Some(owner) = self.owner_abroad(tx.scope()) {
            tx.within(owner).delete::<Abroad>(self.arn());
        }
    }

    /// Where its owner is, if that is not the topic's account.
    fn owner_abroad(&self, topic: &Scope) -> Option<Scope> {
        let abroad = *self.owner != *topic.account;
        abroad.then(|| Scope::new(&*self.owner, topic.region.clone()))
    }

    /// Whether the caller may look at it and change it: its owner, and as long as nobody has
    /// confirmed it, also whoever may ask for the topic's.
    ///
    /// # Errors
    /// The access-denied fault, in AWS's words.
    pub fn check_owner(&self, cx: &Context) -> Result<(), SnsError> {
        match self.pending || cx.caller().account() == Some(&*self.owner) {
            true => Ok(()),
            false => {
                let message = "Not authorized to access this subscription";
                Err(Fault::AccessDenied(message.into()).into())
            }
        }
    }
}

/// A note that its account owns a subscription to another account's topic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Abroad {
    /// The subscription's ARN.
    pub arn: String,
}

impl Record for Abroad {
    const TABLE: &'static str = "sns.subscription_abroad";

    fn key(&self) -> impl RowKey {
        &self.arn
    }
}

/// The topic and the id in the ARN of a subscription that a request to `at` may name.
///
/// # Errors
/// An invalid parameter.
pub fn parse_arn(text: &str, at: &Scope) -> Result<(TopicRef, String), SnsError> {
    match topic::split(text, at) {
        Some((topic, Some(id))) => Ok((topic, id.to_owned())),
        _ => Err(SnsError::invalid("SubscriptionArn")),
    }
}

/// The ARN of the topic of a subscription's ARN, for permissions; the text itself if it is none.
pub fn topic_arn(text: &str, at: &Scope) -> String {
    match topic::split(text, at) {
        Some((topic, Some(_))) => topic.scope.arn("sns", topic.name),
        _ => text.to_owned(),
    }
}

/// The subscription, if it is there.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn find(tx: &ReadTx<'_>, arn: &str) -> Result<Option<Subscription>, Fault> {
    let Ok((topic, id)) = parse_arn(arn, tx.scope()) else { return Ok(None) };
    tx.within(topic.scope.clone()).get::<Subscription>((&topic.name, &id))
}

/// The subscription.
///
/// # Errors
/// [`SnsError::NotFoundException`], or an invalid parameter.
pub fn get(tx: &ReadTx<'_>, arn: &str) -> Result<Subscription, SnsError> {
    parse_arn(arn, tx.scope())?;
    find(tx, arn)?.ok_or_else(SnsError::no_subscription)
}

/// Lets the only one of `access` be judged as the caller's own where the caller owns the
/// subscription `arn`: the topic's account has no say in that.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn name_owner(arn: &str, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
    let owner = find(tx, arn)?.map(|it| it.owner).filter(|owner| **owner == *tx.scope().account);
    if let Some(access) = access.last_mut() {
        access.owner = owner;
    }
    Ok(())
}

impl Options {
    /// Sets one attribute.
    ///
    /// # Errors
    /// An invalid parameter; what Heist lacks is named.
    pub fn set(&mut self, protocol: Protocol, name: &str, value: &str) -> Result<(), SnsError> {
        match (name, value) {
            ("RawMessageDelivery", "true") if protocol == Protocol::Lambda => {
                return Err(SnsError::invalid(
                    "Attributes Reason: Delivery protocol [lambda] does not support raw message \
                     delivery.",
                ));
            }
            ("RawMessageDelivery", _) => {
                self.raw = match value.to_ascii_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(invalid(
                            "RawMessageDelivery",
                            "Invalid value. Must be true or false.",
                        ));
                    }
                };
            }
            ("FilterPolicy", "" | "{}") => self.filter_policy = None,
            ("FilterPolicy", text) => self.filter_policy = Some(text.into()),
            ("FilterPolicyScope", "MessageAttributes") => {
                self.filter_scope = FilterScope::MessageAttributes;
            }
            ("FilterPolicyScope", "MessageBody") => self.filter_scope = FilterScope::MessageBody,
            ("FilterPolicyScope", _) => {
                return Err(invalid("FilterPolicyScope", "Invalid value."));
            }
            ("RedrivePolicy", "") => self.dead_letter_arn = None,
            ("RedrivePolicy", text) => self.dead_letter_arn = Some(dead_letter_arn(text)?),
            ("DeliveryPolicy" | "SubscriptionRoleArn" | "ReplayPolicy", _) => {
                let what = format!("the subscription attribute {name}");
                return Err(Fault::unsupported(what).into());
            }
            _ => return Err(SnsError::invalid("AttributeName")),
        }
        Ok(())
    }

    /// Reads the filter, whose meaning depends on its scope.
    ///
    /// # Errors
    /// An invalid parameter that says what is wrong with it.
    pub fn filter(&self) -> Result<Option<Filter>, SnsError> {
        let Some(text) = &self.filter_policy else { return Ok(None) };
        let parsed = Filter::parse(text, self.filter_scope);
        parsed.map(Some).map_err(|reason| invalid("FilterPolicy", &reason))
    }
}

fn invalid(name: &str, reason: &str) -> SnsError {
    SnsError::invalid(format_args!("Attributes Reason: {name}: {reason}"))
}

/// The ARN of a queue, in whatever account and region.
pub fn queue(arn: &str) -> Option<policy::Arn<'_>> {
    let arn = policy::Arn::parse(arn).filter(|arn| arn.service == "sqs" && arn.owner().is_some());
    arn.filter(|arn| !arn.region.is_empty() && !arn.resource.contains(['/', ':']))
}

fn dead_letter_arn(text: &str) -> Result<String, SnsError> {
    let value: Option<Value> = serde_json::from_str(text).ok();
    let fields = value.as_ref().and_then(Value::as_object);
    let arn = fields
        .filter(|fields| fields.len() == 1)
        .and_then(|fields| fields.get("deadLetterTargetArn")?.as_str())
        .filter(|arn| queue(arn).is_some());
    arn.map(str::to_owned).ok_or_else(|| {
        invalid("RedrivePolicy", "Invalid redrive policy; it names one SQS queue by its ARN.")
    })
}
