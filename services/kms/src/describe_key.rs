//! DescribeKey: what a key is.

use crate::{
    error::KmsError,
    grant, key_ref,
    shapes::{GrantTokenType, KeyMetadata},
};
use service_kit::prelude::*;

/// Describes a key; naming a managed key's alias makes that key.
pub(crate) enum DescribeKey {}

#[derive(Debug, Shape)]
pub struct DescribeKeyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 0..=10)]
    pub grant_tokens: Option<Vec<GrantTokenType>>,
}

#[derive(Debug, Shape)]
pub struct DescribeKeyOutput {
    pub key_metadata: Option<KeyMetadata>,
}

impl Operation for DescribeKey {
    const NAME: &'static str = "DescribeKey";
    type Input = DescribeKeyInput;
    type Output = DescribeKeyOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:DescribeKey", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        grant::check_tokens(cx, input.grant_tokens.as_deref())?;
        let key = key_ref::named(cx, &input.key_id).await?;
        Ok(DescribeKeyOutput { key_metadata: Some(KeyMetadata::of(&key)) })
    }
}
