//! GetCallerIdentity: who signs with these credentials.

use crate::error::StsError;
use service_kit::prelude::*;

/// Tells everybody who they are; no policy can forbid it.
pub(crate) enum GetCallerIdentity {}

/// What GetCallerIdentity gives.
#[derive(Debug, Shape)]
#[shape(name = "GetCallerIdentityResponse")]
pub struct GetCallerIdentityOutput {
    /// The unique id; for sessions with the session's name.
    pub user_id: String,
    /// The account.
    pub account: String,
    /// The ARN; for sessions that of the session.
    #[shape(length = 20..=2048)]
    pub arn: String,
}

impl Operation for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    type Input = Empty;
    type Output = GetCallerIdentityOutput;
    type Error = StsError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::signed_only("sts:GetCallerIdentity", "everybody may know who they are")
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, StsError> {
        let principal = &cx.caller().principal;
        match (principal.user_id(), principal.account()) {
            (Some(user_id), Some(account)) => Ok(GetCallerIdentityOutput {
                user_id,
                account: account.to_owned(),
                arn: principal.arn(),
            }),
            _ => Err(StsError::denied("Only principals of an account have an identity.")),
        }
    }
}
