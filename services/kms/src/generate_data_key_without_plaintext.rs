//! GenerateDataKeyWithoutPlaintext: a data key to be decrypted later.

use crate::{
    encrypt::with_context,
    error::KmsError,
    generate_data_key::{Asked, DataKeySpec, generate, length},
    key_ref,
    shapes::GrantTokenType,
};
use service_kit::prelude::*;

/// Makes a data key and gives only its encrypted form.
pub(crate) enum GenerateDataKeyWithoutPlaintext {}

#[derive(Debug, Shape)]
pub struct GenerateDataKeyWithoutPlaintextInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub encryption_context: Option<BTreeMap<String, String>>,
    pub key_spec: Option<DataKeySpec>,
    #[shape(range = 1..=1024)]
    pub number_of_bytes: Option<u32>,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct GenerateDataKeyWithoutPlaintextOutput {
    #[shape(length = 1..=6144)]
    pub ciphertext_blob: Option<Bytes>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

impl Operation for GenerateDataKeyWithoutPlaintext {
    const NAME: &'static str = "GenerateDataKeyWithoutPlaintext";
    type Input = GenerateDataKeyWithoutPlaintextInput;
    type Output = GenerateDataKeyWithoutPlaintextOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let access = key_ref::access("kms:GenerateDataKeyWithoutPlaintext", &input.key_id, at);
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
        Ok(GenerateDataKeyWithoutPlaintextOutput {
            ciphertext_blob: Some(made.blob),
            key_id: Some(made.key.arn()),
            key_material_id: Some(made.key.material_id),
        })
    }
}
