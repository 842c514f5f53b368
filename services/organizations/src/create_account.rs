//! CreateAccount, and what became of it: DescribeCreateAccountStatus, ListCreateAccountStatus.

use crate::{
    authority,
    error::{ConstraintReason, OrganizationsError},
    ids::{new_account_id, new_id},
    limits::MAX_ACCOUNTS,
    organization::fresh_membership,
    paging::{latest_first, page},
    shapes::{
        AccountId, CreateAccountName, CreateAccountRequestId, Email, MaxResults, NextToken,
        RoleName, Tag,
    },
    tags, tree,
};
use policy::Kind;
use serde_json::json;
use service_kit::{
    identity::{InlinePolicies, PrincipalId, Role, bind_principals, unique_id},
    organization::{Account, Organization},
    prelude::*,
};

/// The role in a new account by which the management account gets in, unless it is named.
const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// How often another number is tried where one is taken.
const MAX_TRIES: usize = 8;

/// Makes an account with a role that administrators of the management account can assume. It is
/// there when the answer is.
pub(crate) enum CreateAccount {}

/// What CreateAccount takes. That users of the account see bills cannot be chosen: there are none.
#[derive(Debug, Shape)]
#[shape(name = "CreateAccountRequest")]
pub struct CreateAccountInput {
    /// The address of the root user, unique among all accounts.
    #[shape(sensitive)]
    pub email: Email,
    /// The name.
    #[shape(sensitive)]
    pub account_name: CreateAccountName,
    /// The role.
    pub role_name: Option<RoleName>,
    /// Tags.
    #[shape(default)]
    pub tags: Vec<Tag>,
}

/// What CreateAccount gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateAccountResponse")]
pub struct CreateAccountOutput {
    /// How it stands.
    pub create_account_status: Option<CreateAccountStatus>,
}

/// How it stands with an account that was asked for.
#[derive(Debug, Shape)]
pub struct CreateAccountStatus {
    /// `car-…`.
    pub id: Option<CreateAccountRequestId>,
    /// The account's name.
    #[shape(sensitive)]
    pub account_name: Option<CreateAccountName>,
    /// Whether it is there.
    pub state: Option<CreateAccountState>,
    /// When it was asked for.
    pub requested_timestamp: Option<Timestamp>,
    /// When it was there, or not to be had.
    pub completed_timestamp: Option<Timestamp>,
    /// Its number.
    pub account_id: Option<AccountId>,
    /// Why it is not there.
    pub failure_reason: Option<CreateAccountFailureReason>,
}

/// Whether an account is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum CreateAccountState {
    /// Not yet; this is for filters, since here none takes any time.
    InProgress,
    /// It is.
    Succeeded,
    /// It will not be.
    Failed,
}

/// Why an account is not there.
#[derive(Clone, Copy, Debug, Shape)]
pub enum CreateAccountFailureReason {
    /// The organization has as many as it may.
    AccountLimitExceeded,
    /// Another account has the address.
    EmailAlreadyExists,
}

/// An account that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Creation {
    organization: String,
    id: String,
    name: String,
    at: Timestamp,
    /// Its number; none if it failed, which happens only for addresses that are taken.
    account: Option<String>,
}

impl Record for Creation {
    const TABLE: &'static str = "organizations.creation";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(Creation::owner);

    fn key(&self) -> impl service_kit::key::Key {
        (&self.organization, &self.id)
    }
}

impl Creation {
    fn owner(&self) -> Owner {
        let organization = self.organization.clone();
        match self.account.clone() {
            Some(account) => Owner::Member { organization, account },
            None => Owner::Organization(organization),
        }
    }

    fn state(&self) -> CreateAccountState {
        match self.account {
            Some(_) => CreateAccountState::Succeeded,
            None => CreateAccountState::Failed,
        }
    }

    fn view(self) -> CreateAccountStatus {
        let taken = CreateAccountFailureReason::EmailAlreadyExists;
        CreateAccountStatus {
            state: Some(self.state()),
            failure_reason: self.account.is_none().then_some(taken),
            id: Some(CreateAccountRequestId(self.id)),
            account_name: Some(CreateAccountName(self.name)),
            requested_timestamp: Some(self.at),
            completed_timestamp: Some(self.at),
            account_id: self.account.map(AccountId),
        }
    }
}

impl Operation for CreateAccount {
    const NAME: &'static str = "CreateAccount";
    type Input = CreateAccountInput;
    type Output = CreateAccountOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:CreateAccount").with_tags(tags::pairs(&input.tags)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let given = tags::fresh(&input.tags)?;
        authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let request_id = new_id(cx, "car-", 32);
        let numbers: Vec<String> = (0..MAX_TRIES).map(|_| new_account_id(cx)).collect();
        let role_id = unique_id("AROA", cx.entropy());
        let creation = cx
            .write(|tx| {
                let organization = authority::organization(cx, &tx.reader())?;
                check_room(&tx.reader(), &organization)?;
                let mut creation = Creation {
                    organization: organization.id.clone(),
                    id: request_id.clone(),
                    name: input.account_name.0.clone(),
                    at: tx.now(),
                    account: None,
                };
                if !is_taken(&tx.reader(), &input.email.0)? {
                    let id = unused(&tx.reader(), &numbers)?;
                    let membership =
                        fresh_membership(&organization, false, tx.now(), given.clone());
                    tx.put(&Account {
                        id: id.clone(),
                        email: input.email.0.clone(),
                        name: input.account_name.0.clone(),
                        closed: None,
                        membership: Some(membership),
                    })?;
                    let name = input.role_name.as_ref().map_or(ACCESS_ROLE, |name| &name.0);
                    let role = access_role(tx, &organization, name, &role_id)?;
                    let mut inside = tx.within(Scope::new(id.as_str(), cx.region()));
                    inside.put(&PrincipalId { id: role_id.clone(), arn: role.arn(&id) })?;
                    inside.put(&role)?;
                    creation.account = Some(id);
                }
                tx.put(&creation)?;
                Ok::<_, OrganizationsError>(creation)
            })
            .await?;
        Ok(CreateAccountOutput { create_account_status: Some(creation.view()) })
    }
}

