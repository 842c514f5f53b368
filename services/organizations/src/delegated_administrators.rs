//! Members that administer a service for the whole organization.

use crate::{
    accounts::{AccountJoinedMethod, AccountState, AccountStatus, joined_method, status},
    authority,
    error::{ConstraintReason, OrganizationsError},
    limits::MAX_ADMINISTRATORS,
    paging::page,
    resource,
    service_access::{check_service, require_all_features},
    shapes::{AccountArn, AccountId, AccountName, Email, MaxResults, NextToken, ServicePrincipal},
    tree,
};
use service_kit::{
    organization::{Account, Membership, Organization},
    prelude::*,
};

/// Makes a member an administrator of a service, which lets it look at the whole organization.
pub(crate) enum RegisterDelegatedAdministrator {}

/// What RegisterDelegatedAdministrator takes.
#[derive(Debug, Shape)]
#[shape(name = "RegisterDelegatedAdministratorRequest")]
pub struct RegisterDelegatedAdministratorInput {
    /// The member.
    pub account_id: AccountId,
    /// The service.
    pub service_principal: ServicePrincipal,
}

impl Operation for RegisterDelegatedAdministrator {
    const NAME: &'static str = "RegisterDelegatedAdministrator";
    type Input = RegisterDelegatedAdministratorInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "organizations:RegisterDelegatedAdministrator";
        resource::on(action, &input.account_id.0, at)
            .with("organizations:ServicePrincipal", input.service_principal.0.as_str())
            .only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check_service(&input.service_principal)?;
        let service = &input.service_principal.0;
        cx.write(|tx| {
            let organization = authority::managed(cx, &tx.reader())?;
            let member = tree::member(&tx.reader(), &organization, &input.account_id.0)?;
            let (account, mut membership) =
                member.ok_or(OrganizationsError::AccountNotFoundException)?;
            check_fit(&tx.reader(), &organization, &account, service)?;
            if membership.delegations.contains_key(service) {
                return Err(OrganizationsError::AccountAlreadyRegisteredException);
            }
            membership.delegations.insert(service.clone(), tx.now());
            tx.put(&Account { membership: Some(membership), ..account })?;
            Ok(Empty)
        })
        .await
    }
}

fn check_fit(
    tx: &ReadTx<'_>,
    organization: &Organization,
    account: &Account,
    service: &str,
) -> Result<(), OrganizationsError> {
    require_all_features(organization)?;
    let administers =
        |(_, membership): &&(Account, Membership)| membership.delegations.contains_key(service);
    let (reason, message) = if account.id == organization.management {
        let message = "You cannot register master account/yourself as delegated administrator for \
                       your organization.";
        (ConstraintReason::CannotRegisterMasterAsDelegatedAdministrator, message)
    } else if account.closed.is_some() {
        let message = "You cannot register a suspended account as a delegated administrator.";
        (ConstraintReason::CannotRegisterSuspendedAccountAsDelegatedAdministrator, message)
    } else if !organization.services.contains_key(service) {
        let message = "You must enable service access before you register a delegated \
                       administrator.";
        (ConstraintReason::ServiceAccessNotEnabled, message)
    } else if tree::members(tx, organization)?.iter().filter(administers).count()
        >= MAX_ADMINISTRATORS
    {
        let message = "You have exceeded the allowed number of delegated administrators for the \
                       service.";
        (ConstraintReason::MaxDelegatedAdministratorsForServiceLimitExceeded, message)
    } else {
        return Ok(());
    };
    Err(OrganizationsError::constraint(reason, message))
}

/// Ends that.
pub(crate) enum DeregisterDelegatedAdministrator {}

/// What DeregisterDelegatedAdministrator takes.
#[derive(Debug, Shape)]
#[shape(name = "DeregisterDelegatedAdministratorRequest")]
pub struct DeregisterDelegatedAdministratorInput {
    /// The member.
    pub account_id: AccountId,
    /// The service.
    pub service_principal: ServicePrincipal,
}

impl Operation for DeregisterDelegatedAdministrator {
    const NAME: &'static str = "DeregisterDelegatedAdministrator";
    type Input = DeregisterDelegatedAdministratorInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "organizations:DeregisterDelegatedAdministrator";
        resource::on(action, &input.account_id.0, at)
            .with("organizations:ServicePrincipal", input.service_principal.0.as_str())
            .only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::managed(cx, &tx.reader())?;
            let member = tree::member(&tx.reader(), &organization, &input.account_id.0)?;
            let (account, mut membership) =
                member.ok_or(OrganizationsError::AccountNotFoundException)?;
            if membership.delegations.remove(&input.service_principal.0).is_none() {
                return Err(OrganizationsError::AccountNotRegisteredException);
            }
            tx.put(&Account { membership: Some(membership), ..account })?;
            Ok(Empty)
        })
        .await
    }
}

