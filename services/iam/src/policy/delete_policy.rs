//! DeletePolicy: a managed policy is no more.

use crate::{
    error::IamError,
    managed::{self, Usage},
    names::ArnText,
};
use service_kit::{
    identity::{ManagedPolicy, name_key},
    prelude::*,
};

/// Deletes a policy that nobody uses and that has but one version.
pub(crate) enum DeletePolicy {}

/// What DeletePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DeletePolicyRequest")]
pub struct DeletePolicyInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
}

impl Operation for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    type Input = DeletePolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeletePolicyInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:DeletePolicy", input.policy_arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: DeletePolicyInput) -> Result<Empty, IamError> {
        let arn = &input.policy_arn.0;
        cx.write(|tx| {
            let policy = managed::find_own(&tx.reader(), arn)?;
            if Usage::count(&tx.reader())?.of(arn) != (0, 0) {
                let message = "Cannot delete a policy attached to entities.";
                return Err(IamError::DeleteConflictException(message.into()));
            }
            if policy.versions.len() > 1 {
                return Err(IamError::DeleteConflictException(
                    "This policy has more than one version. Before you delete a policy, you must \
                     delete the policy's versions. The default version is deleted with the policy."
                        .into(),
                ));
            }
            tx.delete::<ManagedPolicy>(name_key(&policy.name));
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}
