//! TagResource, UntagResource, ListTagsOfResource: the tags of tables.

use crate::{
    access::table_access::TableAccess,
    error::{DynamoError, invalid, invalid_values},
    table::{Table, parse_arn_at},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use service_kit::{
    prelude::*,
    tags::{MAX_TAGS, is_reserved},
};
use std::collections::BTreeSet;

/// A tag.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Tag {
    /// Its key.
    #[shape(length = 1..=128)]
    pub key: String,
    /// Its value.
    #[shape(length = 0..=256)]
    pub value: String,
}

/// A tag's key.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "TagKeyString", length = 1..=128)]
pub struct TagKey(pub String);

/// Adds or replaces tags.
///
/// # Errors
/// AWS's `ValidationException` for keys that are reserved or given twice, and for more than
/// [`MAX_TAGS`].
pub(crate) fn add<'a>(
    to: &mut TableAccess,
    tags: impl Iterator<Item = &'a Tag>,
) -> Result<(), DynamoError> {
    let mut seen = BTreeSet::new();
    for tag in tags {
        if is_reserved(&tag.key) {
            return Err(invalid(format!("Tag Key cannot be prefixed with aws:, Key: {}", tag.key)));
        }
        if let Some(text) = [&tag.key, &tag.value].into_iter().find(|text| !is_tag_text(text)) {
            return Err(invalid_values(format_args!(
                "Tags can only have letters, digits, spaces and any of _.:/=+-@: {text}"
            )));
        }
        if !seen.insert(&tag.key) {
            return Err(invalid(format!(
                "Duplicate Tag Keys provided as input: Duplicate Tag Key found {}",
                tag.key
            )));
        }
        to.tags.insert(tag.key.clone(), tag.value.clone());
    }
    if to.tags.len() > MAX_TAGS {
        let text = "Number of Tags exceed the current limit for the provided ResourceArn";
        return Err(invalid(text));
    }
    Ok(())
}

fn is_tag_text(text: &str) -> bool {
    let is_part = |letter: char| {
        letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter)
    };
    text.chars().all(is_part)
}

fn on(action: &'static str, arn: &str) -> Access {
    Access::on(action, arn)
}

/// The table that `arn` names: its name, and the context it is in.
fn open<'a>(cx: &Context, arn: &'a str) -> Result<(Context, &'a str), DynamoError> {
    if !arn.starts_with("arn:") {
        return Err(invalid(format!("ARNs must start with 'arn:': {arn}")));
    }
    let (scope, name) = parse_arn_at(arn, cx.scope())?;
    Ok((cx.within(scope), name))
}

fn require(tx: &ReadTx<'_>, name: &str, arn: &str) -> Result<TableAccess, DynamoError> {
    if tx.get::<Table>(name)?.filter(Table::is_ready).is_none() {
        // AWS spells it so.
        let text = format!("Requested resource not found: ResourcArn: {arn} not found");
        return Err(DynamoError::ResourceNotFound(text));
    }
    Ok(TableAccess::of(tx, name)?)
}

pub(crate) enum TagResource {}

/// What TagResource takes.
#[derive(Debug, Shape)]
pub struct TagResourceInput {
    /// The table's ARN.
    #[shape(length = 1..=1283, absent = "Invalid TableArn")]
    pub resource_arn: String,
    /// The tags to add.
    pub tags: Vec<Tag>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceInput;
    type Output = Empty;
    type Error = DynamoError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let pairs = input.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
        on("dynamodb:TagResource", &input.resource_arn).with_tags(pairs).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, DynamoError> {
        let (cx, name) = open(cx, &input.resource_arn)?;
        if input.tags.is_empty() {
            return Err(invalid("Atleast one Tag needs to be provided as Input."));
        }
        cx.write(|tx| {
            let mut tags = require(&tx.reader(), name, &input.resource_arn)?;
            add(&mut tags, input.tags.iter())?;
            tags.keep(tx)?;
            Ok(Empty)
        })
        .await
    }
}

pub(crate) enum UntagResource {}

/// What UntagResource takes.
#[derive(Debug, Shape)]
pub struct UntagResourceInput {
    /// The table's ARN.
    #[shape(length = 1..=1283, absent = "Invalid TableArn")]
    pub resource_arn: String,
    /// The keys of the tags to remove.
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceInput;
    type Output = Empty;
    type Error = DynamoError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let access = on("dynamodb:UntagResource", &input.resource_arn);
        let keys = input.tag_keys.iter().map(|key| key.0.as_str());
        access.with_many("aws:TagKeys", keys).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, DynamoError> {
        let (cx, name) = open(cx, &input.resource_arn)?;
        if input.tag_keys.is_empty() {
            return Err(invalid("Atleast one Tag Key needs to be provided as Input."));
        }
        cx.write(|tx| {
            let mut tags = require(&tx.reader(), name, &input.resource_arn)?;
            for TagKey(key) in &input.tag_keys {
                tags.tags.remove(key);
            }
            tags.keep(tx)?;
            Ok(Empty)
        })
        .await
    }
}

pub(crate) enum ListTagsOfResource {}

/// The most tags of one answer: as many as a table can have.
const PAGE: usize = MAX_TAGS;

/// What ListTagsOfResource takes.
#[derive(Debug, Shape)]
pub struct ListTagsOfResourceInput {
    /// The table's ARN.
    #[shape(length = 1..=1283, absent = "Invalid TableArn")]
    pub resource_arn: String,
    /// Where the page before ended.
    pub next_token: Option<String>,
}

/// What ListTagsOfResource gives.
#[derive(Debug, Shape)]
pub struct ListTagsOfResourceOutput {
    /// The tags, by key.
    pub tags: Option<Vec<Tag>>,
    /// Where the next page starts, if there is one.
    pub next_token: Option<String>,
}

impl Operation for ListTagsOfResource {
    const NAME: &'static str = "ListTagsOfResource";
    type Input = ListTagsOfResourceInput;
    type Output = ListTagsOfResourceOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        on("dynamodb:ListTagsOfResource", &input.resource_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (cx, name) = open(cx, &input.resource_arn)?;
        let tags = cx.read(|tx| require(tx, name, &input.resource_arn))?.tags;
        let after = input.next_token.as_deref().map(|token| {
            let key = BASE64.decode(token).ok().and_then(|key| String::from_utf8(key).ok());
            key.ok_or_else(|| invalid("The provided next token is invalid"))
        });
        let after = after.transpose()?;
        let mut rest = tags
            .into_iter()
            .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after))
            .map(|(key, value)| Tag { key, value });
        let tags: Vec<Tag> = rest.by_ref().take(PAGE).collect();
        let last = tags.last().filter(|_| rest.next().is_some());
        let next_token = last.map(|tag| BASE64.encode(&tag.key));
        Ok(ListTagsOfResourceOutput { tags: Some(tags), next_token })
    }
}
