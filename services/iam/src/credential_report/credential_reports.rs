//! Have a credential report made, and get it.

use super::{CredentialReport, State, table};
use crate::error::IamError;
use service_kit::prelude::*;

/// When the making of a report that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How far a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "ReportStateType")]
pub enum ReportState {
    /// It was begun just now.
    #[shape(name = "STARTED")]
    Started,
    /// It is being made.
    #[shape(name = "INPROGRESS")]
    InProgress,
    /// It is there.
    #[shape(name = "COMPLETE")]
    Complete,
}

/// Makes the report of one account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MakeReport {}

impl Job for MakeReport {
    const KIND: &'static str = "iam.credential_report";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match make(cx).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(RETRY),
        }
    }
}

async fn make(cx: &Context) -> Result<(), Fault> {
    cx.platform().flush_uses().await?;
    let content = cx.read(table::csv)?;
    cx.write(|tx| match tx.get::<CredentialReport>(())? {
        Some(report) if report.generated.is_none() => {
            let (requested, generated) = (report.requested, Some(cx.now().whole_seconds()));
            tx.put(&CredentialReport { requested, generated, content: content.clone() })
        }
        _ => Ok(()),
    })
    .await
}

/// Has a report made, unless there is one that is not older than four hours.
pub(crate) enum GenerateCredentialReport {}

/// What GenerateCredentialReport gives.
#[derive(Debug, Shape)]
#[shape(name = "GenerateCredentialReportResponse")]
pub struct GenerateCredentialReportOutput {
    /// How far it is.
    pub state: ReportState,
    /// In words.
    pub description: Option<String>,
}

impl Operation for GenerateCredentialReport {
    const NAME: &'static str = "GenerateCredentialReport";
    type Input = Empty;
    type Output = GenerateCredentialReportOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:GenerateCredentialReport").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, IamError> {
        let now = cx.now().whole_seconds();
        let state = cx.write(|tx| {
            let known = tx.get::<CredentialReport>(())?;
            match State::of(known.as_ref(), now) {
                State::InProgress => Ok(ReportState::InProgress),
                State::Good(_) => Ok(ReportState::Complete),
                State::Absent | State::Expired => {
                    let content = String::new();
                    tx.put(&CredentialReport { requested: now, generated: None, content })?;
                    tx.enqueue(&MakeReport {})?;
                    Ok::<_, IamError>(ReportState::Started)
                }
            }
        });
        let state = state.await?;
        let description = (state == ReportState::Started)
            .then(|| "No report exists. Starting a new report generation task".to_owned());
        Ok(GenerateCredentialReportOutput { state, description })
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "ReportFormatType")]
pub enum ReportFormat {
    /// As a table of text.
    #[shape(name = "text/csv")]
    Csv,
}

/// Gives the latest report.
pub(crate) enum GetCredentialReport {}

/// What GetCredentialReport gives.
#[derive(Debug, Shape)]
#[shape(name = "GetCredentialReportResponse")]
pub struct GetCredentialReportOutput {
    /// The table.
    pub content: Bytes,
    /// How it is written.
    pub report_format: ReportFormat,
    /// When it was made.
    pub generated_time: Timestamp,
}

impl Operation for GetCredentialReport {
    const NAME: &'static str = "GetCredentialReport";
    type Input = Empty;
    type Output = GetCredentialReportOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetCredentialReport").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, IamError> {
        let report = cx.read(|tx| tx.get::<CredentialReport>(()))?;
        match State::of(report.as_ref(), cx.now()) {
            State::Absent => Err(IamError::CredentialReportNotPresentException(
                "Credential report does not exist. Use GenerateCredentialReport to create it."
                    .into(),
            )),
            State::InProgress => Err(IamError::CredentialReportNotReadyException(
                "Credential report is still being generated.".into(),
            )),
            State::Expired => Err(IamError::CredentialReportExpiredException(
                "The most recent credential report has expired. Use GenerateCredentialReport to \
                 create a new one."
                    .into(),
            )),
            State::Good(generated_time) => Ok(GetCredentialReportOutput {
                content: report.map(|report| report.content).unwrap_or_default().into(),
                report_format: ReportFormat::Csv,
                generated_time,
            }),
        }
    }
}
