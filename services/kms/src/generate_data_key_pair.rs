//! GenerateDataKeyPair: a pair of keys for the caller's own use, the private one also encrypted.

use crate::{
    cipher,
    crypto::{beside, pair},
    encrypt::with_context,
    error::KmsError,
    generate_data_key::Asked,
    key::Key,
    key_ref, last_use,
    shapes::{GrantTokenType, KeySpec, KeyUsageType},
    spec,
};
use service_kit::prelude::*;

/// Makes a pair of keys.
pub(crate) enum GenerateDataKeyPair {}

#[derive(Debug, Shape)]
pub struct GenerateDataKeyPairInput {
    pub encryption_context: Option<BTreeMap<String, String>>,
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub key_pair_spec: DataKeyPairSpec,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct GenerateDataKeyPairOutput {
    #[shape(length = 1..=6144)]
    pub private_key_ciphertext_blob: Option<Bytes>,
    #[shape(length = 1..=4096, sensitive)]
    pub private_key_plaintext: Option<Bytes>,
    #[shape(length = 1..=8192)]
    pub public_key: Option<Bytes>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub key_pair_spec: Option<DataKeyPairSpec>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum DataKeyPairSpec {
    #[shape(name = "RSA_2048")]
    Rsa2048,
    #[shape(name = "RSA_3072")]
    Rsa3072,
    #[shape(name = "RSA_4096")]
    Rsa4096,
    EccNistP256,
    EccNistP384,
    EccNistP521,
    #[shape(name = "ECC_SECG_P256K1")]
    EccSecgP256K1,
    Sm2,
    EccNistEdwards25519,
}

impl DataKeyPairSpec {
    fn key_spec(self) -> KeySpec {
        match self {
            Self::Rsa2048 => KeySpec::Rsa2048,
            Self::Rsa3072 => KeySpec::Rsa3072,
            Self::Rsa4096 => KeySpec::Rsa4096,
            Self::EccNistP256 => KeySpec::EccNistP256,
            Self::EccNistP384 => KeySpec::EccNistP384,
            Self::EccNistP521 => KeySpec::EccNistP521,
            Self::EccSecgP256K1 => KeySpec::EccSecgP256K1,
            Self::Sm2 => KeySpec::Sm2,
            Self::EccNistEdwards25519 => KeySpec::EccNistEdwards25519,
        }
    }
}

impl Operation for GenerateDataKeyPair {
    const NAME: &'static str = "GenerateDataKeyPair";
    type Input = GenerateDataKeyPairInput;
    type Output = GenerateDataKeyPairOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let access = key_ref::access("kms:GenerateDataKeyPair", &input.key_id, at);
        with_pair_spec(access, input.encryption_context.as_ref(), input.key_pair_spec)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let asked = Asked {
            key_id: &input.key_id,
            context: input.encryption_context.unwrap_or_default(),
            tokens: input.grant_tokens.as_deref(),
            dry_run: input.dry_run,
            operation: Self::NAME,
        };
        let made = generate(cx, asked, input.key_pair_spec).await?;
        Ok(GenerateDataKeyPairOutput {
            private_key_ciphertext_blob: Some(made.blob),
            private_key_plaintext: Some(made.private),
            public_key: Some(made.public),
            key_id: Some(made.key.arn()),
            key_pair_spec: Some(input.key_pair_spec),
            key_material_id: made.key.shown_material_id(),
        })
    }
}

/// Adds the condition keys of making pairs.
pub fn with_pair_spec(
    access: Access,
    context: Option<&cipher::EncryptionContext>,
    spec: DataKeyPairSpec,
) -> Vec<Access> {
    with_context(access, context, None).with("kms:DataKeyPairSpec", spec.as_str()).only()
}

/// A pair of keys with the key that encrypted it.
pub struct DataKeyPair {
    pub key: Key,
    pub private: Bytes,
    pub public: Bytes,
    /// The private one, encrypted.
    pub blob: Bytes,
}

/// Makes a pair.
///
/// # Errors
/// As [`Asked::key`] and [`spec::check`].
pub async fn generate(
    cx: &Context,
    asked: Asked<'_>,
    wanted: DataKeyPairSpec,
) -> Result<DataKeyPair, KmsError> {
    let wanted = wanted.key_spec();
    spec::check(wanted, KeyUsageType::SignVerify)?;
    let key = asked.key(cx).await?;
    let made = beside(move || pair::generate(wanted)).await?;
    let blob = cipher::encrypt(cx, &key, &asked.context, &made.private)?;
    last_use::note(cx, &key, asked.operation).await?;
    Ok(DataKeyPair { key, private: made.private.into(), public: made.public.into(), blob })
}
