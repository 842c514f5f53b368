//! ReEncrypt: move a ciphertext from one key or context to another without showing the plaintext.

use crate::{
    cipher,
    decrypt::{self, open},
    encrypt::{check_algorithm, check_dry_run, with_context},
    error::KmsError,
    grant, key_ref,
    shapes::{EncryptionAlgorithmSpec, GrantTokenType},
};
use service_kit::prelude::*;

/// Decrypts with one key and encrypts with another, as two permissions.
pub(crate) enum ReEncrypt {}

#[derive(Debug, Shape)]
pub struct ReEncryptInput {
    #[shape(length = 1..=6144)]
    pub ciphertext_blob: Option<Bytes>,
    pub source_encryption_context: Option<BTreeMap<String, String>>,
    #[shape(length = 1..=2048)]
    pub source_key_id: Option<String>,
    #[shape(length = 1..=2048)]
    pub destination_key_id: String,
    pub destination_encryption_context: Option<BTreeMap<String, String>>,
    pub source_encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub destination_encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct ReEncryptOutput {
    #[shape(length = 1..=6144)]
    pub ciphertext_blob: Option<Bytes>,
    #[shape(length = 1..=2048)]
    pub source_key_id: Option<String>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub source_encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub destination_encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub source_key_material_id: Option<String>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub destination_key_material_id: Option<String>,
}

impl Operation for ReEncrypt {
    const NAME: &'static str = "ReEncrypt";
    type Input = ReEncryptInput;
    type Output = ReEncryptOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let blob = input.ciphertext_blob.as_ref();
        let named = input.source_key_id.as_deref();
        let mut needed = decrypt::access("kms:ReEncryptFrom", blob, named, at, |access| {
            let context = input.source_encryption_context.as_ref();
            with_context(access, context, input.source_encryption_algorithm)
        });
        let to = key_ref::access("kms:ReEncryptTo", &input.destination_key_id, at);
        let context = input.destination_encryption_context.as_ref();
        needed.push(with_context(to, context, input.destination_encryption_algorithm));
        needed
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        grant::check_tokens(cx, input.grant_tokens.as_deref())?;
        check_algorithm(input.source_encryption_algorithm)?;
        check_algorithm(input.destination_encryption_algorithm)?;
        let target = key_ref::named(cx, &input.destination_key_id).await?;
        target.require_enabled()?;
        let blob = input.ciphertext_blob.unwrap_or_default();
        let source_context = input.source_encryption_context.unwrap_or_default();
        let source = open(cx, &blob, input.source_key_id.as_deref(), &source_context)?;
        check_dry_run(input.dry_run)?;
        let context = input.destination_encryption_context.unwrap_or_default();
        let blob = cipher::encrypt(cx, &target, &context, &source.plain)?;
        Ok(ReEncryptOutput {
            ciphertext_blob: Some(blob),
            source_key_id: Some(source.key.arn()),
            key_id: Some(target.arn()),
            source_encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            destination_encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            source_key_material_id: Some(source.material_id),
            destination_key_material_id: Some(target.material_id),
        })
    }
}
