//! CreateTopic: make a topic, or find the one that is there already.

use crate::{
    error::SnsError,
    tags::Tag,
    topic::Topic,
    topic_attributes::{set, shown},
};
use service_kit::prelude::*;

/// Makes a standard topic.
pub(crate) enum CreateTopic {}

#[derive(Debug, Shape)]
pub struct CreateTopicInput {
    pub name: String,
    pub attributes: Option<BTreeMap<String, String>>,
    pub tags: Option<Vec<Tag>>,
}

#[derive(Debug, Shape)]
pub struct CreateTopicOutput {
    pub topic_arn: Option<String>,
}

impl Operation for CreateTopic {
    const NAME: &'static str = "CreateTopic";
    type Input = CreateTopicInput;
    type Output = CreateTopicOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = at.arn("sns", &input.name);
        let tags = input.tags.iter().flatten().map(|tag| (&*tag.key, &*tag.value));
        let tagging = Access::on("SNS:TagResource", &*arn);
        Access::on("SNS:CreateTopic", arn).and_tagging(tagging, tags)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check_name(&input.name)?;
        let given = input.attributes.unwrap_or_default();
        let mut plain = Topic::new(cx, &input.name);
        let tags = input.tags.unwrap_or_default();
        plain.add_tags(tags.into_iter().map(|tag| (tag.key, tag.value)))?;
        cx.write(|tx| {
            let mut fresh = plain.clone();
            for (name, value) in &given {
                set(&tx.reader(), &mut fresh, name, value)?;
            }
            match tx.get::<Topic>(&fresh.name)? {
                None => Ok(tx.put(&fresh)?),
                Some(known) => check_same(&tx.reader(), &known, &fresh, &given),
            }
        })
        .await?;
        Ok(CreateTopicOutput { topic_arn: Some(plain.arn()) })
    }
}

fn check_name(name: &str) -> Result<(), SnsError> {
    if name.ends_with(".fifo") {
        return Err(Fault::unsupported("FIFO topics").into());
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match !name.is_empty() && name.len() <= 256 && name.bytes().all(allowed) {
        true => Ok(()),
        false => Err(SnsError::invalid("Topic Name")),
    }
}

/// A topic of that name will do if it is what was asked for.
fn check_same(
    tx: &ReadTx<'_>,
    known: &Topic,
    fresh: &Topic,
    given: &BTreeMap<String, String>,
) -> Result<(), SnsError> {
    let reason = |what: &str| {
        SnsError::invalid(format_args!(
            "{what} Reason: Topic already exists with different {}",
            what.to_lowercase()
        ))
    };
    let (ours, theirs) = (shown(tx, known)?, shown(tx, fresh)?);
    if given.keys().any(|name| ours.get(name) != theirs.get(name)) {
        return Err(reason("Attributes"));
    }
    match fresh.tags.is_empty() || fresh.tags == known.tags {
        true => Ok(()),
        false => Err(reason("Tags")),
    }
}
