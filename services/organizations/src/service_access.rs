//! Which services may work in all accounts: EnableAWSServiceAccess and its like.

use crate::{
    authority,
    error::{ConstraintReason, InputReason, OrganizationsError},
    paging::page,
    shapes::{MaxResults, NextToken, ServicePrincipal},
    tree,
};
use service_kit::{organization::Organization, prelude::*};

/// IAM, which may then manage the root users of members.
const IAM: &str = "iam.amazonaws.com";

/// Refuses an organization that only has the features of consolidated billing.
pub(crate) fn require_all_features(organization: &Organization) -> Result<(), OrganizationsError> {
    if organization.all_features {
        return Ok(());
    }
    let message = "The organization must have all features enabled.";
    let reason = ConstraintReason::OrganizationNotInAllFeaturesMode;
    Err(OrganizationsError::constraint(reason, message))
}

/// Refuses what is no service's name.
pub(crate) fn check_service(principal: &ServicePrincipal) -> Result<(), OrganizationsError> {
    if principal.0.ends_with(".amazonaws.com") {
        return Ok(());
    }
    let message = "You specified an unrecognized service principal.";
    Err(OrganizationsError::input(InputReason::UnrecognizedServicePrincipal, message))
}

/// Lets a service work in all accounts.
pub(crate) enum EnableAWSServiceAccess {}

/// What EnableAWSServiceAccess takes.
#[derive(Debug, Shape)]
#[shape(name = "EnableAWSServiceAccessRequest")]
pub struct EnableAWSServiceAccessInput {
    /// The service.
    pub service_principal: ServicePrincipal,
}

impl Operation for EnableAWSServiceAccess {
    const NAME: &'static str = "EnableAWSServiceAccess";
    type Input = EnableAWSServiceAccessInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:EnableAWSServiceAccess")
            .with("organizations:ServicePrincipal", input.service_principal.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check_service(&input.service_principal)?;
        cx.write(|tx| {
            let mut organization = authority::managed(cx, &tx.reader())?;
            require_all_features(&organization)?;
            let service = input.service_principal.0.clone();
            organization.services.entry(service).or_insert(tx.now());
            tx.put(&organization)?;
            Ok(Empty)
        })
        .await
    }
}

/// Lets a service work in its own account only.
pub(crate) enum DisableAWSServiceAccess {}

/// What DisableAWSServiceAccess takes.
#[derive(Debug, Shape)]
#[shape(name = "DisableAWSServiceAccessRequest")]
pub struct DisableAWSServiceAccessInput {
    /// The service.
    pub service_principal: ServicePrincipal,
}

impl Operation for DisableAWSServiceAccess {
    const NAME: &'static str = "DisableAWSServiceAccess";
    type Input = DisableAWSServiceAccessInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:DisableAWSServiceAccess")
            .with("organizations:ServicePrincipal", input.service_principal.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check_service(&input.service_principal)?;
        let service = &input.service_principal.0;
        cx.write(|tx| {
            let mut organization = authority::managed(cx, &tx.reader())?;
            let members = tree::members(&tx.reader(), &organization)?;
            if members.iter().any(|(_, member)| member.delegations.contains_key(service)) {
                let message = "You must deregister the service's delegated administrators first.";
                let reason = ConstraintReason::DelegatedAdministratorExistsForThisService;
                return Err(OrganizationsError::constraint(reason, message));
            }
            organization.services.remove(service);
            if service == IAM {
                organization.root_features.clear();
            }
            tx.put(&organization)?;
            Ok(Empty)
        })
        .await
    }
}

/// Lists the services that may work in all accounts.
pub(crate) enum ListAWSServiceAccessForOrganization {}

/// What ListAWSServiceAccessForOrganization takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAWSServiceAccessForOrganizationRequest")]
pub struct ListAWSServiceAccessForOrganizationInput {
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListAWSServiceAccessForOrganization gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAWSServiceAccessForOrganizationResponse")]
pub struct ListAWSServiceAccessForOrganizationOutput {
    /// The services.
    pub enabled_service_principals: Option<Vec<EnabledServicePrincipal>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

/// A service that may work in all accounts.
#[derive(Debug, Shape)]
pub struct EnabledServicePrincipal {
    /// The service.
    pub service_principal: Option<ServicePrincipal>,
    /// Since when.
    pub date_enabled: Option<Timestamp>,
}

impl Operation for ListAWSServiceAccessForOrganization {
    const NAME: &'static str = "ListAWSServiceAccessForOrganization";
    type Input = ListAWSServiceAccessForOrganizationInput;
    type Output = ListAWSServiceAccessForOrganizationOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:ListAWSServiceAccessForOrganization").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let all = organization.services.into_iter().collect();
        let key = |(service, _): &(String, Timestamp)| service.clone();
        let (all, next_token) = page(all, key, input.next_token, input.max_results)?;
        let view = |(service, at)| EnabledServicePrincipal {
            service_principal: Some(ServicePrincipal(service)),
            date_enabled: Some(at),
        };
        let enabled_service_principals = Some(all.into_iter().map(view).collect());
        Ok(ListAWSServiceAccessForOrganizationOutput { enabled_service_principals, next_token })
    }
}
