//! ListOpenIDConnectProviders: all issuers of the account.

use crate::error::IamError;
use service_kit::{identity::OidcProvider, prelude::*};

/// Lists OpenID Connect providers, all at once as AWS does.
pub(crate) enum ListOpenIDConnectProviders {}

/// What ListOpenIDConnectProviders gives.
#[derive(Debug, Shape)]
#[shape(name = "ListOpenIDConnectProvidersResponse")]
pub struct ListOpenIDConnectProvidersOutput {
    /// Providers.
    #[shape(name = "OpenIDConnectProviderList")]
    pub open_id_connect_provider_list: Vec<OpenIDConnectProviderListEntry>,
}

/// An OpenID Connect provider in a list.
#[derive(Clone, Debug, Shape)]
pub struct OpenIDConnectProviderListEntry {
    /// The ARN.
    #[shape(length = 20..=2048)]
    pub arn: String,
}

impl Operation for ListOpenIDConnectProviders {
    const NAME: &'static str = "ListOpenIDConnectProviders";
    type Input = Empty;
    type Output = ListOpenIDConnectProvidersOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:ListOpenIDConnectProviders").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, IamError> {
        let providers = cx.read(|tx| tx.list::<OidcProvider>(()))?;
        let entry =
            |it: &OidcProvider| OpenIDConnectProviderListEntry { arn: it.arn(cx.account()) };
        let open_id_connect_provider_list = providers.iter().map(entry).collect();
        Ok(ListOpenIDConnectProvidersOutput { open_id_connect_provider_list })
    }
}
