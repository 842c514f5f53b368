//! ListServerCertificates: the server certificates of an account.

use super::{ServerCertificate, ServerCertificateMetadata};
use crate::{
    error::IamError,
    names::{Marker, MaxItems, PathPrefix},
    paging::Paging,
};
use service_kit::prelude::*;

/// Lists the certificates under a path, by name.
pub(crate) enum ListServerCertificates {}

/// What ListServerCertificates takes.
#[derive(Debug, Shape)]
#[shape(name = "ListServerCertificatesRequest")]
pub struct ListServerCertificatesInput {
    /// Only those under this path.
    pub path_prefix: Option<PathPrefix>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListServerCertificates gives.
#[derive(Debug, Shape)]
#[shape(name = "ListServerCertificatesResponse")]
pub struct ListServerCertificatesOutput {
    /// The certificates.
    pub server_certificate_metadata_list: Vec<ServerCertificateMetadata>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListServerCertificates {
    const NAME: &'static str = "ListServerCertificates";
    type Input = ListServerCertificatesInput;
    type Output = ListServerCertificatesOutput;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:ListServerCertificates").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let mut all = cx.read(|tx| tx.list::<ServerCertificate>(()))?;
        if let Some(prefix) = &input.path_prefix {
            all.retain(|certificate| certificate.path.starts_with(&prefix.0));
        }
        let page = paging.of(all, |certificate| certificate.name.to_ascii_lowercase())?;
        let view = |certificate| ServerCertificateMetadata::of(cx.account(), certificate);
        Ok(ListServerCertificatesOutput {
            server_certificate_metadata_list: page.items.iter().map(view).collect(),
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
