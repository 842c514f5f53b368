//! CreateAnalyzer, GetAnalyzer, ListAnalyzers, DeleteAnalyzer: analyzers of external access.

use crate::{
    analyzer::{
        Analyzer, AnalyzerSummary, Criterion, MAX_ANALYZERS, MAX_RULES, Rule, Type, arn_of,
    },
    error::AnalyzerError,
    finding::{Analyzed, Finding},
    scan,
};
use service_kit::prelude::*;

/// Makes an analyzer.
pub(crate) enum CreateAnalyzer {}

/// What CreateAnalyzer takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateAnalyzerRequest", camel)]
pub struct CreateAnalyzerInput {
    /// Its name.
    #[shape(length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub analyzer_name: String,
    /// What it looks for.
    pub r#type: Type,
    /// What is archived from the start.
    pub archive_rules: Option<Vec<InlineArchiveRule>>,
    /// Its tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// Asking again with the same token is no conflict.
    pub client_token: Option<String>,
}

/// An archive rule of a new analyzer.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct InlineArchiveRule {
    /// Its name.
    #[shape(length = 1..=255, pattern = "[A-Za-z][A-Za-z0-9_.-]*")]
    pub rule_name: String,
    /// Which findings it archives.
    pub filter: BTreeMap<String, Criterion>,
}

/// What CreateAnalyzer gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateAnalyzerResponse", camel)]
pub struct CreateAnalyzerOutput {
    /// Its ARN.
    #[shape(pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub arn: Option<String>,
}

impl Operation for CreateAnalyzer {
    const NAME: &'static str = "CreateAnalyzer";
    const HTTP: Option<Http> = Some(Http::new("PUT", "/analyzer", 200));
    type Input = CreateAnalyzerInput;
    type Output = CreateAnalyzerOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = arn_of(at, &input.analyzer_name);
        let tags = input.tags.iter().flatten().map(|(name, value)| (&**name, &**value));
        Access::on_new("access-analyzer:CreateAnalyzer", arn).with_tags(tags).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        if input.r#type != Type::Account {
            let what = format!("analyzers of the type {:?}", input.r#type);
            return Err(Fault::unsupported(what).into());
        }
        let rules = input.archive_rules.unwrap_or_default().into_iter().map(|rule| {
            let (created, updated) = (cx.now(), cx.now());
            (rule.rule_name, Rule { token: None, filter: rule.filter, created, updated })
        });
        let analyzer = Analyzer {
            name: input.analyzer_name,
            created: cx.now(),
            token: input.client_token,
            tags: input.tags.unwrap_or_default(),
            rules: rules.collect(),
            last: None,
        };
        if analyzer.rules.len() > MAX_RULES {
            return Err(AnalyzerError::ServiceQuotaExceededException("Too many rules.".into()));
        }
        scan::keep_role(cx).await?;
        cx.write(|tx| {
            let known = tx.reader().list::<Analyzer>(())?;
            if let Some(known) = known.iter().find(|it| it.name == analyzer.name) {
                if known.token.is_some() && known.token == analyzer.token {
                    return Ok(());
                }
                let message = format!("There is an analyzer {} already.", analyzer.name);
                return Err(AnalyzerError::ConflictException(message));
            }
            if known.len() >= MAX_ANALYZERS {
                let message = "An account has one analyzer of external access in a region.";
                return Err(AnalyzerError::ServiceQuotaExceededException(message.into()));
            }
            Ok(tx.put(&analyzer)?)
        })
        .await?;
        scan::everything(cx, &analyzer.name).await?;
        Ok(CreateAnalyzerOutput { arn: Some(analyzer.arn(cx.scope())) })
    }
}

/// Shows an analyzer.
pub(crate) enum GetAnalyzer {}

/// What GetAnalyzer takes.
#[derive(Debug, Shape)]
#[shape(name = "GetAnalyzerRequest", camel)]
pub struct GetAnalyzerInput {
    /// Its name.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub analyzer_name: String,
}

/// What GetAnalyzer gives.
#[derive(Debug, Shape)]
#[shape(name = "GetAnalyzerResponse", camel)]
pub struct GetAnalyzerOutput {
    /// It.
    pub analyzer: AnalyzerSummary,
}

impl Operation for GetAnalyzer {
    const NAME: &'static str = "GetAnalyzer";
    const HTTP: Option<Http> = Some(Http::new("GET", "/analyzer/{analyzerName}", 200));
    type Input = GetAnalyzerInput;
    type Output = GetAnalyzerOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:GetAnalyzer", arn_of(at, &input.analyzer_name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let analyzer = cx.read(|tx| Analyzer::get(tx, &input.analyzer_name))?;
        Ok(GetAnalyzerOutput { analyzer: analyzer.summary(cx.scope()) })
    }
}

/// Lists analyzers.
pub(crate) enum ListAnalyzers {}

/// What ListAnalyzers takes. There is one analyzer, so that there are no pages.
#[derive(Debug, Shape)]
#[shape(name = "ListAnalyzersRequest", camel)]
pub struct ListAnalyzersInput {
    /// Those that look for this only.
    #[shape(query)]
    pub r#type: Option<Type>,
}

/// What ListAnalyzers gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAnalyzersResponse", camel)]
pub struct ListAnalyzersOutput {
    /// The analyzers.
    pub analyzers: Vec<AnalyzerSummary>,
}

impl Operation for ListAnalyzers {
    const NAME: &'static str = "ListAnalyzers";
    const HTTP: Option<Http> = Some(Http::new("GET", "/analyzer", 200));
    type Input = ListAnalyzersInput;
    type Output = ListAnalyzersOutput;
    type Error = AnalyzerError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("access-analyzer:ListAnalyzers").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let known = cx.read(|tx| tx.list::<Analyzer>(()))?;
        let known = known.iter().filter(|_| input.r#type.is_none_or(|it| it == Type::Account));
        Ok(ListAnalyzersOutput { analyzers: known.map(|it| it.summary(cx.scope())).collect() })
    }
}

/// Deletes an analyzer with its findings.
pub(crate) enum DeleteAnalyzer {}

/// What DeleteAnalyzer takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteAnalyzerRequest", camel)]
pub struct DeleteAnalyzerInput {
    /// Its name.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub analyzer_name: String,
    /// Nothing is deleted twice, with or without it.
    #[shape(query)]
    pub client_token: Option<String>,
}

impl Operation for DeleteAnalyzer {
    const NAME: &'static str = "DeleteAnalyzer";
    const HTTP: Option<Http> = Some(Http::new("DELETE", "/analyzer/{analyzerName}", 200));
    type Input = DeleteAnalyzerInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:DeleteAnalyzer", arn_of(at, &input.analyzer_name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        let name = &input.analyzer_name;
        cx.write(|tx| {
            Analyzer::get(&tx.reader(), name)?;
            for finding in tx.reader().list::<Finding>(name)? {
                tx.delete::<Finding>((name, &finding.id));
            }
            for resource in tx.reader().list::<Analyzed>(name)? {
                tx.delete::<Analyzed>((name, &resource.arn));
            }
            tx.delete::<Analyzer>(name);
            Ok(Empty {})
        })
        .await
    }
}
