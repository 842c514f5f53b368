//! The document in which a provider describes itself.

use super::{METADATA, PROTOCOL, SIGNATURE, certificate::rsa_key, instant};
use crate::xml::{Comments, Element, Malformed, parse};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The most signing keys of a provider.
const MAX_KEYS: usize = 20;

/// What matters of a provider's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The entity that issues assertions.
    pub entity_id: String,
    /// Until when the document is good, in seconds since 1970; it may not say.
    pub valid_until: Option<i64>,
    /// The RSA keys that assertions are signed with, in PKCS #1 form.
    pub keys: Vec<Vec<u8>>,
}

impl Metadata {
    /// Reads the document of one identity provider.
    ///
    /// # Errors
    /// [`Malformed`] when it is no such document, or has no certificate with an RSA key.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let root = parse(text, Comments::Skipped)?;
        if !root.is(METADATA, "EntityDescriptor") {
            return Err(Malformed("the root is no EntityDescriptor"));
        }
        let entity_id = root.attribute("entityID").filter(|id| (1..=1_024).contains(&id.len()));
        let entity_id = entity_id.ok_or(Malformed("no entityID"))?.to_owned();
        let valid_until = match root.attribute("validUntil") {
            Some(text) => Some(instant::seconds(text).ok_or(Malformed("no moment: validUntil"))?),
            None => None,
        };
        let role = root.only(METADATA, "IDPSSODescriptor");
        let role = role.ok_or(Malformed("not one IDPSSODescriptor"))?;
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        if !protocols.split_whitespace().any(|protocol| protocol == PROTOCOL) {
            return Err(Malformed("the provider does not speak SAML 2.0"));
        }
        if role.all(METADATA, "SingleSignOnService").next().is_none() {
            return Err(Malformed("no SingleSignOnService"));
        }
        let signing = role.all(METADATA, "KeyDescriptor");
        let signing = signing.filter(|it| matches!(it.attribute("use"), None | Some("signing")));
        let mut keys = Vec::new();
        for descriptor in signing {
            collect(descriptor, &mut keys)?;
        }
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(Malformed("no signing certificate with an RSA key, or too many"));
        }
        Ok(Self { entity_id, valid_until, keys })
    }
}

fn collect(descriptor: &Element, keys: &mut Vec<Vec<u8>>) -> Result<(), Malformed> {
    let info = descriptor.all(SIGNATURE, "KeyInfo");
    let data = info.flat_map(|info| info.all(SIGNATURE, "X509Data"));
    for certificate in data.flat_map(|data| data.all(SIGNATURE, "X509Certificate")) {
        let mut text = certificate.text().ok_or(Malformed("no certificate"))?;
        text.retain(|letter| !letter.is_ascii_whitespace());
        let der = STANDARD.decode(text).map_err(|_| Malformed("no certificate"))?;
        keys.push(rsa_key(&der).ok_or(Malformed("no certificate with an RSA key"))?);
    }
    Ok(())
}
