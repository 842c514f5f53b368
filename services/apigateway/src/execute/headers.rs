//! Headers as integrations see them.

use super::event::Fields;
use http::{HeaderMap, HeaderName};
use std::borrow::Cow;

/// Never handed on ("Amazon API Gateway important notes").
const DROPPED: [&str; 12] = [
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

/// What the gateway itself says of a request.
pub struct Added<'a> {
    /// Who sent it.
    pub client: Option<&'a str>,
    /// `80` or `443`.
    pub port: &'a str,
    /// `http` or `https`.
    pub protocol: &'a str,
    /// The trace.
    pub trace: Option<&'a str>,
    /// Whether `Authorization` is left out: a signature was for the gateway only.
    pub signed: bool,
}

/// The headers of a request with those that the gateway adds.
pub fn fields<'a>(headers: &'a HeaderMap, added: &Added<'a>) -> Fields<'a> {
    let mut fields = Fields::with_capacity(headers.keys_len() + 4);
    for name in headers.keys() {
        let lower = name.as_str();
        let replaced =
            matches!(lower, "x-amzn-trace-id" | "x-forwarded-port" | "x-forwarded-proto");
        let withheld = added.signed && lower == "authorization";
        if replaced || withheld || DROPPED.contains(&lower) || lower == "x-forwarded-for" {
            continue;
        }
        for value in headers.get_all(name) {
            fields.add(spelled(name), String::from_utf8_lossy(value.as_bytes()));
        }
    }
    if let Some(trace) = added.trace {
        fields.add("X-Amzn-Trace-Id".into(), trace.into());
    }
    let known = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let clients = match (known, added.client) {
        (Some(known), Some(client)) => Some(format!("{known}, {client}").into()),
        (known, client) => known.or(client).map(Cow::Borrowed),
    };
    if let Some(clients) = clients {
        fields.add("X-Forwarded-For".into(), clients);
    }
    fields.add("X-Forwarded-Port".into(), added.port.into());
    fields.add("X-Forwarded-Proto".into(), added.protocol.into());
    fields
}

/// Functions find headers by the spelling that clients usually give them. That of the client is
/// lost on the way (HTTP/2 has none), so well-known names are spelled as they mostly are and
/// others stay in lower case.
fn spelled(name: &HeaderName) -> Cow<'_, str> {
    const KNOWN: [(&str, &str); 25] = [
        ("accept", "Accept"),
        ("accept-charset", "Accept-Charset"),
        ("accept-encoding", "Accept-Encoding"),
        ("accept-language", "Accept-Language"),
        ("authorization", "Authorization"),
        ("cache-control", "Cache-Control"),
        ("content-encoding", "Content-Encoding"),
        ("content-language", "Content-Language"),
        ("content-type", "Content-Type"),
        ("cookie", "Cookie"),
        ("forwarded", "Forwarded"),
        ("from", "From"),
        ("host", "Host"),
        ("if-match", "If-Match"),
        ("if-modified-since", "If-Modified-Since"),
        ("if-none-match", "If-None-Match"),
        ("if-unmodified-since", "If-Unmodified-Since"),
        ("origin", "Origin"),
        ("pragma", "Pragma"),
        ("range", "Range"),
        ("referer", "Referer"),
        ("user-agent", "User-Agent"),
        ("via", "Via"),
        ("x-amz-date", "X-Amz-Date"),
        ("x-amz-security-token", "X-Amz-Security-Token"),
    ];
    match KNOWN.binary_search_by_key(&name.as_str(), |(lower, _)| lower) {
        Ok(at) => Cow::Borrowed(KNOWN[at].1),
        Err(_) => Cow::Borrowed(name.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn known_names_are_spelled_and_the_gateway_adds_its_own() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("user-agent", "curl"),
            ("x-custom", "a"),
            ("x-custom", "b"),
            ("connection", "close"),
            ("authorization", "AWS4-HMAC-SHA256 ..."),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-proto", "gopher"),
        ] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let added = Added {
            client: Some("127.0.0.1"),
            port: "443",
            protocol: "https",
            trace: Some("Root=1-x"),
            signed: true,
        };
        let single = serde_json::to_value(fields(&headers, &added).single()).unwrap();
        assert_eq!(
            single,
            serde_json::json!({
                "User-Agent": "curl",
                "x-custom": "b",
                "X-Amzn-Trace-Id": "Root=1-x",
                "X-Forwarded-For": "10.0.0.1, 127.0.0.1",
                "X-Forwarded-Port": "443",
                "X-Forwarded-Proto": "https",
            })
        );
    }
}
