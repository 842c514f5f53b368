//! Requests to sign and verify: what every test here needs.
#![allow(clippy::unwrap_used)] // The helpers of tests are tests too.
#![allow(dead_code)] // Each test binary uses its own part.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use sigv4::{
    Failure, Payload, Presented, Request, Rules, Signature, SigningKey, Verified, presented, verify,
};

pub const KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 20150830T123600Z.
pub const NOW: i64 = 1_440_938_160;

/// A request of its own.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Call {
    pub fn new(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Call {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::try_from(*name).unwrap();
            map.append(name, HeaderValue::try_from(*value).unwrap());
        }
        Call {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: map,
            body: body.to_vec(),
        }
    }

    /// With one header set.
    pub fn with(mut self, name: &'static str, value: &str) -> Call {
        self.headers.insert(name, HeaderValue::try_from(value).unwrap());
        self
    }

    pub fn request(&self) -> Request<'_> {
        let Call { method, path, query, headers, .. } = self;
        Request { method, path, query, headers }
    }

    pub fn presented(&self) -> Result<Presented<'_>, Failure> {
        presented(&self.request())
    }

    pub fn signature(&self) -> Signature<'_> {
        match self.presented().unwrap() {
            Presented::Header(signature) | Presented::Query(signature) => signature,
            Presented::None => panic!("no signature"),
        }
    }

    /// Reads and judges, as a gateway does.
    pub fn judge(&self, secret: &str, now: i64, rules: &Rules) -> Result<Verified, Failure> {
        let signature = match self.presented()? {
            Presented::Header(signature) | Presented::Query(signature) => signature,
            Presented::None => return Err(Failure::MissingAuthenticationToken),
        };
        let key = SigningKey::derive(secret, &signature.scope);
        verify(&self.request(), &signature, &key, Payload::Bytes(&self.body), now, rules)
    }
}

/// The rules of `service` in us-east-1.
pub fn rules(service: &str) -> Rules<'_> {
    Rules { service, region: Some("us-east-1"), s3: service == "s3" }
}
