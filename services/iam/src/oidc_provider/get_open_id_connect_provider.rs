//! GetOpenIDConnectProvider: one issuer with its audiences.

use crate::{
    error::IamError,
    names::ArnText,
    provider::Provider,
    shapes::{TagView, tags_view},
};
use service_kit::{identity::OidcProvider, prelude::*};

/// Shows an OpenID Connect provider.
pub(crate) enum GetOpenIDConnectProvider {}

/// What GetOpenIDConnectProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "GetOpenIDConnectProviderRequest")]
pub struct GetOpenIDConnectProviderInput {
    /// The provider.
    #[shape(name = "OpenIDConnectProviderArn")]
    pub open_id_connect_provider_arn: ArnText,
}

/// What GetOpenIDConnectProvider gives.
#[derive(Debug, Shape)]
#[shape(name = "GetOpenIDConnectProviderResponse")]
pub struct GetOpenIDConnectProviderOutput {
    /// The issuer, without its scheme if that is `https`.
    #[shape(length = 1..=255)]
    pub url: String,
    /// The audiences whose tokens are taken.
    #[shape(name = "ClientIDList")]
    pub client_id_list: Vec<String>,
    /// The SHA-1 of certificates that vouch for the issuer's host.
    pub thumbprint_list: Vec<String>,
    /// When it was created.
    pub create_date: Timestamp,
    /// Its tags.
    pub tags: Option<Vec<TagView>>,
}

impl Operation for GetOpenIDConnectProvider {
    const NAME: &'static str = "GetOpenIDConnectProvider";
    type Input = GetOpenIDConnectProviderInput;
    type Output = GetOpenIDConnectProviderOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let arn = input.open_id_connect_provider_arn.0.as_str();
        Access::on("iam:GetOpenIDConnectProvider", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let arn = &input.open_id_connect_provider_arn.0;
        let provider = cx.read(|tx| OidcProvider::find(tx, arn))?;
        let tags = tags_view(&provider.tags);
        let issuer = provider.issuer;
        Ok(GetOpenIDConnectProviderOutput {
            url: if issuer.secure { issuer.name } else { issuer.url() },
            client_id_list: provider.client_ids,
            thumbprint_list: provider.thumbprints,
            create_date: provider.created,
            tags,
        })
    }
}
