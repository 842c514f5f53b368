//! SimulateCustomPolicy: what these documents would decide.

use crate::{
    error::IamError,
    names::{ActionName, Document, Marker, MaxItems, ResourceName},
    paging::Paging,
    simulation::evaluation::{
        ContextEntry, Question, SimulatePolicyOutput, attach, caller, evaluate, numbered, owner,
    },
};
use policy::{Kind, Policies};
use service_kit::prelude::*;

/// Judges actions by documents that need not be attached to anybody.
pub(crate) enum SimulateCustomPolicy {}

/// What SimulateCustomPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "SimulateCustomPolicyRequest")]
pub struct SimulateCustomPolicyInput {
    /// Identity policies.
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

impl Operation for SimulateCustomPolicy {
    const NAME: &'static str = "SimulateCustomPolicy";
    type Input = SimulateCustomPolicyInput;
    type Output = SimulatePolicyOutput;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:SimulateCustomPolicy").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let boundary = &input.permissions_boundary_policy_input_list;
        let boundary = numbered("PermissionsBoundaryPolicyInputList", boundary);
        let resource = numbered("ResourcePolicy", input.resource_policy.as_slice());
        let policies = Policies {
            identity: attach(
                numbered("PolicyInputList", &input.policy_input_list),
                Kind::Identity,
            )?,
            boundary: attach(boundary, Kind::Boundary)?.pop(),
            resource: attach(resource, Kind::Resource)?.pop(),
            ..Policies::default()
        };
        let question = Question {
            principal: caller(cx.account(), input.caller_arn.as_deref())?,
            actions: input.action_names.into_iter().map(|name| name.0).collect(),
            resources: input.resource_arns.into_iter().map(|name| name.0).collect(),
            owner: owner(input.resource_owner),
            entries: input.context_entries,
            paging: Paging::new(input.marker, input.max_items),
        };
        evaluate(cx.now(), question, &policies)
    }
}
