//! GetSessionToken: credentials of one's own that end.

use crate::{
    credentials::{Credentials, begin, duration_secs, long_lived},
    error::StsError,
    mfa::{denied, proof},
};
use service_kit::prelude::*;

/// Gives a user or the root user temporary credentials with the same permissions.
pub(crate) enum GetSessionToken {}

/// What GetSessionToken takes.
#[derive(Debug, Shape)]
#[shape(name = "GetSessionTokenRequest")]
pub struct GetSessionTokenInput {
    /// How long they last.
    #[shape(range = 900..=129_600)]
    pub duration_seconds: Option<u32>,
    /// The MFA device of the caller's.
    #[shape(length = 9..=256, pattern = r"[\w+=/:,.@-]*")]
    pub serial_number: Option<String>,
    /// What it shows.
    #[shape(length = 6..=6, pattern = r"[\d]*")]
    pub token_code: Option<String>,
}

/// What GetSessionToken gives.
#[derive(Debug, Shape)]
#[shape(name = "GetSessionTokenResponse")]
pub struct GetSessionTokenOutput {
    /// The credentials.
    pub credentials: Credentials,
}

impl Operation for GetSessionToken {
    const NAME: &'static str = "GetSessionToken";
    type Input = GetSessionTokenInput;
    type Output = GetSessionTokenOutput;
    type Error = StsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::signed_only("sts:GetSessionToken", "it gives no more than the caller has")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let (principal, account) = long_lived(cx, Self::NAME)?;
        let duration = duration_secs(&principal, input.duration_seconds);
        let proof = proof(input.serial_number.as_ref(), input.token_code.as_ref())?;
        if let Some(proof) = proof {
            proof.redeem(cx).await.map_err(denied)?;
        }
        let mut session = begin(cx, &account, principal, duration);
        session.mfa = proof.is_some();
        session.tags = cx.caller().tags.to_vec();
        Ok(GetSessionTokenOutput { credentials: Credentials::of(cx, session)? })
    }
}
