//! Create, list and delete the account's alias.

use crate::{
    error::IamError,
    names::{Marker, MaxItems},
    paging::Paging,
};
use service_kit::{identity::AccountAlias, prelude::*};

/// Gives the account a name, in place of one it may have.
pub(crate) enum CreateAccountAlias {}

/// What CreateAccountAlias takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateAccountAliasRequest")]
pub struct CreateAccountAliasInput {
    /// The alias.
    #[shape(length = 3..=63, pattern = r"[a-z0-9](-?[a-z0-9])*")]
    pub account_alias: String,
}

impl Operation for CreateAccountAlias {
    const NAME: &'static str = "CreateAccountAlias";
    type Input = CreateAccountAliasInput;
    type Output = Empty;
    type Error = IamError;

    fn access(_: &CreateAccountAliasInput, _: &Scope) -> Vec<Access> {
        Access::any("iam:CreateAccountAlias").only()
    }

    async fn run(cx: &Context, input: CreateAccountAliasInput) -> Result<Empty, IamError> {
        let alias = &input.account_alias;
        cx.write(|tx| {
            if let Some(taken) = tx.get::<AccountAlias>(alias)?
                && taken.account != cx.account()
            {
                let message = format!("The account alias {alias} already exists.");
                return Err(IamError::EntityAlreadyExistsException(message));
            }
            for old in of_account(&tx.reader())? {
                tx.delete::<AccountAlias>(&old);
            }
            let account = cx.account().to_owned();
            Ok(tx.put(&AccountAlias { alias: alias.clone(), account })?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Tells the account's name, if it has one.
pub(crate) enum ListAccountAliases {}

/// What ListAccountAliases takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAccountAliasesRequest")]
pub struct ListAccountAliasesInput {
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListAccountAliases gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAccountAliasesResponse")]
pub struct ListAccountAliasesOutput {
    /// One or none.
    pub account_aliases: Vec<String>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListAccountAliases {
    const NAME: &'static str = "ListAccountAliases";
    type Input = ListAccountAliasesInput;
    type Output = ListAccountAliasesOutput;
    type Error = IamError;

    fn access(_: &ListAccountAliasesInput, _: &Scope) -> Vec<Access> {
        Access::any("iam:ListAccountAliases").only()
    }

    async fn run(
        cx: &Context,
        input: ListAccountAliasesInput,
    ) -> Result<ListAccountAliasesOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = paging.of(cx.read(of_account)?, String::clone)?;
        Ok(ListAccountAliasesOutput {
            account_aliases: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

/// Takes the account's name away.
pub(crate) enum DeleteAccountAlias {}

/// What DeleteAccountAlias takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteAccountAliasRequest")]
pub struct DeleteAccountAliasInput {
    /// The alias.
    #[shape(length = 3..=63, pattern = r"[a-z0-9](-?[a-z0-9])*")]
    pub account_alias: String,
}

impl Operation for DeleteAccountAlias {
    const NAME: &'static str = "DeleteAccountAlias";
    type Input = DeleteAccountAliasInput;
    type Output = Empty;
    type Error = IamError;

    fn access(_: &DeleteAccountAliasInput, _: &Scope) -> Vec<Access> {
        Access::any("iam:DeleteAccountAlias").only()
    }

    async fn run(cx: &Context, input: DeleteAccountAliasInput) -> Result<Empty, IamError> {
        let alias = &input.account_alias;
        cx.write(|tx| {
            if !of_account(&tx.reader())?.contains(alias) {
                let message = format!("The account alias {alias} cannot be found.");
                return Err(IamError::NoSuchEntityException(message));
            }
            tx.delete::<AccountAlias>(alias);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// The aliases of the account: one or none. Few accounts have one, so there is no index.
pub(crate) fn of_account(tx: &ReadTx<'_>) -> Result<Vec<String>, Fault> {
    let all = tx.list::<AccountAlias>(())?.into_iter();
    let own = all.filter(|alias| *alias.account == *tx.scope().account);
    Ok(own.map(|alias| alias.alias).collect())
}
