//! The event that a function gets for a request to its URL: payload format 2.0 ("Invoking Lambda
//! function URLs").

use super::{config::FunctionUrl, place::Place};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName,
    header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE, USER_AGENT},
};
use serde_json::{Map, Value, json};
use service_kit::{
    context::Caller,
    front::{Request, decode_query},
    prelude::*,
};

/// Headers that belong to the connection and not to the request, or that the event tells
/// otherwise.
const DROPPED: [&str; 10] = [
    "connection",
    "cookie",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A request to a URL, judged already.
pub struct Asked<'a> {
    /// The request.
    pub request: &'a Request,
    /// Where it went.
    pub place: Place<'a>,
    /// The URL.
    pub url: &'a FunctionUrl,
    /// Who signed it, where the URL wants that.
    pub caller: Option<&'a Caller>,
    /// The trace that it belongs to.
    pub trace: &'a str,
    /// When it came.
    pub at: Timestamp,
}

/// The event for `asked`, as JSON; `cx` works where the function lives.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn build(cx: &Context, asked: &Asked<'_>) -> Result<Vec<u8>, Fault> {
    let Asked { request, place, .. } = asked;
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": place.path,
        "rawQueryString": request.query,
    });
    let cookies = cookies(&request.headers);
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    event["headers"] = headers(asked);
    let query = query(&request.query);
    if !query.is_empty() {
        event["queryStringParameters"] = query.into();
    }
    event["requestContext"] = request_context(cx, asked)?;
    let (body, is_base64_encoded) = body(request);
    if let Some(body) = body {
        event["body"] = body.into();
    }
    event["isBase64Encoded"] = is_base64_encoded.into();
    serde_json::to_vec(&event).map_err(Fault::internal)
}

fn request_context(cx: &Context, asked: &Asked<'_>) -> Result<Value, Fault> {
    let Asked { request, place, url, caller, .. } = asked;
    // What AWS sends to functions behind open URLs, although its page names the owner here.
    let account = if caller.is_some() { cx.account() } else { "anonymous" };
    let agent = request.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Ok(json!({
        "accountId": account,
        "apiId": url.id,
        "authentication": null,
        "authorizer": caller.map(|caller| authorizer(cx, caller)).transpose()?,
        "domainName": url.domain(cx.region()),
        "domainPrefix": url.id,
        "http": {
            "method": request.method.as_str(),
            "path": place.path,
            "protocol": "HTTP/1.1",
            "sourceIp": source_ip(request),
            "userAgent": agent,
        },
        "requestId": cx.request_id(),
        "routeKey": "$default",
        "stage": "$default",
        "time": asked.at.access_log(),
        "timeEpoch": asked.at.as_millis(),
    }))
}

fn authorizer(cx: &Context, caller: &Caller) -> Result<Value, Fault> {
    let standing = match caller.account() {
        Some(account) => cx.platform().guardrails().standing(cx.platform(), account)?,
        None => None,
    };
    let id = caller.principal.user_id();
    Ok(json!({"iam": {
        "accessKey": caller.access_key_id.as_deref(),
        "accountId": caller.account(),
        "callerId": id,
        "cognitoIdentity": null,
        "principalOrgId": standing.map(|standing| standing.organization.to_string()),
        "userArn": caller.principal.arn(),
        "userId": id,
    }}))
}

fn source_ip(request: &Request) -> Option<String> {
    request.source_ip.map(|ip| ip.to_canonical().to_string())
}

fn text(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Each cookie by itself, from all headers of that name.
fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(COOKIE).iter().map(text);
    let split = |line: String| line.split(';').map(|it| it.trim().to_owned()).collect::<Vec<_>>();
    lines.flat_map(split).filter(|cookie| !cookie.is_empty()).collect()
}

/// The headers in lower case, repeated ones joined by commas. A signature was for Lambda only.
fn headers(asked: &Asked<'_>) -> Value {
    let sent = &asked.request.headers;
    let mut headers = Map::new();
    let withheld = |name: &HeaderName| {
        DROPPED.contains(&name.as_str())
            || asked.caller.is_some() && *name == http::header::AUTHORIZATION
    };
    for name in sent.keys().filter(|name| !withheld(name)) {
        let values: Vec<_> = sent.get_all(name).iter().map(text).collect();
        headers.insert(name.as_str().to_owned(), values.join(",").into());
    }
    let client = source_ip(asked.request);
    let known = sent.get("x-forwarded-for").map(text);
    let clients: Vec<_> = known.into_iter().chain(client).collect();
    if !clients.is_empty() {
        headers.insert("x-forwarded-for".to_owned(), clients.join(", ").into());
    }
    let (port, protocol) = if asked.request.secure { ("443", "https") } else { ("80", "http") };
    headers.insert("x-forwarded-port".to_owned(), port.into());
    headers.insert("x-forwarded-proto".to_owned(), protocol.into());
    headers.insert("x-amzn-trace-id".to_owned(), asked.trace.into());
    headers.into()
}

/// The parameters, decoded; the values of repeated ones joined by commas.
fn query(query: &str) -> Map<String, Value> {
    let mut found: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode_query(name).into_owned(), decode_query(value).into_owned());
        let joined = match found.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        found.insert(name, joined.into());
    }
    found
}

/// The body as text, or in base64 if it is none by its type or in fact.
fn body(request: &Request) -> (Option<String>, bool) {
    if request.body.is_empty() {
        return (None, false);
    }
    let kind = request.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let packed = request.headers.contains_key(CONTENT_ENCODING);
    let text = std::str::from_utf8(&request.body).ok();
    match text.filter(|_| !packed && is_text(kind.unwrap_or_default())) {
        Some(text) => (Some(text.to_owned()), false),
        None => (Some(STANDARD.encode(&request.body)), true),
    }
}

/// Whether bodies of this type are text: `text/*`, JSON, JavaScript and XML. Forms are not.
fn is_text(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = ["application/json", "application/javascript", "application/xml"];
    kind.starts_with("text/")
        || known.contains(&kind.as_str())
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn parameters_are_decoded_and_joined() {
        let found = query("a=1&a=%2Fb&c=x+y&d&bad=%zz&e=%C3%BC");
        let wanted = json!({"a": "1,/b", "c": "x y", "d": "", "bad": "%zz", "e": "ü"});
        assert_eq!(Value::from(found), wanted);
        assert!(query("").is_empty());
    }

    #[test]
    fn cookies_are_told_apart() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; b=2"));
        headers.append(COOKIE, HeaderValue::from_static("c=3;"));
        assert_eq!(cookies(&headers), ["a=1", "b=2", "c=3"]);
    }

    #[test]
    fn types_decide_what_is_text() {
        for kind in ["text/plain", "application/json; charset=utf-8", "Application/XML", "a/b+json"]
        {
            assert!(is_text(kind), "{kind}");
        }
        for kind in ["", "application/x-www-form-urlencoded", "multipart/form-data", "image/png"] {
            assert!(!is_text(kind), "{kind}");
        }
    }
}
