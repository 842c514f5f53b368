//! Set, remove and list the tags of an OpenID Connect provider.

use crate::{
    error::IamError,
    names::{ArnText, Marker, MaxItems, TagKey},
    paging::Paging,
    provider::Provider,
    shapes::TagView,
    tags,
};
use service_kit::{identity::OidcProvider, prelude::*};

/// Adds tags to an OpenID Connect provider, replacing those of the same name.
pub(crate) enum TagOpenIDConnectProvider {}

/// What TagOpenIDConnectProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "TagOpenIDConnectProviderRequest")]
pub struct TagOpenIDConnectProviderInput {
    /// The OpenID Connect provider.
    #[shape(name = "OpenIDConnectProviderArn")]
    pub open_id_connect_provider_arn: ArnText,
    /// The tags.
    #[shape(length = 0..=50)]
    pub tags: Vec<TagView>,
}

impl Operation for TagOpenIDConnectProvider {
    const NAME: &'static str = "TagOpenIDConnectProvider";
    type Input = TagOpenIDConnectProviderInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:TagOpenIDConnectProvider", input.open_id_connect_provider_arn.0.as_str())
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        OidcProvider::change(cx, &input.open_id_connect_provider_arn.0, |found| {
            tags::set(&mut found.tags, &input.tags)
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes tags from an OpenID Connect provider.
pub(crate) enum UntagOpenIDConnectProvider {}

/// What UntagOpenIDConnectProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagOpenIDConnectProviderRequest")]
pub struct UntagOpenIDConnectProviderInput {
    /// The OpenID Connect provider.
    #[shape(name = "OpenIDConnectProviderArn")]
    pub open_id_connect_provider_arn: ArnText,
    /// The names of tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagOpenIDConnectProvider {
    const NAME: &'static str = "UntagOpenIDConnectProvider";
    type Input = UntagOpenIDConnectProviderInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:UntagOpenIDConnectProvider", input.open_id_connect_provider_arn.0.as_str())
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        OidcProvider::change(cx, &input.open_id_connect_provider_arn.0, |found| {
            tags::unset(&mut found.tags, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists the tags of an OpenID Connect provider by name.
pub(crate) enum ListOpenIDConnectProviderTags {}

/// What ListOpenIDConnectProviderTags takes.
#[derive(Debug, Shape)]
#[shape(name = "ListOpenIDConnectProviderTagsRequest")]
pub struct ListOpenIDConnectProviderTagsInput {
    /// The OpenID Connect provider.
    #[shape(name = "OpenIDConnectProviderArn")]
    pub open_id_connect_provider_arn: ArnText,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListOpenIDConnectProviderTags gives.
#[derive(Debug, Shape)]
#[shape(name = "ListOpenIDConnectProviderTagsResponse")]
pub struct ListOpenIDConnectProviderTagsOutput {
    /// The tags.
    pub tags: Vec<TagView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListOpenIDConnectProviderTags {
    const NAME: &'static str = "ListOpenIDConnectProviderTags";
    type Input = ListOpenIDConnectProviderTagsInput;
    type Output = ListOpenIDConnectProviderTagsOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on(
            "iam:ListOpenIDConnectProviderTags",
            input.open_id_connect_provider_arn.0.as_str(),
        )
        .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = cx.read(|tx| {
            let found = OidcProvider::find(tx, &input.open_id_connect_provider_arn.0)?;
            tags::list(&found.tags, &paging)
        })?;
        Ok(ListOpenIDConnectProviderTagsOutput {
            tags: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
