//! Single statements of a topic's policy: added and removed by label.

use crate::{
    error::SnsError,
    topic::{self, Topic},
};
use serde_json::{Value, json};
use service_kit::prelude::*;

/// What AddPermission can allow others.
const ACTIONS: [&str; 8] = [
    "AddPermission",
    "DeleteTopic",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
];

/// Adds a statement that allows accounts to do something.
pub(crate) enum AddPermission {}

#[derive(Debug, Shape)]
pub struct AddPermissionInput {
    pub topic_arn: String,
    pub label: String,
    #[shape(name = "AWSAccountId")]
    pub aws_account_id: Vec<String>,
    pub action_name: Vec<String>,
}

impl Operation for AddPermission {
    const NAME: &'static str = "AddPermission";
    type Input = AddPermissionInput;
    type Output = Empty;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:AddPermission", &input.topic_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let is_account =
            |text: &String| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if input.aws_account_id.is_empty() || !input.aws_account_id.iter().all(is_account) {
            return Err(SnsError::invalid("AWSAccountId"));
        }
        let known = |action: &String| ACTIONS.contains(&action.as_str());
        if input.action_name.is_empty() || !input.action_name.iter().all(known) {
            let message = "Policy statement action out of service scope!";
            return Err(SnsError::invalid(message));
        }
        topic::change(cx, &input.topic_arn, |topic| {
            let mut policy = document(topic)?;
            let statements = statements(&mut policy)?;
            if statements.iter().any(|statement| statement["Sid"] == input.label.as_str()) {
                return Err(SnsError::invalid("Statement already exists"));
            }
            statements.push(statement(topic, &input));
            topic.policy = Some(policy.to_string());
            Ok(Empty)
        })
        .await
    }
}

fn document(topic: &Topic) -> Result<Value, SnsError> {
    Ok(serde_json::from_str(&topic.policy_text()).map_err(Fault::internal)?)
}

/// The statements as a list, also where the document has a single one.
fn statements(policy: &mut Value) -> Result<&mut Vec<Value>, SnsError> {
    let place = &mut policy["Statement"];
    if !place.is_array() {
        *place = Value::Array(vec![place.take()]);
    }
    place.as_array_mut().ok_or_else(|| Fault::internal("a policy without statements").into())
}

/// One value stands alone, several in a list, as AWS writes them.
fn one_or_list(mut values: Vec<String>) -> Value {
    match values.len() {
        1 => values.remove(0).into(),
        _ => values.into(),
    }
}

fn statement(topic: &Topic, input: &AddPermissionInput) -> Value {
    let root = |id: &String| format!("arn:aws:iam::{id}:root");
    let accounts = input.aws_account_id.iter().map(root).collect();
    let actions = input.action_name.iter().map(|action| format!("SNS:{action}")).collect();
    json!({
        "Sid": input.label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_list(accounts) },
        "Action": one_or_list(actions),
        "Resource": topic.arn(),
    })
}

/// Removes a statement; one that is not there is removed already.
pub(crate) enum RemovePermission {}

#[derive(Debug, Shape)]
pub struct RemovePermissionInput {
    pub topic_arn: String,
    pub label: String,
}

impl Operation for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    type Input = RemovePermissionInput;
    type Output = Empty;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:RemovePermission", &input.topic_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        topic::change(cx, &input.topic_arn, |topic| {
            let mut policy = document(topic)?;
            let statements = statements(&mut policy)?;
            statements.retain(|statement| statement["Sid"] != input.label.as_str());
            let empty = statements.is_empty();
            topic.policy = (!empty).then(|| policy.to_string());
            Ok(Empty)
        })
        .await
    }
}
