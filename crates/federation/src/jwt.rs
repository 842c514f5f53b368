//! JSON Web Tokens: signed claims of an OpenID Connect provider (RFC 7515 and 7519).

mod json;
mod keys;
mod token;

pub use keys::{KeySet, MAX_KEYS};
pub use token::{Algorithm, Refused, Token};
