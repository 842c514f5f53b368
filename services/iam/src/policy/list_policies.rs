//! ListPolicies: the managed policies of AWS and of the account.

use crate::{
    error::IamError,
    managed::{Managed, Usage, order, under},
    names::{Marker, MaxItems, PolicyPath},
    paging::Paging,
    shapes::PolicyView,
};
use service_kit::{
    access::Place,
    identity::{ManagedPolicy, aws_managed_policies},
    prelude::*,
};

/// Whose policies to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "policyScopeType")]
pub enum PolicyScope {
    /// Everybody's.
    #[shape(name = "All")]
    All,
    /// AWS's.
    #[shape(name = "AWS")]
    Aws,
    /// The account's.
    #[shape(name = "Local")]
    Local,
}

/// What a policy is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "PolicyUsageType")]
pub enum PolicyUsage {
    /// Attached.
    #[shape(name = "PermissionsPolicy")]
    PermissionsPolicy,
    /// As a boundary.
    #[shape(name = "PermissionsBoundary")]
    PermissionsBoundary,
}

/// Lists managed policies by name, without their documents and tags.
pub(crate) enum ListPolicies {}

/// What ListPolicies takes.
#[derive(Debug, Shape)]
#[shape(name = "ListPoliciesRequest")]
pub struct ListPoliciesInput {
    /// Whose.
    pub scope: Option<PolicyScope>,
    /// Only those in use.
    #[shape(default)]
    pub only_attached: bool,
    /// Only those under this path.
    pub path_prefix: Option<PolicyPath>,
    /// Only those used in this way.
    pub policy_usage_filter: Option<PolicyUsage>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListPolicies gives.
#[derive(Debug, Shape)]
#[shape(name = "ListPoliciesResponse")]
pub struct ListPoliciesOutput {
    /// The policies.
    pub policies: Vec<PolicyView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    type Input = ListPoliciesInput;
    type Output = ListPoliciesOutput;
    type Error = IamError;

    fn access(input: &ListPoliciesInput, _: &Scope) -> Vec<Access> {
        // AWS names the path in refusals, and no ARN.
        let prefix = input.path_prefix.as_ref().map_or("/", |prefix| &*prefix.0);
        let access = Access::on("iam:ListPolicies", format!("policy path {prefix}"));
        Access { place: Place::Nowhere, ..access }.only()
    }

    async fn run(cx: &Context, input: ListPoliciesInput) -> Result<ListPoliciesOutput, IamError> {
        let policies = cx.read(|tx| policies(cx, tx, &input))?;
        let paging = Paging::new(input.marker, input.max_items);
        let page = paging.of(policies, |policy| order(&policy.policy_name, &policy.arn))?;
        Ok(ListPoliciesOutput {
            policies: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

fn policies(
    cx: &Context,
    tx: &ReadTx<'_>,
    input: &ListPoliciesInput,
) -> Result<Vec<PolicyView>, IamError> {
    let usage = Usage::count(tx)?;
    let mut all = Vec::new();
    if input.scope != Some(PolicyScope::Local) {
        all.extend(aws_managed_policies().map(Managed::Aws));
    }
    if input.scope != Some(PolicyScope::Aws) {
        let own = tx.list::<ManagedPolicy>(())?;
        all.extend(own.into_iter().map(|policy| Managed::Own(Box::new(policy))));
    }
    let views = all.iter().map(|policy| policy.view(cx.account(), &usage));
    let wanted = views
        .filter(|policy| under(input.path_prefix.as_ref(), &policy.path) && is_used(input, policy));
    Ok(wanted.map(|policy| PolicyView { tags: None, description: None, ..policy }).collect())
}

fn is_used(input: &ListPoliciesInput, policy: &PolicyView) -> bool {
    let attached = policy.attachment_count > 0;
    let boundary = policy.permissions_boundary_usage_count > 0;
    let used = match input.policy_usage_filter {
        None => return !input.only_attached || attached || boundary,
        Some(PolicyUsage::PermissionsPolicy) => attached,
        Some(PolicyUsage::PermissionsBoundary) => boundary,
    };
    !input.only_attached || used
}
