//! The credential scope: the day, region and service that a signature is good for.
use crate::failure::{Failure, ScopeMismatch};
use crate::malformation::Malformation;
use crate::{Form, clock};
use std::borrow::Cow;

/// The word that ends every Signature Version 4 scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// What one signing key is good for. Equal scopes of one secret have equal keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope<'a> {
    /// The day in UTC, `YYYYMMDD`.
    pub date: Cow<'a, str>,
    /// The region's code, for example `eu-west-1`.
    pub region: Cow<'a, str>,
    /// The service's signing name, for example `dynamodb`.
    pub service: Cow<'a, str>,
}

impl<'a> Scope<'a> {
    /// The scope of a signature made at `now` (Unix seconds).
    pub fn at(now: i64, region: &'a str, service: &'a str) -> Self {
        let mut date = clock::basic(now);
        date.truncate(8);
        Self { date: date.into(), region: region.into(), service: service.into() }
    }

    /// The same, to be kept.
    pub fn into_owned(self) -> Scope<'static> {
        let owned = |part: Cow<'_, str>| Cow::Owned(part.into_owned());
        Scope { date: owned(self.date), region: owned(self.region), service: owned(self.service) }
    }

    /// Appends `date/region/service/aws4_request`.
    pub(crate) fn push(&self, out: &mut Vec<u8>) {
        for part in [&self.date, &self.region, &self.service] {
            out.extend_from_slice(part.as_bytes());
            out.push(b'/');
        }
        out.extend_from_slice(TERMINATOR.as_bytes());
    }

    /// Splits `keyid/date/region/service/aws4_request`; trailing slashes do not count.
    pub(crate) fn parse(credential: &'a str, form: Form) -> Result<(&'a str, Self), Failure> {
        let malformed = || Malformation::Credential { credential: credential.to_owned(), form };
        let mut rest = Some(credential.trim_end_matches('/'));
        // Each request has one of these, of short parts: looking at their bytes in turn is faster
        // than the search that `split` makes ready for each.
        let mut next = || {
            let text = rest.take()?;
            let end = text.bytes().position(|byte| byte == b'/');
            rest = end.map(|end| &text[end + 1..]);
            Some(&text[..end.unwrap_or(text.len())]).filter(|part| !part.is_empty())
        };
        let (Some(key), Some(date), Some(region), Some(service), Some(end)) =
            (next(), next(), next(), next(), next())
        else {
            return Err(malformed().into());
        };
        if rest.is_some() {
            return Err(malformed().into());
        }
        if end != TERMINATOR {
            let terminator = Some(end.to_owned());
            return Err(ScopeMismatch { terminator, ..ScopeMismatch::none(form) }.into());
        }
        Ok((key, Self { date: date.into(), region: region.into(), service: service.into() }))
    }
}
