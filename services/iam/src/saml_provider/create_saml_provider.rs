//! CreateSAMLProvider: an entity whose assertions roles may trust.

use super::{MetadataDocument, read};
use crate::{
    error::IamError,
    shapes::{TagView, tags_view},
    tags,
};
use service_kit::{
    identity::{SamlProvider, name_key, unique_id},
    prelude::*,
};

/// The most SAML providers of an account (IAM User Guide, "IAM and AWS STS quotas").
const MAX_PROVIDERS: usize = 100;

/// Makes a SAML provider.
pub(crate) enum CreateSAMLProvider {}

/// What CreateSAMLProvider takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateSAMLProviderRequest")]
pub struct CreateSAMLProviderInput {
    /// The provider's description of itself.
    #[shape(name = "SAMLMetadataDocument")]
    pub saml_metadata_document: MetadataDocument,
    /// The name, unique ignoring case.
    #[shape(length = 1..=128, pattern = r"[\w._-]+")]
    pub name: String,
    /// Tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<TagView>,
}

/// What CreateSAMLProvider gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateSAMLProviderResponse")]
pub struct CreateSAMLProviderOutput {
    /// The provider.
    #[shape(name = "SAMLProviderArn", length = 20..=2048)]
    pub saml_provider_arn: String,
    /// Its tags.
    pub tags: Option<Vec<TagView>>,
}

impl Operation for CreateSAMLProvider {
    const NAME: &'static str = "CreateSAMLProvider";
    type Input = CreateSAMLProviderInput;
    type Output = CreateSAMLProviderOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = at.global_arn("iam", format_args!("saml-provider/{}", input.name));
        Access::on("iam:CreateSAMLProvider", arn).with_tags(tags::pairs(&input.tags)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let document = input.saml_metadata_document.0;
        let (metadata, valid_until) = read(cx, &document)?;
        let provider = SamlProvider {
            name: input.name,
            id: unique_id("ASMLP", cx.entropy()),
            created: cx.now().whole_seconds(),
            valid_until,
            metadata: document,
            entity_id: metadata.entity_id,
            keys: metadata.keys,
            tags: tags::fresh(&input.tags)?,
        };
        if cx.read(|tx| tx.list::<SamlProvider>(()))?.len() >= MAX_PROVIDERS {
            return Err(IamError::quota("SAMLProvidersPerAccount", MAX_PROVIDERS));
        }
        cx.write(|tx| {
            if tx.get::<SamlProvider>(name_key(&provider.name))?.is_some() {
                let message = format!("Provider with name {} already exists.", provider.name);
                return Err(IamError::EntityAlreadyExistsException(message));
            }
            Ok(tx.put(&provider)?)
        })
        .await?;
        Ok(CreateSAMLProviderOutput {
            saml_provider_arn: provider.arn(cx.account()),
            tags: tags_view(&provider.tags),
        })
    }
}