/// Refuses one account more than fits.
pub(crate) fn check_room(
    tx: &ReadTx<'_>,
    organization: &Organization,
) -> Result<(), OrganizationsError> {
    if tree::members(tx, organization)?.len() < MAX_ACCOUNTS {
        return Ok(());
    }
    let message = "You have exceeded the allowed number of AWS accounts.";
    Err(OrganizationsError::constraint(ConstraintReason::AccountNumberLimitExceeded, message))
}

/// Whether an account has this address.
fn is_taken(tx: &ReadTx<'_>, email: &str) -> Result<bool, Fault> {
    let all = tx.list::<Account>(())?;
    Ok(all.iter().any(|account| account.email.eq_ignore_ascii_case(email)))
}

/// The first of `numbers` that no account has.
fn unused(tx: &ReadTx<'_>, numbers: &[String]) -> Result<String, Fault> {
    for number in numbers {
        if Account::find(tx, number)?.is_none() {
            return Ok(number.clone());
        }
    }
    Err(Fault::internal("no account number is free"))
}

/// The role that lets the management account in (AWS Organizations User Guide, "Accessing member
/// accounts in an organization").
fn access_role(
    tx: &Tx<'_>,
    organization: &Organization,
    name: &str,
    id: &str,
) -> Result<Role, OrganizationsError> {
    let management = format!("arn:aws:iam::{}:root", organization.management);
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": management},
        "Action": "sts:AssumeRole",
    }]});
    Ok(Role {
        name: name.to_owned(),
        path: "/".into(),
        id: id.to_owned(),
        created: tx.now().whole_seconds(),
        trust: bind_principals(&tx.reader(), &trust.to_string(), Kind::Trust)?,
        description: None,
        max_session_secs: 3_600,
        tags: Vec::new(),
        boundary: None,
        attached: vec!["arn:aws:iam::aws:policy/AdministratorAccess".into()],
        inline: InlinePolicies::new(),
    })
}

/// Tells how it stands with an account that was asked for.
pub(crate) enum DescribeCreateAccountStatus {}

/// What DescribeCreateAccountStatus takes.
#[derive(Debug, Shape)]
#[shape(name = "DescribeCreateAccountStatusRequest")]
pub struct DescribeCreateAccountStatusInput {
    /// What CreateAccount answered with.
    pub create_account_request_id: CreateAccountRequestId,
}

/// What DescribeCreateAccountStatus gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeCreateAccountStatusResponse")]
pub struct DescribeCreateAccountStatusOutput {
    /// How it stands.
    pub create_account_status: Option<CreateAccountStatus>,
}

impl Operation for DescribeCreateAccountStatus {
    const NAME: &'static str = "DescribeCreateAccountStatus";
    type Input = DescribeCreateAccountStatusInput;
    type Output = DescribeCreateAccountStatusOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:DescribeCreateAccountStatus").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let id = &input.create_account_request_id.0;
        let found = cx.read(|tx| tx.get::<Creation>((&organization.id, id)))?;
        let found = found.ok_or(OrganizationsError::CreateAccountStatusNotFoundException)?;
        let create_account_status = Some(found.view());
        Ok(DescribeCreateAccountStatusOutput { create_account_status })
    }
}

/// Lists accounts that were asked for, the latest first.
pub(crate) enum ListCreateAccountStatus {}

/// What ListCreateAccountStatus takes.
#[derive(Debug, Shape)]
#[shape(name = "ListCreateAccountStatusRequest")]
pub struct ListCreateAccountStatusInput {
    /// Only those that stand so; all if none is named.
    #[shape(default)]
    pub states: Vec<CreateAccountState>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListCreateAccountStatus gives.
#[derive(Debug, Shape)]
#[shape(name = "ListCreateAccountStatusResponse")]
pub struct ListCreateAccountStatusOutput {
    /// How it stands with them.
    pub create_account_statuses: Option<Vec<CreateAccountStatus>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListCreateAccountStatus {
    const NAME: &'static str = "ListCreateAccountStatus";
    type Input = ListCreateAccountStatusInput;
    type Output = ListCreateAccountStatusOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:ListCreateAccountStatus").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let mut all = cx.read(|tx| tx.list::<Creation>((&organization.id,)))?;
        let wanted = &input.states;
        all.retain(|creation| wanted.is_empty() || wanted.contains(&creation.state()));
        let key = |creation: &Creation| latest_first(creation.at, &creation.id);
        let (all, next_token) = page(all, key, input.next_token, input.max_results)?;
        let views = all.into_iter().map(Creation::view).collect();
        Ok(ListCreateAccountStatusOutput { create_account_statuses: Some(views), next_token })
    }
}
