//! ListFindings, GetFinding and their second versions: access from outside.

use crate::{
    analyzer::{Analyzer, Criterion, Filter, arn_of},
    error::AnalyzerError,
    finding::{Finding, ResourceType, Status},
    scan,
};
use service_kit::{page, prelude::*};

/// The most findings of one answer.
const PAGE: u32 = 100;

/// Lists findings.
pub(crate) enum ListFindings {}

/// What ListFindings takes.
#[derive(Debug, Shape)]
#[shape(name = "ListFindingsRequest", camel)]
pub struct ListFindingsInput {
    /// The analyzer.
    #[shape(pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// Which findings.
    pub filter: Option<BTreeMap<String, Criterion>>,
    /// Where to go on.
    pub next_token: Option<String>,
    /// The most of them.
    pub max_results: Option<u32>,
}

/// What ListFindings gives.
#[derive(Debug, Shape)]
#[shape(name = "ListFindingsResponse", camel)]
pub struct ListFindingsOutput {
    /// The findings.
    pub findings: Vec<FindingSummary>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct FindingSummary {
    /// Its id.
    pub id: String,
    /// Who has access.
    pub principal: BTreeMap<String, String>,
    /// To do what.
    pub action: Vec<String>,
    /// With what.
    pub resource: String,
    /// Whether everybody has.
    pub is_public: bool,
    /// What that is.
    pub resource_type: ResourceType,
    /// On what conditions.
    pub condition: BTreeMap<String, String>,
    /// When it was found.
    #[shape(timestamp = DateTime)]
    pub created_at: Timestamp,
    /// When the policy was last looked at.
    #[shape(timestamp = DateTime)]
    pub analyzed_at: Timestamp,
    /// When it last changed.
    #[shape(timestamp = DateTime)]
    pub updated_at: Timestamp,
    /// How it stands.
    pub status: Status,
    /// Whose resource it is.
    pub resource_owner_account: String,
}

impl Operation for ListFindings {
    const NAME: &'static str = "ListFindings";
    const HTTP: Option<Http> = Some(Http::new("POST", "/finding", 200));
    type Input = ListFindingsInput;
    type Output = ListFindingsOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:ListFindings", input.analyzer_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let analyzer = scan::refresh(cx, &input.analyzer_arn).await?;
        let filter = input.filter.unwrap_or_default();
        let (findings, next_token) =
            listed(cx, &analyzer, &filter, input.next_token.as_deref(), input.max_results)?;
        let findings = findings.iter().map(summary).collect();
        Ok(ListFindingsOutput { findings, next_token })
    }
}

/// One page of the findings that fit.
fn listed(
    cx: &Context,
    analyzer: &Analyzer,
    filter: &Filter,
    token: Option<&str>,
    max: Option<u32>,
) -> Result<(Vec<Finding>, Option<String>), AnalyzerError> {
    let after = token.map(page::decode).transpose()?;
    let after = after.map(String::from_utf8).transpose();
    let after = after.map_err(|_| AnalyzerError::invalid("Invalid pagination token."))?;
    let mut found = cx.read(|tx| tx.list::<Finding>(&analyzer.name))?;
    found.retain(|finding| {
        finding.fits(filter) && after.as_ref().is_none_or(|after| finding.id > *after)
    });
    let limit = max.unwrap_or(PAGE).clamp(1, PAGE) as usize;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more).map(|last| page::encode(last.id.as_bytes()));
    Ok((found, last))
}

fn summary(finding: &Finding) -> FindingSummary {
    FindingSummary {
        id: finding.id.clone(),
        principal: [finding.principal.clone()].into(),
        action: finding.actions.clone(),
        resource: finding.resource.clone(),
        is_public: finding.is_public,
        resource_type: finding.resource_type,
        condition: finding.condition.clone(),
        created_at: finding.created,
        analyzed_at: finding.analyzed,
        updated_at: finding.updated,
        status: finding.status,
        resource_owner_account: finding.owner.clone(),
    }
}

/// Shows a finding.
pub(crate) enum GetFinding {}

/// What GetFinding takes.
#[derive(Debug, Shape)]
#[shape(name = "GetFindingRequest", camel)]
pub struct GetFindingInput {
    /// The analyzer.
    #[shape(query, pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// The finding's id.
    #[shape(label)]
    pub id: String,
}

