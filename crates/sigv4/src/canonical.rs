//! The canonical request: one spelling of a request that signer and verifier both arrive at.
use std::borrow::Cow;
use std::fmt;

use http::HeaderMap;
use ring::digest;

use crate::encode::{decoded, push_encoded, push_hex};
use crate::scope::Scope;
use crate::{Form, Request, clock};

/// The algorithm's name, the only one that is accepted.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SIGNATURE_PARAMETER: &[u8] = b"X-Amz-Signature";

/// The names of the signed headers: lower case, sorted, without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedHeaders<'a>(Cow<'a, str>);

impl<'a> SignedHeaders<'a> {
    /// Reads `host;x-amz-date`; sorts and lowers when a client did not.
    pub(crate) fn parse(text: &'a str) -> Self {
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if lower && pieces(text).is_sorted_by(|one, next| one < next) {
            return Self(text.into());
        }
        let text = text.to_ascii_lowercase();
        SignedHeaders::of(text.split(';').collect())
    }

    /// The same, to be kept.
    pub(crate) fn into_owned(self) -> SignedHeaders<'static> {
        SignedHeaders(self.0.into_owned().into())
    }

    /// The names given, sorted.
    pub(crate) fn of(mut names: Vec<&str>) -> SignedHeaders<'static> {
        names.sort_unstable();
        names.dedup();
        SignedHeaders(names.join(";").into())
    }

    /// The names, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        pieces(&self.0).filter(|name| !name.is_empty())
    }

    /// Whether the header of this lower-case name is signed.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|signed| signed == name)
    }
}

