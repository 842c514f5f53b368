//! The acceptance vectors of the authorization specification that concern the engine alone, under
//! their numbers.
use policy::{Decision, Effect, Effect::*, Kind, Policies, PolicyType, PolicyType::*, Principal};

use crate::support::*;

#[track_caller]
fn expect(decision: Decision, effect: Effect, by: PolicyType) {
    assert_eq!((decision.effect, decision.by), (effect, by), "{decision:#?}");
}

fn get_object(principal: &Principal, policies: &Policies) -> Decision {
    ask(principal, "s3:GetObject", OBJECT, policies)
}

fn reads() -> Vec<policy::Attached> {
    identity(&allow("s3:GetObject", "arn:aws:s3:::b/*"))
}

#[test]
fn v01_v02_identity_allows_and_a_bucket_denies_plain_http() {
    let mut policies = Policies { identity: reads(), ..Policies::default() };
    expect(get_object(&user(V), &policies), Allowed, Identity);
    policies.resource = resource(
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
            "Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#,
    );
    let over = |secure| {
        let keys = [("aws:SecureTransport", secure)];
        ask_with(&user(V), "s3:GetObject", OBJECT, &policies, &keys)
    };
    expect(over("false"), ExplicitDeny, Resource);
    expect(over("true"), Allowed, Identity);
}

