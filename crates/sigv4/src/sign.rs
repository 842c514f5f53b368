//! The other end: what a client does so that its request is accepted.
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, InvalidHeaderValue};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use crate::canonical::{self, ALGORITHM, SignedHeaders};
use crate::encode::{push_encoded, sha256_hex, text_lossy};
use crate::key::SigningKey;
use crate::scope::Scope;
use crate::verify::UNSIGNED;
use crate::{Form, Request, clock};

const CONTENT_SHA256: &str = "x-amz-content-sha256";
const SECURITY_TOKEN: &str = "x-amz-security-token";

/// An access key, with its session token when it is temporary.
#[derive(Clone)]
pub struct Credentials {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// The secret that signs.
    pub secret_access_key: String,
    /// What temporary credentials come with.
    pub session_token: Option<String>,
}

/// Never shows the secrets.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.access_key_id)
    }
}

/// Signs a request in its `Authorization` header, at `now` (Unix seconds), covering `host`,
/// `content-type` and every `x-amz-*` header. Sets `host` (from the URI's authority, when it is
/// not set), the date, the session token and, for the service `s3`, the digest of the body
/// (unless the caller set it, as to `UNSIGNED-PAYLOAD`).
///
/// Errors: a credential that cannot stand in a header.
pub fn sign(
    parts: &mut Parts,
    body: &[u8],
    credentials: &Credentials,
    region: &str,
    service: &str,
    now: i64,
) -> Result<(), InvalidHeaderValue> {
    let s3 = service == "s3";
    set_host(&mut parts.headers, &parts.uri)?;
    parts.headers.insert("x-amz-date", HeaderValue::try_from(clock::basic(now))?);
    if let Some(token) = &credentials.session_token {
        parts.headers.insert(SECURITY_TOKEN, HeaderValue::try_from(token)?);
    }
    let mut digest = sha256_hex(body);
    if s3 {
        match parts.headers.get(CONTENT_SHA256).and_then(|value| value.to_str().ok()) {
            Some(value) => digest = value.to_owned(),
            None => drop(parts.headers.insert(CONTENT_SHA256, HeaderValue::try_from(&digest)?)),
        }
    }
    let scope = Scope::at(now, region, service);
    let signed = to_sign(&parts.headers, true);
    let query = parts.uri.query().unwrap_or("");
    let request = request(parts, &parts.headers, query);
    let canonical = canonical::request(&request, &signed, &digest, Form::Header, s3);
    let signature = signature(&canonical, credentials, &scope, now);
    let value = format!(
        "{ALGORITHM} Credential={}, SignedHeaders={signed}, Signature={signature}",
        credential(credentials, &scope),
    );
    parts.headers.insert(AUTHORIZATION, HeaderValue::try_from(value)?);
    Ok(())
}

/// The query string of `parts`' URI with a signature that lives for `expires` seconds from
/// `now` (Unix seconds), covering `host` and the `x-amz-*` headers in `parts`: whoever uses it
/// must send those. For the service `s3` the body is left open; for all others it is empty.
///
/// Errors: an authority that cannot stand in a header.
pub fn presign(
    parts: &Parts,
    credentials: &Credentials,
    region: &str,
    service: &str,
    now: i64,
    expires: u32,
) -> Result<String, InvalidHeaderValue> {
    let s3 = service == "s3";
    let mut headers = parts.headers.clone();
    set_host(&mut headers, &parts.uri)?;
    let scope = Scope::at(now, region, service);
    let signed = to_sign(&headers, false);
    let mut query = parts.uri.query().unwrap_or("").as_bytes().to_vec();
    push(&mut query, "X-Amz-Algorithm", ALGORITHM);
    push(&mut query, "X-Amz-Credential", &credential(credentials, &scope));
    push(&mut query, "X-Amz-Date", &clock::basic(now));
    push(&mut query, "X-Amz-Expires", &expires.to_string());
    push(&mut query, "X-Amz-SignedHeaders", &signed.to_string());
    if let Some(token) = &credentials.session_token {
        push(&mut query, "X-Amz-Security-Token", token);
    }
    let mut query = text_lossy(query);
    let digest = if s3 { UNSIGNED.to_owned() } else { sha256_hex(b"") };
    let request = request(parts, &headers, &query);
    let canonical = canonical::request(&request, &signed, &digest, Form::Query, s3);
    let signature = signature(&canonical, credentials, &scope, now);
    query.push_str("&X-Amz-Signature=");
    query.push_str(&signature);
    Ok(query)
}

fn request<'a>(parts: &'a Parts, headers: &'a HeaderMap, query: &'a str) -> Request<'a> {
    Request { method: &parts.method, path: parts.uri.path(), query, headers }
}

fn signature(canonical: &[u8], credentials: &Credentials, scope: &Scope<'_>, now: i64) -> String {
    let message = canonical::string_to_sign(canonical, now, scope);
    SigningKey::derive(&credentials.secret_access_key, scope).sign(&message)
}

fn credential(credentials: &Credentials, scope: &Scope<'_>) -> String {
    let mut text = format!("{}/", credentials.access_key_id).into_bytes();
    scope.push(&mut text);
    text_lossy(text)
}

fn set_host(headers: &mut HeaderMap, uri: &http::Uri) -> Result<(), InvalidHeaderValue> {
    if let (false, Some(authority)) = (headers.contains_key(HOST), uri.authority()) {
        headers.insert(HOST, HeaderValue::try_from(authority.as_str())?);
    }
    Ok(())
}

fn to_sign(headers: &HeaderMap, content_type: bool) -> SignedHeaders<'static> {
    let names = headers.keys().filter(|name| {
        *name == HOST
            || content_type && *name == CONTENT_TYPE
            || name.as_str().starts_with("x-amz-")
    });
    SignedHeaders::of(names.map(http::HeaderName::as_str).collect())
}

fn push(query: &mut Vec<u8>, name: &str, value: &str) {
    if !query.is_empty() {
        query.push(b'&');
    }
    query.extend_from_slice(name.as_bytes());
    query.push(b'=');
    value.bytes().for_each(|byte| push_encoded(query, byte));
}
