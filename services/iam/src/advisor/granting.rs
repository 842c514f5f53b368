//! ListPoliciesGrantingServiceAccess: the policies of a user, group or role that reach services.

use super::subject::{EntityKind, Given, Subject};
use crate::{
    error::IamError,
    names::{ArnText, Marker},
    paging::Paging,
};
use service_kit::prelude::*;

/// Lists policies by the services that they give access to.
pub(crate) enum ListPoliciesGrantingServiceAccess {}

/// What ListPoliciesGrantingServiceAccess takes.
#[derive(Debug, Shape)]
#[shape(name = "ListPoliciesGrantingServiceAccessRequest")]
pub struct ListPoliciesGrantingServiceAccessInput {
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The user, group or role.
    pub arn: ArnText,
    /// The services.
    #[shape(length = 1..=200)]
    pub service_namespaces: Vec<Namespace>,
}

/// What the actions of a service start with.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "serviceNamespaceType", length = 1..=64, pattern = r"[\w-]*")]
pub struct Namespace(pub String);

/// What ListPoliciesGrantingServiceAccess gives.
#[derive(Debug, Shape)]
#[shape(name = "ListPoliciesGrantingServiceAccessResponse")]
pub struct ListPoliciesGrantingServiceAccessOutput {
    /// One for each service.
    pub policies_granting_service_access: Vec<ListPoliciesGrantingServiceAccessEntry>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

/// The policies that reach a service.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ListPoliciesGrantingServiceAccessEntry {
    /// The service.
    #[shape(length = 1..=64, pattern = r"[\w-]*")]
    pub service_namespace: Option<String>,
    /// The policies.
    pub policies: Vec<PolicyGrantingServiceAccess>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct PolicyGrantingServiceAccess {
    /// Its name.
    #[shape(length = 1..=128, pattern = r"[\w+=,.@-]+")]
    pub policy_name: String,
    /// What it is.
    pub policy_type: PolicyType,
    /// Its ARN, if it is managed.
    #[shape(length = 20..=2048)]
    pub policy_arn: Option<String>,
    /// What has it, if it is inline.
    pub entity_type: Option<EntityKind>,
    /// Who has it, if it is inline.
    #[shape(length = 1..=128, pattern = r"[\w+=,.@-]+")]
    pub entity_name: Option<String>,
}

/// The kinds of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "policyType")]
pub enum PolicyType {
    /// Part of an entity.
    Inline,
    /// One that can be attached to many.
    Managed,
}

impl Operation for ListPoliciesGrantingServiceAccess {
    const NAME: &'static str = "ListPoliciesGrantingServiceAccess";
    type Input = ListPoliciesGrantingServiceAccessInput;
    type Output = ListPoliciesGrantingServiceAccessOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:ListPoliciesGrantingServiceAccess", input.arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        if policy::Arn::parse(&input.arn.0).is_some_and(|arn| arn.resource.starts_with("policy/")) {
            return Err(IamError::invalid_arn(&input.arn.0));
        }
        let subject = cx.read(|tx| Subject::of(tx, &input.arn.0))?;
        let mut namespaces: Vec<String> =
            input.service_namespaces.into_iter().map(|it| it.0).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let page = Paging::new(input.marker, None).of(namespaces, Clone::clone)?;
        let entry = |namespace: String| ListPoliciesGrantingServiceAccessEntry {
            policies: subject
                .policies
                .iter()
                .filter(|given| given.reaches(&namespace))
                .map(view)
                .collect(),
            service_namespace: Some(namespace),
        };
        Ok(ListPoliciesGrantingServiceAccessOutput {
            policies_granting_service_access: page.items.into_iter().map(entry).collect(),
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

fn view(given: &Given) -> PolicyGrantingServiceAccess {
    let inline = given.arn.is_none();
    let (kind, name) = given.owner.clone().filter(|_| inline).unzip();
    PolicyGrantingServiceAccess {
        policy_name: given.name.clone(),
        policy_type: if inline { PolicyType::Inline } else { PolicyType::Managed },
        policy_arn: given.arn.clone(),
        entity_type: kind,
        entity_name: name,
    }
}
