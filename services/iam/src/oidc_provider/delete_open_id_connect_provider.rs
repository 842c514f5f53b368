//! DeleteOpenIDConnectProvider: the issuer's tokens are good for nothing from now on.

use crate::{error::IamError, names::ArnText, provider::Provider};
use service_kit::{identity::OidcProvider, prelude::*};

/// Deletes an OpenID Connect provider; one that is not there is deleted already. Roles keep naming
/// it, in vain (IAM API Reference, "DeleteOpenIDConnectProvider").
pub(crate) enum DeleteOpenIDConnectProvider {}

/// What DeleteOpenIDConnectProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteOpenIDConnectProviderRequest")]
pub struct DeleteOpenIDConnectProviderInput {
    /// The provider.
    #[shape(name = "OpenIDConnectProviderArn")]
    pub open_id_connect_provider_arn: ArnText,
}

impl Operation for DeleteOpenIDConnectProvider {
    const NAME: &'static str = "DeleteOpenIDConnectProvider";
    type Input = DeleteOpenIDConnectProviderInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let arn = input.open_id_connect_provider_arn.0.as_str();
        Access::on("iam:DeleteOpenIDConnectProvider", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let arn = &input.open_id_connect_provider_arn.0;
        cx.write(|tx| {
            if let Some(provider) = OidcProvider::look_up(&tx.reader(), arn)? {
                tx.delete::<OidcProvider>(provider.issuer.name.as_str());
            }
            Ok::<_, IamError>(())
        })
        .await?;
        Ok(Empty)
    }
}
