//! GetParametersForImport: a public key to wrap key material with, and a token to send it with.

use crate::{
    crypto::{beside, pair, wrapping::Wrapping},
    error::KmsError,
    import_token::{ImportToken, VALID_FOR},
    key::Key,
    key_ref,
    shapes::{EncryptionAlgorithmSpec, KeySpec},
};
use service_kit::prelude::*;

/// Prepares an import; its token says everything, so nothing is stored.
pub(crate) enum GetParametersForImport {}

#[derive(Debug, Shape)]
pub struct GetParametersForImportInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub wrapping_algorithm: AlgorithmSpec,
    pub wrapping_key_spec: WrappingKeySpec,
}

#[derive(Debug, Shape)]
pub struct GetParametersForImportOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 1..=6144)]
    pub import_token: Option<Bytes>,
    #[shape(length = 1..=4096, sensitive)]
    pub public_key: Option<Bytes>,
    pub parameters_valid_to: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum AlgorithmSpec {
    #[shape(name = "RSAES_PKCS1_V1_5")]
    RsaesPkcs1V15,
    #[shape(name = "RSAES_OAEP_SHA_1")]
    RsaesOaepSha1,
    #[shape(name = "RSAES_OAEP_SHA_256")]
    RsaesOaepSha256,
    #[shape(name = "RSA_AES_KEY_WRAP_SHA_1")]
    RsaAesKeyWrapSha1,
    #[shape(name = "RSA_AES_KEY_WRAP_SHA_256")]
    RsaAesKeyWrapSha256,
    #[shape(name = "SM2PKE")]
    Sm2Pke,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum WrappingKeySpec {
    #[shape(name = "RSA_2048")]
    Rsa2048,
    #[shape(name = "RSA_3072")]
    Rsa3072,
    #[shape(name = "RSA_4096")]
    Rsa4096,
    Sm2,
}

impl Operation for GetParametersForImport {
    const NAME: &'static str = "GetParametersForImport";
    type Input = GetParametersForImportInput;
    type Output = GetParametersForImportOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:GetParametersForImport", &input.key_id, at)
            .with("kms:WrappingAlgorithm", input.wrapping_algorithm.as_str())
            .with("kms:WrappingKeySpec", input.wrapping_key_spec.as_str())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::by_id(cx, &input.key_id)?;
        key.require_external()?;
        key.require_kept()?;
        let wrapping = wrapping(&key, input.wrapping_algorithm)?;
        let (spec, bits) = wrapping_key(input.wrapping_key_spec)?;
        let made = beside(move || pair::generate(spec)).await?;
        let valid_to = cx.now() + VALID_FOR;
        let token = ImportToken { valid_to, wrapping, bits, private: made.private };
        let arn = key.arn();
        Ok(GetParametersForImportOutput {
            import_token: Some(token.seal(cx, &arn)?.into()),
            key_id: Some(arn),
            public_key: Some(made.public.into()),
            parameters_valid_to: Some(valid_to),
        })
    }
}

fn wrapping(key: &Key, algorithm: AlgorithmSpec) -> Result<Wrapping, KmsError> {
    use EncryptionAlgorithmSpec::{RsaesOaepSha1, RsaesOaepSha256};
    let refuse = |why: &str| {
        let name = algorithm.as_str();
        Err(KmsError::UnsupportedOperationException(format!("WrappingAlgorithm {name} {why}.")))
    };
    let (oaep, key_wrap) = match algorithm {
        AlgorithmSpec::RsaesOaepSha1 => (RsaesOaepSha1, false),
        AlgorithmSpec::RsaesOaepSha256 => (RsaesOaepSha256, false),
        AlgorithmSpec::RsaAesKeyWrapSha1 => (RsaesOaepSha1, true),
        AlgorithmSpec::RsaAesKeyWrapSha256 => (RsaesOaepSha256, true),
        // AWS ended it in October 2023 ("Download the wrapping public key and import token").
        AlgorithmSpec::RsaesPkcs1V15 => return refuse("is no longer supported"),
        AlgorithmSpec::Sm2Pke => return refuse("is supported only in China Regions"),
    };
    if key.spec.rsa_bits().is_some() && !key_wrap {
        // An RSA private key is longer than what RSA encrypts.
        return refuse("cannot wrap RSA private keys");
    }
    Ok(Wrapping { oaep, key_wrap })
}

fn wrapping_key(spec: WrappingKeySpec) -> Result<(KeySpec, u16), KmsError> {
    match spec {
        WrappingKeySpec::Rsa2048 => Ok((KeySpec::Rsa2048, 2048)),
        WrappingKeySpec::Rsa3072 => Ok((KeySpec::Rsa3072, 3072)),
        WrappingKeySpec::Rsa4096 => Ok((KeySpec::Rsa4096, 4096)),
        WrappingKeySpec::Sm2 => {
            let message = "WrappingKeySpec SM2 is supported only in China Regions.";
            Err(KmsError::UnsupportedOperationException(message.into()))
        }
    }
}
