//! Items in a DynamoDB table with the key `id`.

use crate::{
    item::{Draft, Item},
    problem::Problem,
};
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{delete_item::DeleteItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use std::{collections::HashMap, error::Error};

/// Where items are kept.
pub trait Store {
    /// Puts a new item.
    async fn create(&self, item: &Item) -> Result<(), Problem>;

    /// An item as of now.
    async fn get(&self, id: &str) -> Result<Item, Problem>;

    /// A page in no particular order, and the id after which the next one starts.
    async fn list(&self, limit: i32, after: Option<String>) -> Result<Page, Problem>;

    /// Writes a draft over the version of an item that the client has seen, and no other.
    async fn replace(
        &self,
        id: &str,
        version: u64,
        draft: &Draft,
        now: String,
    ) -> Result<Item, Problem>;

    /// Deletes an item, only in `version` if there is one; gives it, or `None` if it is gone.
    async fn delete(&self, id: &str, version: Option<u64>) -> Result<Option<Item>, Problem>;
}

/// Some items, and the last one's id if there may be more.
pub type Page = (Vec<Item>, Option<String>);

/// A table of DynamoDB.
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table `name`.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }
}

impl Store for Table {
    /// The id is random, so a condition would only refuse the SDK's retries.
    async fn create(&self, item: &Item) -> Result<(), Problem> {
        let put = self.client.put_item().table_name(&self.name);
        put.set_item(Some(attributes(item))).send().await.map(drop).map_err(problem)
    }

    /// Consistent: who has just written an item finds what was written.
    async fn get(&self, id: &str) -> Result<Item, Problem> {
        let get = self.client.get_item().table_name(&self.name).key("id", text(id));
        let found = get.consistent_read(true).send().await.map_err(problem)?;
        read(&found.item.ok_or_else(Problem::missing)?)
    }

    async fn list(&self, limit: i32, after: Option<String>) -> Result<Page, Problem> {
        let start = after.map(|id| HashMap::from([("id".to_owned(), text(id))]));
        let scan = self.client.scan().table_name(&self.name).limit(limit);
        let found = scan.set_exclusive_start_key(start).send().await.map_err(problem)?;
        let items = found.items().iter().map(read).collect::<Result<_, _>>()?;
        let last = found.last_evaluated_key().map(|key| text_of(key, "id")).transpose()?;
        Ok((items, last))
    }

    async fn replace(
        &self,
        id: &str,
        version: u64,
        draft: &Draft,
        now: String,
    ) -> Result<Item, Problem> {
        let mut update = self.client.update_item().table_name(&self.name).key("id", text(id));
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let stamps = [("version", Some(number(version + 1))), ("updatedAt", Some(text(now)))];
        for (name, value) in fields(draft).into_iter().chain(stamps) {
            update = update.expression_attribute_names(format!("#{name}"), name);
            if let Some(value) = value {
                update = update.expression_attribute_values(format!(":{name}"), value);
                set.push(format!("#{name} = :{name}"));
            } else {
                remove.push(format!("#{name}"));
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression += &format!(" REMOVE {}", remove.join(", "));
        }
        let update = update
            .update_expression(expression)
            .condition_expression("#version = :seen")
            .expression_attribute_values(":seen", number(version))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let updated = update.send().await.map_err(|error| match error.as_service_error() {
            // The item that failed comes with the error, so that nobody needs to read again.
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                failed.item().map_or_else(Problem::missing, |_| Problem::conflict())
            }
            _ => problem(error),
        })?;
        read(updated.attributes().ok_or_else(Problem::missing)?)
    }

    async fn delete(&self, id: &str, version: Option<u64>) -> Result<Option<Item>, Problem> {
        let mut delete = self.client.delete_item().table_name(&self.name).key("id", text(id));
        if let Some(version) = version {
            delete = delete
                .condition_expression("attribute_not_exists(id) OR #version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", number(version));
        }
        let deleted = delete.return_values(ReturnValue::AllOld).send().await;
        let deleted = deleted.map_err(|error| match error.as_service_error() {
            Some(DeleteItemError::ConditionalCheckFailedException(_)) => Problem::conflict(),
            _ => problem(error),
        })?;
        deleted.attributes().map(read).transpose()
    }
}

/// What an AWS error is to clients: nothing but too many requests is theirs to know.
pub fn problem<E>(error: SdkError<E>) -> Problem
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error.code() {
        Some(
            "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException",
        ) => Problem::busy(),
        Some(code) => Problem::internal(format!("{code}: {}", error.message().unwrap_or_default())),
        None => Problem::internal(causes(&error)),
    }
}

/// An error and what led to it.
fn causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", causes(source)),
        None => error.to_string(),
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn fields(draft: &Draft) -> [(&'static str, Option<AttributeValue>); 3] {
    [
        ("title", Some(text(&draft.title))),
        ("description", draft.description.as_ref().map(text)),
        ("durationSeconds", draft.duration_seconds.map(number)),
    ]
}

fn attributes(item: &Item) -> HashMap<String, AttributeValue> {
    let ours = [
        ("id", Some(text(&item.id))),
        ("version", Some(number(item.version))),
        ("createdAt", Some(text(&item.created_at))),
        ("updatedAt", Some(text(&item.updated_at))),
    ];
    let all = ours.into_iter().chain(fields(&item.draft));
    all.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

type Attributes = HashMap<String, AttributeValue>;

fn read(found: &Attributes) -> Result<Item, Problem> {
    let optional = |name| found.get(name).and_then(|value| value.as_s().ok()).cloned();
    Ok(Item {
        id: text_of(found, "id")?,
        version: number_of(found, "version").ok_or_else(|| wrong("version"))?,
        created_at: text_of(found, "createdAt")?,
        updated_at: text_of(found, "updatedAt")?,
        draft: Draft {
            title: text_of(found, "title")?,
            description: optional("description"),
            duration_seconds: number_of(found, "durationSeconds"),
        },
    })
}

fn text_of(found: &Attributes, name: &str) -> Result<String, Problem> {
    let value = found.get(name).and_then(|value| value.as_s().ok());
    value.cloned().ok_or_else(|| wrong(name))
}

fn number_of(found: &Attributes, name: &str) -> Option<u64> {
    found.get(name)?.as_n().ok()?.parse().ok()
}

fn wrong(name: &str) -> Problem {
    Problem::internal(format!("an item in the table has no proper {name}"))
}
