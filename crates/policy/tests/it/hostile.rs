//! Documents that somebody wrote to do harm: each is read or refused, never more, and costs little.
use policy::{Kind, Policies, Policy, Request, decide};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::*;

const KINDS: [Kind; 8] = [
    Kind::Identity,
    Kind::Resource,
    Kind::Trust,
    Kind::Key,
    Kind::Boundary,
    Kind::Session,
    Kind::ServiceControl,
    Kind::ResourceControl,
];

/// Reads the text as every kind and, where it is a policy, judges by it; true if it ever was one.
fn survives(text: &str) -> bool {
    let mut read = false;
    for kind in KINDS {
        let Ok(policy) = Policy::parse(text, kind) else { continue };
        read = true;
        assert_eq!(policy.text(), text);
        assert_eq!(policy.rename_principals(|_| None), text);
        policy.context_keys();
        let attached = policy::Attached::new("hostile", policy);
        let policies = Policies {
            identity: vec![attached.clone()],
            resource: Some(attached),
            ..Policies::default()
        };
        let caller = user(V);
        let context = context(&caller, &[("aws:x", "${aws:x}*"), ("aws:SourceIp", "::1")]);
        let request = Request {
            principal: &caller,
            action: "s3:GetObject",
            resource: OBJECT,
            resource_account: Some(V),
            context: &context,
        };
        let decision = decide(&request, &policies);
        policy::trace(&request, &policies);
        policy::remedies(&request, &policies);
        decision.message("someone", "s3:GetObject", OBJECT);
    }
    read
}

/// Text of all sorts, with what policies make special in it.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z:*?${},' /]{0,20}",
        "(arn:aws:s3:::|\\$\\{aws:x\\}|\\*|é|😀|\u{0}|\"|\\\\){0,6}",
        Just("*".to_owned()),
        Just("s3:*".to_owned()),
        Just(OBJECT.to_owned()),
        Just("${${aws:x}}".to_owned()),
        Just("\u{202e}arn:aws:s3:::b".to_owned()),
        any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A statement of which each element is sound or anything.
fn statement() -> impl Strategy<Value = Value> {
    let element = |name: &'static str, sound: Value| {
        let odd = value().prop_map(Some);
        prop_oneof![6 => Just(Some(sound)), 1 => odd, 1 => Just(None)]
            .prop_map(move |it| (name, it))
    };
    let operators =
        ["StringEquals", "ForAllValues:ArnLike", "IpAddressIfExists", "Null", "DateLessThan"];
    let condition = (prop::sample::select(operators.to_vec()), text(), value())
        .prop_map(|(operator, key, value)| json!({operator: {format!("aws:{key}"): value}}));
    (
        element("Effect", json!("Allow")),
        element("Action", json!(["s3:Get*"])),
        element("Resource", json!("arn:aws:s3:::b/*")),
        prop::option::of(element("Principal", json!({"AWS": V}))),
        prop::option::of(condition.prop_map(|it| ("Condition", Some(it)))),
        prop::option::weighted(0.1, (text(), value())),
    )
        .prop_map(|(effect, action, resource, principal, condition, extra)| {
            let elements = [Some(effect), Some(action), Some(resource), principal, condition];
            let elements = elements.into_iter().flatten();
            let mut statement: serde_json::Map<_, _> =
                elements.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
            statement.extend(extra);
            Value::Object(statement)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_that_looks_like_a_policy_breaks_the_reader(
        statements in prop::collection::vec(statement(), 0..4), version in value(), cut in 0..400_usize,
    ) {
        let whole = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        survives(&whole);
        survives(&whole[..whole.floor_char_boundary(cut)]);
        survives(&json!({"Version": version, "Statement": statements}).to_string());
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}") {
        survives(&text);
    }

    #[test]
    fn a_name_may_stand_only_once(name in prop::sample::select(vec![
        "Effect", "Action", "Resource", "Sid",
    ]), escaped in any::<bool>()) {
        let twice = match escaped {
            true => format!("\\u{:04x}{}", u32::from(name.as_bytes()[0]), &name[1..]),
            false => name.to_owned(),
        };
        let statement = json!({"Sid": "a", "Effect": "Deny", "Action": "*", "Resource": "*"});
        let statement = statement.to_string().replacen('{', &format!("{{\"{twice}\":\"Allow\","), 1);
        prop_assert!(Policy::parse(&document(&statement), Kind::Identity).is_err(), "{}", statement);
    }
}

#[test]
fn depth_and_length_are_bounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        assert!(!survives(&document(&deep)));
        let within = format!(r#"{{"Effect":"Allow","Action":{deep},"Resource":"*"}}"#);
        assert!(!survives(&document(&within)));
    }
    let name = "a".repeat(129 * 1024);
    assert!(!survives(&document(&allow(&format!("s3:{name}"), "*"))), "too long");
    let fitting: Vec<_> =
        (0..900).map(|n| allow("s3:Get*", &format!("arn:aws:s3:::{n}"))).collect();
    assert!(survives(&document(&fitting.join(","))));
}

/// Each of these would take ages if wildcards were tried in all ways. The bound is generous: a
/// measurement is elsewhere.
#[test]
#[allow(clippy::disallowed_methods, reason = "the point is the real time")]
fn wildcards_do_not_explode() {
    let start = std::time::Instant::now();
    let stars = "*a".repeat(10_000);
    let caller = user(V);
    let long = "a".repeat(2_000);
    let resource = format!("arn:aws:s3:::{long}");
    let context = context(&caller, &[("aws:x", &long), ("aws:y", &stars)]);
    for statement in [
        allow("s3:*", &format!("arn:aws:s3:::{stars}b")),
        allow(&format!("s3:{stars}b"), "*"),
        allow("s3:*", &format!("arn:aws:s3:::{}", "${aws:y}*".repeat(2_000))),
        format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*",
                "Condition":{{"StringLike":{{"aws:x":"{stars}b"}}}}}}"#
        ),
    ] {
        let identity = vec![policy(Kind::Identity, &statement)];
        let policies = Policies { identity, ..Policies::default() };
        let request = Request {
            principal: &caller,
            action: "s3:Getaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            resource: &resource,
            resource_account: Some(V),
            context: &context,
        };
        assert!(!decide(&request, &policies).is_allowed());
    }
    let took = start.elapsed();
    assert!(took.as_secs() < 20, "{took:?}");
}
