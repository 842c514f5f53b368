//! SAML 2.0 providers. Encrypted assertions are not taken: nothing here holds private keys of
//! theirs, so the members about those are left out.

pub(crate) mod create_saml_provider;
pub(crate) mod delete_saml_provider;
pub(crate) mod get_saml_provider;
pub(crate) mod list_saml_providers;
pub(crate) mod saml_provider_tags;
pub(crate) mod update_saml_provider;

use crate::error::IamError;
use federation::saml::Metadata;
use service_kit::prelude::*;

/// How long metadata that set no end are good.
const YEARS: i64 = 100;

/// A provider's description of itself.
#[derive(Clone, Debug, Shape)]
#[shape(name = "SAMLMetadataDocumentType", length = 1000..=10_000_000)]
pub struct MetadataDocument(pub String);

/// Reads a provider's description; gives until when it is good, too.
fn read(cx: &Context, document: &str) -> Result<(Metadata, Timestamp), IamError> {
    let metadata = Metadata::parse(document).map_err(|malformed| {
        IamError::InvalidInputException(format!("Could not parse metadata: {}", malformed.0))
    })?;
    let now = cx.now().as_secs();
    let until = metadata.valid_until.unwrap_or(now + YEARS * 365 * 86_400);
    if until <= now {
        return Err(IamError::InvalidInputException("The metadata have expired.".into()));
    }
    Ok((metadata, Timestamp::from_secs(until)))
}
