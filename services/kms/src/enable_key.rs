//! EnableKey: let a disabled key be used again.

use crate::{error::KmsError, key_ref};
use service_kit::prelude::*;

/// Enables a key.
pub(crate) enum EnableKey {}

#[derive(Debug, Shape)]
pub struct EnableKeyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
}

impl Operation for EnableKey {
    const NAME: &'static str = "EnableKey";
    type Input = EnableKeyInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:EnableKey", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |_, key| {
            key.require_complete()?;
            key.enabled = true;
            Ok(Empty)
        })
        .await
    }
}
