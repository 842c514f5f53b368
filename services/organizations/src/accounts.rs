//! DescribeAccount, ListAccounts, ListAccountsForParent.

use crate::{
    authority,
    error::OrganizationsError,
    paging::page,
    resource,
    shapes::{AccountArn, AccountId, AccountName, Email, MaxResults, NextToken, ParentId, Path},
    tree,
};
use service_kit::{
    organization::{Account, Membership, Organization},
    prelude::*,
};

/// An account as answers show it.
#[derive(Debug, Shape)]
#[shape(name = "Account")]
pub struct AccountView {
    /// Its number.
    pub id: Option<AccountId>,
    /// The ARN.
    pub arn: Option<AccountArn>,
    /// The address of its root user.
    #[shape(sensitive)]
    pub email: Option<Email>,
    /// Its name.
    #[shape(sensitive)]
    pub name: Option<AccountName>,
    /// Whether it can be used, by the older name.
    pub status: Option<AccountStatus>,
    /// Whether it can be used.
    pub state: Option<AccountState>,
    /// Where it is.
    pub paths: Option<Vec<Path>>,
    /// How it came to the organization.
    pub joined_method: Option<AccountJoinedMethod>,
    /// When it came.
    pub joined_timestamp: Option<Timestamp>,
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, Shape)]
pub enum AccountStatus {
    /// It can.
    Active,
    /// It is closed.
    Suspended,
    /// It is being closed, which takes no time here.
    PendingClosure,
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, Shape)]
pub enum AccountState {
    /// It was just asked for.
    PendingActivation,
    /// It can.
    Active,
    /// It is closed.
    Suspended,
    /// It is being closed.
    PendingClosure,
    /// It is gone.
    Closed,
}

/// How an account came to its organization.
#[derive(Clone, Copy, Debug, Shape)]
pub enum AccountJoinedMethod {
    /// It accepted an invitation.
    Invited,
    /// It was made there.
    Created,
}

/// How an account stands, by both names.
pub(crate) fn status(account: &Account) -> (AccountStatus, AccountState) {
    match account.closed {
        None => (AccountStatus::Active, AccountState::Active),
        Some(_) => (AccountStatus::Suspended, AccountState::Suspended),
    }
}

/// How a member came to be one.
pub(crate) fn joined_method(membership: &Membership) -> AccountJoinedMethod {
    match membership.invited {
        true => AccountJoinedMethod::Invited,
        false => AccountJoinedMethod::Created,
    }
}

impl AccountView {
    fn of(
        tx: &ReadTx<'_>,
        organization: &Organization,
        (account, membership): (Account, Membership),
    ) -> Result<Self, Fault> {
        let (status, state) = status(&account);
        let path = tree::path(tx, organization, &membership.parent)?;
        Ok(Self {
            arn: Some(AccountArn(organization.arn("account", &account.id))),
            email: Some(Email(account.email)),
            name: Some(AccountName(account.name)),
            status: Some(status),
            state: Some(state),
            paths: Some(vec![Path(format!("{path}{}/", account.id))]),
            id: Some(AccountId(account.id)),
            joined_method: Some(joined_method(&membership)),
            joined_timestamp: Some(membership.joined),
        })
    }
}

/// Tells about one account.
pub(crate) enum DescribeAccount {}

/// What DescribeAccount takes.
#[derive(Debug, Shape)]
#[shape(name = "DescribeAccountRequest")]
pub struct DescribeAccountInput {
    /// The account.
    pub account_id: AccountId,
}

/// What DescribeAccount gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeAccountResponse")]
pub struct DescribeAccountOutput {
    /// The account.
    pub account: Option<AccountView>,
}

impl Operation for DescribeAccount {
    const NAME: &'static str = "DescribeAccount";
    type Input = DescribeAccountInput;
    type Output = DescribeAccountOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:DescribeAccount", &input.account_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let member = tree::member(tx, &organization, &input.account_id.0)?;
            let member = member.ok_or(OrganizationsError::AccountNotFoundException)?;
            let account = Some(AccountView::of(tx, &organization, member)?);
            Ok(DescribeAccountOutput { account })
        })
    }
}

/// A page of `members`, in the order of their numbers.
fn listed(
    tx: &ReadTx<'_>,
    organization: &Organization,
    members: Vec<(Account, Membership)>,
    next_token: Option<NextToken>,
    max_results: Option<MaxResults>,
) -> Result<(Vec<AccountView>, Option<NextToken>), OrganizationsError> {
    let key = |(account, _): &(Account, Membership)| account.id.clone();
    let (members, next) = page(members, key, next_token, max_results)?;
    let views = members.into_iter().map(|member| AccountView::of(tx, organization, member));
    Ok((views.collect::<Result<_, _>>()?, next))
}

/// Lists the organization's accounts.
pub(crate) enum ListAccounts {}

/// What ListAccounts takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAccountsRequest")]
pub struct ListAccountsInput {
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListAccounts gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAccountsResponse")]
pub struct ListAccountsOutput {
    /// The accounts.
    pub accounts: Option<Vec<AccountView>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListAccounts {
    const NAME: &'static str = "ListAccounts";
    type Input = ListAccountsInput;
    type Output = ListAccountsOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:ListAccounts").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        cx.read(|tx| {
            let members = tree::members(tx, &organization)?;
            let (next, max) = (input.next_token, input.max_results);
            let (accounts, next_token) = listed(tx, &organization, members, next, max)?;
            Ok(ListAccountsOutput { accounts: Some(accounts), next_token })
        })
    }
}

/// Lists the accounts in a root or unit, not those further down.
pub(crate) enum ListAccountsForParent {}

/// What ListAccountsForParent takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAccountsForParentRequest")]
pub struct ListAccountsForParentInput {
    /// The root or unit.
    pub parent_id: ParentId,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListAccountsForParent gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAccountsForParentResponse")]
pub struct ListAccountsForParentOutput {
    /// The accounts.
    pub accounts: Option<Vec<AccountView>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListAccountsForParent {
    const NAME: &'static str = "ListAccountsForParent";
    type Input = ListAccountsForParentInput;
    type Output = ListAccountsForParentOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:ListAccountsForParent", &input.parent_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let parent = &input.parent_id.0;
            if !tree::is_parent(tx, &organization, parent)? {
                return Err(OrganizationsError::ParentNotFoundException);
            }
            let mut members = tree::members(tx, &organization)?;
            members.retain(|(_, membership)| membership.parent == *parent);
            let (next, max) = (input.next_token, input.max_results);
            let (accounts, next_token) = listed(tx, &organization, members, next, max)?;
            Ok(ListAccountsForParentOutput { accounts: Some(accounts), next_token })
        })
    }
}
