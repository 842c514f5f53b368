//! What is a policy, by kind, and the words for what is not.
use policy::{Kind, Policy};
use proptest::prelude::*;

use crate::support::*;

#[track_caller]
fn refusal(text: &str, kind: Kind) -> String {
    Policy::parse(text, kind).map_or_else(|error| error.message, |_| "accepted".to_owned())
}

const SYNTAX: &str = "Syntax errors in policy.";
const ORGANIZATIONS: &str =
    "The provided policy document does not meet the requirements of the specified policy type.";

#[test]
fn what_breaks_the_grammar_is_refused_in_awss_words() {
    for (statement, message) in [
        (r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, "accepted"),
        (r#"{"Effect":"Allow","Action":"*","Resource":"*","Foo":1}"#, SYNTAX),
        (r#"{"Effect":"allow","Action":"*","Resource":"*"}"#, SYNTAX),
        (r#"{"Action":"*","Resource":"*"}"#, SYNTAX),
        (r#"{"Effect":"Allow","Action":"*","NotAction":"a:b","Resource":"*"}"#, SYNTAX),
        (r#"{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}"#, SYNTAX),
        (r#"{"Effect":"Allow","Action":1,"Resource":"*"}"#, SYNTAX),
        (r#"{"Effect":"Allow","Resource":"*"}"#, "Policy statement must contain actions."),
        (
            r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#,
            "Policy statement must contain actions.",
        ),
        (r#"{"Effect":"Allow","Action":"*"}"#, "Policy statement must contain resources."),
        (
            r#"{"Effect":"Allow","Action":"GetObject","Resource":"*"}"#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"b"}"#,
            "Resource b must be in ARN format or \"*\".",
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s*:::b"}"#,
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#,
            "Policy document should not specify a principal.",
        ),
        (
            r#"{"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"}"#,
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
             regular expression [0-9A-Za-z]*",
        ),
        (
            r#"{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},
            {"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}"#,
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"StringIs":{"aws:x":"1"}}}"#,
            SYNTAX,
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"NullIfExists":{"aws:x":"true"}}}"#,
            SYNTAX,
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"StringEquals":{"aws:x":{"a":1}}}}"#,
            SYNTAX,
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"StringEquals":{"x":"1"}}}"#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}}"#,
            "The policy failed legacy parsing",
        ),
        ("", SYNTAX),
        ("1", SYNTAX),
    ] {
        assert_eq!(refusal(&document(statement), Kind::Identity), message, "{statement}");
    }
}

#[test]
fn the_frame_of_a_document() {
    let statement = allow("*", "*");
    for (text, message) in [
        (format!(r#"{{"Statement":{statement}}}"#), "accepted"),
        (format!(r#"{{"Version":"2008-10-17","Id":"x","Statement":{statement}}}"#), "accepted"),
        (format!(r#"{{"Version":"2020-01-01","Statement":{statement}}}"#), SYNTAX),
        (format!(r#"{{"version":"2012-10-17","Statement":{statement}}}"#), SYNTAX),
        (r#"{"Version":"2012-10-17"}"#.to_owned(), SYNTAX),
        (format!("[{statement}]"), SYNTAX),
        (format!("{} ", document(&statement)).repeat(2), SYNTAX),
        (" ".repeat(131_073), "The policy is longer than 131072 bytes."),
    ] {
        assert_eq!(refusal(&text, Kind::Identity), message, "{}", &text[..text.len().min(80)]);
    }
    let old = Policy::parse(&format!(r#"{{"Statement":{statement}}}"#), Kind::Identity).unwrap();
    assert_eq!(
        old.require_current_version().unwrap_err().to_string(),
        "Policy document must be version 2012-10-17 or greater."
    );
    let new = Policy::parse(&document(&statement), Kind::Identity).unwrap();
    assert!(new.require_current_version().is_ok());
    assert_eq!(new.text(), document(&statement));
}

#[test]
fn each_kind_has_its_own_rules() {
    let to = |principal: &str| {
        format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}"#)
    };
    let service = to(r#"{"Service":"lambda.amazonaws.com"}"#);
    let deny_all =
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}"#;
    for (kind, statement, message) in [
        (Kind::Trust, &*service, "accepted"),
        (
            Kind::Trust,
            r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#,
            "Missing required field Principal",
        ),
        (
            Kind::Trust,
            &allow_to(r#""*""#),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            Kind::Trust,
            r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole",
            "Resource":"*"}"#,
            "Has prohibited field Resource",
        ),
        (
            Kind::Trust,
            &to(r#"{"AWS":"arn:aws:iam::111122223333:role/*"}"#),
            r#"Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*""#,
        ),
        (Kind::Trust, &to(r#"{"AWS":[]}"#), SYNTAX),
        (Kind::Trust, &to(r#""ana""#), r#"Invalid principal in policy: "ana""#),
        (Kind::Resource, &allow("*", "*"), "Missing required field Principal"),
        (
            Kind::Resource,
            r#"{"Sid":"any text","Effect":"Allow","NotPrincipal":"*",
            "Action":"*","Resource":"*"}"#,
            "accepted",
        ),
        (
            Kind::Resource,
            &allow_to(r#"{"CanonicalUser":"79a5"}"#),
            r#"Invalid principal in policy: "CanonicalUser":"79a5""#,
        ),
        (Kind::Key, &allow_to(r#"{"AWS":"111122223333"}"#), "accepted"),
        (Kind::Session, &allow("*", "arn:aws:s3"), "accepted"),
        (Kind::ServiceControl, &allow("*", "arn:aws:s3:*"), ORGANIZATIONS),
        (Kind::ServiceControl, &allow_to(r#""*""#), ORGANIZATIONS),
        (Kind::ResourceControl, &allow_to(r#""*""#), "accepted"),
        (Kind::ResourceControl, deny_all, "accepted"),
        (Kind::ResourceControl, &deny_all.replace("Deny", "Allow"), ORGANIZATIONS),
        (
            Kind::ResourceControl,
            &deny_all.replace(r#""*","#, r#"{"AWS":"111122223333"},"#),
            ORGANIZATIONS,
        ),
        (Kind::ResourceControl, &deny_all.replace("Action", "NotAction"), ORGANIZATIONS),
    ] {
        assert_eq!(refusal(&document(statement), kind), message, "{kind:?} {statement}");
    }
}

#[test]
fn context_keys_come_from_conditions_and_variables() {
    let policy = Policy::parse(
        &document(
            r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/*",
                "Condition":{"StringLike":{"s3:prefix":["${aws:PrincipalTag/team}/*"]},
                "Bool":{"AWS:UserName":"true"},
                "ArnLike":{"aws:SourceArn":"arn:aws:s3:::${a:b}"}}}"#,
        ),
        Kind::Identity,
    )
    .unwrap();
    let keys = policy.context_keys();
    assert_eq!(keys.len(), 5, "{keys:?}");
    for key in ["a:b", "aws:PrincipalTag/team", "aws:SourceArn", "s3:prefix"] {
        assert!(keys.contains(&key), "{key}");
    }
}

#[test]
fn hostile_documents_are_cheap() {
    let names: Vec<String> = (0..9_000).map(|n| format!("\"{n}\":1")).collect();
    for text in [
        "[".repeat(60_000),
        format!("{{{}}}", names.join(",")),
        document(&allow("*", &format!("arn:aws:s3:::{}", "*a".repeat(30_000)))),
        document(&vec![allow("*", "*"); 1_000].join(",\n")),
    ] {
        let _ = Policy::parse(&text, Kind::Identity);
    }
}

/// Words that make up policies, so that random documents come near to valid ones.
fn near_policy() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"Statement\"",
        "\"Effect\"",
        "\"Allow\"",
        "\"Action\"",
        "\"Resource\"",
        "\"Principal\"",
        "\"Condition\"",
        "\"StringLike\"",
        "\"aws:x\"",
        "\"*\"",
        "\"${aws:x\"",
        "\"arn:aws:s3:::b\"",
        "\"AWS\"",
        "1",
        "true",
        "\"\\u0000é\"",
        "\"2012-10-17\"",
        "\"Version\"",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::Identity,
        Kind::Resource,
        Kind::Trust,
        Kind::Key,
        Kind::Boundary,
        Kind::Session,
        Kind::ServiceControl,
        Kind::ResourceControl,
    ])
}

fn operators() -> impl Strategy<Value = String> {
    let tests = prop::sample::select(vec![
        "StringLike",
        "StringNotEqualsIgnoreCase",
        "ArnLike",
        "NumericLessThan",
        "Bool",
        "Null",
        "IpAddress",
        "BinaryEquals",
        "DateEquals",
    ]);
    ("(ForAnyValue:|ForAllValues:)?", tests, "(IfExists)?")
        .prop_map(|(quantifier, test, suffix)| format!("{quantifier}{test}{suffix}"))
}

proptest! {
    #[test]
    fn reading_never_panics(text in any::<String>(), near in near_policy(), kind in kinds()) {
        let _ = Policy::parse(&text, kind);
        let _ = Policy::parse(&near, kind);
        let _ = Policy::parse(&document(&near), kind);
    }

    #[test]
    fn odd_values_are_read_and_decided_without_panic(
        action in "[a-z*?:$é{}]{0,8}", resource in "(arn:)?[a-z*?:/${},' é]{0,24}",
        operator in operators(), key in "(aws|s3):[a-z/]{0,6}",
        value in "[a-z0-9*?:$./{}é-]{0,16}", asked in any::<String>(),
    ) {
        let text = serde_json::json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": ["*", action], "Resource": ["*", resource],
            "Condition": {operator: {&key: [&value]}},
        }}).to_string();
        if let Ok(policy) = Policy::parse(&text, Kind::Identity) {
            let identity = vec![policy::Attached::new("p", policy)];
            let policies = policy::Policies { identity, ..policy::Policies::default() };
            let mut context = policy::Context::default();
            context.set(key, value);
            let request = policy::Request {
                principal: &user(V), action: &asked, resource: &asked, resource_account: None,
                context: &context,
            };
            let decision = policy::decide(&request, &policies);
            prop_assert_eq!(decision.is_allowed(), !decision.statements.is_empty());
        }
    }
}
