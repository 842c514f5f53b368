//! The decision: does this signature, made with this key, cover this request, here and now?
use std::borrow::Cow;

use crate::canonical;
use crate::encode::{decoded_query, digest_from_hex, sha256_hex, text_lossy};
use crate::failure::{Failure, Mismatch, ScopeMismatch, Skew};
use crate::key::SigningKey;
use crate::malformation::Malformation;
use crate::{Form, Request, Signature, clock};

/// How many seconds a client's clock may be off: S3's allowance, and everybody else's.
const S3_SKEW: i64 = 15 * 60;
const SKEW: i64 = 5 * 60;
const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What an endpoint asks of the signatures that it accepts.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The signing name of the service that is called, for example `execute-api`.
    pub service: &'a str,
    /// The endpoint's region; `None` accepts whatever has the form of one.
    pub region: Option<&'a str>,
    /// S3's rules: paths encoded once and not normalised, `x-amz-content-sha256` required and
    /// believed, fifteen minutes of clock skew instead of five.
    pub s3: bool,
}

/// The body, as far as it has been read.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// Not yet: its digest is taken from `x-amz-content-sha256`, and [`Verified::payload`] says
    /// what is left to check.
    Unread,
}

/// A signature that is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What the signature says about the body.
    pub payload: PayloadMode,
}

/// What a signature says about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadMode {
    /// The body is covered, and was checked.
    Verified,
    /// The body must have this SHA-256: the caller checks it while reading.
    Sha256([u8; 32]),
    /// The body is not covered.
    Unsigned,
    /// The body is in chunks: a [`ChunkDecoder`](crate::ChunkDecoder) checks it.
    Chunked(Streaming),
}

/// Which kind of `aws-chunked` body follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streaming {
    /// Each chunk is signed.
    pub signed: bool,
    /// A trailer with a checksum follows the last chunk.
    pub trailer: bool,
}

impl PayloadMode {
    /// Reads a value of `x-amz-content-sha256`. Errors: [`Failure::ContentSha256Invalid`];
    /// [`Failure::UnsupportedPayload`] for chunks signed with Signature Version 4A.
    pub fn parse(value: &str) -> Result<PayloadMode, Failure> {
        let chunked = |signed, trailer| Ok(PayloadMode::Chunked(Streaming { signed, trailer }));
        match value {
            UNSIGNED => Ok(PayloadMode::Unsigned),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => chunked(false, true),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => chunked(true, false),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => chunked(true, true),
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
            | "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER" => {
                Err(Failure::UnsupportedPayload(value.to_owned()))
            }
            _ => digest_from_hex(value)
                .map(PayloadMode::Sha256)
                .ok_or_else(|| Failure::ContentSha256Invalid(value.to_owned())),
        }
    }
}

/// A signature that is right in everything that needs no key.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    request: Request<'a>,
    signature: &'a Signature<'a>,
    rules: Rules<'a>,
}

/// Judges everything that needs no key: the clock, the scope, and that what must be signed is. To
/// refuse before looking the key up, as AWS does. `now` is in Unix seconds.
pub fn check<'a>(
    request: &Request<'a>,
    signature: &'a Signature<'a>,
    now: i64,
    rules: &Rules<'a>,
) -> Result<Checked<'a>, Failure> {
    check_clock(signature, now, rules)?;
    let unsigned = unsigned_headers(request, signature, rules.s3);
    if unsigned.iter().any(|name| name == "host") || !unsigned.is_empty() && rules.s3 {
        return Err(Failure::HeadersNotSigned(unsigned));
    }
    check_scope(signature, rules)?;
    if !unsigned.is_empty() {
        return Err(Failure::HeadersNotSigned(unsigned));
    }
    Ok(Checked { request: *request, signature, rules: *rules })
}

/// Decides whether `signature`, as read from `request`, was made over it with `key`'s secret:
/// [`check`], then [`Checked::verify`]. `now` is in Unix seconds.
pub fn verify(
    request: &Request<'_>,
    signature: &Signature<'_>,
    key: &SigningKey,
    payload: Payload<'_>,
    now: i64,
    rules: &Rules<'_>,
) -> Result<Verified, Failure> {
    check(request, signature, now, rules)?.verify(key, payload)
}

impl Checked<'_> {
    /// Decides whether the signature was made over its request with `key`'s secret. The
    /// comparison takes the same time wherever it differs.
    pub fn verify(&self, key: &SigningKey, payload: Payload<'_>) -> Result<Verified, Failure> {
        let Self { request, signature, rules } = self;
        let (digest, mode) = claimed(request, signature, payload, rules)?;
        let signed = &signature.signed_headers;
        let canonical = canonical::request(request, signed, &digest, signature.form, rules.s3);
        let message = canonical::string_to_sign(&canonical, signature.timestamp, &signature.scope);
        let given = digest_from_hex(&signature.signature);
        if !given.is_some_and(|given| key.verifies(&message, &given)) {
            return Err(Failure::SignatureDoesNotMatch(Box::new(Mismatch {
                access_key_id: signature.access_key_id.to_string(),
                provided: signature.signature.to_string(),
                canonical_request: text_lossy(canonical),
                string_to_sign: text_lossy(message),
            })));
        }
        let payload = match (mode, payload) {
            (PayloadMode::Sha256(_), Payload::Bytes(body)) => believed(&digest, body)?,
            (mode, _) => mode,
        };
        Ok(Verified { payload })
    }
}

