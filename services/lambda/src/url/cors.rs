//! Cross-origin resource sharing: what browsers may do with a URL from pages of other origins
//! ("Creating and managing Lambda function URLs").

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};
use service_kit::prelude::*;

/// A header's name.
#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[shape(name = "Header", length = 0..=1024, pattern = ".*")]
pub struct Header(pub String);

/// A method, or `*`.
#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[shape(name = "Method", length = 0..=6, pattern = ".*")]
pub struct AllowedMethod(pub String);

/// An origin, or `*`.
#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[shape(name = "Origin", length = 1..=253, pattern = ".*")]
pub struct Origin(pub String);

/// The settings of a URL.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Shape)]
pub struct Cors {
    pub allow_credentials: Option<bool>,
    #[shape(length = 0..=100)]
    pub allow_headers: Option<Vec<Header>>,
    #[shape(length = 0..=6)]
    pub allow_methods: Option<Vec<AllowedMethod>>,
    #[shape(length = 0..=100)]
    pub allow_origins: Option<Vec<Origin>>,
    #[shape(length = 0..=100)]
    pub expose_headers: Option<Vec<Header>>,
    #[shape(range = 0..=86_400)]
    pub max_age: Option<u32>,
}

impl Cors {
    /// The settings to store: those that say nothing are none.
    pub fn stored(self) -> Option<Self> {
        let empty = self.allow_credentials.is_none()
            && self.allow_headers.is_none()
            && self.allow_methods.is_none()
            && self.allow_origins.is_none()
            && self.expose_headers.is_none()
            && self.max_age.is_none();
        (!empty).then_some(self)
    }

    /// The headers of the answer to a preflight request, which Lambda answers itself; none when
    /// the request is another one.
    pub fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<HeaderMap> {
        let asks = headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if *method != Method::OPTIONS || !asks || !headers.contains_key(ORIGIN) {
            return None;
        }
        let mut answer = HeaderMap::new();
        if !self.allow(&mut answer, headers) {
            return Some(answer);
        }
        let methods = self.allow_methods.iter().flatten().map(|it| it.0.as_str());
        put_list(&mut answer, ACCESS_CONTROL_ALLOW_METHODS, methods);
        let names = self.allow_headers.iter().flatten().map(|it| it.0.as_str());
        put_list(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, names);
        if let Some(seconds) = self.max_age {
            answer.insert(ACCESS_CONTROL_MAX_AGE, seconds.into());
        }
        Some(answer)
    }

    /// Adds the headers of every other answer; those that the function wrote itself stay too.
    pub fn decorate(&self, answer: &mut HeaderMap, request: &HeaderMap) {
        if self.allow(answer, request) {
            let names = self.expose_headers.iter().flatten().map(|it| it.0.as_str());
            put_list(answer, ACCESS_CONTROL_EXPOSE_HEADERS, names);
        }
    }

    /// Says that the origin of the request may, if it may.
    fn allow(&self, answer: &mut HeaderMap, request: &HeaderMap) -> bool {
        let Some(origin) = request.get(ORIGIN) else { return false };
        let known =
            |allowed: &Origin| allowed.0 == "*" || allowed.0.as_bytes() == origin.as_bytes();
        if !self.allow_origins.iter().flatten().any(known) {
            return false;
        }
        let anybody = self.allow_origins.iter().flatten().any(|allowed| allowed.0 == "*");
        let credentials = self.allow_credentials == Some(true);
        // Browsers take no `*` where credentials are sent along.
        let named = if anybody && !credentials { &HeaderValue::from_static("*") } else { origin };
        answer.append(ACCESS_CONTROL_ALLOW_ORIGIN, named.clone());
        answer.append(VARY, HeaderValue::from_static("Origin"));
        if credentials {
            answer.append(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        true
    }
}

fn put_list<'a>(headers: &mut HeaderMap, name: HeaderName, items: impl Iterator<Item = &'a str>) {
    let list = items.collect::<Vec<_>>().join(",");
    if let Ok(value) = HeaderValue::from_str(&list)
        && !list.is_empty()
    {
        headers.append(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors(origins: &[&str], credentials: bool) -> Cors {
        Cors {
            allow_credentials: Some(credentials),
            allow_origins: Some(origins.iter().map(|it| Origin((*it).to_owned())).collect()),
            allow_methods: Some(vec![AllowedMethod("GET".into()), AllowedMethod("PUT".into())]),
            allow_headers: Some(vec![Header("x-one".into())]),
            expose_headers: Some(vec![Header("x-two".into())]),
            max_age: Some(60),
        }
    }

    fn request(origin: &'static str, preflight: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static(origin));
        if preflight {
            headers.insert(ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("GET"));
        }
        headers
    }

    #[test]
    fn preflight_requests_are_answered_for_origins_that_may() {
        let cors = cors(&["https://a.example"], true);
        let ask = |origin| cors.preflight(&Method::OPTIONS, &request(origin, true)).unwrap();
        let answer = ask("https://a.example");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_METHODS], "GET,PUT");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_HEADERS], "x-one");
        assert_eq!(answer[ACCESS_CONTROL_MAX_AGE], "60");
        assert!(ask("https://b.example").is_empty());
        let plain = request("https://a.example", false);
        assert!(cors.preflight(&Method::OPTIONS, &plain).is_none(), "a request like others");
        assert!(cors.preflight(&Method::GET, &request("https://a.example", true)).is_none());
    }

    #[test]
    fn other_answers_say_who_may_read_them() {
        let mut answer = HeaderMap::new();
        cors(&["*"], false).decorate(&mut answer, &request("https://a.example", false));
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(answer[ACCESS_CONTROL_EXPOSE_HEADERS], "x-two");
        assert!(!answer.contains_key(ACCESS_CONTROL_ALLOW_METHODS));
        let mut answer = HeaderMap::new();
        cors(&["*"], true).decorate(&mut answer, &request("https://a.example", false));
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
        let mut answer = HeaderMap::new();
        cors(&["*"], true).decorate(&mut answer, &HeaderMap::new());
        assert!(answer.is_empty(), "no browser, no headers");
    }
}
