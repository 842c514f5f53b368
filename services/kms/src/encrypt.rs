//! Encrypt: encrypt a few bytes under a key.

use crate::{
    cipher::{self, EncryptionContext},
    error::KmsError,
    grant, key_ref,
    shapes::{EncryptionAlgorithmSpec, GrantTokenType},
};
use service_kit::prelude::*;

/// Encrypts up to 4,096 bytes.
pub(crate) enum Encrypt {}

#[derive(Debug, Shape)]
pub struct EncryptInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=4096, sensitive)]
    pub plaintext: Bytes,
    pub encryption_context: Option<BTreeMap<String, String>>,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct EncryptOutput {
    #[shape(length = 1..=6144)]
    pub ciphertext_blob: Option<Bytes>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub encryption_algorithm: Option<EncryptionAlgorithmSpec>,
}

impl Operation for Encrypt {
    const NAME: &'static str = "Encrypt";
    type Input = EncryptInput;
    type Output = EncryptOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let access = key_ref::access("kms:Encrypt", &input.key_id, at);
        with_context(access, input.encryption_context.as_ref(), input.encryption_algorithm).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        grant::check_tokens(cx, input.grant_tokens.as_deref())?;
        let key = key_ref::named(cx, &input.key_id).await?;
        key.require_enabled()?;
        check_algorithm(input.encryption_algorithm)?;
        check_dry_run(input.dry_run)?;
        let context = input.encryption_context.unwrap_or_default();
        let blob = cipher::encrypt(cx, &key, &context, &input.plaintext)?;
        Ok(EncryptOutput {
            ciphertext_blob: Some(blob),
            key_id: Some(key.arn()),
            encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
        })
    }
}

/// Adds the condition keys that come from an encryption context and an algorithm.
pub fn with_context(
    mut access: Access,
    context: Option<&EncryptionContext>,
    algorithm: Option<EncryptionAlgorithmSpec>,
) -> Access {
    let algorithm = algorithm.unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault);
    access.keys.set("kms:EncryptionAlgorithm", algorithm.as_str());
    let Some(context) = context.filter(|context| !context.is_empty()) else { return access };
    let pairs = context.iter().map(|(key, value)| (format!("kms:EncryptionContext:{key}"), value));
    access.keys.set_all(pairs);
    access.with_many("kms:EncryptionContextKeys", context.keys())
}

/// Refuses algorithms for asymmetric keys.
///
/// # Errors
/// [`KmsError::InvalidKeyUsageException`].
pub fn check_algorithm(algorithm: Option<EncryptionAlgorithmSpec>) -> Result<(), KmsError> {
    match algorithm {
        None | Some(EncryptionAlgorithmSpec::SymmetricDefault) => Ok(()),
        Some(other) => {
            let algorithm = other.as_str();
            let message =
                format!("Algorithm {algorithm} and key spec SYMMETRIC_DEFAULT are incompatible.");
            Err(KmsError::InvalidKeyUsageException(message))
        }
    }
}

/// Ends a dry run that got this far.
///
/// # Errors
/// [`KmsError::DryRunOperationException`].
pub fn check_dry_run(dry_run: Option<bool>) -> Result<(), KmsError> {
    match dry_run {
        Some(true) => Err(KmsError::DryRunOperationException),
        _ => Ok(()),
    }
}
