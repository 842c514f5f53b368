//! DisableKey: stop a key from being used, for a while.

use crate::{error::KmsError, key_ref};
use service_kit::prelude::*;

/// Disables a key.
pub(crate) enum DisableKey {}

#[derive(Debug, Shape)]
pub struct DisableKeyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
}

impl Operation for DisableKey {
    const NAME: &'static str = "DisableKey";
    type Input = DisableKeyInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:DisableKey", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |_, key| {
            key.require_complete()?;
            key.enabled = false;
            Ok(Empty)
        })
        .await
    }
}
