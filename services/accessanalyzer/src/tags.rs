//! TagResource, UntagResource, ListTagsForResource: the tags of analyzers.

use crate::{analyzer::Analyzer, error::AnalyzerError};
use service_kit::{
    prelude::*,
    tags::{MAX_TAGS, is_reserved, key_fits, value_fits},
};

/// Sets tags.
pub(crate) enum TagResource {}

/// What TagResource takes.
#[derive(Debug, Shape)]
#[shape(name = "TagResourceRequest", camel)]
pub struct TagResourceInput {
    /// The analyzer.
    #[shape(label)]
    pub resource_arn: String,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const HTTP: Option<Http> = Some(Http::new("POST", "/tags/{resourceArn}", 200));
    type Input = TagResourceInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let tags = input.tags.iter().map(|(name, value)| (&**name, &**value));
        Access::on("access-analyzer:TagResource", input.resource_arn.as_str())
            .with_tags(tags)
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        let fits = |(name, value): (&String, &String)| {
            key_fits(name) && value_fits(value) && !is_reserved(name)
        };
        if !input.tags.iter().all(fits) {
            return Err(AnalyzerError::invalid("A tag's name or value is not allowed."));
        }
        cx.write(|tx| {
            let mut analyzer = Analyzer::by_arn(&tx.reader(), &input.resource_arn)?;
            analyzer.tags.extend(input.tags.clone());
            if analyzer.tags.len() > MAX_TAGS {
                return Err(AnalyzerError::invalid("A resource has at most 50 tags."));
            }
            tx.put(&analyzer)?;
            Ok(Empty {})
        })
        .await
    }
}

/// Removes tags.
pub(crate) enum UntagResource {}

/// What UntagResource takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagResourceRequest", camel)]
pub struct UntagResourceInput {
    /// The analyzer.
    #[shape(label)]
    pub resource_arn: String,
    /// The tags' names.
    #[shape(query)]
    pub tag_keys: Vec<String>,
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const HTTP: Option<Http> = Some(Http::new("DELETE", "/tags/{resourceArn}", 200));
    type Input = UntagResourceInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:UntagResource", input.resource_arn.as_str())
            .with_many("aws:TagKeys", input.tag_keys.iter().map(String::as_str))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        cx.write(|tx| {
            let mut analyzer = Analyzer::by_arn(&tx.reader(), &input.resource_arn)?;
            analyzer.tags.retain(|name, _| !input.tag_keys.contains(name));
            tx.put(&analyzer)?;
            Ok(Empty {})
        })
        .await
    }
}

/// Lists tags.
pub(crate) enum ListTagsForResource {}

/// What ListTagsForResource takes.
#[derive(Debug, Shape)]
#[shape(name = "ListTagsForResourceRequest", camel)]
pub struct ListTagsForResourceInput {
    /// The analyzer.
    #[shape(label)]
    pub resource_arn: String,
}

/// What ListTagsForResource gives.
#[derive(Debug, Shape)]
#[shape(name = "ListTagsForResourceResponse", camel)]
pub struct ListTagsForResourceOutput {
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    const HTTP: Option<Http> = Some(Http::new("GET", "/tags/{resourceArn}", 200));
    type Input = ListTagsForResourceInput;
    type Output = ListTagsForResourceOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:ListTagsForResource", input.resource_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let analyzer = cx.read(|tx| Analyzer::by_arn(tx, &input.resource_arn))?;
        Ok(ListTagsForResourceOutput { tags: analyzer.tags })
    }
}
