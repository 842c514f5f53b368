//! Whom a Principal element reaches, and how stored policies pin it.
use policy::{Kind, NamedPrincipal, Policies, Policy, Principal};

use crate::support::*;

fn reaches(named: &str, caller: &Principal) -> bool {
    let policies = Policies { resource: resource(&allow_to(named)), ..Policies::default() };
    ask(caller, "s3:GetObject", OBJECT, &policies).is_allowed()
}

#[test]
fn only_the_resource_counts_for_services_providers_and_anonymous_callers() {
    let sns = service("sns.amazonaws.com");
    let web =
        Principal::WebIdentity { provider: "accounts.google.com".into(), subject: "1".into() };
    for (named, caller, expected) in [
        (r#"{"Service":"sns.amazonaws.com"}"#, &sns, true),
        (r#"{"Service":["s3.amazonaws.com","sns.amazonaws.com"]}"#, &sns, true),
        (r#"{"Service":"s3.amazonaws.com"}"#, &sns, false),
        (r#"{"AWS":"111122223333"}"#, &sns, false),
        (r#"{"AWS":"*"}"#, &sns, true),
        (r#"{"Federated":"accounts.google.com"}"#, &web, true),
        (r#"{"Federated":"www.amazon.com"}"#, &web, false),
        (r#""*""#, &Principal::Anonymous, true),
        (r#"{"AWS":"111122223333"}"#, &Principal::Anonymous, false),
        (r#"{"Service":"sns.amazonaws.com"}"#, &user(V), false),
    ] {
        assert_eq!(reaches(named, caller), expected, "{named} for {caller:?}");
    }
    // Whatever is attached by mistake to the caller's side gives a service nothing.
    let policies = Policies { identity: identity(&allow("*", "*")), ..Policies::default() };
    assert!(!ask(&sns, "s3:GetObject", OBJECT, &policies).is_allowed());
}

#[test]
fn names_are_exact() {
    let prefix = "arn:aws:iam::111122223333:";
    for (named, caller, expected) in [
        (format!(r#"{{"AWS":"{prefix}user/team/ana"}}"#), user(V), true),
        (format!(r#"{{"AWS":"{prefix}user/ana"}}"#), user(V), false),
        (format!(r#"{{"AWS":"{prefix}user/team/anastasia"}}"#), user(V), false),
        (format!(r#"{{"AWS":"{prefix}role/dev"}}"#), session(V), true),
        (format!(r#"{{"AWS":"{prefix}role/devops"}}"#), session(V), false),
        (r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/dev/s2"}"#.into(), session(V), false),
    ] {
        assert_eq!(reaches(&named, &caller), expected, "{named}");
    }
}

#[test]
fn a_pinned_principal_is_not_replaced_by_its_namesake() {
    let arn = "arn:aws:iam::111122223333:user/team/ana";
    let text = document(&allow_to(&format!(r#"{{ "AWS" : [ "{arn}", "{X}" ] }}"#)));
    let written = Policy::parse(&text, Kind::Resource).unwrap();
    let named: Vec<String> = written.principals().map(ToString::to_string).collect();
    assert_eq!(named, [arn, "arn:aws:iam::999988887777:root"]);

    let id = "AIDAANAEXAMPLE000001";
    let stored = written.rename_principals(|name| (name == arn).then(|| id.to_owned()));
    assert_eq!(stored, text.replace(arn, id));
    let stored = Policy::parse(&stored, Kind::Resource).unwrap();
    assert_eq!(stored.principals().next(), Some(&NamedPrincipal::UniqueId(id.into())));

    let policy = policy::Attached::new("queue", stored);
    let policies = Policies { resource: Some(policy), ..Policies::default() };
    assert!(ask(&user(V), "s3:GetObject", OBJECT, &policies).is_allowed());
    let mut successor = user(V);
    if let Principal::User { id, .. } = &mut successor {
        *id = "AIDAANAEXAMPLE000002".into();
    }
    assert!(!ask(&successor, "s3:GetObject", OBJECT, &policies).is_allowed());
}

#[test]
fn not_principal_with_allow_reaches_all_others() {
    let statement = r#"{"Effect":"Allow","NotPrincipal":{"AWS":"999988887777"},
        "Action":"*","Resource":"*"}"#;
    let policies = Policies { resource: resource(statement), ..Policies::default() };
    assert!(ask(&user(V), "s3:GetObject", OBJECT, &policies).is_allowed());
    assert!(ask(&Principal::Anonymous, "s3:GetObject", OBJECT, &policies).is_allowed());
    assert!(!ask(&root(X), "s3:GetObject", OBJECT, &policies).is_allowed());
}

#[test]
fn organizations_do_not_bind_service_linked_roles() {
    let linked = Principal::Role {
        account: V.into(),
        path: "/aws-service-role/lambda.amazonaws.com/".into(),
        name: "AWSServiceRoleForLambda".into(),
        id: "AROALINKEDEXAMPLE001".into(),
        session: "s".into(),
    };
    let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    let policies = Policies {
        identity: identity(&allow("*", "*")),
        service_control: vec![vec![policy(Kind::ServiceControl, deny)]],
        ..Policies::default()
    };
    assert!(ask(&linked, "s3:GetObject", OBJECT, &policies).is_allowed());
    assert!(!ask(&session(V), "s3:GetObject", OBJECT, &policies).is_allowed());
}
