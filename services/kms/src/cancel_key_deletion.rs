//! CancelKeyDeletion: keep a key after all; it comes back disabled.

use crate::{error::KmsError, key_ref};
use service_kit::prelude::*;

/// Takes back a scheduled deletion.
pub(crate) enum CancelKeyDeletion {}

#[derive(Debug, Shape)]
pub struct CancelKeyDeletionInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
}

#[derive(Debug, Shape)]
pub struct CancelKeyDeletionOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
}

impl Operation for CancelKeyDeletion {
    const NAME: &'static str = "CancelKeyDeletion";
    type Input = CancelKeyDeletionInput;
    type Output = CancelKeyDeletionOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:CancelKeyDeletion", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |_, key| {
            if key.require_kept().is_ok() {
                let message = format!("{} is not pending deletion.", key.arn());
                return Err(KmsError::KmsInvalidStateException(message));
            }
            key.deletion = None;
            key.window_days = None;
            key.enabled = false;
            Ok(CancelKeyDeletionOutput { key_id: Some(key.arn()) })
        })
        .await
    }
}
