//! UpdateSAMLProvider: new metadata, such as a new signing certificate.

use super::{MetadataDocument, read};
use crate::{error::IamError, names::ArnText, provider::Provider};
use service_kit::{identity::SamlProvider, prelude::*};

/// Replaces a SAML provider's metadata.
pub(crate) enum UpdateSAMLProvider {}

/// What UpdateSAMLProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateSAMLProviderRequest")]
pub struct UpdateSAMLProviderInput {
    /// The provider's description of itself.
    #[shape(name = "SAMLMetadataDocument")]
    pub saml_metadata_document: Option<MetadataDocument>,
    /// The provider.
    #[shape(name = "SAMLProviderArn")]
    pub saml_provider_arn: ArnText,
}

/// What UpdateSAMLProvider gives.
#[derive(Debug, Shape)]
#[shape(name = "UpdateSAMLProviderResponse")]
pub struct UpdateSAMLProviderOutput {
    /// The provider.
    #[shape(name = "SAMLProviderArn", length = 20..=2048)]
    pub saml_provider_arn: String,
}

impl Operation for UpdateSAMLProvider {
    const NAME: &'static str = "UpdateSAMLProvider";
    type Input = UpdateSAMLProviderInput;
    type Output = UpdateSAMLProviderOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:UpdateSAMLProvider", input.saml_provider_arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let document = input.saml_metadata_document.map(|document| document.0);
        let new = match &document {
            Some(document) => Some((read(cx, document)?, document)),
            None => None,
        };
        SamlProvider::change(cx, &input.saml_provider_arn.0, |provider| {
            if let Some(((metadata, valid_until), document)) = &new {
                provider.metadata.clone_from(document);
                provider.valid_until = *valid_until;
                provider.entity_id.clone_from(&metadata.entity_id);
                provider.keys.clone_from(&metadata.keys);
            }
            Ok(())
        })
        .await?;
        Ok(UpdateSAMLProviderOutput { saml_provider_arn: input.saml_provider_arn.0 })
    }
}
