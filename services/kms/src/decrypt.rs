//! Decrypt: open what Encrypt or GenerateDataKey made.

use crate::{
    cipher::{self, EncryptionContext, Header},
    encrypt::{check_algorithm, check_dry_run, with_context},
    error::KmsError,
    grant,
    key::Key,
    key_ref::KeyRef,
    shapes::{EncryptionAlgorithmSpec, GrantTokenType},
};
use service_kit::prelude::*;

/// Decrypts a ciphertext, which says itself with which key it was made.
pub(crate) enum Decrypt {}

#[derive(Debug, Shape)]
pub struct DecryptInput {
    #[shape(length = 1..=6144)]
    pub ciphertext_blob: Option<Bytes>,
    pub encryption_context: Option<BTreeMap<String, String>>,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct DecryptOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 1..=4096, sensitive)]
    pub plaintext: Option<Bytes>,
    pub encryption_algorithm: Option<EncryptionAlgorithmSpec>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

impl Operation for Decrypt {
    const NAME: &'static str = "Decrypt";
    type Input = DecryptInput;
    type Output = DecryptOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let blob = input.ciphertext_blob.as_ref();
        let named = input.key_id.as_deref();
        access("kms:Decrypt", blob, named, at, |access| {
            with_context(access, input.encryption_context.as_ref(), input.encryption_algorithm)
        })
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        grant::check_tokens(cx, input.grant_tokens.as_deref())?;
        let blob = input.ciphertext_blob.unwrap_or_default();
        check_algorithm(input.encryption_algorithm)?;
        let context = input.encryption_context.unwrap_or_default();
        let opened = open(cx, &blob, input.key_id.as_deref(), &context)?;
        check_dry_run(input.dry_run)?;
        Ok(DecryptOutput {
            key_id: Some(opened.key.arn()),
            plaintext: Some(opened.plain),
            encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            key_material_id: Some(opened.material_id),
        })
    }
}

/// The permission to decrypt `blob`: on the key that the request names, or else on the one that
/// the ciphertext names.
pub fn access(
    action: &'static str,
    blob: Option<&Bytes>,
    named: Option<&str>,
    at: &Scope,
    complete: impl FnOnce(Access) -> Access,
) -> Vec<Access> {
    let key = match named {
        Some(named) => Some(KeyRef::parse(named, at)),
        None => blob.and_then(|blob| Header::read(blob)).map(|(header, _)| header.key_ref()),
    };
    match key {
        Some(key) => complete(Access::on(action, key.arn())).only(),
        None => Access::signed_only(action, "a ciphertext that names no key is always refused"),
    }
}

/// A ciphertext opened.
pub struct Opened {
    pub key: Key,
    pub plain: Bytes,
    pub material_id: String,
}

/// Opens `blob`, whose key must be the one that is named, if one is.
///
/// # Errors
/// [`KmsError::InvalidCiphertextException`], [`KmsError::IncorrectKeyException`], or a refusal
/// when the ciphertext's own key is not there, which does not tell whether it ever was.
pub fn open(
    cx: &Context,
    blob: &[u8],
    named: Option<&str>,
    context: &EncryptionContext,
) -> Result<Opened, KmsError> {
    let header = Header::read(blob);
    let key = match (named, &header) {
        (Some(named), _) => cx.read(|tx| KeyRef::parse(named, cx.scope()).get(tx))?,
        (None, Some((header, _))) => cx
            .read(|tx| header.key_ref().find(tx).map_err(KmsError::from))?
            .filter(|key| key.region == *cx.region())
            .ok_or_else(|| KmsError::from(Fault::AccessDenied(UNKNOWN_KEY.into())))?,
        (None, None) => return Err(KmsError::InvalidCiphertextException),
    };
    key.require_enabled()?;
    let (header, body) = header.ok_or(KmsError::InvalidCiphertextException)?;
    if header.key_id != key.id || header.scope != key.scope() {
        return Err(KmsError::IncorrectKeyException);
    }
    let plain = cipher::decrypt(cx, &key, (&header, body), context)?;
    let material_id = cipher::material_id(cx, &key, header.generation)?;
    Ok(Opened { key, plain, material_id })
}

const UNKNOWN_KEY: &str = "The ciphertext refers to a customer master key that does not exist, \
                           does not exist in this region, or you are not allowed to access.";
