//! ReEncrypt: move a ciphertext from one key or context to another without showing the plaintext.

use crate::{
    cipher,
    decrypt::{self, DryRunModifierType, Sealed, ignores_ciphertext, named_key},
    encrypt::{check_algorithm, check_dry_run, with_context},
    error::KmsError,
    key::Key,
    key_ref::{self, KeyRef},
    last_use,
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
    pub dry_run_modifiers: Option<Vec<DryRunModifierType>>,
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

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let found = |arn: &str| KeyRef::of_arn(arn).map_or(Ok(None), |key| key.find(tx));
        let to = found(&KeyRef::parse(&input.destination_key_id, tx.scope()).arn())?;
        let from = access.first().map_or(Ok(None), |from| found(&from.resource))?;
        let arn = |key: Option<Key>| key.map(|key| key.arn());
        let is_same = arn(to).is_some_and(|to| arn(from) == Some(to));
        for access in access {
            access.keys.set("kms:ReEncryptOnSameKey", is_same.to_string());
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let tokens = input.grant_tokens.as_deref();
        let target = key_ref::usable(cx, &input.destination_key_id, tokens).await?;
        let wanted = input.destination_encryption_algorithm;
        let algorithm = check_algorithm(&target, wanted, Self::NAME)?;
        let named = input.source_key_id.as_deref();
        let sealed = Sealed {
            blob: input.ciphertext_blob.unwrap_or_default(),
            context: input.source_encryption_context.unwrap_or_default(),
            algorithm: input.source_encryption_algorithm,
            operation: Self::NAME,
        };
        if ignores_ciphertext(input.dry_run, input.dry_run_modifiers.as_deref())? {
            sealed.check_key(cx, &named_key(cx, named).await?)?;
            return Err(KmsError::DryRunOperationException);
        }
        let source = sealed.open(cx, named)?;
        check_dry_run(input.dry_run)?;
        let context = input.destination_encryption_context.unwrap_or_default();
        let blob = cipher::encrypt_as(cx, &target, algorithm, &context, &source.plain)?;
        last_use::note(cx, &source.key, Self::NAME).await?;
        last_use::note(cx, &target, Self::NAME).await?;
        Ok(ReEncryptOutput {
            ciphertext_blob: Some(blob),
            source_key_id: Some(source.key.arn()),
            key_id: Some(target.arn()),
            source_encryption_algorithm: Some(source.algorithm),
            destination_encryption_algorithm: Some(algorithm),
            source_key_material_id: source.material_id,
            destination_key_material_id: target.shown_material_id(),
        })
    }
}
