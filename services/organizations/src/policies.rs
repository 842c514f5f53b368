//! CreatePolicy, DescribePolicy, UpdatePolicy, DeletePolicy, ListPolicies.

use crate::{
    authority,
    error::{ConstraintReason, OrganizationsError},
    ids::new_id,
    limits::{MAX_POLICY_CHARS, max_policies},
    paging::page,
    policy::{self as view, PolicySummary, PolicyView, full_access},
    resource,
    shapes::{
        MaxResults, NextToken, PolicyContent, PolicyDescription, PolicyId, PolicyName, PolicyType,
        Tag,
    },
    tags,
    targets::Place,
};
use policy::Policy;
use service_kit::{
    organization::{ControlPolicy, ControlType, Organization},
    prelude::*,
};

/// Refuses documents that are no policy of their type, or too long.
fn check_content(control: ControlType, content: &str) -> Result<(), OrganizationsError> {
    if content.chars().count() > MAX_POLICY_CHARS {
        let message = "You have exceeded the maximum policy size.";
        let reason = ConstraintReason::PolicyContentLimitExceeded;
        return Err(OrganizationsError::constraint(reason, message));
    }
    let policy = Policy::parse(content, control.kind());
    if policy.is_ok_and(|policy| policy.require_current_version().is_ok()) {
        return Ok(());
    }
    let message = "The provided policy document does not meet the requirements of the specified \
                   policy type.";
    Err(OrganizationsError::MalformedPolicyDocumentException(message.into()))
}

/// The policies of type `control`, without the one that AWS keeps.
fn of_type(
    tx: &ReadTx<'_>,
    organization: &Organization,
    control: ControlType,
) -> Result<Vec<ControlPolicy>, Fault> {
    let mut all = tx.list::<ControlPolicy>((&organization.id,))?;
    all.retain(|policy| policy.control == control);
    Ok(all)
}

/// Refuses a name that another policy of the type has.
fn check_name(
    known: &[ControlPolicy],
    control: ControlType,
    name: &str,
) -> Result<(), OrganizationsError> {
    let kept = control.full_access().trim_start_matches("p-");
    match name == kept || known.iter().any(|policy| policy.name == name) {
        true => Err(OrganizationsError::DuplicatePolicyException),
        false => Ok(()),
    }
}

/// Makes a policy, which does nothing until it is attached.
pub(crate) enum CreatePolicy {}

/// What CreatePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "CreatePolicyRequest")]
pub struct CreatePolicyInput {
    /// The document.
    pub content: PolicyContent,
    /// A description.
    pub description: PolicyDescription,
    /// The name, unique among those of its type.
    pub name: PolicyName,
    /// The type.
    #[shape(name = "Type")]
    pub policy_type: PolicyType,
    /// Tags.
    #[shape(default)]
    pub tags: Vec<Tag>,
}

/// What CreatePolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "CreatePolicyResponse")]
pub struct CreatePolicyOutput {
    /// The policy.
    pub policy: Option<PolicyView>,
}

impl Operation for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    type Input = CreatePolicyInput;
    type Output = CreatePolicyOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:CreatePolicy")
            .with("organizations:PolicyType", input.policy_type.name())
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let control = input.policy_type.control()?;
        let given = tags::fresh(&input.tags)?;
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        if !organization.all_features {
            return Err(OrganizationsError::PolicyTypeNotAvailableForOrganizationException);
        }
        check_content(control, &input.content.0)?;
        let policy = ControlPolicy {
            organization: organization.id,
            id: new_id(cx, "p-", 10),
            control,
            name: input.name.0,
            description: input.description.0,
            content: input.content.0,
            tags: given,
        };
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let known = of_type(&tx.reader(), &organization, control)?;
            check_name(&known, control, &policy.name)?;
            if known.len() >= max_policies(control) {
                let message = "You have exceeded the allowed number of policies.";
                let reason = ConstraintReason::PolicyNumberLimitExceeded;
                return Err(OrganizationsError::constraint(reason, message));
            }
            tx.put(&policy)?;
            let view = PolicyView::of(&organization, policy.clone());
            Ok(CreatePolicyOutput { policy: Some(view) })
        })
        .await
    }
}

/// Shows a policy with its document.
pub(crate) enum DescribePolicy {}

/// What DescribePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DescribePolicyRequest")]
pub struct DescribePolicyInput {
    /// The policy.
    pub policy_id: PolicyId,
}

