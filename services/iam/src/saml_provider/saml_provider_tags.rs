//! Set, remove and list the tags of a SAML provider.

use crate::{
    error::IamError,
    names::{ArnText, Marker, MaxItems, TagKey},
    paging::Paging,
    provider::Provider,
    shapes::TagView,
    tags,
};
use service_kit::{identity::SamlProvider, prelude::*};

/// Adds tags to a SAML provider, replacing those of the same name.
pub(crate) enum TagSAMLProvider {}

/// What TagSAMLProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "TagSAMLProviderRequest")]
pub struct TagSAMLProviderInput {
    /// The SAML provider.
    #[shape(name = "SAMLProviderArn")]
    pub saml_provider_arn: ArnText,
    /// The tags.
    #[shape(length = 0..=50)]
    pub tags: Vec<TagView>,
}

impl Operation for TagSAMLProvider {
    const NAME: &'static str = "TagSAMLProvider";
    type Input = TagSAMLProviderInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:TagSAMLProvider", input.saml_provider_arn.0.as_str())
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        SamlProvider::change(cx, &input.saml_provider_arn.0, |found| {
            tags::set(&mut found.tags, &input.tags)
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes tags from a SAML provider.
pub(crate) enum UntagSAMLProvider {}

/// What UntagSAMLProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagSAMLProviderRequest")]
pub struct UntagSAMLProviderInput {
    /// The SAML provider.
    #[shape(name = "SAMLProviderArn")]
    pub saml_provider_arn: ArnText,
    /// The names of tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagSAMLProvider {
    const NAME: &'static str = "UntagSAMLProvider";
    type Input = UntagSAMLProviderInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:UntagSAMLProvider", input.saml_provider_arn.0.as_str())
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        SamlProvider::change(cx, &input.saml_provider_arn.0, |found| {
            tags::unset(&mut found.tags, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists the tags of a SAML provider by name.
pub(crate) enum ListSAMLProviderTags {}

/// What ListSAMLProviderTags takes.
#[derive(Debug, Shape)]
#[shape(name = "ListSAMLProviderTagsRequest")]
pub struct ListSAMLProviderTagsInput {
    /// The SAML provider.
    #[shape(name = "SAMLProviderArn")]
    pub saml_provider_arn: ArnText,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListSAMLProviderTags gives.
#[derive(Debug, Shape)]
#[shape(name = "ListSAMLProviderTagsResponse")]
pub struct ListSAMLProviderTagsOutput {
    /// The tags.
    pub tags: Vec<TagView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListSAMLProviderTags {
    const NAME: &'static str = "ListSAMLProviderTags";
    type Input = ListSAMLProviderTagsInput;
    type Output = ListSAMLProviderTagsOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:ListSAMLProviderTags", input.saml_provider_arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = cx.read(|tx| {
            let found = SamlProvider::find(tx, &input.saml_provider_arn.0)?;
            tags::list(&found.tags, &paging)
        })?;
        Ok(ListSAMLProviderTagsOutput {
            tags: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
