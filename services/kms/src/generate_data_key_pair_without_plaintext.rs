//! GenerateDataKeyPairWithoutPlaintext: a pair of keys whose private one is decrypted later.

use crate::{
    error::KmsError,
    generate_data_key::Asked,
    generate_data_key_pair::{DataKeyPairSpec, generate, with_pair_spec},
    key_ref,
    shapes::GrantTokenType,
};
use service_kit::prelude::*;

/// Makes a pair of keys and gives the private one only in its encrypted form.
pub(crate) enum GenerateDataKeyPairWithoutPlaintext {}

#[derive(Debug, Shape)]
pub struct GenerateDataKeyPairWithoutPlaintextInput {
    pub encryption_context: Option<BTreeMap<String, String>>,
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub key_pair_spec: DataKeyPairSpec,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct GenerateDataKeyPairWithoutPlaintextOutput {
    #[shape(length = 1..=6144)]
    pub private_key_ciphertext_blob: Option<Bytes>,
    #[shape(length = 1..=8192)]
    pub public_key: Option<Bytes>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub key_pair_spec: Option<DataKeyPairSpec>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

impl Operation for GenerateDataKeyPairWithoutPlaintext {
    const NAME: &'static str = "GenerateDataKeyPairWithoutPlaintext";
    type Input = GenerateDataKeyPairWithoutPlaintextInput;
    type Output = GenerateDataKeyPairWithoutPlaintextOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "kms:GenerateDataKeyPairWithoutPlaintext";
        let access = key_ref::access(action, &input.key_id, at);
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
        Ok(GenerateDataKeyPairWithoutPlaintextOutput {
            private_key_ciphertext_blob: Some(made.blob),
            public_key: Some(made.public),
            key_id: Some(made.key.arn()),
            key_pair_spec: Some(input.key_pair_spec),
            key_material_id: made.key.shown_material_id(),
        })
    }
}
