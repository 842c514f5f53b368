//! Single statements of a queue's policy: added and removed by label.

use crate::{error::SqsError, queue::Queue, queue_ref};
use serde_json::{Value, json};
use service_kit::prelude::*;

/// What AddPermission can allow others; the rest is the owner's alone.
const ACTIONS: [&str; 8] = [
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ReceiveMessage",
    "SendMessage",
];

/// Adds a statement that allows accounts to do something.
pub(crate) enum AddPermission {}

#[derive(Debug, Shape)]
pub struct AddPermissionInput {
    pub queue_url: String,
    pub label: String,
    #[shape(name = "AWSAccountIds", flattened, item = "AWSAccountId")]
    pub aws_account_ids: Vec<String>,
    #[shape(flattened, item = "ActionName")]
    pub actions: Vec<String>,
}

impl Operation for AddPermission {
    const NAME: &'static str = "AddPermission";
    type Input = AddPermissionInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:AddPermission", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check(&input)?;
        let now = cx.now();
        queue_ref::change(cx, &input.queue_url, |_, queue| {
            let mut policy = document(queue)?;
            let statements = statements(&mut policy)?;
            if statements.iter().any(|statement| statement["Sid"] == input.label.as_str()) {
                return Err(SqsError::parameter(&input.label, "Label", "Already exists."));
            }
            statements.push(statement(queue, &input));
            queue.policy = Some(policy.to_string());
            queue.modified = now;
            Ok(Empty)
        })
        .await
    }
}

fn check(input: &AddPermissionInput) -> Result<(), SqsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = &input.label;
    if label.is_empty() || label.len() > 80 || !label.bytes().all(allowed) {
        let reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 \
                      in length.";
        return Err(SqsError::parameter(label, "Label", reason));
    }
    if let Some(action) = input.actions.iter().find(|it| !ACTIONS.contains(&it.as_str())) {
        let reason = "Only the queue owner is allowed to invoke this action.";
        return Err(SqsError::parameter(format_args!("SQS:{action}"), "ActionName", reason));
    }
    let is_account = |text: &String| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(id) = input.aws_account_ids.iter().find(|id| !is_account(id)) {
        return Err(SqsError::parameter(id, "PrincipalId", "Unable to verify."));
    }
    match input.actions.is_empty() || input.aws_account_ids.is_empty() {
        false => Ok(()),
        true => Err(SqsError::MissingRequiredParameterException(
            "The request must contain the parameter Actions.".into(),
        )),
    }
}

fn document(queue: &Queue) -> Result<Value, SqsError> {
    match &queue.policy {
        Some(text) => Ok(serde_json::from_str(text).map_err(Fault::internal)?),
        None => Ok(json!({
            "Version": "2008-10-17",
            "Id": format!("{}/SQSDefaultPolicy", queue.arn()),
            "Statement": [],
        })),
    }
}

/// The statements as a list, also where the document has a single one.
fn statements(policy: &mut Value) -> Result<&mut Vec<Value>, SqsError> {
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

fn statement(queue: &Queue, input: &AddPermissionInput) -> Value {
    let root = |id: &String| format!("arn:aws:iam::{id}:root");
    let accounts = input.aws_account_ids.iter().map(root).collect();
    let actions = input.actions.iter().map(|action| format!("SQS:{action}")).collect();
    json!({
        "Sid": input.label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_list(accounts) },
        "Action": one_or_list(actions),
        "Resource": queue.arn(),
    })
}

/// Removes a statement.
pub(crate) enum RemovePermission {}

#[derive(Debug, Shape)]
pub struct RemovePermissionInput {
    pub queue_url: String,
    pub label: String,
}

impl Operation for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    type Input = RemovePermissionInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:RemovePermission", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let now = cx.now();
        queue_ref::change(cx, &input.queue_url, |_, queue| {
            let mut policy = document(queue)?;
            let statements = statements(&mut policy)?;
            let before = statements.len();
            statements.retain(|statement| statement["Sid"] != input.label.as_str());
            if statements.len() == before {
                let reason = "can't find label on existing policy.";
                return Err(SqsError::parameter(&input.label, "Label", reason));
            }
            let empty = statements.is_empty();
            queue.policy = (!empty).then(|| policy.to_string());
            queue.modified = now;
            Ok(Empty)
        })
        .await
    }
}
