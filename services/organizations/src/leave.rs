//! RemoveAccountFromOrganization and LeaveOrganization: a member goes its own way.

use crate::{
    authority,
    error::{ConstraintReason, OrganizationsError},
    resource,
    shapes::AccountId,
    tree,
};
use service_kit::{
    organization::{Account, Membership, Organization},
    prelude::*,
};

/// How long an account that the organization made has to stay, in days.
const STAY_DAYS: i64 = 7;

/// Removes a member.
pub(crate) enum RemoveAccountFromOrganization {}

/// What RemoveAccountFromOrganization takes.
#[derive(Debug, Shape)]
#[shape(name = "RemoveAccountFromOrganizationRequest")]
pub struct RemoveAccountFromOrganizationInput {
    /// The account.
    pub account_id: AccountId,
}

impl Operation for RemoveAccountFromOrganization {
    const NAME: &'static str = "RemoveAccountFromOrganization";
    type Input = RemoveAccountFromOrganizationInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:RemoveAccountFromOrganization", &input.account_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            part(tx, &organization, &input.account_id.0)
        })
        .await
    }
}

/// Takes the caller's account out of its organization.
pub(crate) enum LeaveOrganization {}

impl Operation for LeaveOrganization {
    const NAME: &'static str = "LeaveOrganization";
    type Input = Empty;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:LeaveOrganization").only()
    }

    async fn run(cx: &Context, _: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            part(tx, &organization, cx.account())
        })
        .await
    }
}

/// Parts the member `id` from its organization. What was attached to it there is gone.
fn part(
    tx: &mut Tx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<Empty, OrganizationsError> {
    let member = tree::member(&tx.reader(), organization, id)?;
    let (account, membership) = member.ok_or(OrganizationsError::AccountNotFoundException)?;
    if id == organization.management {
        return Err(OrganizationsError::MasterCannotLeaveOrganizationException);
    }
    check_free_to_go(&account, &membership, tx.now())?;
    tx.put(&Account { membership: None, ..account })?;
    Ok(Empty)
}

fn check_free_to_go(
    account: &Account,
    membership: &Membership,
    now: Timestamp,
) -> Result<(), OrganizationsError> {
    let stayed = now.as_secs() - membership.joined.as_secs();
    let (reason, message) = if account.closed.is_some() {
        let message = "You can't remove a closed account from an organization.";
        (ConstraintReason::AccountCannotLeaveOrganization, message)
    } else if !membership.delegations.is_empty() {
        let message = "You can't remove an account that is a delegated administrator.";
        (ConstraintReason::CannotRemoveDelegatedAdministratorFromOrg, message)
    } else if !membership.invited && stayed < STAY_DAYS * 24 * 3_600 {
        let message = "You must wait at least seven days after the account was created.";
        (ConstraintReason::WaitPeriodActive, message)
    } else {
        return Ok(());
    };
    Err(OrganizationsError::constraint(reason, message))
}
