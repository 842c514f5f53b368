//! ListRoots, and which types of policies are in force: EnablePolicyType, DisablePolicyType.

use crate::{
    authority,
    error::OrganizationsError,
    paging::page,
    policy as view, resource,
    shapes::{MaxResults, NextToken, PolicyType, PolicyTypeSummary, RootArn, RootId, RootName},
    targets::Place,
};
use service_kit::{
    organization::{ControlType, Organization},
    prelude::*,
};

/// A root as answers show it.
#[derive(Debug, Shape)]
pub struct Root {
    /// `r-…`.
    pub id: Option<RootId>,
    /// The ARN.
    pub arn: Option<RootArn>,
    /// The name.
    pub name: Option<RootName>,
    /// The types of policies in force.
    pub policy_types: Option<Vec<PolicyTypeSummary>>,
}

impl Root {
    fn of(organization: &Organization) -> Self {
        let enabled = organization.enabled.iter().copied().map(PolicyTypeSummary::enabled);
        Self {
            id: Some(RootId(organization.root_id.clone())),
            arn: Some(RootArn(organization.arn("root", &organization.root_id))),
            name: Some(RootName("Root".into())),
            policy_types: Some(enabled.collect()),
        }
    }
}

/// Lists the roots, of which there is one.
pub(crate) enum ListRoots {}

/// What ListRoots takes.
#[derive(Debug, Shape)]
#[shape(name = "ListRootsRequest")]
pub struct ListRootsInput {
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListRoots gives.
#[derive(Debug, Shape)]
#[shape(name = "ListRootsResponse")]
pub struct ListRootsOutput {
    /// The root.
    pub roots: Option<Vec<Root>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListRoots {
    const NAME: &'static str = "ListRoots";
    type Input = ListRootsInput;
    type Output = ListRootsOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:ListRoots").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let key = |organization: &Organization| organization.root_id.clone();
        let (all, next_token) = page(vec![organization], key, input.next_token, input.max_results)?;
        Ok(ListRootsOutput { roots: Some(all.iter().map(Root::of).collect()), next_token })
    }
}

/// What EnablePolicyType takes.
#[derive(Debug, Shape)]
#[shape(name = "EnablePolicyTypeRequest")]
pub struct EnablePolicyTypeInput {
    /// The root.
    pub root_id: RootId,
    /// The type.
    pub policy_type: PolicyType,
}

/// What EnablePolicyType gives.
#[derive(Debug, Shape)]
#[shape(name = "EnablePolicyTypeResponse")]
pub struct EnablePolicyTypeOutput {
    /// The root.
    pub root: Option<Root>,
}

/// What DisablePolicyType takes.
#[derive(Debug, Shape)]
#[shape(name = "DisablePolicyTypeRequest")]
pub struct DisablePolicyTypeInput {
    /// The root.
    pub root_id: RootId,
    /// The type.
    pub policy_type: PolicyType,
}

/// What DisablePolicyType gives.
#[derive(Debug, Shape)]
#[shape(name = "DisablePolicyTypeResponse")]
pub struct DisablePolicyTypeOutput {
    /// The root.
    pub root: Option<Root>,
}

fn access(action: &'static str, root: &RootId, control: PolicyType, at: &Scope) -> Vec<Access> {
    let access = resource::on(action, &root.0, at);
    access.with("organizations:PolicyType", control.name()).only()
}

fn of_root(
    cx: &Context,
    tx: &ReadTx<'_>,
    root: &RootId,
) -> Result<Organization, OrganizationsError> {
    let organization = authority::organization(cx, tx)?;
    match organization.root_id == root.0 {
        true => Ok(organization),
        false => Err(OrganizationsError::RootNotFoundException),
    }
}

/// Puts a type of policies in force; what allows everything is attached everywhere.
pub(crate) enum EnablePolicyType {}

impl Operation for EnablePolicyType {
    const NAME: &'static str = "EnablePolicyType";
    type Input = EnablePolicyTypeInput;
    type Output = EnablePolicyTypeOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access("organizations:EnablePolicyType", &input.root_id, input.policy_type, at)
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let control = input.policy_type.control()?;
        cx.write(|tx| {
            let mut organization = of_root(cx, &tx.reader(), &input.root_id)?;
            if !organization.all_features {
                return Err(OrganizationsError::PolicyTypeNotAvailableForOrganizationException);
            }
            if !organization.enabled.insert(control) {
                return Err(OrganizationsError::PolicyTypeAlreadyEnabledException);
            }
            for mut place in Place::all(&tx.reader(), &organization)? {
                place.target_mut().attached.push(control.full_access().to_owned());
                place.put(tx)?;
            }
            Ok(EnablePolicyTypeOutput { root: Some(Root::of(&organization)) })
        })
        .await
    }
}

/// Takes a type of policies out of force. Its policies stay, attached to nothing.
pub(crate) enum DisablePolicyType {}

impl Operation for DisablePolicyType {
    const NAME: &'static str = "DisablePolicyType";
    type Input = DisablePolicyTypeInput;
    type Output = DisablePolicyTypeOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access("organizations:DisablePolicyType", &input.root_id, input.policy_type, at)
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let control = input.policy_type.control()?;
        cx.write(|tx| {
            let mut organization = of_root(cx, &tx.reader(), &input.root_id)?;
            if !organization.enabled.remove(&control) {
                return Err(OrganizationsError::PolicyTypeNotEnabledException);
            }
            for place in Place::all(&tx.reader(), &organization)? {
                detach_all(tx, &organization, place, control)?;
            }
            Ok(DisablePolicyTypeOutput { root: Some(Root::of(&organization)) })
        })
        .await
    }
}

fn detach_all(
    tx: &mut Tx<'_>,
    organization: &Organization,
    mut place: Place,
    control: ControlType,
) -> Result<(), OrganizationsError> {
    let mut kept = Vec::new();
    for id in std::mem::take(&mut place.target_mut().attached) {
        if view::find(&tx.reader(), organization, &id)?.control != control {
            kept.push(id);
        }
    }
    place.target_mut().attached = kept;
    Ok(place.put(tx)?)
}
