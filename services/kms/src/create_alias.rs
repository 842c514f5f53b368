//! CreateAlias: give a key another name.

use crate::{
    alias::{self, Alias, MAX_ALIASES},
    error::KmsError,
    key_ref,
};
use service_kit::prelude::*;

/// Makes an alias for a key of the same account and region.
pub(crate) enum CreateAlias {}

#[derive(Debug, Shape)]
pub struct CreateAliasInput {
    #[shape(length = 1..=256, pattern = "^[a-zA-Z0-9:/_-]+$")]
    pub alias_name: String,
    #[shape(length = 1..=2048)]
    pub target_key_id: String,
}

impl Operation for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    type Input = CreateAliasInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        vec![
            Access::on("kms:CreateAlias", at.arn("kms", &input.alias_name)),
            key_ref::access("kms:CreateAlias", &input.target_key_id, at),
        ]
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        alias::check_name(&input.alias_name)?;
        if input.target_key_id.contains("alias/") {
            return Err(KmsError::invalid("Aliases must refer to keys. Not aliases"));
        }
        let (name, now) = (input.alias_name, cx.now());
        key_ref::change(cx, &input.target_key_id, |tx, key| {
            if tx.get::<Alias>(&name)?.is_some() {
                let arn = tx.scope().arn("kms", &name);
                let message = format!("An alias with the name {arn} already exists");
                return Err(KmsError::AlreadyExistsException(message));
            }
            key.require_kept()?;
            if key.aliases.len() >= MAX_ALIASES {
                let message = format!("{} has too many aliases", key.arn());
                return Err(KmsError::LimitExceededException(message));
            }
            let (name, key_id) = (name.clone(), key.id.clone());
            key.aliases.push(name.clone());
            tx.put(&Alias { name, key_id, created: now, updated: now })?;
            Ok(Empty)
        })
        .await
    }
}
