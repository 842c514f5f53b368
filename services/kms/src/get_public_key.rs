//! GetPublicKey: the half of a key that may be known.

use crate::{
    error::KmsError,
    key_ref, material,
    shapes::{
        CustomerMasterKeySpec, EncryptionAlgorithmSpec, GrantTokenType, KeyAgreementAlgorithmSpec,
        KeySpec, KeyUsageType, SigningAlgorithmSpec, some_of,
    },
};
use service_kit::prelude::*;

/// Gives the public key, as SubjectPublicKeyInfo in DER.
pub(crate) enum GetPublicKey {}

#[derive(Debug, Shape)]
pub struct GetPublicKeyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
}

#[derive(Debug, Shape)]
pub struct GetPublicKeyOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 1..=8192)]
    pub public_key: Option<Bytes>,
    pub customer_master_key_spec: Option<CustomerMasterKeySpec>,
    pub key_spec: Option<KeySpec>,
    pub key_usage: Option<KeyUsageType>,
    pub encryption_algorithms: Option<Vec<EncryptionAlgorithmSpec>>,
    pub signing_algorithms: Option<Vec<SigningAlgorithmSpec>>,
    pub key_agreement_algorithms: Option<Vec<KeyAgreementAlgorithmSpec>>,
}

impl Operation for GetPublicKey {
    const NAME: &'static str = "GetPublicKey";
    type Input = GetPublicKeyInput;
    type Output = GetPublicKeyOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:GetPublicKey", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::usable(cx, &input.key_id, input.grant_tokens.as_deref()).await?;
        if !key.spec.is_asymmetric() {
            return Err(key.unsupported(format_args!("key spec is {}", key.spec.as_str())));
        }
        let algorithms = key.algorithms();
        Ok(GetPublicKeyOutput {
            key_id: Some(key.arn()),
            public_key: Some(material::public(cx, &key)?.into()),
            customer_master_key_spec: key.spec.as_before(),
            key_spec: Some(key.spec),
            key_usage: Some(key.usage),
            encryption_algorithms: some_of(algorithms.encryption),
            signing_algorithms: some_of(algorithms.signing),
            key_agreement_algorithms: some_of(algorithms.agreement),
        })
    }
}
