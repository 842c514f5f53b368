//! Single statements of a queue's policy: added and removed by label.

use crate::{error::SqsError, queue::Queue, queue_ref};
use policy::is_account_id;
use service_kit::{prelude::*, statements::Statements};

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
            let mut policy = statements(queue)?;
            let actions = input.actions.iter().map(|action| format!("SQS:{action}"));
            if !policy.add(&input.label, &input.aws_account_ids, actions, &queue.arn())? {
                return Err(SqsError::parameter(&input.label, "Label", "Already exists."));
            }
            queue.policy = policy.document();
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
    if let Some(id) = input.aws_account_ids.iter().find(|id| !is_account_id(id)) {
        return Err(SqsError::parameter(id, "PrincipalId", "Unable to verify."));
    }
    match input.actions.is_empty() || input.aws_account_ids.is_empty() {
        false => Ok(()),
        true => Err(SqsError::MissingRequiredParameterException(
            "The request must contain the parameter Actions.".into(),
        )),
    }
}

fn statements(queue: &Queue) -> Result<Statements, Fault> {
    match &queue.policy {
        Some(text) => Statements::parse(text),
        None => Ok(Statements::none(&format!("{}/SQSDefaultPolicy", queue.arn()))),
    }
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
            let mut policy = statements(queue)?;
            if !policy.remove(&input.label)? {
                let reason = "can't find label on existing policy.";
                return Err(SqsError::parameter(&input.label, "Label", reason));
            }
            queue.policy = policy.document();
            queue.modified = now;
            Ok(Empty)
        })
        .await
    }
}
