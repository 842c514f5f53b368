//! SAML 2.0: what a provider's metadata say, and whether a response was signed by it.

mod certificate;
mod instant;
mod metadata;
mod response;
mod signature;

pub use metadata::Metadata;
pub use response::{Assertion, Refused, verify};

/// The namespaces of SAML 2.0 and of XML signatures.
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
