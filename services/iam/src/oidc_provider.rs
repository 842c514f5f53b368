//! OpenID Connect providers.

pub(crate) mod client_ids;
pub(crate) mod create_open_id_connect_provider;
pub(crate) mod delete_open_id_connect_provider;
pub(crate) mod get_open_id_connect_provider;
pub(crate) mod list_open_id_connect_providers;
pub(crate) mod oidc_provider_tags;
pub(crate) mod update_thumbprints;

use crate::error::IamError;
use service_kit::prelude::*;

/// The most audiences of one provider (IAM User Guide, "IAM and AWS STS quotas").
const MAX_CLIENT_IDS: usize = 100;

/// The most thumbprints of one provider.
const MAX_THUMBPRINTS: usize = 5;

/// An audience of tokens.
#[derive(Clone, Debug, Shape)]
#[shape(name = "clientIDType", length = 1..=255)]
pub struct ClientId(pub String);

/// The SHA-1 of a certificate in hexadecimal.
#[derive(Clone, Debug, Shape)]
#[shape(name = "thumbprintType", length = 40..=40)]
pub struct Thumbprint(pub String);

/// Checks audiences: each once, not too many.
fn check_client_ids(ids: &[String]) -> Result<(), IamError> {
    if ids.len() > MAX_CLIENT_IDS {
        return Err(IamError::quota("ClientIdsPerOpenIdConnectProvider", MAX_CLIENT_IDS));
    }
    Ok(())
}

/// Thumbprints in the form that is stored.
fn thumbprints(given: &[Thumbprint]) -> Result<Vec<String>, IamError> {
    if given.len() > MAX_THUMBPRINTS {
        let message = format!("Thumbprint list must contain at most {MAX_THUMBPRINTS} entries.");
        return Err(IamError::InvalidInputException(message));
    }
    let read = |thumbprint: &Thumbprint| {
        let hex = thumbprint.0.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| thumbprint.0.to_ascii_lowercase())
            .ok_or_else(|| IamError::InvalidInputException("Invalid thumbprint".into()))
    };
    given.iter().map(read).collect()
}