/// What GetFinding gives.
#[derive(Debug, Shape)]
#[shape(name = "GetFindingResponse", camel)]
pub struct GetFindingOutput {
    /// It; there is no more to it than in lists.
    pub finding: FindingSummary,
}

impl Operation for GetFinding {
    const NAME: &'static str = "GetFinding";
    const HTTP: Option<Http> = Some(Http::new("GET", "/finding/{id}", 200));
    type Input = GetFindingInput;
    type Output = GetFindingOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:GetFinding", input.analyzer_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        scan::refresh(cx, &input.analyzer_arn).await?;
        let finding = cx.read(|tx| Finding::get(tx, &input.analyzer_arn, &input.id))?;
        Ok(GetFindingOutput { finding: summary(&finding) })
    }
}

/// Lists findings of all types.
pub(crate) enum ListFindingsV2 {}

/// What ListFindingsV2 takes.
#[derive(Debug, Shape)]
#[shape(name = "ListFindingsV2Request", camel)]
pub struct ListFindingsV2Input {
    /// The analyzer.
    #[shape(pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// Which findings.
    pub filter: Option<BTreeMap<String, Criterion>>,
    /// The most of them.
    pub max_results: Option<u32>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// What ListFindingsV2 gives.
#[derive(Debug, Shape)]
#[shape(name = "ListFindingsV2Response", camel)]
pub struct ListFindingsV2Output {
    /// The findings.
    pub findings: Vec<FindingSummaryV2>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// A finding of any type.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct FindingSummaryV2 {
    /// When the policy was last looked at.
    #[shape(timestamp = DateTime)]
    pub analyzed_at: Timestamp,
    /// When it was found.
    #[shape(timestamp = DateTime)]
    pub created_at: Timestamp,
    /// Its id.
    pub id: String,
    /// About what.
    pub resource: String,
    /// What that is.
    pub resource_type: ResourceType,
    /// Whose it is.
    pub resource_owner_account: String,
    /// How it stands.
    pub status: Status,
    /// When it last changed.
    #[shape(timestamp = DateTime)]
    pub updated_at: Timestamp,
    /// Its type.
    pub finding_type: FindingType,
}

/// The types of findings that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum FindingType {
    /// Access from outside.
    #[shape(name = "ExternalAccess")]
    ExternalAccess,
}

impl Operation for ListFindingsV2 {
    const NAME: &'static str = "ListFindingsV2";
    const HTTP: Option<Http> = Some(Http::new("POST", "/findingv2", 200));
    type Input = ListFindingsV2Input;
    type Output = ListFindingsV2Output;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:ListFindings", input.analyzer_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let analyzer = scan::refresh(cx, &input.analyzer_arn).await?;
        let filter = input.filter.unwrap_or_default();
        let (findings, next_token) =
            listed(cx, &analyzer, &filter, input.next_token.as_deref(), input.max_results)?;
        let view = |finding: &Finding| FindingSummaryV2 {
            analyzed_at: finding.analyzed,
            created_at: finding.created,
            id: finding.id.clone(),
            resource: finding.resource.clone(),
            resource_type: finding.resource_type,
            resource_owner_account: finding.owner.clone(),
            status: finding.status,
            updated_at: finding.updated,
            finding_type: FindingType::ExternalAccess,
        };
        let findings = findings.iter().map(view).collect();
        Ok(ListFindingsV2Output { findings, next_token })
    }
}

/// Shows a finding of any type.
pub(crate) enum GetFindingV2 {}

/// What GetFindingV2 takes. The details of a finding are few, so that there are no pages.
#[derive(Debug, Shape)]
#[shape(name = "GetFindingV2Request", camel)]
pub struct GetFindingV2Input {
    /// The analyzer.
    #[shape(query, pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// The finding's id.
    #[shape(label)]
    pub id: String,
}

