//! Sign: a digital signature by a key's private half.

use crate::{
    crypto::signing::{self, Message},
    encrypt::check_dry_run,
    error::KmsError,
    key::Key,
    key_ref, last_use, material,
    shapes::{GrantTokenType, KeyUsageType, SigningAlgorithmSpec},
};
use service_kit::prelude::*;

/// Signs a message, or the digest of one.
pub(crate) enum Sign {}

#[derive(Debug, Shape)]
pub struct SignInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=4096, sensitive)]
    pub message: Bytes,
    pub message_type: Option<MessageType>,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub signing_algorithm: SigningAlgorithmSpec,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct SignOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 1..=6144)]
    pub signature: Option<Bytes>,
    pub signing_algorithm: Option<SigningAlgorithmSpec>,
}

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Shape)]
pub enum MessageType {
    #[default]
    Raw,
    Digest,
    ExternalMu,
}

impl Operation for Sign {
    const NAME: &'static str = "Sign";
    type Input = SignInput;
    type Output = SignOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let access = key_ref::access("kms:Sign", &input.key_id, at);
        with_algorithm(access, input.signing_algorithm, input.message_type).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::usable(cx, &input.key_id, input.grant_tokens.as_deref()).await?;
        let algorithm = input.signing_algorithm;
        let message = read(input.message_type, &input.message);
        check(&key, algorithm, message, Self::NAME)?;
        check_dry_run(input.dry_run)?;
        let private = material::current(cx, &key)?.secret;
        let signature = signing::sign(key.spec, &private, algorithm, message)
            .ok_or_else(|| Fault::internal("signing failed"))?;
        last_use::note(cx, &key, Self::NAME).await?;
        Ok(SignOutput {
            key_id: Some(key.arn()),
            signature: Some(signature.into()),
            signing_algorithm: Some(algorithm),
        })
    }
}

/// Adds the condition keys of signing and verifying.
pub fn with_algorithm(
    access: Access,
    algorithm: SigningAlgorithmSpec,
    message_type: Option<MessageType>,
) -> Access {
    access
        .with("kms:SigningAlgorithm", algorithm.as_str())
        .with("kms:MessageType", message_type.unwrap_or_default().as_str())
}

/// The message that a request holds.
pub fn read(message_type: Option<MessageType>, bytes: &[u8]) -> Message<'_> {
    match message_type.unwrap_or_default() {
        MessageType::Raw => Message::Raw(bytes),
        MessageType::Digest => Message::Digest(bytes),
        MessageType::ExternalMu => Message::Mu(bytes),
    }
}

/// Refuses what the key or the algorithm cannot sign.
///
/// # Errors
/// [`KmsError::InvalidKeyUsageException`] or a validation fault.
pub fn check(
    key: &Key,
    algorithm: SigningAlgorithmSpec,
    message: Message<'_>,
    operation: &str,
) -> Result<(), KmsError> {
    key.require_usage(KeyUsageType::SignVerify, operation)?;
    key.require_algorithm(key.algorithms().signing, (algorithm, algorithm.as_str()))?;
    match signing::objection(algorithm, message) {
        Some(objection) => Err(KmsError::invalid(objection)),
        None => Ok(()),
    }
}