/// `text` split at its semicolons. The pieces are short, and those of each request are gone
/// through several times: looking at their bytes is faster than the search that `split` makes
/// ready for each.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|byte| byte == b';');
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// As in the Authorization header: `host;x-amz-date`.
impl fmt::Display for SignedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes the canonical request. `s3` keeps the path as it is ("Amazon S3 API Reference,
/// Signature Calculations": objects' names are not normalised and encoded only once).
pub(crate) fn request(
    request: &Request<'_>,
    signed: &SignedHeaders<'_>,
    payload: &str,
    form: Form,
    s3: bool,
) -> Vec<u8> {
    let length = request.path.len() + request.query.len() + signed.0.len() * 4;
    let mut out = Vec::with_capacity(length + 512);
    out.extend_from_slice(request.method.as_str().as_bytes());
    out.push(b'\n');
    path(&mut out, request.path, s3);
    out.push(b'\n');
    query(&mut out, request.query, form);
    out.push(b'\n');
    headers(&mut out, request.headers, signed);
    out.push(b'\n');
    out.extend_from_slice(signed.0.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload.as_bytes());
    out
}

/// Writes the string to sign of a canonical request.
pub(crate) fn string_to_sign(canonical: &[u8], timestamp: i64, scope: &Scope<'_>) -> Vec<u8> {
    let mut out = string_to_sign_head(ALGORITHM, timestamp, scope);
    push_hex(&mut out, digest::digest(&digest::SHA256, canonical).as_ref());
    out
}

/// The lines that open every string to sign.
pub(crate) fn string_to_sign_head(algorithm: &str, timestamp: i64, scope: &Scope<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(320);
    out.extend_from_slice(algorithm.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(&clock::basic_bytes(timestamp));
    out.push(b'\n');
    scope.push(&mut out);
    out.push(b'\n');
    out
}

fn path(out: &mut Vec<u8>, raw: &str, s3: bool) {
    if s3 {
        let start = out.len();
        encode_path(out, decoded(raw));
        if out.len() == start {
            out.push(b'/');
        }
    } else {
        encode_path(out, normalised(raw).bytes());
    }
}

fn encode_path(out: &mut Vec<u8>, bytes: impl Iterator<Item = u8>) {
    for byte in bytes {
        if byte == b'/' { out.push(byte) } else { push_encoded(out, byte) }
    }
}

/// Removes dot segments and repeated slashes.
fn normalised(raw: &str) -> Cow<'_, str> {
    let plain = |path: &str| !path.contains("/.") && !path.contains("//");
    if raw == "/" || raw.starts_with('/') && plain(raw) {
        return Cow::Borrowed(raw);
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let mut path = String::with_capacity(raw.len() + 1);
    for segment in &kept {
        path.push('/');
        path.push_str(segment);
    }
    if kept.is_empty() || raw.ends_with('/') {
        path.push('/');
    }
    Cow::Owned(path)
}

/// Writes the parameters sorted by encoded name, then value. A presigned request's own
/// signature cannot be part of what it signs.
fn query(out: &mut Vec<u8>, raw: &str, form: Form) {
    let mut text = Vec::with_capacity(raw.len() * 3 / 2);
    let mut pairs = Vec::new();
    for part in raw.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let start = text.len();
        reencode(&mut text, name);
        let middle = text.len();
        if form == Form::Query && &text[start..] == SIGNATURE_PARAMETER {
            text.truncate(start);
            continue;
        }
        reencode(&mut text, value);
        pairs.push((start, middle, text.len()));
    }
    let halves =
        |&(start, middle, end): &(usize, usize, usize)| (&text[start..middle], &text[middle..end]);
    pairs.sort_unstable_by(|a, b| halves(a).cmp(&halves(b)));
    for (index, pair) in pairs.iter().enumerate() {
        let (name, value) = halves(pair);
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

/// One spelling for what may arrive in several: `+` and `%20`, `%7e` and `~`.
fn reencode(out: &mut Vec<u8>, raw: &str) {
    let mut pieces = raw.split('+');
    if let Some(first) = pieces.next() {
        decoded(first).for_each(|byte| push_encoded(out, byte));
    }
    for piece in pieces {
        out.extend_from_slice(b"%20");
        decoded(piece).for_each(|byte| push_encoded(out, byte));
    }
}

fn headers(out: &mut Vec<u8>, headers: &HeaderMap, signed: &SignedHeaders<'_>) {
    for name in signed.iter() {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        for (index, value) in headers.get_all(name).iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            push_collapsed(out, value.as_bytes());
        }
        out.push(b'\n');
    }
}

/// Without spaces at the ends, and one for each run of them within.
pub(crate) fn push_collapsed(out: &mut Vec<u8>, value: &[u8]) {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let words = value.split(blank).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_path(raw: &str, s3: bool) -> String {
        let mut out = Vec::new();
        path(&mut out, raw, s3);
        String::from_utf8(out).unwrap()
    }

    fn canonical_query(raw: &str, form: Form) -> String {
        let mut out = Vec::new();
        query(&mut out, raw, form);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn paths_are_normalised_and_encoded_twice() {
        for (raw, expected) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/a/..", "/"),
            ("/./a", "/a"),
            ("//a//", "/a/"),
            ("/a/b/../..", "/"),
            ("/../../a", "/a"),
            ("/a%20b", "/a%2520b"),
            ("/arn:aws", "/arn%3Aaws"),
            ("/.well-known", "/.well-known"),
            ("/\u{1234}", "/%E1%88%B4"),
        ] {
            assert_eq!(canonical_path(raw, false), expected, "{raw}");
        }
    }

    #[test]
    fn object_paths_stay_and_are_encoded_once() {
        for (raw, expected) in [
            ("", "/"),
            ("/b//a/../k", "/b//a/../k"),
            ("/b/a%20b", "/b/a%20b"),
            ("/b/a%2fb%7e", "/b/a/b~"),
            ("/b/a+b$", "/b/a%2Bb%24"),
            ("/b/100%", "/b/100%25"),
        ] {
            assert_eq!(canonical_path(raw, true), expected, "{raw}");
        }
    }

    #[test]
    fn queries_have_one_spelling() {
        for (raw, expected) in [
            ("", ""),
            ("&&", ""),
            ("acl", "acl="),
            ("b=2&a=2&a=1", "a=1&a=2&b=2"),
            ("a=b+c&d=%7e%2f", "a=b%20c&d=~%2F"),
            ("a==&A=%zz", "A=%25zz&a=%3D"),
            ("a-b=1&a=2", "a=2&a-b=1"),
        ] {
            assert_eq!(canonical_query(raw, Form::Header), expected, "{raw}");
        }
        assert_eq!(canonical_query("a=1&X-Amz-Signature=ff", Form::Query), "a=1");
        assert_eq!(canonical_query("X-Amz-Signature=f", Form::Header), "X-Amz-Signature=f");
    }

    #[test]
    fn signed_headers_are_sorted_lowered_and_counted_once() {
        let headers = SignedHeaders::parse("X-Amz-Date;host;host");
        assert_eq!(headers.to_string(), "host;x-amz-date");
        assert!(headers.contains("x-amz-date") && !headers.contains("date"));
        assert_eq!(SignedHeaders::parse("").iter().count(), 0);
    }
}
