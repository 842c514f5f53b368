//! The header form: `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
use std::borrow::Cow;

use http::HeaderMap;
use http::header::{AUTHORIZATION, DATE, HeaderName, HeaderValue};

use crate::canonical::{ALGORITHM, SignedHeaders};
use crate::encode::sha256_base64;
use crate::malformation::Malformation;
use crate::scope::Scope;
use crate::{Failure, Form, Signature, clock};

static X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
static X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The parts of the header, as they stand.
#[derive(Default)]
struct Parts<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
}

/// Reads the signature of the request's `Authorization` header; `None` without that header.
pub(crate) fn parse(headers: &HeaderMap) -> Result<Option<Signature<'_>>, Failure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Malformation::ManyAuthorizations.into());
    }
    let not_key_value = |foreign| {
        let authorization = sha256_base64(value.as_bytes());
        Failure::from(Malformation::NotKeyValue { foreign, authorization })
    };
    let text = text(value).ok_or_else(|| not_key_value(true))?.trim_ascii();
    let (scheme, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    if scheme == "AWS" {
        return Err(Malformation::Version2.into());
    }
    if !scheme.starts_with("AWS") {
        return Err(not_key_value(true));
    }
    let parts = Parts::parse(rest)?.ok_or_else(|| not_key_value(false))?;
    parts.signature(scheme, value.as_bytes(), headers).map(Some)
}

impl<'a> Parts<'a> {
    /// Reads `name=value, …`; `None` when a part has no equal sign. Names that mean nothing
    /// here are passed over; so are `credential` and the like, because case counts.
    fn parse(text: &'a str) -> Result<Option<Parts<'a>>, Failure> {
        let mut parts = Parts::default();
        for piece in text.split(',').map(str::trim_ascii).filter(|piece| !piece.is_empty()) {
            let Some((name, value)) = piece.split_once('=') else { return Ok(None) };
            let (place, name) = match name.trim_ascii() {
                "Credential" => (&mut parts.credential, "Credential"),
                "SignedHeaders" => (&mut parts.signed_headers, "SignedHeaders"),
                "Signature" => (&mut parts.signature, "Signature"),
                _ => continue,
            };
            if place.replace(value.trim_ascii()).is_some() {
                return Err(Malformation::Repeated(name).into());
            }
        }
        Ok(Some(parts))
    }

    fn signature(
        self,
        scheme: &str,
        authorization: &[u8],
        headers: &'a HeaderMap,
    ) -> Result<Signature<'a>, Failure> {
        let credential = self.credential.filter(|text| !text.is_empty());
        let signature = self.signature.filter(|text| !text.is_empty());
        let date = date(headers);
        let (Some(credential), Some(signature), Some(signed), Some(date)) =
            (credential, signature, self.signed_headers, date)
        else {
            let parts = [
                (credential.is_none(), "Credential"),
                (signature.is_none(), "Signature"),
                (self.signed_headers.is_none(), "SignedHeaders"),
                (date.is_none(), "Date"),
            ];
            let parts = parts.into_iter().filter(|part| part.0).map(|part| part.1).collect();
            let authorization = sha256_base64(authorization);
            return Err(Malformation::MissingParts { parts, authorization }.into());
        };
        let timestamp = clock::parse_basic(date).or_else(|| clock::parse_http(date));
        let form = Form::Header;
        let timestamp =
            timestamp.ok_or_else(|| Malformation::Date { date: date.to_owned(), form })?;
        if scheme != ALGORITHM {
            return Err(Malformation::Algorithm { algorithm: scheme.to_owned(), form }.into());
        }
        let (access_key_id, scope) = Scope::parse(credential, form)?;
        Ok(Signature {
            access_key_id: access_key_id.into(),
            scope,
            signed_headers: SignedHeaders::parse(signed),
            signature: signature.into(),
            timestamp,
            session_token: session_token(headers).map(Cow::Borrowed),
            expires: None,
            form,
        })
    }
}

/// As [`HeaderValue::to_str`], faster for what is long: the rest of what that refuses is in no
/// header value anyway.
fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok().filter(|text| text.is_ascii())
}

/// `X-Amz-Date` goes before `Date`, which a browser or a proxy may have set.
fn date(headers: &HeaderMap) -> Option<&str> {
    let date = headers.get(&X_AMZ_DATE).or_else(|| headers.get(DATE))?;
    // A date that is not even text is a date in the wrong form, not a missing one.
    Some(date.to_str().unwrap_or("").trim())
}

/// The token of temporary credentials, as a header.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers.get(&X_AMZ_SECURITY_TOKEN).and_then(|token| token.to_str().ok())
}
