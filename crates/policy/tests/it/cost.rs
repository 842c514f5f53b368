//! What a decision costs. Run by hand on an optimised build:
//! `cargo test -p policy --release -- --ignored --nocapture`.
use policy::{Kind, Policies, Request, decide};

use crate::support::*;

#[test]
#[ignore = "a measurement; its bound holds for optimised builds only"]
fn ten_attached_policies_cost_under_five_microseconds() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table";
    let statements = [
        allow("dynamodb:*Item", &format!("{table}/Stream*")),
        allow("s3:*", "arn:aws:s3:::b/*"),
        r#"{"Effect":"Deny","NotAction":["dynamodb:*","s3:*"],"Resource":"*",
            "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#
            .to_owned(),
        r#"{"Effect":"Deny","Action":"*","Resource":"*",
            "Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#
            .to_owned(),
        allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q"),
    ];
    let attached = policy(Kind::Identity, &statements.join(","));
    let policies = Policies { identity: vec![attached; 10], ..Policies::default() };
    let caller = session(V);
    let keys = [
        ("aws:SecureTransport", "true"),
        ("aws:SourceIp", "192.0.2.1"),
        ("aws:CurrentTime", "2026-03-01T12:00:00Z"),
        ("aws:RequestedRegion", "eu-west-1"),
    ];
    let context = context(&caller, &keys);
    let request = Request {
        principal: &caller,
        action: "dynamodb:GetItem",
        resource: &format!("{table}/StreamItems"),
        resource_account: Some(V),
        context: &context,
    };
    let each = cost(|| assert!(std::hint::black_box(decide(&request, &policies)).is_allowed()));
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 32]);
    let hmac = cost(|| {
        std::hint::black_box(ring::hmac::sign(&secret, &[1; 64]));
    });
    let ratio = each.as_secs_f64() / hmac.as_secs_f64();
    println!("one decision over 50 statements: {each:?}; {ratio:.1} times a bare HMAC ({hmac:?})");
    assert!(each.as_micros() < 5, "{each:?}");
}

/// What one run takes, of many.
#[allow(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
fn cost(run: impl Fn()) -> std::time::Duration {
    let rounds = 100_000_u32;
    let start = std::time::Instant::now();
    (0..rounds).for_each(|_| run());
    start.elapsed() / rounds
}
