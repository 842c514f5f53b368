//! Add and remove an audience of an OpenID Connect provider.

use super::{ClientId, check_client_ids};
use crate::{error::IamError, names::ArnText, provider::Provider};
use service_kit::{identity::OidcProvider, prelude::*};

/// Takes tokens for one more audience; one that is there already does not matter.
pub(crate) enum AddClientIDToOpenIDConnectProvider {}

/// What AddClientIDToOpenIDConnectProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "AddClientIDToOpenIDConnectProviderRequest")]
pub struct AddClientIDToOpenIDConnectProviderInput {
    /// The provider.
    #[shape(name = "OpenIDConnectProviderArn")]
    pub open_id_connect_provider_arn: ArnText,
    /// The audience.
    #[shape(name = "ClientID")]
    pub client_id: ClientId,
}

impl Operation for AddClientIDToOpenIDConnectProvider {
    const NAME: &'static str = "AddClientIDToOpenIDConnectProvider";
    type Input = AddClientIDToOpenIDConnectProviderInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let arn = input.open_id_connect_provider_arn.0.as_str();
        Access::on("iam:AddClientIDToOpenIDConnectProvider", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        OidcProvider::change(cx, &input.open_id_connect_provider_arn.0, |provider| {
            if !provider.client_ids.contains(&input.client_id.0) {
                provider.client_ids.push(input.client_id.0.clone());
            }
            check_client_ids(&provider.client_ids)
        })
        .await?;
        Ok(Empty)
    }
}

/// Takes tokens for an audience no more; one that is not there does not matter.
pub(crate) enum RemoveClientIDFromOpenIDConnectProvider {}

/// What RemoveClientIDFromOpenIDConnectProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "RemoveClientIDFromOpenIDConnectProviderRequest")]
pub struct RemoveClientIDFromOpenIDConnectProviderInput {
    /// The provider.
    #[shape(name = "OpenIDConnectProviderArn")]
    pub open_id_connect_provider_arn: ArnText,
    /// The audience.
    #[shape(name = "ClientID")]
    pub client_id: ClientId,
}

impl Operation for RemoveClientIDFromOpenIDConnectProvider {
    const NAME: &'static str = "RemoveClientIDFromOpenIDConnectProvider";
    type Input = RemoveClientIDFromOpenIDConnectProviderInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let arn = input.open_id_connect_provider_arn.0.as_str();
        Access::on("iam:RemoveClientIDFromOpenIDConnectProvider", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        OidcProvider::change(cx, &input.open_id_connect_provider_arn.0, |provider| {
            provider.client_ids.retain(|id| *id != input.client_id.0);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}
