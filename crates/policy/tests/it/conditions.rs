//! Condition operators against present, absent, single and multi-valued keys.
use policy::{Attached, Context, Kind, Policies, Policy, Request, decide};

use crate::support::*;

/// Whether a condition block, given as JSON, holds in a context.
#[track_caller]
fn holds(condition: &str, context: &Context) -> bool {
    let statement =
        format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#);
    let policy = Policy::parse(&document(&statement), Kind::Identity)
        .unwrap_or_else(|error| panic!("{error}: {condition}"));
    let identity = vec![Attached::new("p", policy)];
    let policies = Policies { identity, ..Policies::default() };
    let (principal, action) = (&user(V), "s3:GetObject");
    let request =
        Request { principal, action, resource: OBJECT, resource_account: Some(V), context };
    decide(&request, &policies).is_allowed()
}

/// Checks lines of (condition, expected) in a context of single-valued keys.
#[track_caller]
fn table(keys: &[(&'static str, &str)], lines: &[(&str, bool)]) {
    let mut context = Context::default();
    for (key, value) in keys {
        context.set(*key, *value);
    }
    for (condition, expected) in lines {
        assert_eq!(holds(condition, &context), *expected, "{condition}");
    }
}

#[test]
fn v27_v28_absent_keys() {
    table(
        &[],
        &[
            (r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}"#, false),
            (r#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}"#, false),
            (r#"{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}}"#, true),
            (r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}"#, true),
            (r#"{"StringEquals":{"aws:x":"a"}}"#, false),
            (r#"{"StringNotEquals":{"aws:x":"a"}}"#, true),
            (r#"{"StringEqualsIfExists":{"aws:x":"a"}}"#, true),
            (r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#, false),
            (r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#, true),
            (r#"{"NumericLessThanEquals":{"s3:max-keys":"10"}}"#, false),
            (r#"{"Null":{"aws:x":"true"}}"#, true),
            (r#"{"Null":{"aws:x":false}}"#, false),
        ],
    );
}

#[test]
fn v29_a_service_call_has_no_source_address() {
    let office = r#"{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#;
    let direct = r#"{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"},
        "Bool":{"aws:ViaAWSService":"false"}}"#;
    table(&[("aws:ViaAWSService", "true")], &[(office, true), (direct, false)]);
}

#[test]
fn v26_v39_multi_valued_keys() {
    let leading = r#"{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":"ana"}}"#;
    let strict = r#"{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":"ana"},
        "Null":{"dynamodb:LeadingKeys":"false"}}"#;
    let not_eve = r#"{"ForAllValues:StringNotEquals":{"dynamodb:LeadingKeys":["eve","bob"]}}"#;
    let any_not_ana = r#"{"ForAnyValue:StringNotEquals":{"dynamodb:LeadingKeys":"ana"}}"#;
    let plain = r#"{"StringEquals":{"dynamodb:LeadingKeys":"ana"}}"#;
    let with = |values: &[&str]| {
        let mut context = Context::default();
        context.set_many("dynamodb:LeadingKeys", values.iter().map(|value| value.to_string()));
        [leading, strict, not_eve, any_not_ana, plain].map(|condition| holds(condition, &context))
    };
    // A Scan names no partition, and an empty set counts as absent.
    assert_eq!(with(&[]), [true, false, true, false, false]);
    assert_eq!(with(&["ana"]), [true, true, true, false, false]);
    assert_eq!(with(&["ana", "eve"]), [false, false, false, true, false]);
    assert_eq!(with(&["eve", "bob"]), [false, false, false, true, false]);
}

#[test]
fn v30_v31_several_operands_and_numbers() {
    table(
        &[("aws:x", "b"), ("s3:max-keys", "10"), ("aws:big", "9007199254740993")],
        &[
            (r#"{"StringEquals":{"aws:x":["a","b"]}}"#, true),
            (r#"{"StringNotEquals":{"aws:x":["a","b"]}}"#, false),
            (r#"{"StringEquals":{"aws:x":[]}}"#, false),
            (r#"{"NumericLessThanEquals":{"s3:max-keys":10}}"#, true),
            (r#"{"NumericLessThan":{"s3:max-keys":"10"}}"#, false),
            (r#"{"NumericGreaterThan":{"s3:max-keys":9.75}}"#, true),
            (r#"{"NumericGreaterThanEquals":{"s3:max-keys":"11"}}"#, false),
            (r#"{"NumericEquals":{"aws:big":9007199254740992}}"#, false),
            (r#"{"NumericNotEquals":{"aws:big":9007199254740992}}"#, true),
            (r#"{"NumericEquals":{"aws:x":"1"}}"#, false),
            (r#"{"NumericNotEquals":{"aws:x":"1"}}"#, true),
            (r#"{"NumericEquals":{"s3:max-keys":"ten"}}"#, false),
            (r#"{"StringEquals":{"aws:x":"b"},"NumericEquals":{"s3:max-keys":11}}"#, false),
            (r#"{"StringEquals":{"aws:x":"b","s3:max-keys":"10"}}"#, true),
        ],
    );
}

#[test]
fn v32_addresses() {
    table(
        &[("aws:SourceIp", "2001:db8:9::1"), ("aws:VpcSourceIp", "10.0.0.1")],
        &[
            (r#"{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}"#, true),
            (r#"{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]}}"#, false),
            (r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.1"}}"#, true),
            (r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.2"}}"#, false),
            (r#"{"IpAddress":{"aws:VpcSourceIp":"nowhere"}}"#, false),
            (r#"{"NotIpAddress":{"aws:VpcSourceIp":"nowhere"}}"#, true),
        ],
    );
}

#[test]
fn text_operators() {
    table(
        &[("aws:x", "Straße*"), ("aws:username", "ana"), ("aws:home", "home/ana/x")],
        &[
            (r#"{"StringEquals":{"AWS:X":"Straße*"}}"#, true),
            (r#"{"StringEquals":{"aws:x":"straße*"}}"#, false),
            (r#"{"StringEqualsIgnoreCase":{"aws:x":"STRAßE*"}}"#, true),
            (r#"{"StringNotEqualsIgnoreCase":{"aws:x":"STRAßE*"}}"#, false),
            (r#"{"StringEquals":{"aws:x":"S*"}}"#, false),
            (r#"{"StringLike":{"aws:x":"S*"}}"#, true),
            (r#"{"StringLike":{"aws:x":"Stra?e${*}"}}"#, true),
            (r#"{"StringNotLike":{"aws:x":"s*"}}"#, true),
            (r#"{"StringLike":{"aws:home":"home/${aws:username}/*"}}"#, true),
            (r#"{"StringEquals":{"aws:username":"${aws:userid}"}}"#, false),
            (r#"{"StringNotEquals":{"aws:username":"${aws:userid}"}}"#, true),
            (r#"{"StringEqualsIgnoreCase":{"aws:username":"${aws:userid, 'ANA'}"}}"#, true),
        ],
    );
}

#[test]
fn arn_operators_keep_to_their_parts() {
    let topic = "arn:aws:sns:eu-west-1:111122223333:team:orders";
    table(
        &[("aws:SourceArn", topic), ("aws:x", "none"), ("aws:PrincipalAccount", V)],
        &[
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:team*"}}"#, true),
            (r#"{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#, true),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*"}}"#, false),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:*:orders"}}"#, false),
            (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:${aws:PrincipalAccount}:*"}}"#, true),
            (r#"{"ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#, false),
            (r#"{"ArnNotEquals":{"aws:SourceArn":"arn:aws:sqs:*:*:*"}}"#, true),
            (r#"{"ArnLike":{"aws:x":"arn:aws:*:*:*:*"}}"#, false),
            (r#"{"StringLike":{"aws:SourceArn":"arn:aws:*:orders"}}"#, true),
        ],
    );
}

#[test]
fn dates_booleans_and_bytes() {
    table(
        &[
            ("aws:CurrentTime", "2026-03-01T12:00:00Z"),
            ("aws:EpochTime", "1772366400"),
            ("aws:SecureTransport", "true"),
            ("app:blob", "aGk="),
        ],
        &[
            (r#"{"DateLessThan":{"aws:CurrentTime":"2026-03-01T12:00:01Z"}}"#, true),
            (r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-03-01"}}"#, true),
            (r#"{"DateEquals":{"aws:EpochTime":"2026-03-01T13:00:00+01:00"}}"#, true),
            (r#"{"DateNotEquals":{"aws:CurrentTime":"1772366400"}}"#, false),
            (r#"{"DateLessThanEquals":{"aws:CurrentTime":1772366399}}"#, false),
            (r#"{"DateGreaterThanEquals":{"aws:SecureTransport":"2026-03-01"}}"#, false),
            (r#"{"Bool":{"aws:SecureTransport":true}}"#, true),
            (r#"{"Bool":{"aws:SecureTransport":"TRUE"}}"#, true),
            (r#"{"Bool":{"aws:SecureTransport":"yes"}}"#, false),
            (r#"{"BinaryEquals":{"app:blob":"aGk="}}"#, true),
            (r#"{"BinaryEquals":{"app:blob":"aGo="}}"#, false),
        ],
    );
}
