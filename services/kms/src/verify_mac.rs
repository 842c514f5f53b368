//! VerifyMac: whether a message authentication code is one of a message.

use crate::{
    crypto::mac,
    encrypt::check_dry_run,
    error::KmsError,
    generate_mac::{self, check},
    key_ref, last_use, material,
    shapes::{GrantTokenType, MacAlgorithmSpec},
};
use service_kit::prelude::*;

/// Verifies a code; a wrong one is an error.
pub(crate) enum VerifyMac {}

#[derive(Debug, Shape)]
pub struct VerifyMacInput {
    #[shape(length = 1..=4096, sensitive)]
    pub message: Bytes,
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub mac_algorithm: MacAlgorithmSpec,
    #[shape(length = 1..=6144)]
    pub mac: Bytes,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct VerifyMacOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub mac_valid: Option<bool>,
    pub mac_algorithm: Option<MacAlgorithmSpec>,
}

impl Operation for VerifyMac {
    const NAME: &'static str = "VerifyMac";
    type Input = VerifyMacInput;
    type Output = VerifyMacOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        generate_mac::access("kms:VerifyMac", &input.key_id, input.mac_algorithm, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::usable(cx, &input.key_id, input.grant_tokens.as_deref()).await?;
        check(&key, input.mac_algorithm, Self::NAME)?;
        check_dry_run(input.dry_run)?;
        let secret = material::current(cx, &key)?.secret;
        if !mac::verify(input.mac_algorithm, &secret, &input.message, &input.mac) {
            return Err(KmsError::KmsInvalidMacException);
        }
        last_use::note(cx, &key, Self::NAME).await?;
        Ok(VerifyMacOutput {
            key_id: Some(key.arn()),
            mac_valid: Some(true),
            mac_algorithm: Some(input.mac_algorithm),
        })
    }
}
