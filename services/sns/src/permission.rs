//! Single statements of a topic's policy: added and removed by label.

use crate::{error::SnsError, topic};
use policy::is_account_id;
use service_kit::{prelude::*, statements::Statements};

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
        let accounts = &input.aws_account_id;
        if accounts.is_empty() || !accounts.iter().all(|id| is_account_id(id)) {
            return Err(SnsError::invalid("AWSAccountId"));
        }
        let known = |action: &String| ACTIONS.contains(&action.as_str());
        if input.action_name.is_empty() || !input.action_name.iter().all(known) {
            let message = "Policy statement action out of service scope!";
            return Err(SnsError::invalid(message));
        }
        topic::change(cx, &input.topic_arn, |_, topic| {
            let mut policy = Statements::parse(&topic.policy_text())?;
            let actions = input.action_name.iter().map(|action| format!("SNS:{action}"));
            if !policy.add(&input.label, &input.aws_account_id, actions, &topic.arn())? {
                return Err(SnsError::invalid("Statement already exists"));
            }
            topic.policy = policy.document();
            Ok(Empty)
        })
        .await
    }
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
        topic::change(cx, &input.topic_arn, |_, topic| {
            let mut policy = Statements::parse(&topic.policy_text())?;
            policy.remove(&input.label)?;
            topic.policy = policy.document();
            Ok(Empty)
        })
        .await
    }
}
