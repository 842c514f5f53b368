//! GetSAMLProvider: one provider with its metadata.

use crate::{
    error::IamError,
    names::ArnText,
    provider::Provider,
    shapes::{TagView, tags_view},
};
use service_kit::{identity::SamlProvider, prelude::*};

/// Shows a SAML provider.
pub(crate) enum GetSAMLProvider {}

/// What GetSAMLProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "GetSAMLProviderRequest")]
pub struct GetSAMLProviderInput {
    /// The provider.
    #[shape(name = "SAMLProviderArn")]
    pub saml_provider_arn: ArnText,
}

/// What GetSAMLProvider gives.
#[derive(Debug, Shape)]
#[shape(name = "GetSAMLProviderResponse")]
pub struct GetSAMLProviderOutput {
    /// The unique id.
    #[shape(name = "SAMLProviderUUID", length = 22..=64, pattern = "[A-Z0-9]+")]
    pub saml_provider_uuid: String,
    /// The document as given.
    #[shape(name = "SAMLMetadataDocument", length = 1000..=10_000_000)]
    pub saml_metadata_document: String,
    /// When it was created.
    pub create_date: Timestamp,
    /// Until when its metadata are good.
    pub valid_until: Timestamp,
    /// Its tags.
    pub tags: Option<Vec<TagView>>,
}

impl Operation for GetSAMLProvider {
    const NAME: &'static str = "GetSAMLProvider";
    type Input = GetSAMLProviderInput;
    type Output = GetSAMLProviderOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("iam:GetSAMLProvider", input.saml_provider_arn.0.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let provider = cx.read(|tx| SamlProvider::find(tx, &input.saml_provider_arn.0))?;
        Ok(GetSAMLProviderOutput {
            tags: tags_view(&provider.tags),
            saml_provider_uuid: provider.id,
            saml_metadata_document: provider.metadata,
            create_date: provider.created,
            valid_until: provider.valid_until,
        })
    }
}
