//! Right signatures are accepted, and changed requests are not.
#![allow(clippy::unwrap_used)] // The helpers of tests are tests too.
mod common;
mod vectors;

use common::{Call, KEY_ID, NOW, SECRET, rules};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use sigv4::{Credentials, Failure, Form, PayloadMode, Presented, presign, sign};

fn credentials(token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: KEY_ID.into(),
        secret_access_key: SECRET.into(),
        session_token: token.map(str::to_owned),
    }
}

fn parts(call: &Call) -> http::request::Parts {
    let target = format!("{}?{}", call.path, call.query);
    let target = target.strip_suffix('?').unwrap_or(&target);
    let request = http::Request::builder().method(call.method.clone()).uri(target);
    let mut parts = request.body(()).unwrap().into_parts().0;
    parts.headers = call.headers.clone();
    parts
}

#[test]
fn published_cases_verify() {
    for case in vectors::SIGNED {
        let call = Call::new(case.method, case.target, case.headers, case.body.as_bytes())
            .with("authorization", case.authorization);
        let verdict = call.judge(SECRET, NOW, &rules(case.service));
        assert_eq!(verdict.map(|v| v.payload), Ok(PayloadMode::Verified), "{}", case.name);
        let other = call.judge("another secret", NOW, &rules(case.service));
        assert!(matches!(other, Err(Failure::SignatureDoesNotMatch(_))), "{}", case.name);
    }
}

#[test]
fn published_presigned_cases_verify() {
    for case in vectors::PRESIGNED {
        let target = format!("{}?{}", case.path, case.query);
        let call = Call::new(case.method, &target, case.headers, b"");
        let Ok(Presented::Query(signature)) = call.presented() else { panic!("{}", case.name) };
        assert_eq!(signature.session_token.as_deref().unwrap_or(""), case.token, "{}", case.name);
        let expected =
            if case.service == "s3" { PayloadMode::Unsigned } else { PayloadMode::Verified };
        let verdict = call.judge(SECRET, NOW, &rules(case.service));
        assert_eq!(verdict.map(|v| v.payload), Ok(expected), "{}", case.name);
    }
}