/// What DescribePolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribePolicyResponse")]
pub struct DescribePolicyOutput {
    /// The policy.
    pub policy: Option<PolicyView>,
}

impl Operation for DescribePolicy {
    const NAME: &'static str = "DescribePolicy";
    type Input = DescribePolicyInput;
    type Output = DescribePolicyOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:DescribePolicy", &input.policy_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let (id, access) = (&input.policy_id.0, Self::access(&input, cx.scope()));
        let organization = authority::of_policy(cx, id, access)?;
        let policy = cx.read(|tx| view::find(tx, &organization, id))?;
        Ok(DescribePolicyOutput { policy: Some(PolicyView::of(&organization, policy)) })
    }
}

/// Changes a policy, at once wherever it is attached.
pub(crate) enum UpdatePolicy {}

/// What UpdatePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdatePolicyRequest")]
pub struct UpdatePolicyInput {
    /// The policy.
    pub policy_id: PolicyId,
    /// Its new name.
    pub name: Option<PolicyName>,
    /// Its new description.
    pub description: Option<PolicyDescription>,
    /// Its new document.
    pub content: Option<PolicyContent>,
}

/// What UpdatePolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "UpdatePolicyResponse")]
pub struct UpdatePolicyOutput {
    /// The policy.
    pub policy: Option<PolicyView>,
}

impl Operation for UpdatePolicy {
    const NAME: &'static str = "UpdatePolicy";
    type Input = UpdatePolicyInput;
    type Output = UpdatePolicyOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:UpdatePolicy", &input.policy_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let mut policy = view::find_own(&tx.reader(), &organization, &input.policy_id.0)?;
            if let Some(name) = input.name.as_ref().filter(|name| name.0 != policy.name) {
                let known = of_type(&tx.reader(), &organization, policy.control)?;
                check_name(&known, policy.control, &name.0)?;
                policy.name.clone_from(&name.0);
            }
            if let Some(description) = &input.description {
                policy.description.clone_from(&description.0);
            }
            if let Some(content) = &input.content {
                check_content(policy.control, &content.0)?;
                policy.content.clone_from(&content.0);
            }
            tx.put(&policy)?;
            Ok(UpdatePolicyOutput { policy: Some(PolicyView::of(&organization, policy)) })
        })
        .await
    }
}

/// Deletes a policy that is attached to nothing.
pub(crate) enum DeletePolicy {}

/// What DeletePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DeletePolicyRequest")]
pub struct DeletePolicyInput {
    /// The policy.
    pub policy_id: PolicyId,
}

impl Operation for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    type Input = DeletePolicyInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:DeletePolicy", &input.policy_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let policy = view::find_own(&tx.reader(), &organization, &input.policy_id.0)?;
            let places = Place::all(&tx.reader(), &organization)?;
            if places.iter().any(|place| place.target().attached.contains(&policy.id)) {
                return Err(OrganizationsError::PolicyInUseException);
            }
            tx.delete::<ControlPolicy>((&organization.id, &policy.id));
            Ok(Empty)
        })
        .await
    }
}

/// Lists the policies of a type. Of the types that would do nothing here there are none.
pub(crate) enum ListPolicies {}

/// What ListPolicies takes.
#[derive(Debug, Shape)]
#[shape(name = "ListPoliciesRequest")]
pub struct ListPoliciesInput {
    /// The type.
    pub filter: PolicyType,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListPolicies gives.
#[derive(Debug, Shape)]
#[shape(name = "ListPoliciesResponse")]
pub struct ListPoliciesOutput {
    /// The policies.
    pub policies: Option<Vec<PolicySummary>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    type Input = ListPoliciesInput;
    type Output = ListPoliciesOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("organizations:ListPolicies")
            .with("organizations:PolicyType", input.filter.name())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let organization = authority::open_to(cx, Self::access(&input, cx.scope()))?;
        let mut all = Vec::new();
        if let Ok(control) = input.filter.control() {
            all = cx.read(|tx| of_type(tx, &organization, control))?;
            all.push(full_access(&organization, control));
        }
        let key = |policy: &ControlPolicy| policy.id.clone();
        let (all, next_token) = page(all, key, input.next_token, input.max_results)?;
        let views = all.into_iter().map(|policy| PolicySummary::of(&organization, policy));
        Ok(ListPoliciesOutput { policies: Some(views.collect()), next_token })
    }
}
