//! SimulatePrincipalPolicy: what a user, role or group may do.

use crate::{
    error::IamError,
    names::{ActionName, ArnText, Document, Marker, MaxItems, ResourceName},
    paging::Paging,
    simulation::{
        evaluation::{
            ContextEntry, Question, SimulatePolicyOutput, attach, caller, evaluate, numbered, owner,
        },
        source::Source,
    },
};
use policy::{Attached, Kind, Policies};
use service_kit::prelude::*;

/// Judges actions by the policies that a principal has, and by further documents.
pub(crate) enum SimulatePrincipalPolicy {}

/// What SimulatePrincipalPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "SimulatePrincipalPolicyRequest")]
pub struct SimulatePrincipalPolicyInput {
    /// The user, role or group.
    pub policy_source_arn: ArnText,
    /// Identity policies besides the principal's own.
    #[shape(default)]
    pub policy_input_list: Vec<Document>,
    /// The boundary's document, at most one.
    #[shape(default)]
    pub permissions_boundary_policy_input_list: Vec<Document>,
    /// The actions.
    pub action_names: Vec<ActionName>,
    /// The resources; `*` if there is none.
    #[shape(default)]
    pub resource_arns: Vec<ResourceName>,
    /// The resource's own policy.
    pub resource_policy: Option<Document>,
    /// The account that owns the resources, as an ARN or by id.
    #[shape(length = 1..=2048)]
    pub resource_owner: Option<String>,
    /// The user who asks.
    #[shape(length = 1..=2048)]
    pub caller_arn: Option<String>,
    /// Condition keys.
    #[shape(default)]
    pub context_entries: Vec<ContextEntry>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
    /// Where to go on.
    pub marker: Option<Marker>,
}

impl Operation for SimulatePrincipalPolicy {
    const NAME: &'static str = "SimulatePrincipalPolicy";
    type Input = SimulatePrincipalPolicyInput;
    type Output = SimulatePolicyOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let source = input.policy_source_arn.0.as_str();
        Access::on("iam:SimulatePrincipalPolicy", source).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let source = cx.read(|tx| Source::of(tx, &input.policy_source_arn.0))?;
        let policies =
            Policies { service_control: service_control(cx)?, ..policies(&source, &input)? };
        let principal = match (input.caller_arn, source.principal) {
            (None, Some(principal)) => principal,
            (arn, _) => caller(cx.account(), arn.as_deref())?,
        };
        let question = Question {
            principal,
            actions: input.action_names.into_iter().map(|name| name.0).collect(),
            resources: input.resource_arns.into_iter().map(|name| name.0).collect(),
            owner: owner(input.resource_owner),
            entries: input.context_entries,
            paging: Paging::new(input.marker, input.max_items),
        };
        evaluate(cx.now(), question, &policies)
    }
}

/// The service control policies that bind the account, by level.
fn service_control(cx: &Context) -> Result<Vec<Vec<Attached>>, Fault> {
    let standing = cx.platform().guardrails().standing(cx.platform(), cx.account())?;
    Ok(standing.map_or_else(Vec::new, |standing| standing.service_control.clone()))
}

/// The source's policies with the request's; a boundary in the request replaces the source's.
fn policies(source: &Source, input: &SimulatePrincipalPolicyInput) -> Result<Policies, IamError> {
    let own = source.policies.iter().map(|(name, text)| (name.clone(), text.as_str()));
    let identity = own.chain(numbered("PolicyInputList", &input.policy_input_list));
    let own = source.boundary.iter().map(|text| ("PermissionsBoundary".to_owned(), text.as_str()));
    let given = &input.permissions_boundary_policy_input_list;
    let boundary = own.chain(numbered("PermissionsBoundaryPolicyInputList", given));
    let resource = numbered("ResourcePolicy", input.resource_policy.as_slice());
    Ok(Policies {
        identity: attach(identity, Kind::Identity)?,
        boundary: attach(boundary, Kind::Boundary)?.pop(),
        resource: attach(resource, Kind::Resource)?.pop(),
        ..Policies::default()
    })
}
