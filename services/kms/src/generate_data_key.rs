//! GenerateDataKey: a fresh key for the caller's own use, plain and encrypted.

use crate::{
    cipher,
    encrypt::{check_dry_run, with_context},
    error::KmsError,
    key::Key,
    key_ref, last_use,
    shapes::GrantTokenType,
};
use service_kit::prelude::*;

/// Makes a data key.
pub(crate) enum GenerateDataKey {}

#[derive(Debug, Shape)]
pub struct GenerateDataKeyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub encryption_context: Option<BTreeMap<String, String>>,
    #[shape(range = 1..=1024)]
    pub number_of_bytes: Option<u32>,
    pub key_spec: Option<DataKeySpec>,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct GenerateDataKeyOutput {
    #[shape(length = 1..=6144)]
    pub ciphertext_blob: Option<Bytes>,
    #[shape(length = 1..=4096, sensitive)]
    pub plaintext: Option<Bytes>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum DataKeySpec {
    #[shape(name = "AES_256")]
    Aes256,
    #[shape(name = "AES_128")]
    Aes128,
}

impl Operation for GenerateDataKey {
    const NAME: &'static str = "GenerateDataKey";
    type Input = GenerateDataKeyInput;
    type Output = GenerateDataKeyOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let access = key_ref::access("kms:GenerateDataKey", &input.key_id, at);
        with_context(access, input.encryption_context.as_ref(), None).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let length = length(input.number_of_bytes, input.key_spec)?;
        let asked = Asked {
            key_id: &input.key_id,
            context: input.encryption_context.unwrap_or_default(),
            tokens: input.grant_tokens.as_deref(),
            dry_run: input.dry_run,
            operation: Self::NAME,
        };
        let made = generate(cx, asked, length).await?;
        Ok(GenerateDataKeyOutput {
            ciphertext_blob: Some(made.blob),
            plaintext: Some(made.plain),
            key_id: Some(made.key.arn()),
            key_material_id: Some(made.key.material_id),
        })
    }
}

/// The length in bytes that a request asks for.
///
/// # Errors
/// A validation fault unless exactly one of the two is given.
pub fn length(bytes: Option<u32>, spec: Option<DataKeySpec>) -> Result<usize, KmsError> {
    match (bytes, spec) {
        (Some(bytes), None) => Ok(bytes as usize),
        (None, Some(DataKeySpec::Aes256)) => Ok(32),
        (None, Some(DataKeySpec::Aes128)) => Ok(16),
        _ => Err(KmsError::invalid("Please specify either number of bytes or key spec.")),
    }
}

/// A data key with the key that encrypted it.
pub struct DataKey {
    pub key: Key,
    pub plain: Bytes,
    pub blob: Bytes,
}

/// What all operations that make data keys are asked for.
pub struct Asked<'a> {
    pub key_id: &'a str,
    pub context: cipher::EncryptionContext,
    pub tokens: Option<&'a [GrantTokenType]>,
    pub dry_run: Option<bool>,
    /// The operation, for refusals and the key's last use.
    pub operation: &'static str,
}

impl Asked<'_> {
    /// The key that is to encrypt what is made.
    ///
    /// # Errors
    /// As [`key_ref::usable`] and [`Key::require_symmetric`], or when this was a dry run.
    pub async fn key(&self, cx: &Context) -> Result<Key, KmsError> {
        let key = key_ref::usable(cx, self.key_id, self.tokens).await?;
        key.require_symmetric(self.operation)?;
        cipher::check_context(&self.context)?;
        check_dry_run(self.dry_run)?;
        Ok(key)
    }
}

/// Makes a data key of `length` bytes.
///
/// # Errors
/// As [`Asked::key`].
pub async fn generate(cx: &Context, asked: Asked<'_>, length: usize) -> Result<DataKey, KmsError> {
    let key = asked.key(cx).await?;
    let mut plain = vec![0; length];
    cx.entropy().fill(&mut plain);
    let blob = cipher::encrypt(cx, &key, &asked.context, &plain)?;
    last_use::note(cx, &key, asked.operation).await?;
    Ok(DataKey { key, plain: plain.into(), blob })
}
