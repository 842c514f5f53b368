//! The policy by which the management account lets members manage policies: put, shown, deleted.

use crate::{
    authority,
    error::{InputReason, OrganizationsError},
    ids::new_id,
    service_access::require_all_features,
    shapes::{ResourcePolicyArn, ResourcePolicyContent, ResourcePolicyId, Tag},
    tags,
};
use policy::Kind;
use serde_json::Value;
use service_kit::{
    identity::{bind_principals, show_principals},
    organization::{Organization, ResourcePolicy},
    prelude::*,
};

/// What can be delegated, beside looking at things (AWS Organizations User Guide, "Delegated
/// administrator for AWS Organizations").
const DELEGABLE: [&str; 9] = [
    "organizations:attachpolicy",
    "organizations:createpolicy",
    "organizations:deletepolicy",
    "organizations:detachpolicy",
    "organizations:disablepolicytype",
    "organizations:enablepolicytype",
    "organizations:tagresource",
    "organizations:untagresource",
    "organizations:updatepolicy",
];

/// The policy as answers show it.
#[derive(Debug, Shape)]
#[shape(name = "ResourcePolicy")]
pub struct ResourcePolicyView {
    /// What it is.
    pub resource_policy_summary: Option<ResourcePolicySummary>,
    /// What it says.
    pub content: Option<ResourcePolicyContent>,
}

/// The policy without its document.
#[derive(Debug, Shape)]
pub struct ResourcePolicySummary {
    /// `rp-…`.
    pub id: Option<ResourcePolicyId>,
    /// The ARN.
    pub arn: Option<ResourcePolicyArn>,
}

impl ResourcePolicyView {
    fn of(
        tx: &ReadTx<'_>,
        organization: &Organization,
        policy: &ResourcePolicy,
    ) -> Result<Self, Fault> {
        let content = show_principals(tx, &policy.content, Kind::Resource)?;
        Ok(Self {
            resource_policy_summary: Some(ResourcePolicySummary {
                id: Some(ResourcePolicyId(policy.id.clone())),
                arn: Some(ResourcePolicyArn(organization.arn("resourcepolicy", &policy.id))),
            }),
            content: Some(ResourcePolicyContent(content)),
        })
    }
}

/// Sets the policy.
pub(crate) enum PutResourcePolicy {}

/// What PutResourcePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "PutResourcePolicyRequest")]
pub struct PutResourcePolicyInput {
    /// The document.
    pub content: ResourcePolicyContent,
    /// Tags, for a policy that is new.
    #[shape(default)]
    pub tags: Vec<Tag>,
}

/// What PutResourcePolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "PutResourcePolicyResponse")]
pub struct PutResourcePolicyOutput {
    /// The policy.
    pub resource_policy: Option<ResourcePolicyView>,
}

impl Operation for PutResourcePolicy {
    const NAME: &'static str = "PutResourcePolicy";
    type Input = PutResourcePolicyInput;
    type Output = PutResourcePolicyOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:PutResourcePolicy").with_tags(tags::pairs(&input.tags)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let given = tags::fresh(&input.tags)?;
        let id = new_id(cx, "rp-", 8);
        cx.write(|tx| {
            let mut organization = authority::managed(cx, &tx.reader())?;
            require_all_features(&organization)?;
            let content = bind_principals(&tx.reader(), &input.content.0, Kind::Resource)?;
            check_actions(&content)?;
            let policy = match organization.resource_policy.take() {
                None => ResourcePolicy { id: id.clone(), content, tags: given.clone() },
                Some(_) if !given.is_empty() => {
                    let message = "You can't set tags of a resource policy that exists already; \
                                   use TagResource.";
                    let reason = InputReason::TargetNotSupported;
                    return Err(OrganizationsError::input(reason, message));
                }
                Some(known) => ResourcePolicy { content, ..known },
            };
            let view = ResourcePolicyView::of(&tx.reader(), &organization, &policy)?;
            organization.resource_policy = Some(policy);
            tx.put(&organization)?;
            Ok(PutResourcePolicyOutput { resource_policy: Some(view) })
        })
        .await
    }
}

/// Refuses a document that lets somebody do what cannot be delegated.
fn check_actions(document: &str) -> Result<(), OrganizationsError> {
    let document: Value = serde_json::from_str(document).map_err(Fault::internal)?;
    let statements = listed(&document["Statement"]);
    let mut actions = statements.into_iter().flat_map(|statement| {
        let named = listed(&statement["Action"]);
        // What is allowed by exclusion reaches too far, and so does a statement without actions.
        if named.is_empty() { vec![&Value::Null] } else { named }
    });
    if actions.all(|action| action.as_str().is_some_and(is_delegable)) {
        return Ok(());
    }
    let message = "The resource policy contains an action that is not supported.";
    Err(OrganizationsError::input(InputReason::UnsupportedActionInResourcePolicy, message))
}

/// A value alone, or those of a list.
fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

fn is_delegable(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let reads = ["organizations:describe", "organizations:list"];
    DELEGABLE.contains(&action.as_str()) || reads.iter().any(|read| action.starts_with(read))
}

/// Shows the policy.
pub(crate) enum DescribeResourcePolicy {}

/// What DescribeResourcePolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeResourcePolicyResponse")]
pub struct DescribeResourcePolicyOutput {
    /// The policy.
    pub resource_policy: Option<ResourcePolicyView>,
}

impl Operation for DescribeResourcePolicy {
    const NAME: &'static str = "DescribeResourcePolicy";
    type Input = Empty;
    type Output = DescribeResourcePolicyOutput;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:DescribeResourcePolicy").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let policy = organization.resource_policy.as_ref();
        let policy = policy.ok_or(OrganizationsError::ResourcePolicyNotFoundException)?;
        let view = cx.read(|tx| ResourcePolicyView::of(tx, &organization, policy))?;
        Ok(DescribeResourcePolicyOutput { resource_policy: Some(view) })
    }
}

/// Deletes the policy.
pub(crate) enum DeleteResourcePolicy {}

impl Operation for DeleteResourcePolicy {
    const NAME: &'static str = "DeleteResourcePolicy";
    type Input = Empty;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:DeleteResourcePolicy").only()
    }

    async fn run(cx: &Context, _: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let mut organization = authority::managed(cx, &tx.reader())?;
            if organization.resource_policy.take().is_none() {
                return Err(OrganizationsError::ResourcePolicyNotFoundException);
            }
            tx.put(&organization)?;
            Ok(Empty)
        })
        .await
    }
}
