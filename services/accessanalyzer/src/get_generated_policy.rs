//! GetGeneratedPolicy: what a generation gave.

use crate::{
    error::AnalyzerError,
    generation::{Generation, JobStatus},
};
use service_kit::prelude::*;

/// Shows a generated policy.
pub(crate) enum GetGeneratedPolicy {}

/// What GetGeneratedPolicy takes. Resources are known, so that there are no placeholders to ask
/// for.
#[derive(Debug, Shape)]
#[shape(name = "GetGeneratedPolicyRequest", camel)]
pub struct GetGeneratedPolicyInput {
    /// The job's id.
    #[shape(label)]
    pub job_id: String,
}

/// What GetGeneratedPolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "GetGeneratedPolicyResponse", camel)]
pub struct GetGeneratedPolicyOutput {
    /// The job.
    pub job_details: JobDetails,
    /// What came of it.
    pub generated_policy_result: GeneratedPolicyResult,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct JobDetails {
    /// Its id.
    pub job_id: String,
    /// How it stands.
    pub status: JobStatus,
    /// When it began.
    #[shape(timestamp = DateTime)]
    pub started_on: Timestamp,
    /// When it ended.
    #[shape(timestamp = DateTime)]
    pub completed_on: Option<Timestamp>,
}

/// What came of a job.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct GeneratedPolicyResult {
    /// What was asked for.
    pub properties: GeneratedPolicyProperties,
    /// The policies; none if nothing was done.
    pub generated_policies: Vec<GeneratedPolicy>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct GeneratedPolicyProperties {
    /// Whether all resources are in it.
    pub is_complete: Option<bool>,
    /// The user or role.
    #[shape(pattern = "arn:[^:]*:iam::[^:]*:(role|user)/.{1,576}")]
    pub principal_arn: String,
}

/// A generated policy.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct GeneratedPolicy {
    /// The document.
    pub policy: String,
}

impl Operation for GetGeneratedPolicy {
    const NAME: &'static str = "GetGeneratedPolicy";
    const HTTP: Option<Http> = Some(Http::new("GET", "/policy/generation/{jobId}", 200));
    type Input = GetGeneratedPolicyInput;
    type Output = GetGeneratedPolicyOutput;
    type Error = AnalyzerError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("access-analyzer:GetGeneratedPolicy").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let found = cx.read(|tx| Generation::get(tx, &input.job_id, cx.now()))?;
        let policies = found.policies.into_iter().map(|policy| GeneratedPolicy { policy });
        Ok(GetGeneratedPolicyOutput {
            job_details: JobDetails {
                job_id: found.job_id,
                status: JobStatus::Succeeded,
                started_on: found.started,
                completed_on: Some(found.started),
            },
            generated_policy_result: GeneratedPolicyResult {
                properties: GeneratedPolicyProperties {
                    is_complete: Some(true),
                    principal_arn: found.principal_arn,
                },
                generated_policies: policies.collect(),
            },
        })
    }
}