/// Lists the members that administer a service, or any.
pub(crate) enum ListDelegatedAdministrators {}

/// What ListDelegatedAdministrators takes.
#[derive(Debug, Shape)]
#[shape(name = "ListDelegatedAdministratorsRequest")]
pub struct ListDelegatedAdministratorsInput {
    /// The service.
    pub service_principal: Option<ServicePrincipal>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListDelegatedAdministrators gives.
#[derive(Debug, Shape)]
#[shape(name = "ListDelegatedAdministratorsResponse")]
pub struct ListDelegatedAdministratorsOutput {
    /// The members.
    pub delegated_administrators: Option<Vec<DelegatedAdministrator>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

/// A member that administers a service.
#[derive(Debug, Shape)]
pub struct DelegatedAdministrator {
    /// Its number.
    pub id: Option<AccountId>,
    /// Its ARN.
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
    /// How it came to the organization.
    pub joined_method: Option<AccountJoinedMethod>,
    /// When it came.
    pub joined_timestamp: Option<Timestamp>,
    /// Since when it administers anything.
    pub delegation_enabled_date: Option<Timestamp>,
}

impl DelegatedAdministrator {
    fn of(organization: &Organization, (account, membership): (Account, Membership)) -> Self {
        let (status, state) = status(&account);
        Self {
            arn: Some(AccountArn(organization.arn("account", &account.id))),
            id: Some(AccountId(account.id)),
            email: Some(Email(account.email)),
            name: Some(AccountName(account.name)),
            status: Some(status),
            state: Some(state),
            joined_method: Some(joined_method(&membership)),
            joined_timestamp: Some(membership.joined),
            delegation_enabled_date: membership.delegations.into_values().min(),
        }
    }
}

impl Operation for ListDelegatedAdministrators {
    const NAME: &'static str = "ListDelegatedAdministrators";
    type Input = ListDelegatedAdministratorsInput;
    type Output = ListDelegatedAdministratorsOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let service = input.service_principal.as_ref().map(|service| service.0.as_str());
        Access::any("organizations:ListDelegatedAdministrators")
            .with_some("organizations:ServicePrincipal", service)
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let mut members = cx.read(|tx| tree::members(tx, &organization))?;
        members.retain(|(_, membership)| match &input.service_principal {
            Some(service) => membership.delegations.contains_key(&service.0),
            None => !membership.delegations.is_empty(),
        });
        let key = |(account, _): &(Account, Membership)| account.id.clone();
        let (members, next_token) = page(members, key, input.next_token, input.max_results)?;
        let views = members.into_iter().map(|it| DelegatedAdministrator::of(&organization, it));
        let delegated_administrators = Some(views.collect());
        Ok(ListDelegatedAdministratorsOutput { delegated_administrators, next_token })
    }
}

/// Lists the services that a member administers.
pub(crate) enum ListDelegatedServicesForAccount {}

/// What ListDelegatedServicesForAccount takes.
#[derive(Debug, Shape)]
#[shape(name = "ListDelegatedServicesForAccountRequest")]
pub struct ListDelegatedServicesForAccountInput {
    /// The member.
    pub account_id: AccountId,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListDelegatedServicesForAccount gives.
#[derive(Debug, Shape)]
#[shape(name = "ListDelegatedServicesForAccountResponse")]
pub struct ListDelegatedServicesForAccountOutput {
    /// The services.
    pub delegated_services: Option<Vec<DelegatedService>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

/// A service that a member administers.
#[derive(Debug, Shape)]
pub struct DelegatedService {
    /// The service.
    pub service_principal: Option<ServicePrincipal>,
    /// Since when.
    pub delegation_enabled_date: Option<Timestamp>,
}

impl Operation for ListDelegatedServicesForAccount {
    const NAME: &'static str = "ListDelegatedServicesForAccount";
    type Input = ListDelegatedServicesForAccountInput;
    type Output = ListDelegatedServicesForAccountOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let action = "organizations:ListDelegatedServicesForAccount";
        resource::on(action, &input.account_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let delegations = cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let member = tree::member(tx, &organization, &input.account_id.0)?;
            let (_, membership) = member.ok_or(OrganizationsError::AccountNotFoundException)?;
            match membership.delegations.is_empty() {
                true => Err(OrganizationsError::AccountNotRegisteredException),
                false => Ok(membership.delegations),
            }
        })?;
        let all = delegations.into_iter().collect();
        let key = |(service, _): &(String, Timestamp)| service.clone();
        let (all, next_token) = page(all, key, input.next_token, input.max_results)?;
        let view = |(service, at)| DelegatedService {
            service_principal: Some(ServicePrincipal(service)),
            delegation_enabled_date: Some(at),
        };
        let delegated_services = Some(all.into_iter().map(view).collect());
        Ok(ListDelegatedServicesForAccountOutput { delegated_services, next_token })
    }
}
