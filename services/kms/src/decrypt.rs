//! Decrypt: open what Encrypt or GenerateDataKey made.

use crate::{
    cipher::{self, EncryptionContext, Header},
    encrypt::{check_algorithm, check_dry_run, with_context},
    error::KmsError,
    grant,
    key::Key,
    key_ref::{self, KeyRef},
    last_use, material,
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
    pub dry_run_modifiers: Option<Vec<DryRunModifierType>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum DryRunModifierType {
    IgnoreCiphertext,
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
        let named = input.key_id.as_deref();
        let modifiers = input.dry_run_modifiers.as_deref();
        let sealed = Sealed {
            blob: input.ciphertext_blob.unwrap_or_default(),
            context: input.encryption_context.unwrap_or_default(),
            algorithm: input.encryption_algorithm,
            operation: Self::NAME,
        };
        if ignores_ciphertext(input.dry_run, modifiers)? {
            sealed.check_key(cx, &named_key(cx, named).await?)?;
            return Err(KmsError::DryRunOperationException);
        }
        let opened = sealed.open(cx, named)?;
        check_dry_run(input.dry_run)?;
        last_use::note(cx, &opened.key, Self::NAME).await?;
        Ok(DecryptOutput {
            key_id: Some(opened.key.arn()),
            plaintext: Some(opened.plain),
            encryption_algorithm: Some(opened.algorithm),
            key_material_id: opened.material_id,
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
        None => {
            blob.and_then(|blob| Header::read(blob)).map(|(header, _)| header.key_ref(&at.region))
        }
    };
    match key {
        Some(key) => complete(Access::on(action, key.arn())).only(),
        None => Access::signed_only(action, "a ciphertext that names no key is always refused"),
    }
}

/// Whether a dry run is only about permissions, not about the ciphertext.
///
/// # Errors
/// A validation fault for modifiers of what is no dry run.
pub fn ignores_ciphertext(
    dry_run: Option<bool>,
    modifiers: Option<&[DryRunModifierType]>,
) -> Result<bool, KmsError> {
    let ignores = modifiers.is_some_and(|modifiers| !modifiers.is_empty());
    match ignores && dry_run != Some(true) {
        true => Err(KmsError::invalid("DryRunModifiers can be used only when DryRun is true.")),
        false => Ok(ignores),
    }
}

/// The key that a dry run without a ciphertext has to name.
///
/// # Errors
/// A validation fault when it names none; otherwise as [`key_ref::named`].
pub async fn named_key(cx: &Context, named: Option<&str>) -> Result<Key, KmsError> {
    let missing = || KmsError::invalid("A key must be named when the ciphertext is ignored.");
    key_ref::named(cx, named.ok_or_else(missing)?).await
}

/// A ciphertext, and what is needed to open it besides the key.
pub struct Sealed {
    pub blob: Bytes,
    pub context: EncryptionContext,
    pub algorithm: Option<EncryptionAlgorithmSpec>,
    /// On whose behalf, for refusals.
    pub operation: &'static str,
}

/// A ciphertext opened.
pub struct Opened {
    pub key: Key,
    pub plain: Bytes,
    pub algorithm: EncryptionAlgorithmSpec,
    /// The id of the material, for keys that have several.
    pub material_id: Option<String>,
}

impl Sealed {
    /// Refuses a key with which it cannot be opened now.
    ///
    /// # Errors
    /// As [`Key::require_enabled`] and [`check_algorithm`].
    pub fn check_key(&self, cx: &Context, key: &Key) -> Result<EncryptionAlgorithmSpec, KmsError> {
        key.require_enabled(cx.now())?;
        check_algorithm(key, self.algorithm, self.operation)
    }

    /// Opens it with the key that is named, or else with the one it was made with.
    ///
    /// # Errors
    /// [`KmsError::InvalidCiphertextException`], [`KmsError::IncorrectKeyException`], or a refusal
    /// when the ciphertext's own key is not there, which does not tell whether it ever was.
    pub fn open(&self, cx: &Context, named: Option<&str>) -> Result<Opened, KmsError> {
        let header = Header::read(&self.blob);
        let key = match (named, &header) {
            (Some(named), _) => cx.read(|tx| KeyRef::parse(named, cx.scope()).get(tx))?,
            (None, Some((header, _))) => cx
                .read(|tx| header.key_ref(cx.region()).find(tx).map_err(KmsError::from))?
                .filter(|key| key.region == *cx.region())
                .ok_or_else(|| KmsError::from(Fault::AccessDenied(UNKNOWN_KEY.into())))?,
            (None, None) => return Err(KmsError::InvalidCiphertextException),
        };
        let algorithm = self.check_key(cx, &key)?;
        if key.spec.is_asymmetric() {
            let plain = cipher::decrypt_as(cx, &key, algorithm, &self.context, &self.blob)?;
            return Ok(Opened { key, plain, algorithm, material_id: None });
        }
        let (header, body) = header.ok_or(KmsError::InvalidCiphertextException)?;
        if !header.is_of(&key) {
            return Err(KmsError::IncorrectKeyException);
        }
        let plain = cipher::decrypt(cx, &key, (&header, body), &self.context)?;
        let material_id = Some(material::id(cx, &key, header.generation)?);
        Ok(Opened { key, plain, algorithm, material_id })
    }
}

const UNKNOWN_KEY: &str = "The ciphertext refers to a customer master key that does not exist, \
                           does not exist in this region, or you are not allowed to access.";