/// The client's end signs as the published cases do, where it covers the same headers.
#[test]
fn our_own_signatures_are_the_published_ones() {
    let mut compared = 0;
    for case in vectors::SIGNED {
        if case.headers.iter().any(|(name, _)| name.starts_with("my-header")) {
            continue;
        }
        let mut call = Call::new(case.method, case.target, case.headers, case.body.as_bytes());
        let token = call.headers.remove("x-amz-security-token");
        call.headers.remove("x-amz-content-sha256");
        if call.path.starts_with("//") {
            continue; // A client's `Uri` would take the rest for an authority.
        }
        let mut parts = parts(&call);
        let token = token.as_ref().map(|token| token.to_str().unwrap());
        sign(&mut parts, &call.body, &credentials(token), "us-east-1", case.service, NOW).unwrap();
        assert_eq!(parts.headers["authorization"], case.authorization, "{}", case.name);
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn presigned_requests_are_accepted() {
    for (service, token) in [("s3", None), ("sts", Some("tok/en+=")), ("execute-api", None)] {
        let call = Call::new("GET", "/b/a%20b?x=1&y", &[("host", "h"), ("x-amz-meta-a", "1")], b"");
        let query = presign(&parts(&call), &credentials(token), "us-east-1", service, NOW, 60);
        let call = Call { query: query.unwrap(), ..call };
        let signature = call.signature();
        assert_eq!(signature.form, Form::Query);
        assert_eq!(signature.expires, Some(60));
        assert_eq!(signature.session_token.as_deref(), token);
        assert_eq!(signature.signed_headers.to_string(), "host;x-amz-meta-a");
        assert!(call.judge(SECRET, NOW + 60, &rules(service)).is_ok(), "{service}");
    }
}

#[test]
fn a_client_may_leave_an_object_unsigned() {
    let call = Call::new("PUT", "/b/k", &[("host", "h")], b"some");
    let mut parts = parts(&call.with("x-amz-content-sha256", "UNSIGNED-PAYLOAD"));
    sign(&mut parts, b"some", &credentials(None), "us-east-1", "s3", NOW).unwrap();
    let call = Call { headers: parts.headers, ..Call::new("PUT", "/b/k", &[], b"other") };
    let verdict = call.judge(SECRET, NOW, &rules("s3")).unwrap();
    assert_eq!(verdict.payload, PayloadMode::Unsigned);
}

#[test]
fn the_host_comes_from_the_uri() {
    let request = http::Request::builder().uri("http://localhost:4566/a").body(()).unwrap();
    let mut parts = request.into_parts().0;
    sign(&mut parts, b"", &credentials(None), "us-east-1", "sqs", NOW).unwrap();
    assert_eq!(parts.headers["host"], "localhost:4566");
    let call = Call { headers: parts.headers, ..Call::new("GET", "/a", &[], b"") };
    assert!(call.judge(SECRET, NOW, &rules("sqs")).is_ok());
}

#[test]
fn a_date_header_serves_when_x_amz_date_is_absent() {
    let case = &vectors::SIGNED[0];
    let call = Call::new("GET", "/", &[("host", "h"), ("x-amz-date", "20150830T123600Z")], b"");
    let call = call.with("authorization", case.authorization);
    assert_eq!(call.signature().timestamp, NOW);
    let mut call = call.with("date", "Mon, 01 Jan 2001 00:00:00 GMT");
    assert_eq!(call.signature().timestamp, NOW, "x-amz-date goes first");
    call.headers.remove("x-amz-date");
    assert_eq!(call.signature().timestamp, 978_307_200);
}

fn header_text() -> impl Strategy<Value = String> {
    "[!-~]{0,12}( {1,3}[!-~]{1,8}){0,2}"
}

prop_compose! {
    fn calls()(
        method in prop::sample::select(vec!["GET", "POST", "PUT", "DELETE"]),
        path in "(/[a-zA-Z0-9._~%:@$ -]{0,8}){1,4}/?",
        query in "[a-zA-Z0-9%=&+._~-]{0,40}",
        meta in header_text(),
        second in prop::option::of(header_text()),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) -> Call {
        let target = format!("{}?{query}", path.replace(' ', "%20"));
        let headers = [("host", "h:1"), ("x-amz-meta-a", meta.as_str())];
        let mut call = Call::new(method, &target, &headers, &body);
        if let Some(second) = second {
            call.headers.append("x-amz-meta-a", HeaderValue::try_from(second).unwrap());
        }
        call
    }
}

fn signed(call: &Call, service: &str) -> HeaderMap {
    // The path goes around `Uri`, which would judge it.
    let mut parts = parts(&Call::new("GET", "/", &[], b""));
    parts.method = call.method.clone();
    parts.headers = call.headers.clone();
    let uri = http::Uri::builder().scheme("http").authority("h:1");
    let target = format!("{}?{}", call.path, call.query);
    parts.uri = uri.path_and_query(target).build().unwrap();
    sign(&mut parts, &call.body, &credentials(None), "us-east-1", service, NOW).unwrap();
    parts.headers
}

/// Flips one bit of a text, keeping it text.
fn flipped(text: &str, at: usize, bit: usize) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let index = at.checked_rem(bytes.len())?;
    bytes[index] ^= 1 << (bit % 7);
    String::from_utf8(bytes).ok()
}

proptest! {
    #[test]
    fn what_is_signed_verifies(call in calls(), s3 in any::<bool>()) {
        let service = if s3 { "s3" } else { "dynamodb" };
        let call = Call { headers: signed(&call, service), ..call };
        prop_assert_eq!(
            call.judge(SECRET, NOW, &rules(service)).map(|v| v.payload),
            Ok(PayloadMode::Verified)
        );
    }

    #[test]
    fn one_changed_bit_of_the_body_or_signature_is_refused(
        call in calls(), s3 in any::<bool>(), at in any::<usize>(), bit in 0usize..8,
    ) {
        let service = if s3 { "s3" } else { "dynamodb" };
        let good = Call { headers: signed(&call, service), ..call };
        if !good.body.is_empty() {
            let mut bad = good.clone();
            let index = at % bad.body.len();
            bad.body[index] ^= 1 << bit;
            prop_assert!(bad.judge(SECRET, NOW, &rules(service)).is_err());
        }
        let authorization = good.headers["authorization"].to_str().unwrap();
        let (rest, signature) = authorization.split_at(authorization.len() - 64);
        if let Some(changed) = flipped(signature, at, bit)
            && let Ok(value) = HeaderValue::try_from(format!("{rest}{changed}"))
        {
            let mut bad = good.clone();
            bad.headers.insert("authorization", value);
            prop_assert!(bad.judge(SECRET, NOW, &rules(service)).is_err());
        }
        let secret = flipped(SECRET, at, bit).unwrap();
        prop_assert!(good.judge(&secret, NOW, &rules(service)).is_err());
    }

    #[test]
    fn one_changed_bit_of_a_signed_header_is_refused(
        word in "[a-zA-Z0-9]{1,20}", at in any::<usize>(), bit in 0usize..7,
    ) {
        let call = Call::new("POST", "/", &[("host", "h:1"), ("x-amz-target", &word)], b"");
        let mut call = Call { headers: signed(&call, "dynamodb"), ..call };
        let changed = flipped(&word, at, bit).unwrap();
        if let Ok(value) = HeaderValue::try_from(changed.as_str()) {
            call.headers.insert("x-amz-target", value);
            prop_assert!(call.judge(SECRET, NOW, &rules("dynamodb")).is_err());
        }
    }

    #[test]
    fn another_path_query_or_method_is_refused(
        name in "[a-z0-9]{1,9}", at in any::<usize>(), bit in 0usize..4, s3 in any::<bool>(),
    ) {
        let service = if s3 { "s3" } else { "dynamodb" };
        let call = Call::new("GET", &format!("/{name}?{name}={name}"), &[("host", "h:1")], b"");
        let good = Call { headers: signed(&call, service), ..call };
        prop_assert!(good.judge(SECRET, NOW, &rules(service)).is_ok());
        let other = flipped(&name, at, bit).unwrap();
        let path = Call { path: format!("/{other}"), ..good.clone() };
        let query = Call { query: format!("{name}={other}"), ..good.clone() };
        let method = Call { method: http::Method::DELETE, ..good };
        for bad in [path, query, method] {
            prop_assert!(bad.judge(SECRET, NOW, &rules(service)).is_err(), "{:?}", bad);
        }
    }

    #[test]
    fn any_bytes_are_safe(
        path in "\\PC{0,40}",
        query in concat!(
            "(X-Amz-(Algorithm|Credential|Signature|SignedHeaders|Date|Expires)",
            "=[^&]{0,30}&?|\\PC){0,9}",
        ),
        authorization in prop::collection::vec(
            prop_oneof![prop::collection::vec(32u8..=255, 0..90), "AWS4-HMAC-SHA256 [ -~]{0,90}"
                .prop_map(String::into_bytes)], 0..3),
        date in "[0-9TZ]{0,17}|20150830T123600Z",
    ) {
        let mut call = Call::new("GET", "/", &[("host", "h"), ("x-amz-date", &date)], b"");
        (call.path, call.query) = (path, query);
        for value in authorization {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                call.headers.append("authorization", value);
            }
        }
        for s3 in ["s3", "sqs"] {
            prop_assert!(call.judge(SECRET, NOW, &rules(s3)).is_err());
        }
    }
}
