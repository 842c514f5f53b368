//! RevokeGrant: take a grant back.

use crate::{encrypt::check_dry_run, error::KmsError, grant::Grant, key_ref};
use service_kit::prelude::*;

/// Deletes a grant; it stops to hold at once.
pub(crate) enum RevokeGrant {}

#[derive(Debug, Shape)]
pub struct RevokeGrantInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=128)]
    pub grant_id: String,
    pub dry_run: Option<bool>,
}

impl Operation for RevokeGrant {
    const NAME: &'static str = "RevokeGrant";
    type Input = RevokeGrantInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:RevokeGrant", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::by_id(cx, &input.key_id)?;
        check_dry_run(input.dry_run)?;
        cx.write(|tx| {
            let mut tx = tx.within(key.scope());
            if tx.get::<Grant>((&key.id, &input.grant_id))?.is_none() {
                let message = format!("Grant ID {} not found", input.grant_id);
                return Err(KmsError::InvalidGrantIdException(message));
            }
            tx.delete::<Grant>((&key.id, &input.grant_id));
            Ok(Empty)
        })
        .await
    }
}
