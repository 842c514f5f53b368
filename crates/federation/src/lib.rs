//! Is what an identity provider says right? JSON Web Tokens and SAML assertions, read strictly and
//! verified against the provider's keys; pure, without IO, clock or randomness.

pub mod jwt;
pub mod saml;
pub mod xml;
