//! Answers about all requests, held against decisions about random ones: what is said not to be
//! there never is.
use policy::{
    Asked, Attached, Context, Kind, Policies, Policy, Principal, Request, decide, granted_access,
    new_access, public_access,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::*;

fn pick<T: Clone + std::fmt::Debug + 'static>(options: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(options.to_vec())
}

const ACTIONS: [&str; 7] =
    ["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:Get?bject", "s3:PutObject", "iam:*"];
const TARGETS: [&str; 8] = [
    "*",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/?",
    "arn:aws:s3:::c/*",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:*:::b/*",
];
const CONDITIONS: [&str; 12] = [
    "{}",
    "{}",
    r#"{"StringEquals":{"aws:x":"1"}}"#,
    r#"{"StringEquals":{"aws:x":["1","2"]}}"#,
    r#"{"StringLike":{"aws:x":"1*"}}"#,
    r#"{"StringLike":{"aws:x":"*"}}"#,
    r#"{"StringNotEquals":{"aws:x":"1"}}"#,
    r#"{"StringNotEquals":{"aws:x":["1","2"]}}"#,
    r#"{"StringEqualsIfExists":{"aws:x":"1"}}"#,
    r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}"#,
    r#"{"IpAddress":{"aws:SourceIp":"10.1.0.0/16"},"Null":{"aws:x":"true"}}"#,
    r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
];
const NAMED: [&str; 7] = [
    r#""*""#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":"999988887777"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:user/team/ana"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:role/dev"}"#,
    r#"{"Service":"sns.amazonaws.com"}"#,
    r#"{"AWS":["arn:aws:iam::999988887777:root","arn:aws:iam::111122223333:role/dev"]}"#,
];

fn statement(kind: Kind) -> impl Strategy<Value = Value> {
    let nots = (prop::bool::weighted(0.2), prop::bool::weighted(0.2), prop::bool::weighted(0.15));
    let lists = (
        prop::collection::vec(pick(&ACTIONS), 1..3),
        prop::collection::vec(pick(&TARGETS), 1..3),
        pick(&CONDITIONS),
        pick(&NAMED),
    );
    (pick(&["Allow", "Allow", "Allow", "Deny"]), lists, nots).prop_map(
        move |(effect, (actions, targets, condition, named), nots)| {
            let element = |not: bool, name: &str| format!("{}{name}", if not { "Not" } else { "" });
            let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
            let mut statement = json!({"Effect": effect, "Condition": parsed(condition)});
            statement[element(nots.0, "Action")] = actions.into();
            statement[element(nots.1, "Resource")] = targets.into();
            if kind == Kind::Resource {
                statement[element(nots.2, "Principal")] = parsed(named);
            }
            statement
        },
    )
}

fn compiled(kind: Kind) -> impl Strategy<Value = Policy> {
    let statements = prop::collection::vec(statement(kind), 1..4);
    statements.prop_map(move |all| {
        let text = json!({"Version": "2012-10-17", "Statement": all}).to_string();
        Policy::parse(&text, kind).expect("a policy")
    })
}

#[derive(Clone, Debug)]
struct Call {
    caller: Principal,
    action: &'static str,
    resource: &'static str,
    x: Option<&'static str>,
    ip: &'static str,
    tag: Option<&'static str>,
    identity_allows: bool,
}

fn call() -> impl Strategy<Value = Call> {
    let callers = [
        user(V),
        session(V),
        root(V),
        user(X),
        session(X),
        federated(V),
        Principal::Anonymous,
        service("sns.amazonaws.com"),
    ];
    let resources = [OBJECT, "arn:aws:s3:::b/ana", "arn:aws:s3:::c/k", "arn:aws:s3:::bx", "*"];
    (
        pick(&callers),
        pick(&["s3:GetObject", "s3:PutObject", "s3:GetTags", "iam:GetUser"]),
        pick(&resources),
        pick(&[None, Some("1"), Some("2"), Some("12")]),
        pick(&["10.1.2.3", "10.9.9.9", "192.0.2.1"]),
        pick(&[None, Some("a"), Some("b")]),
        any::<bool>(),
    )
        .prop_map(|(caller, action, resource, x, ip, tag, identity_allows)| Call {
            caller,
            action,
            resource,
            x,
            ip,
            tag,
            identity_allows,
        })
}

impl Call {
    /// Whether `policy`, as that of the resource or of the caller, allows this call.
    fn allowed_by(&self, policy: &std::sync::Arc<Policy>) -> bool {
        let mut context = Context::default();
        self.caller.context_keys(&mut context);
        context.set("aws:SourceIp", self.ip);
        self.x.into_iter().for_each(|x| context.set("aws:x", x));
        context.set_many("aws:TagKeys", self.tag.map(str::to_owned));
        let attached = Attached::new("p", policy.clone());
        let everything = crate::support::policy(Kind::Identity, &allow("*", "*"));
        let policies = match policy.kind() {
            Kind::Identity => Policies { identity: vec![attached], ..Policies::default() },
            _ => Policies {
                resource: Some(attached),
                identity: self.identity_allows.then_some(everything).into_iter().collect(),
                exclusive_resource: true,
                ..Policies::default()
            },
        };
        let request = Request {
            principal: &self.caller,
            action: self.action,
            resource: self.resource,
            resource_account: Some(V),
            context: &context,
        };
        decide(&request, &policies).is_allowed()
    }
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    prop::collection::vec(call(), 40)
}

fn pairs() -> impl Strategy<Value = (Policy, Policy)> {
    pick(&[Kind::Identity, Kind::Resource]).prop_flat_map(|kind| (compiled(kind), compiled(kind)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_new_access_means_none((existing, new) in pairs(), calls in calls()) {
        if new_access(&existing, &new).is_empty() {
            let (existing, new) = (existing.into(), new.into());
            // The root user has no policies of its own.
            let root = |call: &Call| matches!(call.caller, Principal::Root { .. });
            for call in calls.into_iter().filter(|call| !root(call)) {
                prop_assert!(!call.allowed_by(&new) || call.allowed_by(&existing), "{:?}", call);
            }
        }
    }

    #[test]
    fn a_policy_adds_nothing_to_itself((policy, _) in pairs()) {
        prop_assert_eq!(new_access(&policy, &policy), Vec::<usize>::new());
    }

    #[test]
    fn access_that_is_not_granted_is_refused((policy, _) in pairs(), calls in calls()) {
        let policy = std::sync::Arc::new(policy);
        for call in calls {
            let asked = Asked::new(&[call.action], &[call.resource]).unwrap();
            let anywhere = Asked::new(&[call.action], &[] as &[&str]).unwrap();
            let none = granted_access(&policy, &[asked]).is_empty();
            if none || granted_access(&policy, &[anywhere]).is_empty() {
                let root = matches!(call.caller, Principal::Root { .. });
                let identity = policy.kind() == Kind::Identity;
                prop_assert!((root && identity) || !call.allowed_by(&policy), "{:?}", call);
            }
        }
    }

    #[test]
    fn what_is_not_public_refuses_strangers(policy in compiled(Kind::Resource), calls in calls()) {
        if public_access(&policy).is_empty() {
            let policy = std::sync::Arc::new(policy);
            for call in calls {
                let stranger = call.caller == Principal::Anonymous;
                let near = call.ip.starts_with("10.");
                prop_assert!(!stranger || near || !call.allowed_by(&policy), "{:?}", call);
            }
        }
    }
}

fn identity(statements: &str) -> Policy {
    Policy::parse(&document(statements), Kind::Identity).expect("a policy")
}

#[test]
fn what_is_narrower_passes() {
    let deny = r#"{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}"#;
    let existing = identity(&format!("{},{deny}", allow("s3:*", "arn:aws:s3:::b/*")));
    let narrower = allow("s3:Get*", "arn:aws:s3:::b/k*");
    assert!(new_access(&existing, &identity(&narrower)).is_empty(), "gets are never denied");
    let all = identity(&allow("s3:*", "arn:aws:s3:::b/*"));
    assert_eq!(new_access(&existing, &all), [0], "the deny is gone");
    let moved = identity(&format!("{narrower},{}", allow("s3:Get*", "arn:aws:s3:::c/k")));
    assert_eq!(new_access(&existing, &moved), [1]);
    let conditional = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*",
        "Condition":{"StringEquals":{"aws:x":"1"}}}"#;
    assert!(new_access(&all, &identity(conditional)).is_empty());
    assert_eq!(new_access(&identity(conditional), &all), [0]);
}

#[test]
fn denies_take_back_what_is_asked_about() {
    let deny = r#"{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}"#;
    let policy = identity(&format!("{},{deny}", allow("s3:*", "*")));
    let asked = |action: &str| [Asked::new(&[action], &[] as &[&str]).unwrap()];
    assert!(granted_access(&policy, &asked("s3:DeleteBucket")).is_empty());
    assert_eq!(granted_access(&policy, &asked("s3:Delete*")), [0]);
    assert!(granted_access(&policy, &asked("sqs:SendMessage")).is_empty());
}

#[test]
fn a_denial_of_all_but_few_keeps_the_public_out() {
    let policy = |condition: &str| {
        let text = format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}},
               {{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*",
                "Condition":{condition}}}"#
        );
        public_access(&Policy::parse(&document(&text), Kind::Resource).unwrap()).len() == 1
    };
    for (condition, public) in [
        ("{}", false),
        (r#"{"StringNotEquals":{"aws:PrincipalAccount":["111122223333","111122224444"]}}"#, false),
        (r#"{"StringNotEqualsIfExists":{"aws:PrincipalAccount":"111122223333"}}"#, false),
        (r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#, false),
        (r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/partner"}}"#, true),
        (r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#, true),
        (r#"{"ForAnyValue:StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#, true),
        (r#"{"StringNotEquals":{"aws:UserAgent":"ours"}}"#, true),
        (
            r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333","aws:UserAgent":"ours"}}"#,
            true,
        ),
    ] {
        assert_eq!(policy(condition), public, "{condition}");
    }
}

#[test]
fn the_public_is_whom_no_condition_fixes() {
    let policy = |principal: &str, condition: &str| {
        let text = format!(
            r#"{{"Effect":"Allow","Principal":{principal},"Action":"sqs:*","Resource":"*",
                "Condition":{condition}}}"#
        );
        public_access(&Policy::parse(&document(&text), Kind::Resource).unwrap()).len() == 1
    };
    for (condition, public) in [
        ("{}", true),
        (r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#, false),
        (r#"{"StringLike":{"aws:PrincipalAccount":"*"}}"#, true),
        (r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#, true),
        (r#"{"StringEqualsIfExists":{"aws:PrincipalAccount":"111122223333"}}"#, true),
        (r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-a/r-b/"}}"#, true),
        (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}}"#, false),
        (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#, true),
        (r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::bucket"}}"#, false),
        (r#"{"StringEquals":{"aws:x":"1"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#, false),
        (r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#, true),
        (r#"{"StringLike":{"aws:userid":"AROAEXAMPLE00000001:*"}}"#, false),
        (r#"{"StringEquals":{"aws:SourceVpce":"${aws:username}"}}"#, true),
    ] {
        assert_eq!(policy(r#""*""#, condition), public, "{condition}");
    }
    assert!(!policy(r#"{"AWS":"999988887777"}"#, "{}"));
    assert!(!policy(r#"{"Service":"sns.amazonaws.com"}"#, "{}"));
    assert!(policy(r#"{"Federated":"accounts.google.com"}"#, "{}"));
    let client = r#"{"StringEquals":{"accounts.google.com:aud":"me"}}"#;
    assert!(!policy(r#"{"Federated":"accounts.google.com"}"#, client));
}
