//! UpdateAlias: let an alias stand for another key.

use crate::{
    alias::{self, Alias},
    error::KmsError,
    key::Key,
    key_ref,
};
use service_kit::prelude::*;

/// Points an alias at another key. It needs permission on the alias and on both keys.
pub(crate) enum UpdateAlias {}

#[derive(Debug, Shape)]
pub struct UpdateAliasInput {
    #[shape(length = 1..=256, pattern = "^[a-zA-Z0-9:/_-]+$")]
    pub alias_name: String,
    #[shape(length = 1..=2048)]
    pub target_key_id: String,
}

impl Operation for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    type Input = UpdateAliasInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let alias = Access::on("kms:UpdateAlias", at.arn("kms", &input.alias_name));
        let target = key_ref::access("kms:UpdateAlias", &input.target_key_id, at);
        vec![alias.clone(), target, alias]
    }

    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        // The last one stands for the key that the alias is taken from.
        alias::name_key(&input.alias_name, tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        alias::check_name(&input.alias_name)?;
        let now = cx.now();
        let name = input.alias_name;
        key_ref::change(cx, &input.target_key_id, |tx, key| {
            let found = tx.get::<Alias>(&name)?;
            let mut alias = found.ok_or_else(|| alias::missing(tx.scope(), &name))?;
            key.require_kept()?;
            if alias.key_id == key.id {
                return Ok(Empty);
            }
            if let Some(mut old) = tx.get::<Key>(&alias.key_id)? {
                old.aliases.retain(|other| *other != name);
                tx.put(&old)?;
            }
            key.aliases.push(name.clone());
            alias.key_id.clone_from(&key.id);
            alias.updated = now;
            tx.put(&alias)?;
            Ok(Empty)
        })
        .await
    }
}
