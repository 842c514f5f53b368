//! ListSAMLProviders: all SAML providers of the account.

use crate::error::IamError;
use service_kit::{identity::SamlProvider, prelude::*};

/// Lists SAML providers, all at once as AWS does.
pub(crate) enum ListSAMLProviders {}

/// What ListSAMLProviders gives.
#[derive(Debug, Shape)]
#[shape(name = "ListSAMLProvidersResponse")]
pub struct ListSAMLProvidersOutput {
    /// Providers.
    #[shape(name = "SAMLProviderList")]
    pub saml_provider_list: Vec<SAMLProviderListEntry>,
}

/// A SAML provider in a list.
#[derive(Clone, Debug, Shape)]
pub struct SAMLProviderListEntry {
    /// The ARN.
    #[shape(length = 20..=2048)]
    pub arn: String,
    /// Until when its metadata are good.
    pub valid_until: Timestamp,
    /// When it was created.
    pub create_date: Timestamp,
}

impl Operation for ListSAMLProviders {
    const NAME: &'static str = "ListSAMLProviders";
    type Input = Empty;
    type Output = ListSAMLProvidersOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:ListSAMLProviders").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, IamError> {
        let providers = cx.read(|tx| tx.list::<SamlProvider>(()))?;
        let entry = |provider: &SamlProvider| SAMLProviderListEntry {
            arn: provider.arn(cx.account()),
            valid_until: provider.valid_until,
            create_date: provider.created,
        };
        Ok(ListSAMLProvidersOutput { saml_provider_list: providers.iter().map(entry).collect() })
    }
}