#[test]
fn v03_to_v09_what_a_resource_policy_grants_alone() {
    let user_arn = r#"{"AWS":"arn:aws:iam::111122223333:user/team/ana"}"#;
    let role_arn = r#"{"AWS":"arn:aws:iam::111122223333:role/dev"}"#;
    let session_arn = r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/dev/s1"}"#;
    let account = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;
    let (boundary, session_policy) = (true, true);
    for (number, caller, named, bounded, limited, effect, by) in [
        (3, user(V), user_arn, !boundary, !session_policy, Allowed, Resource),
        (4, user(V), user_arn, boundary, !session_policy, Allowed, Resource),
        (5, session(V), role_arn, boundary, !session_policy, ImplicitDeny, Boundary),
        (6, session(V), session_arn, boundary, session_policy, Allowed, Resource),
        (7, session(V), role_arn, !boundary, session_policy, ImplicitDeny, Session),
        (8, user(V), account, !boundary, !session_policy, ImplicitDeny, Identity),
        (9, user(V), r#""*""#, boundary, !session_policy, Allowed, Resource),
    ] {
        let policies = Policies {
            resource: resource(&allow_to(named)),
            boundary: bounded.then(|| silent(Kind::Boundary)),
            session: limited.then(|| vec![silent(Kind::Session)]),
            ..Policies::default()
        };
        let decision = get_object(&caller, &policies);
        assert_eq!((decision.effect, decision.by), (effect, by), "vector {number}");
    }
}

#[test]
fn v10_to_v12_across_accounts_every_side_must_allow() {
    let named = allow_to(r#"{"AWS":"arn:aws:iam::999988887777:user/team/ana"}"#);
    let mut policies = Policies { resource: resource(&named), ..Policies::default() };
    expect(get_object(&user(X), &policies), ImplicitDeny, Identity);
    let only_identity = Policies { identity: reads(), ..Policies::default() };
    expect(get_object(&user(X), &only_identity), ImplicitDeny, Resource);
    policies.identity = reads();
    expect(get_object(&user(X), &policies), Allowed, Identity);
    policies.boundary = Some(silent(Kind::Boundary));
    expect(get_object(&user(X), &policies), ImplicitDeny, Boundary);
}

#[test]
fn v13_v14_every_level_of_service_control_counts() {
    let full = || vec![policy(Kind::ServiceControl, &allow("*", "*"))];
    let without = vec![silent(Kind::ServiceControl)];
    let mut policies = Policies {
        identity: reads(),
        service_control: vec![full(), without, full()],
        ..Policies::default()
    };
    expect(get_object(&user(V), &policies), ImplicitDeny, ServiceControl);
    let deny = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#;
    let denies = vec![policy(Kind::ServiceControl, &format!("{},{deny}", allow("*", "*")))];
    policies.service_control = vec![full(), denies];
    expect(get_object(&root(V), &policies), ExplicitDeny, ServiceControl);
    policies.service_control.clear(); // the management account
    expect(get_object(&root(V), &policies), Allowed, Identity);
}

#[test]
fn v15_resource_control_binds_anonymous_callers() {
    let rcp = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
        {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
         "Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}"#;
    let policies = Policies {
        resource: resource(&allow_to(r#""*""#)),
        resource_control: vec![vec![policy(Kind::ResourceControl, rcp)]],
        ..Policies::default()
    };
    expect(get_object(&Principal::Anonymous, &policies), ExplicitDeny, ResourceControl);
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    let mut keys = Policies { identity: identity(&allow("kms:*", "*")), ..policies.clone() };
    keys.resource_control = vec![vec![]];
    expect(ask(&user(V), "kms:Decrypt", key, &keys), ImplicitDeny, ResourceControl);
    expect(ask(&user(V), "kms:RetireGrant", key, &keys), Allowed, Identity);
    // SCPs are about an account's own principals.
    let service_control = vec![vec![silent(Kind::ServiceControl)]];
    let public = Policies { resource_control: Vec::new(), service_control, ..policies };
    expect(get_object(&Principal::Anonymous, &public), Allowed, Resource);
    expect(get_object(&service("sns.amazonaws.com"), &public), Allowed, Resource);
    expect(get_object(&user(V), &public), ImplicitDeny, ServiceControl);
}

#[test]
fn v16_v17_a_groups_deny_and_not_action() {
    let mut policies = Policies { identity: reads(), ..Policies::default() };
    policies.boundary = Some(policy(Kind::Boundary, &allow("*", "*")));
    let deny = r#"{"Effect":"Deny","Action":"s3:Get*","Resource":"*"}"#;
    policies.identity.push(policy(Kind::Identity, deny));
    expect(get_object(&user(V), &policies), ExplicitDeny, Identity);

    let identity = identity(r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#);
    let policies = Policies { identity, ..Policies::default() };
    let bucket = ask(&user(V), "s3:ListBucket", "arn:aws:s3:::b", &policies);
    expect(bucket, Allowed, Identity);
    let user_arn = "arn:aws:iam::111122223333:user/team/ana";
    expect(ask(&user(V), "iam:GetUser", user_arn, &policies), ImplicitDeny, Identity);
}

#[test]
fn v18_not_principal_must_name_account_role_and_session() {
    let deny_all_but = |named: &str| Policies {
        identity: reads(),
        resource: resource(&format!(
            r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":[{named}]}},"Action":"*","Resource":"*"}}"#
        )),
        ..Policies::default()
    };
    let role = r#""arn:aws:iam::111122223333:role/dev""#;
    let rest = r#""arn:aws:sts::111122223333:assumed-role/dev/s1","111122223333""#;
    expect(get_object(&session(V), &deny_all_but(role)), ExplicitDeny, Resource);
    let without_account = deny_all_but(r#""arn:aws:iam::111122223333:user/team/ana""#);
    expect(get_object(&user(V), &without_account), ExplicitDeny, Resource);
    let mut policies = deny_all_but(&format!("{role},{rest}"));
    expect(get_object(&session(V), &policies), Allowed, Identity);
    policies.boundary = Some(policy(Kind::Boundary, &allow("*", "*")));
    expect(get_object(&session(V), &policies), ExplicitDeny, Resource);
}

/// The policy's resource, the request's, and whether they fit.
#[test]
fn v19_to_v22_resources_and_actions() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/";
    let role = "arn:aws:iam::111122223333:role/";
    for (number, pattern, asked, expected) in [
        (19, format!("{table}Stream*"), format!("{table}StreamPayouts"), true),
        (20, "arn:aws:s3:::b*".into(), "arn:aws:s3:::b/k/x".into(), true),
        (21, format!("{role}dev-*"), format!("{role}team/dev-1"), false),
        (21, format!("{role}dev-*"), format!("{role}dev-1/a"), true),
        (22, format!("{table}StreamItems"), format!("{table}StreamItems"), true),
        (22, format!("{table}streamitems"), format!("{table}StreamItems"), false),
    ] {
        let identity = identity(&allow("DynamoDB:getITEM", &pattern));
        let policies = Policies { identity, ..Policies::default() };
        let decision = ask(&user(V), "dynamodb:GetItem", &asked, &policies);
        assert_eq!(decision.is_allowed(), expected, "vector {number}: {pattern} on {asked}");
    }
}

#[test]
fn v23_to_v25_variables() {
    let home = |name: &str| format!("arn:aws:s3:::b/{name}");
    let allowed = |caller: &Principal, pattern: &str, name: &str, tag: &str| {
        let identity = identity(&allow("s3:GetObject", &home(pattern)));
        let policies = Policies { identity, ..Policies::default() };
        let keys = [("aws:PrincipalTag/p", tag)];
        ask_with(caller, "s3:GetObject", &home(name), &policies, &keys).is_allowed()
    };
    assert!(allowed(&user(V), "${aws:username}/*", "ana/x", ""));
    assert!(!allowed(&session(V), "${aws:username}", "dev", ""));
    assert!(allowed(&session(V), "${aws:username, 'none'}", "none", ""));
    assert!(allowed(&user(V), "${aws:PrincipalTag/p}", "*", "*"));
    assert!(!allowed(&user(V), "${aws:PrincipalTag/p}", "x", "*"));

    // What cannot be resolved matches in neither form.
    let others = r#"{"Effect":"Allow","NotAction":"iam:*","NotResource":
        ["arn:aws:s3:::c/*","arn:aws:s3:::b/${aws:username}"]}"#;
    let policies = Policies { identity: identity(others), ..Policies::default() };
    assert!(get_object(&user(V), &policies).is_allowed());
    assert!(!ask(&user(V), "s3:GetObject", "arn:aws:s3:::c/k", &policies).is_allowed());
    assert!(!get_object(&session(V), &policies).is_allowed());

    for version in [r#""Version":"2008-10-17","#, ""] {
        let statement = allow("s3:GetObject", &home("${aws:username}"));
        let text = format!("{{{version}\"Statement\":{statement}}}");
        let old = policy::Policy::parse(&text, Kind::Identity).unwrap();
        let identity = vec![policy::Attached::new("old", old)];
        let policies = Policies { identity, ..Policies::default() };
        let asked = |name: &str| ask(&user(V), "s3:GetObject", &home(name), &policies);
        expect(asked("ana"), ImplicitDeny, Identity);
        expect(asked("${aws:username}"), Allowed, Identity);
    }
}

#[test]
fn v33_v34_role_trust_is_exclusive() {
    let trust = |principal: &str, actions: &str| Policies {
        resource: Some(policy(
            Kind::Trust,
            &format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":[{actions}]}}"#),
        )),
        exclusive_resource: true,
        ..Policies::default()
    };
    let role = "arn:aws:iam::111122223333:role/dev";
    let assume = r#""sts:AssumeRole""#;
    let by_name = trust(r#"{"AWS":"arn:aws:iam::111122223333:user/team/ana"}"#, assume);
    expect(ask(&user(V), "sts:AssumeRole", role, &by_name), Allowed, Resource);
    expect(ask(&user(V), "sts:TagSession", role, &by_name), ImplicitDeny, Resource);
    let mut by_account = trust(r#"{"AWS":"111122223333"}"#, assume);
    expect(ask(&user(V), "sts:AssumeRole", role, &by_account), ImplicitDeny, Identity);
    by_account.identity = identity(&allow("sts:AssumeRole", role));
    expect(ask(&user(V), "sts:AssumeRole", role, &by_account), Allowed, Identity);
    // A role that trusts somebody else is closed to its own account's administrators.
    let mut other = trust(r#"{"Service":"lambda.amazonaws.com"}"#, assume);
    other.identity = identity(&allow("*", "*"));
    expect(ask(&user(V), "sts:AssumeRole", role, &other), ImplicitDeny, Resource);
    let lambda = service("lambda.amazonaws.com");
    expect(ask(&lambda, "sts:AssumeRole", role, &other), Allowed, Resource);
}

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1";

fn key_policies(statements: &str) -> Policies {
    Policies {
        resource: Some(policy(Kind::Key, statements)),
        exclusive_resource: true,
        identity: identity(&allow("kms:*", "*")),
        ..Policies::default()
    }
}

#[test]
fn v37_v38_key_policies_are_exclusive() {
    let other = key_policies(&allow_to(r#"{"AWS":"arn:aws:iam::111122223333:role/other"}"#));
    for caller in [user(V), root(V)] {
        expect(ask(&caller, "kms:Decrypt", KEY, &other), ImplicitDeny, Resource);
    }
    let mut account = key_policies(&allow_to(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#));
    expect(ask(&user(V), "kms:Decrypt", KEY, &account), Allowed, Identity);
    expect(ask(&user(X), "kms:Decrypt", KEY, &account), ImplicitDeny, Resource);
    account.identity.clear();
    expect(ask(&user(V), "kms:Decrypt", KEY, &account), ImplicitDeny, Identity);
    expect(ask(&root(V), "kms:Decrypt", KEY, &account), Allowed, Identity);
}

#[test]
fn v39_v40_grants_stand_beside_the_key_policy() {
    let grant = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/dev"},
        "Action":"kms:Decrypt","Resource":"*",
        "Condition":{"StringEquals":{"kms:EncryptionContext:a":"1"}}}"#;
    let mut policies = key_policies(&allow_to(r#"{"Service":"logs.amazonaws.com"}"#));
    policies.identity.clear();
    policies.grants = vec![policy(Kind::Key, grant)];
    let decrypt = |policies: &Policies, keys: &[(&'static str, &str)]| {
        ask_with(&session(V), "kms:Decrypt", KEY, policies, keys)
    };
    let (a, b) = (("kms:EncryptionContext:a", "1"), ("kms:EncryptionContext:b", "2"));
    expect(decrypt(&policies, &[a, b]), Allowed, Resource);
    expect(decrypt(&policies, &[b]), ImplicitDeny, Resource);
    policies.grants.clear();
    expect(decrypt(&policies, &[a, b]), ImplicitDeny, Resource);
}

#[test]
fn v49_a_federated_session_without_policy_has_only_resource_grants() {
    let mut policies = Policies {
        identity: identity(&allow("*", "*")),
        session: Some(Vec::new()),
        ..Policies::default()
    };
    expect(ask(&federated(V), "s3:ListAllMyBuckets", "*", &policies), ImplicitDeny, Session);
    let named = r#"{"AWS":"arn:aws:sts::111122223333:federated-user/fed"}"#;
    policies.resource = resource(&allow_to(named));
    expect(get_object(&federated(V), &policies), Allowed, Resource);
}

#[test]
fn calls_that_no_policy_can_deny() {
    let identity = identity(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#);
    let policies = Policies { identity, ..Policies::default() };
    for action in ["sts:GetCallerIdentity", "sts:GetSessionToken"] {
        assert!(ask(&user(V), action, "*", &policies).is_allowed());
    }
    assert!(!ask(&Principal::Anonymous, "sts:GetCallerIdentity", "*", &policies).is_allowed());
    assert!(!ask(&user(V), "sts:GetFederationToken", "*", &policies).is_allowed());
}

#[test]
fn nothing_attached_denies_everybody_but_the_owners_root() {
    let none = Policies::default();
    expect(get_object(&user(V), &none), ImplicitDeny, Identity);
    expect(get_object(&service("sns.amazonaws.com"), &none), ImplicitDeny, Resource);
    expect(get_object(&Principal::Anonymous, &none), ImplicitDeny, Resource);
    expect(get_object(&root(X), &none), ImplicitDeny, Resource);
    expect(get_object(&root(V), &none), Allowed, Identity);
}
