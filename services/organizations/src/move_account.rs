//! MoveAccount: an account changes its place in the organization.

use crate::{
    authority,
    error::OrganizationsError,
    resource,
    shapes::{AccountId, ParentId},
    tree,
};
use service_kit::{
    organization::{Account, Membership},
    prelude::*,
};

/// Moves an account from one root or unit to another.
pub(crate) enum MoveAccount {}

/// What MoveAccount takes.
#[derive(Debug, Shape)]
#[shape(name = "MoveAccountRequest")]
pub struct MoveAccountInput {
    /// The account.
    pub account_id: AccountId,
    /// Where it is.
    pub source_parent_id: ParentId,
    /// Where it shall be.
    pub destination_parent_id: ParentId,
}

impl Operation for MoveAccount {
    const NAME: &'static str = "MoveAccount";
    type Input = MoveAccountInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        [&input.account_id.0, &input.source_parent_id.0, &input.destination_parent_id.0]
            .map(|id| resource::on("organizations:MoveAccount", id, at))
            .into()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let (from, to) = (&input.source_parent_id.0, &input.destination_parent_id.0);
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let member = tree::member(&tx.reader(), &organization, &input.account_id.0)?;
            let (account, membership) =
                member.ok_or(OrganizationsError::AccountNotFoundException)?;
            if !tree::is_parent(&tx.reader(), &organization, to)? {
                return Err(OrganizationsError::DestinationParentNotFoundException);
            }
            if membership.parent == *to {
                return Err(OrganizationsError::DuplicateAccountException);
            }
            if membership.parent != *from {
                return Err(OrganizationsError::SourceParentNotFoundException);
            }
            let membership = Some(Membership { parent: to.clone(), ..membership });
            tx.put(&Account { membership, ..account })?;
            Ok(Empty)
        })
        .await
    }
}
