//! Is this signature right? Header, presigned and chunked; pure.
//!
//! AWS Signature Version 4, both ends: [`presented`] reads what a request carries, the caller
//! looks the secret up and derives (or has kept) its [`SigningKey`], [`verify`] decides.
//! [`sign`] and [`presign`] make what those accept. [`ChunkDecoder`] unwraps `aws-chunked`
//! bodies and checks the signatures and checksums within. Nothing here does IO or reads a clock.
//!
//! With HTTP/2 the caller puts `:authority` into the headers as `host`.

mod canonical;
mod checksum;
mod chunked;
mod clock;
mod encode;
mod failure;
mod header;
mod key;
mod malformation;
mod presigned;
mod scope;
mod sign;
mod verify;

pub use canonical::SignedHeaders;
pub use chunked::{ChunkDecoder, Decoded};
pub use failure::{Dialect, Failure, Mismatch, ScopeMismatch, Skew};
pub use key::SigningKey;
pub use malformation::{Expires, Malformation};
pub use scope::Scope;
pub use sign::{Credentials, presign, sign};
use std::borrow::Cow;
pub use verify::{Checked, Payload, PayloadMode, Rules, Streaming, Verified, check, verify};

/// The parts of a request that a signature covers, besides its body.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a http::Method,
    /// The path as on the wire, without the query string.
    pub path: &'a str,
    /// The query string as on the wire, without its `?`; empty when there is none.
    pub query: &'a str,
    /// The headers, `host` among them.
    pub headers: &'a http::HeaderMap,
}

/// Where a signature stands in its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query string.
    Query,
}

/// What a request presents to prove who sent it. Not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented<'a> {
    /// Nothing: an anonymous request.
    None,
    /// A signature in the `Authorization` header.
    Header(Signature<'a>),
    /// A signature in the query string.
    Query(Signature<'a>),
}

impl<'a> Presented<'a> {
    /// The signature, wherever it stands; none of an anonymous request.
    pub fn signature(&self) -> Option<&Signature<'a>> {
        match self {
            Self::None => None,
            Self::Header(signature) | Self::Query(signature) => Some(signature),
        }
    }
}

/// A signature as read from a request, whose headers have most of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    /// Whose key signed, as claimed.
    pub access_key_id: Cow<'a, str>,
    /// What the key is good for.
    pub scope: Scope<'a>,
    /// Which headers are covered.
    pub signed_headers: SignedHeaders<'a>,
    /// The signature as it stands.
    pub signature: Cow<'a, str>,
    /// When the request says it was signed, in Unix seconds.
    pub timestamp: i64,
    /// The token that temporary credentials come with.
    pub session_token: Option<Cow<'a, str>>,
    /// For how many seconds a presigned request lives.
    pub expires: Option<u32>,
    /// Where the signature stood.
    pub form: Form,
}

/// Reads the signature that a request carries, wherever it is.
///
/// Errors: [`Failure::IncompleteSignature`] for every malformed one (Signature Version 2 and
/// other schemes too), [`Failure::TwoSignatures`], and [`Failure::ScopeMismatch`] for a scope
/// that does not end in `aws4_request`.
pub fn presented<'a>(request: &Request<'a>) -> Result<Presented<'a>, Failure> {
    let query = if presigned::possible(request.query) {
        presigned::parse(request.query, request.headers)?
    } else {
        None
    };
    match (header::parse(request.headers), query) {
        (Ok(None), None) => Ok(Presented::None),
        (Ok(Some(signature)), None) => Ok(Presented::Header(signature)),
        (Ok(None), Some(signature)) => Ok(Presented::Query(signature)),
        (_, Some(_)) => Err(Failure::TwoSignatures),
        (Err(failure), None) => Err(failure),
    }
}
