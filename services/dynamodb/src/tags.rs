//! TagResource, UntagResource, ListTagsOfResource: the tags of tables.

use crate::{
    error::{DynamoError, invalid, invalid_values},
    table::{Table, parse_arn},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use service_kit::{key::Key, prelude::*, tags::MAX_TAGS};

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

/// The tags of one table. Apart from the table's record: policies ask for them at each call, and
/// most tables have none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TableTags {
    table: String,
    /// Values by key.
    pub(crate) tags: BTreeMap<String, String>,
}

impl TableTags {
    /// No tags of `table`.
    pub(crate) fn new(table: &str) -> Self {
        Self { table: table.to_owned(), tags: BTreeMap::new() }
    }
}

impl Record for TableTags {
    const TABLE: &'static str = "dynamodb.tags";

    fn key(&self) -> impl Key {
        &self.table
    }
}

/// Adds or replaces tags.
///
/// # Errors
/// AWS's `ValidationException` for more than [`MAX_TAGS`].
pub(crate) fn add(to: &mut TableTags, tags: Vec<Tag>) -> Result<(), DynamoError> {
    if let Some(tag) = tags.iter().find(|tag| tag.key.starts_with("aws:")) {
        let text = format!("Invalid tag key: {}. Keys cannot start with 'aws:'", tag.key);
        return Err(invalid(text));
    }
    let is_part = |letter: char| {
        letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter)
    };
    let wrong = |text: &&String| !text.chars().all(is_part);
    if let Some(text) = tags.iter().flat_map(|tag| [&tag.key, &tag.value]).find(wrong) {
        return Err(invalid_values(format_args!(
            "Tags can only have letters, digits, spaces and any of _.:/=+-@: {text}"
        )));
    }
    to.tags.extend(tags.into_iter().map(|tag| (tag.key, tag.value)));
    if to.tags.len() > MAX_TAGS {
        return Err(invalid("One or more parameter values were invalid: Too many tags"));
    }
    Ok(())
}

fn on(action: &'static str, arn: &str) -> Access {
    Access::on(action, arn)
}

/// The table that `arn` names: its name, and the context it is in.
fn open<'a>(cx: &Context, arn: &'a str) -> Result<(Context, &'a str), DynamoError> {
    if !arn.starts_with("arn:") {
        return Err(invalid(format!("ARNs must start with 'arn:': {arn}")));
    }
    let (scope, name) = parse_arn(arn)?;
    Ok((cx.within(scope), name))
}

fn require(tx: &ReadTx<'_>, name: &str, arn: &str) -> Result<TableTags, DynamoError> {
    if tx.get::<Table>(name)?.is_none() {
        // AWS spells it so.
        let text = format!("Requested resource not found: ResourcArn: {arn} not found");
        return Err(DynamoError::ResourceNotFound(text));
    }
    Ok(tx.get(name)?.unwrap_or_else(|| TableTags::new(name)))
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
            add(&mut tags, input.tags.clone())?;
            tx.put(&tags)?;
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
            if tags.tags.is_empty() {
                tx.delete::<TableTags>(name);
            } else {
                tx.put(&tags)?;
            }
            Ok(Empty)
        })
        .await
    }
}

pub(crate) enum ListTagsOfResource {}

/// The most tags of one answer.
const PAGE: usize = 10;

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