/// What GetFindingV2 gives.
#[derive(Debug, Shape)]
#[shape(name = "GetFindingV2Response", camel)]
pub struct GetFindingV2Output {
    /// When the policy was last looked at.
    #[shape(timestamp = DateTime)]
    pub analyzed_at: Timestamp,
    /// When it was found.
    #[shape(timestamp = DateTime)]
    pub created_at: Timestamp,
    /// Its id.
    pub id: String,
    /// About what.
    pub resource: String,
    /// What that is.
    pub resource_type: ResourceType,
    /// Whose it is.
    pub resource_owner_account: String,
    /// How it stands.
    pub status: Status,
    /// When it last changed.
    #[shape(timestamp = DateTime)]
    pub updated_at: Timestamp,
    /// What it says.
    pub finding_details: Vec<FindingDetails>,
    /// Its type.
    pub finding_type: FindingType,
}

/// What a finding says.
#[derive(Clone, Debug, PartialEq, Shape)]
pub enum FindingDetails {
    /// Of access from outside.
    #[shape(name = "externalAccessDetails")]
    ExternalAccessDetails(ExternalAccessDetails),
}

/// Access from outside.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct ExternalAccessDetails {
    /// To do what.
    pub action: Vec<String>,
    /// On what conditions.
    pub condition: BTreeMap<String, String>,
    /// Whether everybody has it.
    pub is_public: bool,
    /// Who has it.
    pub principal: BTreeMap<String, String>,
}

impl Operation for GetFindingV2 {
    const NAME: &'static str = "GetFindingV2";
    const HTTP: Option<Http> = Some(Http::new("GET", "/findingv2/{id}", 200));
    type Input = GetFindingV2Input;
    type Output = GetFindingV2Output;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:GetFinding", input.analyzer_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        scan::refresh(cx, &input.analyzer_arn).await?;
        let it = cx.read(|tx| Finding::get(tx, &input.analyzer_arn, &input.id))?;
        let details = ExternalAccessDetails {
            action: it.actions,
            condition: it.condition,
            is_public: it.is_public,
            principal: [it.principal].into(),
        };
        Ok(GetFindingV2Output {
            analyzed_at: it.analyzed,
            created_at: it.created,
            id: it.id,
            resource: it.resource,
            resource_type: it.resource_type,
            resource_owner_account: it.owner,
            status: it.status,
            updated_at: it.updated,
            finding_details: vec![FindingDetails::ExternalAccessDetails(details)],
            finding_type: FindingType::ExternalAccess,
        })
    }
}

/// Changes how findings stand.
pub(crate) enum UpdateFindings {}

/// What UpdateFindings takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateFindingsRequest", camel)]
pub struct UpdateFindingsInput {
    /// The analyzer.
    #[shape(pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// How they are to stand.
    pub status: FindingStatusUpdate,
    /// These.
    pub ids: Option<Vec<String>>,
    /// Those about this.
    #[shape(pattern = "arn:[^:]*:[^:]*:[^:]*:[^:]*:.*")]
    pub resource_arn: Option<String>,
    /// Makes the request safe to send again, which it is anyway.
    pub client_token: Option<String>,
}

/// How a finding may be made to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum FindingStatusUpdate {
    /// To be looked at.
    Active,
    /// Meant.
    Archived,
}

impl Operation for UpdateFindings {
    const NAME: &'static str = "UpdateFindings";
    const HTTP: Option<Http> = Some(Http::new("PUT", "/finding", 200));
    type Input = UpdateFindingsInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:UpdateFindings", input.analyzer_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        if input.ids.is_some() == input.resource_arn.is_some() {
            return Err(AnalyzerError::invalid("Either ids or resourceArn is needed."));
        }
        let status = match input.status {
            FindingStatusUpdate::Active => Status::Active,
            FindingStatusUpdate::Archived => Status::Archived,
        };
        let ids = input.ids.unwrap_or_default();
        cx.write(|tx| {
            let analyzer = Analyzer::by_arn(&tx.reader(), &input.analyzer_arn)?;
            for id in &ids {
                Finding::get(&tx.reader(), &arn_of(tx.scope(), &analyzer.name), id)?;
            }
            let now = tx.now();
            for finding in tx.reader().list::<Finding>(&analyzer.name)? {
                let meant = ids.contains(&finding.id)
                    || input.resource_arn.as_ref() == Some(&finding.resource);
                if meant && finding.status != Status::Resolved {
                    tx.put(&Finding { status, updated: now, ..finding })?;
                }
            }
            Ok(Empty {})
        })
        .await
    }
}
