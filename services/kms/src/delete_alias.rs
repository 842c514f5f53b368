//! DeleteAlias: take a name from a key.

use crate::{
    alias::{self, Alias},
    error::KmsError,
    key::Key,
};
use service_kit::prelude::*;

/// Deletes an alias; its key stays.
pub(crate) enum DeleteAlias {}

#[derive(Debug, Shape)]
pub struct DeleteAliasInput {
    #[shape(length = 1..=256, pattern = "^[a-zA-Z0-9:/_-]+$")]
    pub alias_name: String,
}

impl Operation for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    type Input = DeleteAliasInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let alias = Access::on("kms:DeleteAlias", at.arn("kms", &input.alias_name));
        vec![alias.clone(), alias]
    }

    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        // The second one stands for the key, which is known only now.
        alias::name_key(&input.alias_name, tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        alias::check_name(&input.alias_name)?;
        let name = input.alias_name;
        cx.write(|tx| {
            let found = tx.get::<Alias>(&name)?;
            let alias = found.ok_or_else(|| alias::missing(tx.scope(), &name))?;
            if let Some(mut key) = tx.get::<Key>(&alias.key_id)? {
                key.aliases.retain(|other| *other != name);
                tx.put(&key)?;
            }
            tx.delete::<Alias>(&name);
            Ok(Empty)
        })
        .await
    }
}
