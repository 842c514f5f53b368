//! Verify: whether a signature is one of a message.

use crate::{
    crypto::signing,
    encrypt::check_dry_run,
    error::KmsError,
    key_ref, last_use, material,
    shapes::{GrantTokenType, SigningAlgorithmSpec},
    sign::{self, MessageType, with_algorithm},
};
use service_kit::prelude::*;

/// Verifies a signature; a wrong one is an error.
pub(crate) enum Verify {}

#[derive(Debug, Shape)]
pub struct VerifyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=4096, sensitive)]
    pub message: Bytes,
    pub message_type: Option<MessageType>,
    #[shape(length = 1..=6144)]
    pub signature: Bytes,
    pub signing_algorithm: SigningAlgorithmSpec,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct VerifyOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub signature_valid: Option<bool>,
    pub signing_algorithm: Option<SigningAlgorithmSpec>,
}

impl Operation for Verify {
    const NAME: &'static str = "Verify";
    type Input = VerifyInput;
    type Output = VerifyOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let access = key_ref::access("kms:Verify", &input.key_id, at);
        with_algorithm(access, input.signing_algorithm, input.message_type).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::usable(cx, &input.key_id, input.grant_tokens.as_deref()).await?;
        let algorithm = input.signing_algorithm;
        let message = sign::read(input.message_type, &input.message);
        sign::check(&key, algorithm, message, Self::NAME)?;
        check_dry_run(input.dry_run)?;
        let public = material::public(cx, &key)?;
        if !signing::verify(key.spec, &public, algorithm, message, &input.signature) {
            return Err(KmsError::KmsInvalidSignatureException);
        }
        last_use::note(cx, &key, Self::NAME).await?;
        Ok(VerifyOutput {
            key_id: Some(key.arn()),
            signature_valid: Some(true),
            signing_algorithm: Some(algorithm),
        })
    }
}
