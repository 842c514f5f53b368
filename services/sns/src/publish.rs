//! Publish: send a message to everybody who subscribed to a topic.

use crate::{
    content::{Content, Keeper, Message},
    error::SnsError,
    fan_out::{count_filtered, fan_out},
    message_attribute::{Attribute, MessageAttributeValue},
    topic::{Topic, TopicRef},
};
use serde_json::Value;
use service_kit::{metrics::Series, prelude::*};

/// AWS's limit for a message with its attributes.
pub const MAX_BYTES: usize = 262_144;

/// Publishes one message. It is durable, with its deliveries, when this answers.
pub(crate) enum Publish {}

#[derive(Debug, Shape)]
pub struct PublishInput {
    pub topic_arn: Option<String>,
    pub target_arn: Option<String>,
    pub message: String,
    pub subject: Option<String>,
    pub message_structure: Option<String>,
    #[shape(item = "Name,Value")]
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
}

#[derive(Debug, Shape)]
pub struct PublishOutput {
    pub message_id: Option<String>,
}

impl Operation for Publish {
    const NAME: &'static str = "Publish";
    const DATA_EVENT: bool = true;
    type Input = PublishInput;
    type Output = PublishOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let arn = input.topic_arn.as_ref().or(input.target_arn.as_ref());
        Access::on("SNS:Publish", arn.cloned().unwrap_or_else(|| "*".into())).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let arn = input.topic_arn.or(input.target_arn);
        let reason = "TopicArn or TargetArn Reason: no value for required parameter";
        let arn = arn.ok_or_else(|| SnsError::invalid(reason))?;
        let named = TopicRef::parse(&arn, cx.scope())?;
        let topic = cx.read(|tx| named.get(tx))?;
        let structure = input.message_structure.as_deref();
        let attributes = input.message_attributes.unwrap_or_default();
        let content = content(input.message, input.subject, structure, &attributes)?;
        let ids = publish(cx, &named, &topic, vec![content]).await?;
        Ok(PublishOutput { message_id: ids.into_iter().next() })
    }
}

/// Checks what a request publishes.
///
/// # Errors
/// An invalid parameter.
pub fn content(
    message: String,
    subject: Option<String>,
    structure: Option<&str>,
    given: &BTreeMap<String, MessageAttributeValue>,
) -> Result<Content, SnsError> {
    if message.is_empty() {
        return Err(SnsError::invalid("Empty message"));
    }
    check_subject(subject.as_deref())?;
    let mut attributes = BTreeMap::new();
    for (name, value) in given {
        attributes.insert(name.clone(), Attribute::of(name, value)?);
    }
    let extra: usize = attributes.iter().map(|(name, it)| name.len() + it.size()).sum();
    if message.len() + extra > MAX_BYTES {
        return Err(SnsError::invalid("Message too long"));
    }
    let (default, by_protocol) = match structure {
        None | Some("") => (message, BTreeMap::new()),
        Some("json") => by_protocol(&message)?,
        Some(_) => return Err(SnsError::invalid("Invalid message structure")),
    };
    Ok(Content { subject, default, by_protocol, attributes })
}

fn check_subject(subject: Option<&str>) -> Result<(), SnsError> {
    let fits = |text: &str| {
        (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control)
    };
    match subject.is_none_or(fits) {
        true => Ok(()),
        false => Err(SnsError::invalid("Subject")),
    }
}

fn by_protocol(message: &str) -> Result<(String, BTreeMap<String, String>), SnsError> {
    let bad = |what: &str| SnsError::invalid(format_args!("Message Structure - {what}"));
    let value: Value =
        serde_json::from_str(message).map_err(|_| bad("JSON message body failed to parse"))?;
    let fields = value.as_object().ok_or_else(|| bad("JSON message body failed to parse"))?;
    let mut texts: BTreeMap<String, String> = fields
        .iter()
        .filter_map(|(protocol, text)| Some((protocol.clone(), text.as_str()?.to_owned())))
        .collect();
    let default = texts.remove("default");
    Ok((default.ok_or_else(|| bad("No default entry in JSON message body"))?, texts))
}

/// Publishes checked messages, all or none, and gives their ids.
///
/// # Errors
/// What KMS refuses, or [`SnsError::NotFoundException`] when the topic is gone meanwhile.
pub async fn publish(
    cx: &Context,
    named: &TopicRef,
    topic: &Topic,
    contents: Vec<Content>,
) -> Result<Vec<String>, SnsError> {
    let keeper = Keeper::of(cx, topic).await?;
    let mut messages: Vec<(Message, Content)> = Vec::new();
    for content in contents {
        messages.push((keeper.keep(cx, topic, content.clone())?, content));
    }
    let filtered = cx
        .write(|tx| {
            named.get(&tx.reader())?;
            let mut tx = tx.within(named.scope.clone());
            let mut filtered = 0;
            for (message, content) in &messages {
                filtered += fan_out(&mut tx, message, content, None)?;
            }
            Ok::<_, SnsError>(filtered)
        })
        .await?;
    let here = cx.within(named.scope.clone());
    for (_, content) in &messages {
        let series = |name| Series::new("AWS/SNS", name, &[("TopicName", &topic.name)]);
        here.count(series("NumberOfMessagesPublished"), 1.0, "Count");
        here.count(series("PublishSize"), content.default.len() as f64, "Bytes");
    }
    if let Some((message, _)) = messages.first() {
        count_filtered(&here, message, filtered);
    }
    let ids: Vec<String> = messages.into_iter().map(|(message, _)| message.id).collect();
    cx.items(|| ids.clone());
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_message_has_a_text_for_each_protocol() {
        let text = r#"{"default":"d","sqs":"q","email":"e"}"#;
        let none = BTreeMap::new();
        let content = content(text.into(), None, Some("json"), &none).unwrap();
        assert_eq!(content.text(crate::subscription::Protocol::Sqs), "q");
        assert_eq!(content.text(crate::subscription::Protocol::Lambda), "d");
        assert!(super::content("{}".into(), None, Some("json"), &none).is_err());
        assert!(super::content("x".into(), Some("a\nb".into()), None, &none).is_err());
        assert!(super::content("x".repeat(MAX_BYTES + 1), None, None, &none).is_err());
    }
}
