//! CloseAccount: nobody of a member does anything any more.

use crate::{
    authority,
    error::{ConstraintReason, OrganizationsError},
    resource,
    shapes::AccountId,
    tree,
};
use service_kit::{
    organization::{Account, Membership},
    prelude::*,
};

/// Within how many days accounts that were closed count.
const DAYS: i64 = 30;

/// Closes a member. On AWS it can be reopened by its support within 90 days.
pub(crate) enum CloseAccount {}

/// What CloseAccount takes.
#[derive(Debug, Shape)]
#[shape(name = "CloseAccountRequest")]
pub struct CloseAccountInput {
    /// The account.
    pub account_id: AccountId,
}

impl Operation for CloseAccount {
    const NAME: &'static str = "CloseAccount";
    type Input = CloseAccountInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:CloseAccount", &input.account_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let member = tree::member(&tx.reader(), &organization, &input.account_id.0)?;
            let (account, _) = member.ok_or(OrganizationsError::AccountNotFoundException)?;
            if account.id == organization.management {
                let message = "You can't close the management account.";
                let reason = ConstraintReason::CannotCloseManagementAccount;
                return Err(OrganizationsError::constraint(reason, message));
            }
            if account.closed.is_some() {
                return Err(OrganizationsError::AccountAlreadyClosedException);
            }
            let members = tree::members(&tx.reader(), &organization)?;
            if recently_closed(&members, tx.now()) >= quota(members.len()) {
                let message = "You have exceeded close account quota for the past 30 days.";
                let reason = ConstraintReason::CloseAccountQuotaExceeded;
                return Err(OrganizationsError::constraint(reason, message));
            }
            tx.put(&Account { closed: Some(tx.now()), ..account })?;
            Ok(Empty)
        })
        .await
    }
}

fn recently_closed(members: &[(Account, Membership)], now: Timestamp) -> usize {
    let since = now.as_secs() - DAYS * 24 * 3_600;
    let recent = |at: &Timestamp| at.as_secs() > since;
    members.iter().filter_map(|(account, _)| account.closed).filter(recent).count()
}

/// How many of so many accounts can be closed within 30 days: a tenth, but ten and up to a
/// thousand in any case (AWS Organizations User Guide, "Quotas and service limits").
fn quota(members: usize) -> usize {
    (members / 10).clamp(10, 1_000)
}
