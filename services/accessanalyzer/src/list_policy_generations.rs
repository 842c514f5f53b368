//! ListPolicyGenerations: the generations of the last week.

use crate::{
    error::AnalyzerError,
    generation::{Generation, JobStatus},
};
use service_kit::{page, prelude::*};

/// The most generations of one answer.
const PAGE: u32 = 100;

/// Lists generations.
pub(crate) enum ListPolicyGenerations {}

/// What ListPolicyGenerations takes.
#[derive(Debug, Shape)]
#[shape(name = "ListPolicyGenerationsRequest", camel)]
pub struct ListPolicyGenerationsInput {
    /// Those for this user or role only.
    #[shape(query, pattern = "arn:[^:]*:iam::[^:]*:(role|user)/.{1,576}")]
    pub principal_arn: Option<String>,
    /// The most of them.
    #[shape(query, range = 1..)]
    pub max_results: Option<u32>,
    /// Where to go on.
    #[shape(query)]
    pub next_token: Option<String>,
}

/// What ListPolicyGenerations gives.
#[derive(Debug, Shape)]
#[shape(name = "ListPolicyGenerationsResponse", camel)]
pub struct ListPolicyGenerationsOutput {
    /// The generations, the latest first.
    pub policy_generations: Vec<PolicyGeneration>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// A generation.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct PolicyGeneration {
    /// The job's id.
    pub job_id: String,
    /// The user or role.
    #[shape(pattern = "arn:[^:]*:iam::[^:]*:(role|user)/.{1,576}")]
    pub principal_arn: String,
    /// How it stands.
    pub status: JobStatus,
    /// When it began.
    #[shape(timestamp = DateTime)]
    pub started_on: Timestamp,
    /// When it ended.
    #[shape(timestamp = DateTime)]
    pub completed_on: Option<Timestamp>,
}

impl Operation for ListPolicyGenerations {
    const NAME: &'static str = "ListPolicyGenerations";
    const HTTP: Option<Http> = Some(Http::new("GET", "/policy/generation", 200));
    type Input = ListPolicyGenerationsInput;
    type Output = ListPolicyGenerationsOutput;
    type Error = AnalyzerError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("access-analyzer:ListPolicyGenerations").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let all = cx.read(|tx| Generation::all(tx, cx.now()))?;
        let after = input.next_token.as_deref().map(page::decode).transpose()?;
        let wanted = |it: &Generation| {
            input.principal_arn.as_ref().is_none_or(|arn| it.principal_arn == *arn)
        };
        let mut rest: Vec<_> = all.into_iter().filter(wanted).collect();
        if let Some(after) = after {
            let at = rest.iter().position(|it| it.job_id.as_bytes() == after);
            let at = at.ok_or_else(|| AnalyzerError::invalid("Invalid pagination token."))?;
            rest.drain(..=at);
        }
        let limit = input.max_results.unwrap_or(PAGE).min(PAGE) as usize;
        let more = rest.len() > limit;
        rest.truncate(limit);
        let last = rest.last().filter(|_| more).map(|it| page::encode(it.job_id.as_bytes()));
        let view = |it: Generation| PolicyGeneration {
            job_id: it.job_id,
            principal_arn: it.principal_arn,
            status: JobStatus::Succeeded,
            started_on: it.started,
            completed_on: Some(it.started),
        };
        Ok(ListPolicyGenerationsOutput {
            policy_generations: rest.into_iter().map(view).collect(),
            next_token: last,
        })
    }
}
