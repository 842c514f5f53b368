//! CreateOrganization, DescribeOrganization, DeleteOrganization.

use crate::{
    authority,
    error::OrganizationsError,
    handshake::{self, HandshakeRecord},
    ids::new_id,
    shapes::{AccountArn, AccountId, Email, OrganizationArn, OrganizationId, PolicyTypeSummary},
    tree,
};
use service_kit::{
    organization::{Account, ControlPolicy, ControlType, Membership, Organization, Target, Unit},
    prelude::*,
};
use std::collections::BTreeSet;

/// Makes the caller's account the management account of a new organization.
pub(crate) enum CreateOrganization {}

/// What CreateOrganization takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateOrganizationRequest")]
pub struct CreateOrganizationInput {
    /// Whether it has all features, as when nothing is said.
    pub feature_set: Option<OrganizationFeatureSet>,
}

/// What an organization is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum OrganizationFeatureSet {
    /// Everything.
    All,
    /// One bill.
    ConsolidatedBilling,
}

/// What CreateOrganization gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateOrganizationResponse")]
pub struct CreateOrganizationOutput {
    /// The organization.
    pub organization: Option<OrganizationView>,
}

/// What DescribeOrganization gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeOrganizationResponse")]
pub struct DescribeOrganizationOutput {
    /// The organization.
    pub organization: Option<OrganizationView>,
}

/// An organization as answers show it.
#[derive(Debug, Shape)]
#[shape(name = "Organization")]
pub struct OrganizationView {
    /// `o-…`.
    pub id: Option<OrganizationId>,
    /// The ARN.
    pub arn: Option<OrganizationArn>,
    /// What it is for.
    pub feature_set: Option<OrganizationFeatureSet>,
    /// The management account's ARN.
    pub master_account_arn: Option<AccountArn>,
    /// The management account.
    pub master_account_id: Option<AccountId>,
    /// The address of the management account's root user.
    #[shape(sensitive)]
    pub master_account_email: Option<Email>,
    /// The types of policies that can be used; AWS names SCPs only.
    pub available_policy_types: Option<Vec<PolicyTypeSummary>>,
}

impl OrganizationView {
    fn of(organization: &Organization, management: Account) -> Self {
        let arn = format!(
            "arn:aws:organizations::{}:organization/{}",
            organization.management, organization.id
        );
        let available = organization.all_features.then_some(ControlType::Service);
        Self {
            id: Some(OrganizationId(organization.id.clone())),
            arn: Some(OrganizationArn(arn)),
            feature_set: Some(match organization.all_features {
                true => OrganizationFeatureSet::All,
                false => OrganizationFeatureSet::ConsolidatedBilling,
            }),
            master_account_arn: Some(AccountArn(organization.arn("account", &management.id))),
            master_account_id: Some(AccountId(management.id)),
            master_account_email: Some(Email(management.email)),
            available_policy_types: Some(
                available.into_iter().map(PolicyTypeSummary::enabled).collect(),
            ),
        }
    }
}

/// What is attached to something new: what allows everything, of each type in force.
pub(crate) fn fresh_target(organization: &Organization, tags: Vec<(String, String)>) -> Target {
    let attached = organization.enabled.iter().map(|control| control.full_access().to_owned());
    Target { attached: attached.collect(), tags }
}

/// The place of a new member, at the root.
pub(crate) fn fresh_membership(
    organization: &Organization,
    invited: bool,
    joined: Timestamp,
    tags: Vec<(String, String)>,
) -> Membership {
    Membership {
        organization: organization.id.clone(),
        parent: organization.root_id.clone(),
        invited,
        joined,
        target: fresh_target(organization, tags),
        delegations: BTreeMap::new(),
    }
}

/// No type of policies is in force at first, whatever CreateOrganization's page says of SCPs: AWS's
/// new roots list none, and EnablePolicyType, which refuses what is enabled, is how all begin.
fn new_organization(cx: &Context, all_features: bool) -> Organization {
    Organization {
        id: new_id(cx, "o-", 10),
        management: cx.account().to_owned(),
        all_features,
        root_id: new_id(cx, "r-", 4),
        root: Target::default(),
        enabled: BTreeSet::new(),
        services: BTreeMap::new(),
        root_features: BTreeSet::new(),
        resource_policy: None,
    }
}

impl Operation for CreateOrganization {
    const NAME: &'static str = "CreateOrganization";
    type Input = CreateOrganizationInput;
    type Output = CreateOrganizationOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:CreateOrganization").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let all = input.feature_set != Some(OrganizationFeatureSet::ConsolidatedBilling);
        let organization = new_organization(cx, all);
        let account = cx
            .write(|tx| {
                let known = tx.get::<Account>(cx.account())?;
                let mut account = known.unwrap_or_else(|| Account::unnamed(cx.account()));
                if account.membership.is_some() {
                    return Err(OrganizationsError::AlreadyInOrganizationException);
                }
                // AWS counts the management account among the invited.
                account.membership =
                    Some(fresh_membership(&organization, true, tx.now(), Vec::new()));
                tx.put(&organization)?;
                tx.put(&account)?;
                Ok(account)
            })
            .await?;
        let organization = Some(OrganizationView::of(&organization, account));
        Ok(CreateOrganizationOutput { organization })
    }
}

/// Tells any member about its organization.
pub(crate) enum DescribeOrganization {}

impl Operation for DescribeOrganization {
    const NAME: &'static str = "DescribeOrganization";
    type Input = Empty;
    type Output = DescribeOrganizationOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:DescribeOrganization").only()
    }

    async fn run(cx: &Context, _: Self::Input) -> Result<Self::Output, Self::Error> {
        let (organization, management) = cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let management = tx.get::<Account>(&organization.management)?;
            let unnamed = || Account::unnamed(&organization.management);
            let management = management.unwrap_or_else(unnamed);
            Ok::<_, OrganizationsError>((organization, management))
        })?;
        let organization = Some(OrganizationView::of(&organization, management));
        Ok(DescribeOrganizationOutput { organization })
    }
}

/// Ends an organization that has no other account left.
pub(crate) enum DeleteOrganization {}

impl Operation for DeleteOrganization {
    const NAME: &'static str = "DeleteOrganization";
    type Input = Empty;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:DeleteOrganization").only()
    }

    async fn run(cx: &Context, _: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::managed(cx, &tx.reader())?;
            let members = tree::members(&tx.reader(), &organization)?;
            if members.len() > 1 {
                return Err(OrganizationsError::OrganizationNotEmptyException);
            }
            for unit in tree::units(&tx.reader(), &organization)? {
                tx.delete::<Unit>((&organization.id, &unit.id));
            }
            for policy in tx.list::<ControlPolicy>((&organization.id,))? {
                tx.delete::<ControlPolicy>((&organization.id, &policy.id));
            }
            for (account, _) in members {
                tx.put(&Account { membership: None, ..account })?;
            }
            for asked in handshake::of_organization(&tx.reader(), &organization.id)? {
                tx.delete::<HandshakeRecord>(&asked.id);
            }
            tx.delete::<Organization>(&organization.id);
            Ok(Empty)
        })
        .await
    }
}
