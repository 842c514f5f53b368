//! GetPolicy: about a managed policy, without its document.

use crate::{
    error::IamError,
    managed::{self, Usage},
    names::ArnText,
    shapes::PolicyView,
};
use service_kit::prelude::*;

/// Shows a managed policy and how often it is used.
pub(crate) enum GetPolicy {}

/// What GetPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "GetPolicyRequest")]
pub struct GetPolicyInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
}

/// What GetPolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "GetPolicyResponse")]
pub struct GetPolicyOutput {
    /// The policy.
    pub policy: PolicyView,
}

impl Operation for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    type Input = GetPolicyInput;
    type Output = GetPolicyOutput;
    type Error = IamError;

    fn access(input: &GetPolicyInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:GetPolicy", input.policy_arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: GetPolicyInput) -> Result<GetPolicyOutput, IamError> {
        let policy = cx.read(|tx| {
            let policy = managed::find(tx, &input.policy_arn.0)?;
            Ok::<_, IamError>(policy.view(cx.account(), &Usage::count(tx)?))
        })?;
        Ok(GetPolicyOutput { policy })
    }
}
