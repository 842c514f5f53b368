//! DeriveSharedSecret: the secret that a key and another party's key share.

use crate::{
    crypto::agreement,
    encrypt::check_dry_run,
    error::KmsError,
    key_ref, last_use, material,
    shapes::{GrantTokenType, KeyAgreementAlgorithmSpec, KeyUsageType, OriginType},
};
use service_kit::prelude::*;

/// Agrees on a secret by ECDH.
pub(crate) enum DeriveSharedSecret {}

#[derive(Debug, Shape)]
pub struct DeriveSharedSecretInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub key_agreement_algorithm: KeyAgreementAlgorithmSpec,
    #[shape(length = 1..=8192)]
    pub public_key: Bytes,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct DeriveSharedSecretOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 1..=4096, sensitive)]
    pub shared_secret: Option<Bytes>,
    pub key_agreement_algorithm: Option<KeyAgreementAlgorithmSpec>,
    pub key_origin: Option<OriginType>,
}

impl Operation for DeriveSharedSecret {
    const NAME: &'static str = "DeriveSharedSecret";
    type Input = DeriveSharedSecretInput;
    type Output = DeriveSharedSecretOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let algorithm = input.key_agreement_algorithm.as_str();
        key_ref::access("kms:DeriveSharedSecret", &input.key_id, at)
            .with("kms:KeyAgreementAlgorithm", algorithm)
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::usable(cx, &input.key_id, input.grant_tokens.as_deref()).await?;
        key.require_usage(KeyUsageType::KeyAgreement, Self::NAME)?;
        check_dry_run(input.dry_run)?;
        let private = material::current(cx, &key)?.secret;
        let secret = agreement::derive(key.spec, &private, &input.public_key);
        let spec = key.spec.as_str();
        let secret = secret.ok_or_else(|| {
            KmsError::invalid(format!("PublicKey is not a valid {spec} public key."))
        })?;
        last_use::note(cx, &key, Self::NAME).await?;
        Ok(DeriveSharedSecretOutput {
            key_id: Some(key.arn()),
            shared_secret: Some(secret.into()),
            key_agreement_algorithm: Some(input.key_agreement_algorithm),
            key_origin: Some(key.origin),
        })
    }
}