/// The last line of the canonical request, and what it means. S3 believes the request's own
/// word for it and checks the body after the signature; the others hash what arrived.
fn claimed<'a>(
    request: &Request<'a>,
    signature: &Signature<'_>,
    payload: Payload<'_>,
    rules: &Rules<'_>,
) -> Result<(Cow<'a, str>, PayloadMode), Failure> {
    if let (false, Payload::Bytes(body)) = (rules.s3, payload) {
        return Ok((sha256_hex(body).into(), PayloadMode::Verified));
    }
    let header = request.headers.get(CONTENT_SHA256).map(|value| value.to_str().unwrap_or(""));
    let value: Cow<'a, str> = match (signature.form, header) {
        (Form::Header, None) => return Err(Failure::ContentSha256Missing),
        (Form::Header, Some(value)) => value.into(),
        (Form::Query, header) => presigned_digest(request.query)
            .map(Cow::Owned)
            .or(header
                .filter(|_| signature.signed_headers.contains(CONTENT_SHA256))
                .map(Cow::Borrowed))
            .unwrap_or(UNSIGNED.into()),
    };
    let mode = PayloadMode::parse(&value)?;
    if !rules.s3 && !matches!(mode, PayloadMode::Sha256(_)) {
        return Err(Failure::ContentSha256Invalid(value.into_owned()));
    }
    Ok((value, mode))
}

/// A presigned request may fix the digest of its body as a parameter.
fn presigned_digest(query: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|part| part.split_once('='));
    let found = pairs.find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_SHA256));
    found.map(|(_, value)| decoded_query(value))
}

fn believed(claimed: &str, body: &[u8]) -> Result<PayloadMode, Failure> {
    let computed = sha256_hex(body);
    if computed == claimed {
        return Ok(PayloadMode::Verified);
    }
    Err(Failure::ContentSha256Mismatch { claimed: claimed.to_owned(), computed })
}

fn check_clock(signature: &Signature<'_>, now: i64, rules: &Rules<'_>) -> Result<(), Failure> {
    let allowed = if rules.s3 { S3_SKEW } else { SKEW };
    let Signature { timestamp: signed, form, .. } = *signature;
    let skew = Skew { signed, now, allowed, form };
    if signed > now.saturating_add(allowed) {
        return Err(Failure::NotYetCurrent(skew));
    }
    match (form, signature.expires) {
        (Form::Query, Some(expires)) if now > signed.saturating_add(i64::from(expires)) => {
            Err(Failure::PresignedExpired { signed, expires, now })
        }
        (Form::Query, Some(_)) => Ok(()),
        (Form::Query, None) if rules.s3 => {
            Err(Malformation::MissingParameters(vec!["X-Amz-Expires"]).into())
        }
        _ if signed < now.saturating_sub(allowed) => Err(Failure::Expired(skew)),
        _ => Ok(()),
    }
}

fn check_scope(signature: &Signature<'_>, rules: &Rules<'_>) -> Result<(), Failure> {
    let mut wrong = ScopeMismatch::none(signature.form);
    let scope = &signature.scope;
    let differs = |given: &str, expected: &str| {
        (given != expected).then(|| (given.to_owned(), expected.to_owned()))
    };
    wrong.region = match rules.region {
        Some(expected) => differs(&scope.region, expected),
        None if is_region(&scope.region) => None,
        None => Some((scope.region.to_string(), String::new())),
    };
    wrong.service = differs(&scope.service, rules.service);
    let [day @ .., _, _, _, _, _, _, _, _] = clock::basic_bytes(signature.timestamp);
    if day != *scope.date.as_bytes() {
        wrong.date = Some((scope.date.to_string(), signature.timestamp));
    }
    let right = wrong == ScopeMismatch::none(signature.form);
    if right { Ok(()) } else { Err(wrong.into()) }
}

/// Whether `text` can be a region's code. Regions stand in ARNs and in the names of what is stored,
/// so nothing that means something there may come in by them.
fn is_region(text: &str) -> bool {
    const MAX_CHARS: usize = 32;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_CHARS).contains(&text.len()) && text.bytes().all(plain)
}

/// The headers that must be signed and are not: `host`, and what AWS gives meaning to. On S3
/// the digest of the body is exempt: the canonical request ends in it anyway, and a presigned
/// request leaves its body open, unless somebody would have it decoded.
fn unsigned_headers(request: &Request<'_>, signature: &Signature<'_>, s3: bool) -> Vec<String> {
    let signed = &signature.signed_headers;
    let host = (!signed.contains("host")).then_some("host");
    let exempt = |name: &str| {
        let value = request.headers.get(name).map_or(&b""[..], |value| value.as_bytes());
        let decoded = signature.form == Form::Query && value.starts_with(b"STREAMING-");
        s3 && name == CONTENT_SHA256 && !decoded
    };
    let names = request.headers.keys().map(http::HeaderName::as_str);
    let meaningful = names.filter(|n| n.starts_with("x-amz-") && !signed.contains(n) && !exempt(n));
    host.into_iter().chain(meaningful).map(str::to_owned).collect()
}
