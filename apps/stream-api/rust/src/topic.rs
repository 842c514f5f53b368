//! Changes, announced on an SNS topic.

use crate::{item::Item, problem::Problem, store::problem};
use aws_sdk_sns::{Client, types::MessageAttributeValue};
use serde_json::json;

/// Where changes are announced.
pub trait Topic {
    /// Says that an item was `created`, `updated` or `deleted`; subscribers can filter by that.
    async fn announce(&self, change: &str, item: &Item) -> Result<(), Problem>;
}

/// A topic of SNS.
pub struct Sns {
    client: Client,
    arn: String,
}

impl Sns {
    /// The topic `arn`.
    pub fn new(client: Client, arn: String) -> Self {
        Self { client, arn }
    }
}

impl Topic for Sns {
    async fn announce(&self, change: &str, item: &Item) -> Result<(), Problem> {
        let attribute = MessageAttributeValue::builder().data_type("String").string_value(change);
        let attribute = attribute.build().map_err(|error| Problem::internal(error.to_string()))?;
        let publish = self.client.publish().topic_arn(&self.arn);
        let publish = publish.message(json!({"change": change, "item": item}).to_string());
        let publish = publish.message_attributes("change", attribute);
        publish.send().await.map(drop).map_err(problem)
    }
}
