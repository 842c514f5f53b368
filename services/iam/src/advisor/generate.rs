//! GenerateServiceLastAccessedDetails: begins a report, which is done at once.

use super::report::{KEPT, Report};
use crate::{error::IamError, names::ArnText};
use service_kit::prelude::*;

/// The most reports that are kept.
const MAX_REPORTS: usize = 1_000;

/// Makes a report.
pub(crate) enum GenerateServiceLastAccessedDetails {}

/// What GenerateServiceLastAccessedDetails takes.
#[derive(Debug, Shape)]
#[shape(name = "GenerateServiceLastAccessedDetailsRequest")]
pub struct GenerateServiceLastAccessedDetailsInput {
    /// A user, role, group or policy.
    pub arn: ArnText,
    /// Whether actions are told apart.
    pub granularity: Option<Granularity>,
}

/// How much is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "AccessAdvisorUsageGranularityType")]
pub enum Granularity {
    /// Services.
    ServiceLevel,
    /// Services and actions.
    ActionLevel,
}

/// What GenerateServiceLastAccessedDetails gives.
#[derive(Debug, Shape)]
#[shape(name = "GenerateServiceLastAccessedDetailsResponse")]
pub struct GenerateServiceLastAccessedDetailsOutput {
    /// What to ask for the report with.
    #[shape(length = 36..=36)]
    pub job_id: Option<String>,
}

impl Operation for GenerateServiceLastAccessedDetails {
    const NAME: &'static str = "GenerateServiceLastAccessedDetails";
    type Input = GenerateServiceLastAccessedDetailsInput;
    type Output = GenerateServiceLastAccessedDetailsOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:GenerateServiceLastAccessedDetails", input.arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        cx.platform().flush_usage(true).await?;
        let job_id = cx.entropy().uuid();
        let by_action = input.granularity == Some(Granularity::ActionLevel);
        cx.write(|tx| {
            let kept = tx.reader().list::<Report>(())?;
            let old = |report: &&Report| report.created + KEPT <= cx.now();
            let mut oldest: Vec<&Report> = kept.iter().filter(old).collect();
            if oldest.is_empty() && kept.len() >= MAX_REPORTS {
                oldest.extend(kept.iter().min_by_key(|report| report.created));
            }
            for report in oldest {
                tx.delete::<Report>(&report.job_id);
            }
            let job = (job_id.clone(), cx.now());
            let report = Report::make(&tx.reader(), &input.arn.0, job, by_action)?;
            Ok::<_, IamError>(tx.put(&report)?)
        })
        .await?;
        Ok(GenerateServiceLastAccessedDetailsOutput { job_id: Some(job_id) })
    }
}
