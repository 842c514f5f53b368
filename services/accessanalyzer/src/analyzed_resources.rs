//! GetAnalyzedResource, ListAnalyzedResources, StartResourceScan: what has been looked at.

use crate::{
    analyzer::Analyzer,
    error::AnalyzerError,
    finding::{Analyzed, ResourceType, Status},
    scan,
};
use service_kit::prelude::*;

/// The most resources of one answer.
const PAGE: u32 = 100;

/// Shows a resource.
pub(crate) enum GetAnalyzedResource {}

/// What GetAnalyzedResource takes.
#[derive(Debug, Shape)]
#[shape(name = "GetAnalyzedResourceRequest", camel)]
pub struct GetAnalyzedResourceInput {
    /// The analyzer.
    #[shape(query, pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// The resource.
    #[shape(query, pattern = "arn:[^:]*:[^:]*:[^:]*:[^:]*:.*")]
    pub resource_arn: String,
}

/// What GetAnalyzedResource gives.
#[derive(Debug, Shape)]
#[shape(name = "GetAnalyzedResourceResponse", camel)]
pub struct GetAnalyzedResourceOutput {
    /// It.
    pub resource: AnalyzedResource,
}

/// A resource that has been looked at.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct AnalyzedResource {
    /// Its ARN.
    #[shape(pattern = "arn:[^:]*:[^:]*:[^:]*:[^:]*:.*")]
    pub resource_arn: String,
    /// What it is.
    pub resource_type: ResourceType,
    /// When it was first looked at.
    #[shape(timestamp = DateTime)]
    pub created_at: Timestamp,
    /// When it was last looked at.
    #[shape(timestamp = DateTime)]
    pub analyzed_at: Timestamp,
    /// When what was found last changed.
    #[shape(timestamp = DateTime)]
    pub updated_at: Timestamp,
    /// Whether everybody has access.
    pub is_public: bool,
    /// What outsiders may do.
    pub actions: Option<Vec<String>>,
    /// Where access comes from.
    pub shared_via: Option<Vec<String>>,
    /// Whether outsiders have access.
    pub status: Option<Status>,
    /// Whose it is.
    pub resource_owner_account: String,
    /// Why its policy could not be read.
    pub error: Option<String>,
}

impl Operation for GetAnalyzedResource {
    const NAME: &'static str = "GetAnalyzedResource";
    const HTTP: Option<Http> = Some(Http::new("GET", "/analyzed-resource", 200));
    type Input = GetAnalyzedResourceInput;
    type Output = GetAnalyzedResourceOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:GetAnalyzedResource", input.analyzer_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let analyzer = scan::refresh(cx, &input.analyzer_arn).await?;
        let found = cx.read(|tx| tx.get::<Analyzed>((&analyzer.name, &input.resource_arn)))?;
        let it = found.ok_or_else(|| unknown(&input.resource_arn))?;
        let shared = !it.actions.is_empty();
        Ok(GetAnalyzedResourceOutput {
            resource: AnalyzedResource {
                resource_arn: it.arn,
                resource_type: it.resource_type,
                created_at: it.created,
                analyzed_at: it.analyzed,
                updated_at: it.updated,
                is_public: it.is_public,
                actions: Some(it.actions).filter(|_| shared),
                shared_via: shared.then(|| vec!["POLICY".into()]),
                status: shared.then_some(Status::Active),
                resource_owner_account: it.owner,
                error: it.error,
            },
        })
    }
}

fn unknown(arn: &str) -> AnalyzerError {
    AnalyzerError::ResourceNotFoundException(format!("There is no analyzed resource {arn}."))
}

/// Lists resources.
pub(crate) enum ListAnalyzedResources {}

/// What ListAnalyzedResources takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAnalyzedResourcesRequest", camel)]
pub struct ListAnalyzedResourcesInput {
    /// The analyzer.
    #[shape(pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// Those of this type only.
    pub resource_type: Option<ResourceType>,
    /// Where to go on.
    pub next_token: Option<String>,
    /// The most of them.
    pub max_results: Option<u32>,
}

/// What ListAnalyzedResources gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAnalyzedResourcesResponse", camel)]
pub struct ListAnalyzedResourcesOutput {
    /// The resources.
    pub analyzed_resources: Vec<AnalyzedResourceSummary>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// A resource in a list.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct AnalyzedResourceSummary {
    /// Its ARN.
    #[shape(pattern = "arn:[^:]*:[^:]*:[^:]*:[^:]*:.*")]
    pub resource_arn: String,
    /// Whose it is.
    pub resource_owner_account: String,
    /// What it is.
    pub resource_type: ResourceType,
}

impl Operation for ListAnalyzedResources {
    const NAME: &'static str = "ListAnalyzedResources";
    const HTTP: Option<Http> = Some(Http::new("POST", "/analyzed-resource", 200));
    type Input = ListAnalyzedResourcesInput;
    type Output = ListAnalyzedResourcesOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:ListAnalyzedResources", input.analyzer_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let analyzer = scan::refresh(cx, &input.analyzer_arn).await?;
        let limit = input.max_results.unwrap_or(PAGE).clamp(1, PAGE) as usize;
        let token = input.next_token.as_deref();
        let page = cx.read(|tx| tx.page::<Analyzed>(&analyzer.name, token, limit))?;
        let wanted = |it: &Analyzed| input.resource_type.is_none_or(|of| of == it.resource_type);
        let view = |it: Analyzed| AnalyzedResourceSummary {
            resource_arn: it.arn,
            resource_owner_account: it.owner,
            resource_type: it.resource_type,
        };
        Ok(ListAnalyzedResourcesOutput {
            analyzed_resources: page.items.into_iter().filter(wanted).map(view).collect(),
            next_token: page.next,
        })
    }
}

/// Looks at a resource at once.
pub(crate) enum StartResourceScan {}

/// What StartResourceScan takes.
#[derive(Debug, Shape)]
#[shape(name = "StartResourceScanRequest", camel)]
pub struct StartResourceScanInput {
    /// The analyzer.
    #[shape(pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// The resource.
    #[shape(pattern = "arn:[^:]*:[^:]*:[^:]*:[^:]*:.*")]
    pub resource_arn: String,
}

impl Operation for StartResourceScan {
    const NAME: &'static str = "StartResourceScan";
    const HTTP: Option<Http> = Some(Http::new("POST", "/resource/scan", 200));
    type Input = StartResourceScanInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:StartResourceScan", input.analyzer_arn.as_str()).only()
    }

    /// Looks at all resources: telling which service to ask takes as long.
    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        let analyzer = cx.read(|tx| Analyzer::by_arn(tx, &input.analyzer_arn))?;
        scan::everything(cx, &analyzer.name).await?;
        let found = cx.read(|tx| tx.get::<Analyzed>((&analyzer.name, &input.resource_arn)))?;
        found.map(|_| Empty {}).ok_or_else(|| unknown(&input.resource_arn))
    }
}
