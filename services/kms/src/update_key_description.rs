//! UpdateKeyDescription: say something else about a key.

use crate::{error::KmsError, key_ref};
use service_kit::prelude::*;

/// Replaces a key's description.
pub(crate) enum UpdateKeyDescription {}

#[derive(Debug, Shape)]
pub struct UpdateKeyDescriptionInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 0..=8192)]
    pub description: String,
}

impl Operation for UpdateKeyDescription {
    const NAME: &'static str = "UpdateKeyDescription";
    type Input = UpdateKeyDescriptionInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:UpdateKeyDescription", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |_, key| {
            key.require_kept()?;
            key.description.clone_from(&input.description);
            Ok(Empty)
        })
        .await
    }
}
