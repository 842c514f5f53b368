//! StartPolicyGeneration: the smallest policy for what a user or role has done.

use crate::{
    error::AnalyzerError,
    generation::{Generation, MAX_GENERATIONS},
};
use policy::Arn;
use service_kit::{
    prelude::*,
    usage::{self, Usage},
};

/// How far back a generation looks; on AWS trails are read for at most as long.
const REACH: Duration = Duration::from_secs(90 * 86_400);

/// Generates a policy.
pub(crate) enum StartPolicyGeneration {}

/// What StartPolicyGeneration takes. Activity is recorded by the platform, not read from trails.
#[derive(Debug, Shape)]
#[shape(name = "StartPolicyGenerationRequest", camel)]
pub struct StartPolicyGenerationInput {
    /// For whom.
    pub policy_generation_details: PolicyGenerationDetails,
    /// Asking again with the same token gives the same job.
    pub client_token: Option<String>,
}

/// For whom a policy is generated.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct PolicyGenerationDetails {
    /// A user or role.
    #[shape(pattern = "arn:[^:]*:iam::[^:]*:(role|user)/.{1,576}")]
    pub principal_arn: String,
}

/// What StartPolicyGeneration gives.
#[derive(Debug, Shape)]
#[shape(name = "StartPolicyGenerationResponse", camel)]
pub struct StartPolicyGenerationOutput {
    /// The job's id.
    pub job_id: String,
}

impl Operation for StartPolicyGeneration {
    const NAME: &'static str = "StartPolicyGeneration";
    const HTTP: Option<Http> = Some(Http::new("PUT", "/policy/generation", 200));
    type Input = StartPolicyGenerationInput;
    type Output = StartPolicyGenerationOutput;
    type Error = AnalyzerError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("access-analyzer:StartPolicyGeneration").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let principal = input.policy_generation_details.principal_arn;
        cx.platform().flush_usage(true).await?;
        let generation = Generation {
            job_id: cx.entropy().uuid(),
            started: cx.now(),
            policies: policies(cx, &principal)?,
            principal_arn: principal,
            token: input.client_token,
        };
        let job_id = cx.write(|tx| {
            let known = Generation::all(&tx.reader(), cx.now())?;
            let same = |it: &&Generation| it.token.is_some() && it.token == generation.token;
            if let Some(known) = known.iter().find(same) {
                return match known.principal_arn == generation.principal_arn {
                    true => Ok(known.job_id.clone()),
                    false => Err(AnalyzerError::reused_token()),
                };
            }
            if known.len() >= MAX_GENERATIONS {
                let message = "Too many generated policies are kept.";
                return Err(AnalyzerError::ServiceQuotaExceededException(message.into()));
            }
            tx.put(&generation)?;
            Ok(generation.job_id.clone())
        });
        Ok(StartPolicyGenerationOutput { job_id: job_id.await? })
    }
}

fn policies(cx: &Context, principal: &str) -> Result<Vec<String>, AnalyzerError> {
    let own = Arn::parse(principal).is_some_and(|arn| arn.account == cx.account());
    let usage = cx.read(|tx| match usage::subject_of(tx, principal)? {
        Some(subject) if own => Usage::of(tx, &subject).map(Some),
        _ => Ok(None),
    });
    let usage = usage.map_err(AnalyzerError::Common)?.ok_or_else(|| {
        AnalyzerError::invalid(format!("There is no user or role {principal} in this account."))
    })?;
    let documents = usage::policies(&usage, cx.now() - REACH, cx.now());
    Ok(documents.iter().map(ToString::to_string).collect())
}
