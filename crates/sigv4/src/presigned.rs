//! The query form: a presigned request carries its signature in `X-Amz-…` parameters.
use std::borrow::Cow;

use http::HeaderMap;

use crate::canonical::{ALGORITHM, SignedHeaders};
use crate::encode::decoded_query;
use crate::header::session_token;
use crate::malformation::{Expires, Malformation};
use crate::scope::Scope;
use crate::{Failure, Form, Signature, clock};

/// The longest that a presigned request may live, in seconds: a week.
pub(crate) const MAX_EXPIRES: u32 = 604_800;
/// Every parameter of the query form; the first five are required everywhere.
const NAMES: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
];

/// Reads the signature of the query string; `None` when it holds none.
pub(crate) fn parse<'a>(
    query: &str,
    headers: &'a HeaderMap,
) -> Result<Option<Signature<'a>>, Failure> {
    let mut values: [Option<String>; 7] = Default::default();
    let mut version2 = (false, false);
    for part in query.split('&') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name = decoded_query(name);
        version2.0 |= name == "AWSAccessKeyId";
        version2.1 |= name == "Signature";
        for (known, place) in NAMES.into_iter().zip(&mut values) {
            if known == name && place.replace(decoded_query(value)).is_some() {
                return Err(Malformation::Repeated(known).into());
            }
        }
    }
    // A session token alone is not a signature: it may stand beside one in the header.
    if values.iter().take(3).all(Option::is_none) {
        let refused = version2 == (true, true);
        return if refused { Err(Malformation::Version2.into()) } else { Ok(None) };
    }
    signature(values, headers).map(Some)
}

/// Whether the query string can hold a signature at all: spares the decoding of most.
pub(crate) fn possible(query: &str) -> bool {
    query.contains("X-Amz-") || query.contains('%') || query.contains("AWSAccessKeyId")
}

fn signature(values: [Option<String>; 7], headers: &HeaderMap) -> Result<Signature<'_>, Failure> {
    let required = NAMES.into_iter().zip(&values).take(5);
    let absent = |value: &Option<String>| value.as_ref().is_none_or(String::is_empty);
    let missing: Vec<&str> =
        required.filter(|(_, value)| absent(value)).map(|(name, _)| name).collect();
    let [
        Some(algorithm),
        Some(credential),
        Some(signature),
        Some(signed),
        Some(date),
        expires,
        token,
    ] = values
    else {
        return Err(Malformation::MissingParameters(missing).into());
    };
    if !missing.is_empty() {
        return Err(Malformation::MissingParameters(missing).into());
    }
    let form = Form::Query;
    let timestamp = clock::parse_basic(&date).ok_or(Malformation::Date { date, form })?;
    if algorithm != ALGORITHM {
        return Err(Malformation::Algorithm { algorithm, form }.into());
    }
    let (access_key_id, scope) = Scope::parse(&credential, form)?;
    Ok(Signature {
        access_key_id: access_key_id.to_owned().into(),
        scope: scope.into_owned(),
        signed_headers: SignedHeaders::parse(&signed).into_owned(),
        signature: signature.into(),
        timestamp,
        session_token: token.map(Cow::Owned).or_else(|| session_token(headers).map(Cow::Borrowed)),
        expires: expires.map(|text| seconds(&text)).transpose()?,
        form,
    })
}

fn seconds(text: &str) -> Result<u32, Malformation> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformation::Expires(Expires::NotANumber));
    }
    if digits.len() < text.len() || digits.bytes().all(|byte| byte == b'0') {
        return Err(Malformation::Expires(Expires::TooSmall));
    }
    let seconds = digits.parse().ok().filter(|seconds| *seconds <= MAX_EXPIRES);
    seconds.ok_or(Malformation::Expires(Expires::TooLarge))
}
