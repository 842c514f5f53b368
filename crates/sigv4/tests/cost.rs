//! What verifying a signature costs. Run by hand on an optimised build:
//! `cargo test -p sigv4 --release --test cost -- --ignored --nocapture`.
#![allow(clippy::unwrap_used)]

use http::Request;
use ring::hmac;
use sigv4::{Credentials, Payload, Presented, Rules, SigningKey, presented, sign, verify};
use std::{hint::black_box, time::Duration};

const NOW: i64 = 1_800_000_000;
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[test]
#[ignore = "a measurement; its bound holds for optimised builds only"]
fn a_kilobyte_is_verified_in_under_fifteen_microseconds() {
    let body = [b'x'; 1_024];
    let request = Request::post("/")
        .header("host", "dynamodb.eu-west-1.amazonaws.com")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.PutItem")
        .body(());
    let (mut parts, ()) = request.unwrap().into_parts();
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: SECRET.into(),
        session_token: None,
    };
    sign(&mut parts, &body, &credentials, "eu-west-1", "dynamodb", NOW).unwrap();
    let request = sigv4::Request {
        method: &parts.method,
        path: parts.uri.path(),
        query: "",
        headers: &parts.headers,
    };
    let Ok(Presented::Header(signature)) = presented(&request) else { panic!("a signature") };
    let key = SigningKey::derive(SECRET, &signature.scope);
    let rules = Rules { service: "dynamodb", region: None, s3: false };
    let each = cost(|| {
        let Ok(Presented::Header(signature)) = presented(&request) else { panic!("a signature") };
        let verdict = verify(&request, &signature, &key, Payload::Bytes(&body), NOW, &rules);
        assert!(black_box(verdict).is_ok());
    });
    let bare = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
    let bare = cost(|| {
        black_box(hmac::sign(&bare, &body));
    });
    let ratio = each.as_secs_f64() / bare.as_secs_f64();
    println!("one signature read and verified: {each:?}; {ratio:.1} times a bare HMAC ({bare:?})");
    assert!(each < Duration::from_micros(15), "{each:?}");
}

/// What one run takes, of many.
#[allow(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
fn cost(run: impl Fn()) -> Duration {
    let rounds = 100_000_u32;
    let start = std::time::Instant::now();
    (0..rounds).for_each(|_| run());
    start.elapsed() / rounds
}
