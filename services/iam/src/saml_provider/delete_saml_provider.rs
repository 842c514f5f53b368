//! DeleteSAMLProvider: the entity's assertions are good for nothing from now on.

use crate::{error::IamError, names::ArnText, provider::Provider};
use service_kit::{
    identity::{SamlProvider, name_key},
    prelude::*,
};

/// Deletes a SAML provider. Roles keep naming it, in vain.
pub(crate) enum DeleteSAMLProvider {}

/// What DeleteSAMLProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteSAMLProviderRequest")]
pub struct DeleteSAMLProviderInput {
    /// The provider.
    #[shape(name = "SAMLProviderArn")]
    pub saml_provider_arn: ArnText,
}

impl Operation for DeleteSAMLProvider {
    const NAME: &'static str = "DeleteSAMLProvider";
    type Input = DeleteSAMLProviderInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteSAMLProvider", input.saml_provider_arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        cx.write(|tx| {
            let provider = SamlProvider::find(&tx.reader(), &input.saml_provider_arn.0)?;
            tx.delete::<SamlProvider>(name_key(&provider.name));
            Ok::<_, IamError>(())
        })
        .await?;
        Ok(Empty)
    }
}
