//! Set, remove and list the tags of a server certificate.

use super::{change, find};
use crate::{
    error::IamError,
    names::{Marker, MaxItems, ServerCertificateName, TagKey, arn},
    paging::Paging,
    shapes::TagView,
    tags,
};
use service_kit::prelude::*;

/// Adds tags to a certificate, replacing those of the same name.
pub(crate) enum TagServerCertificate {}

/// What TagServerCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "TagServerCertificateRequest")]
pub struct TagServerCertificateInput {
    /// The certificate.
    pub server_certificate_name: ServerCertificateName,
    /// The tags.
    #[shape(length = 0..=50)]
    pub tags: Vec<TagView>,
}

impl Operation for TagServerCertificate {
    const NAME: &'static str = "TagServerCertificate";
    type Input = TagServerCertificateInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on(
            "iam:TagServerCertificate",
            arn(at, "server-certificate", &input.server_certificate_name.0),
        )
        .with_tags(tags::pairs(&input.tags))
        .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        change(cx, &input.server_certificate_name.0, |certificate| {
            tags::set(&mut certificate.tags, &input.tags)
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes tags from a certificate.
pub(crate) enum UntagServerCertificate {}

/// What UntagServerCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagServerCertificateRequest")]
pub struct UntagServerCertificateInput {
    /// The certificate.
    pub server_certificate_name: ServerCertificateName,
    /// The names of tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagServerCertificate {
    const NAME: &'static str = "UntagServerCertificate";
    type Input = UntagServerCertificateInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on(
            "iam:UntagServerCertificate",
            arn(at, "server-certificate", &input.server_certificate_name.0),
        )
        .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
        .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        change(cx, &input.server_certificate_name.0, |certificate| {
            tags::unset(&mut certificate.tags, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists the tags of a certificate by name.
pub(crate) enum ListServerCertificateTags {}

/// What ListServerCertificateTags takes.
#[derive(Debug, Shape)]
#[shape(name = "ListServerCertificateTagsRequest")]
pub struct ListServerCertificateTagsInput {
    /// The certificate.
    pub server_certificate_name: ServerCertificateName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListServerCertificateTags gives.
#[derive(Debug, Shape)]
#[shape(name = "ListServerCertificateTagsResponse")]
pub struct ListServerCertificateTagsOutput {
    /// The tags.
    pub tags: Vec<TagView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListServerCertificateTags {
    const NAME: &'static str = "ListServerCertificateTags";
    type Input = ListServerCertificateTagsInput;
    type Output = ListServerCertificateTagsOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on(
            "iam:ListServerCertificateTags",
            arn(at, "server-certificate", &input.server_certificate_name.0),
        )
        .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let found = cx.read(|tx| find(tx, &input.server_certificate_name.0))?;
        let page = tags::list(&found.tags, &paging)?;
        Ok(ListServerCertificateTagsOutput {
            tags: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
