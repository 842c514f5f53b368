//! GenerateMac: a hash-based message authentication code.

use crate::{
    crypto::mac,
    encrypt::check_dry_run,
    error::KmsError,
    key::Key,
    key_ref, last_use, material,
    shapes::{GrantTokenType, KeyUsageType, MacAlgorithmSpec},
};
use service_kit::prelude::*;

/// Makes the code of a message.
pub(crate) enum GenerateMac {}

#[derive(Debug, Shape)]
pub struct GenerateMacInput {
    #[shape(length = 1..=4096, sensitive)]
    pub message: Bytes,
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub mac_algorithm: MacAlgorithmSpec,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct GenerateMacOutput {
    #[shape(length = 1..=6144)]
    pub mac: Option<Bytes>,
    pub mac_algorithm: Option<MacAlgorithmSpec>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
}

impl Operation for GenerateMac {
    const NAME: &'static str = "GenerateMac";
    type Input = GenerateMacInput;
    type Output = GenerateMacOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access("kms:GenerateMac", &input.key_id, input.mac_algorithm, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::usable(cx, &input.key_id, input.grant_tokens.as_deref()).await?;
        check(&key, input.mac_algorithm, Self::NAME)?;
        check_dry_run(input.dry_run)?;
        let secret = material::current(cx, &key)?.secret;
        let mac = mac::generate(input.mac_algorithm, &secret, &input.message);
        last_use::note(cx, &key, Self::NAME).await?;
        Ok(GenerateMacOutput {
            mac: Some(mac.into()),
            mac_algorithm: Some(input.mac_algorithm),
            key_id: Some(key.arn()),
        })
    }
}

/// The permission to make or verify codes with the key that is named.
pub fn access(
    action: &'static str,
    named: &str,
    algorithm: MacAlgorithmSpec,
    at: &Scope,
) -> Vec<Access> {
    key_ref::access(action, named, at).with("kms:MacAlgorithm", algorithm.as_str()).only()
}

/// Refuses keys that are for something else.
///
/// # Errors
/// [`KmsError::InvalidKeyUsageException`].
pub fn check(key: &Key, algorithm: MacAlgorithmSpec, operation: &str) -> Result<(), KmsError> {
    key.require_usage(KeyUsageType::GenerateVerifyMac, operation)?;
    key.require_algorithm(key.algorithms().mac, (algorithm, algorithm.as_str()))
}
