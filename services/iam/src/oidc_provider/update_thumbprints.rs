//! UpdateOpenIDConnectProviderThumbprint: which certificates vouch for an issuer's host.

use super::{Thumbprint, thumbprints};
use crate::{error::IamError, names::ArnText, provider::Provider};
use service_kit::{identity::OidcProvider, prelude::*};

/// Replaces a provider's thumbprints.
pub(crate) enum UpdateOpenIDConnectProviderThumbprint {}

/// What UpdateOpenIDConnectProviderThumbprint takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateOpenIDConnectProviderThumbprintRequest")]
pub struct UpdateOpenIDConnectProviderThumbprintInput {
    /// The provider.
    #[shape(name = "OpenIDConnectProviderArn")]
    pub open_id_connect_provider_arn: ArnText,
    /// The SHA-1 of certificates that vouch for the issuer's host.
    pub thumbprint_list: Vec<Thumbprint>,
}

impl Operation for UpdateOpenIDConnectProviderThumbprint {
    const NAME: &'static str = "UpdateOpenIDConnectProviderThumbprint";
    type Input = UpdateOpenIDConnectProviderThumbprintInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let arn = input.open_id_connect_provider_arn.0.as_str();
        Access::on("iam:UpdateOpenIDConnectProviderThumbprint", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let new = thumbprints(&input.thumbprint_list)?;
        OidcProvider::change(cx, &input.open_id_connect_provider_arn.0, |provider| {
            provider.thumbprints = new.clone();
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}
