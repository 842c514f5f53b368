//! Encrypt: encrypt a few bytes under a key.

use crate::{
    cipher::{self, EncryptionContext},
    error::KmsError,
    key::Key,
    key_ref, last_use,
    shapes::{EncryptionAlgorithmSpec, GrantTokenType, KeyUsageType},
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
        let key = key_ref::usable(cx, &input.key_id, input.grant_tokens.as_deref()).await?;
        let algorithm = check_algorithm(&key, input.encryption_algorithm, Self::NAME)?;
        check_dry_run(input.dry_run)?;
        let context = input.encryption_context.unwrap_or_default();
        let blob = cipher::encrypt_as(cx, &key, algorithm, &context, &input.plaintext)?;
        last_use::note(cx, &key, Self::NAME).await?;
        Ok(EncryptOutput {
            ciphertext_blob: Some(blob),
            key_id: Some(key.arn()),
            encryption_algorithm: Some(algorithm),
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

/// The algorithm to encrypt or decrypt with, which must be one of the key's.
///
/// # Errors
/// [`KmsError::InvalidKeyUsageException`].
pub fn check_algorithm(
    key: &Key,
    wanted: Option<EncryptionAlgorithmSpec>,
    operation: &str,
) -> Result<EncryptionAlgorithmSpec, KmsError> {
    key.require_usage(KeyUsageType::EncryptDecrypt, operation)?;
    let wanted = wanted.unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault);
    key.require_algorithm(key.algorithms().encryption, (wanted, wanted.as_str()))?;
    Ok(wanted)
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
