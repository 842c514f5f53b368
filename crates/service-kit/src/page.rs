//! Pages of lists, continued by opaque tokens that hold the last key.

use crate::fault::Fault;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The longest token we accept; ours are shorter than any key.
const MAX_TOKEN_CHARS: usize = 8_192;

/// Part of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to ask for next; none when this is the end.
    pub next: Option<String>,
}

/// The token for the page after the row at `key`.
pub fn encode(key: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The key inside a token.
///
/// # Errors
/// [`Fault::Validation`] when it is not one of ours.
pub fn decode(token: &str) -> Result<Vec<u8>, Fault> {
    if token.len() > MAX_TOKEN_CHARS {
        return Err(Fault::invalid("Invalid pagination token."));
    }
    URL_SAFE_NO_PAD.decode(token).map_err(|_| Fault::invalid("Invalid pagination token."))
}
