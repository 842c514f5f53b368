//! Refusals in AWS's words, the statements behind a decision, and suggestions.
use policy::{Attached, Kind, Policies, Policy, Position, Request, StatementEffect, decide};

use crate::support::*;

#[test]
fn refusals_name_the_type_that_is_at_fault() {
    let caller = user(V);
    let (action, arn) = ("s3:GetObject", caller.arn());
    let start = format!(
        "User: {arn} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k"
    );
    let say =
        |policies: &Policies| ask(&caller, action, OBJECT, policies).message(&arn, action, OBJECT);
    let none = Policies::default();
    assert_eq!(
        say(&none),
        format!("{start} because no identity-based policy allows the s3:GetObject action")
    );
    let bounded = Policies {
        identity: identity(&allow("*", "*")),
        boundary: Some(silent(Kind::Boundary)),
        ..Policies::default()
    };
    assert_eq!(
        say(&bounded),
        format!("{start} because no permissions boundary allows the s3:GetObject action")
    );
    let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    let inline = Policies { identity: identity(deny), ..Policies::default() };
    assert_eq!(say(&inline), format!("{start} with an explicit deny in an identity-based policy"));
    let managed = Policy::parse(&document(deny), Kind::ServiceControl).unwrap();
    let scp = "arn:aws:organizations::1:policy/o-1/service_control_policy/p-1";
    let managed = Policies {
        service_control: vec![vec![Attached::new(scp, managed)]],
        ..Policies::default()
    };
    assert_eq!(
        say(&managed),
        format!("{start} with an explicit deny in a service control policy: {scp}")
    );
}

#[test]
fn no_reason_crosses_accounts() {
    let caller = user(X);
    let decision = ask(&caller, "s3:GetObject", OBJECT, &Policies::default());
    assert_eq!(
        decision.message(&caller.arn(), "s3:GetObject", OBJECT),
        "User: arn:aws:iam::999988887777:user/team/ana is not authorized to perform: s3:GetObject \
         on resource: arn:aws:s3:::b/k"
    );
    let key = "arn:aws:kms:us-east-1:111122223333:key/k";
    let decision = ask(&caller, "kms:Decrypt", key, &Policies::default());
    assert_eq!(
        decision.message(&caller.arn(), "kms:Decrypt", key),
        "User: arn:aws:iam::999988887777:user/team/ana is not authorized to perform: kms:Decrypt \
         on this resource because the resource does not exist in this Region, no resource-based \
         policies allow access, or a resource-based policy explicitly denies access"
    );
}

#[test]
fn decisions_name_their_statements_and_the_keys_they_lacked() {
    let text = r#"{"Version":"2012-10-17",
 "Statement":[
  {"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"*"},
  {"Effect":"Deny","Action":"*","Resource":"*",
   "Condition":{"StringEquals":{"aws:PrincipalTag/é":"1"}}}]}"#;
    let policy = Attached::new("inline", Policy::parse(text, Kind::Identity).unwrap());
    let policies = Policies { identity: vec![policy], ..Policies::default() };
    let decision = ask(&user(V), "s3:GetObject", OBJECT, &policies);
    assert!(decision.is_allowed());
    let [read] = &decision.statements[..] else { panic!("{decision:?}") };
    assert_eq!(read.sid.as_deref(), Some("Read"));
    assert_eq!((&*read.policy, read.index, read.effect), ("inline", 0, StatementEffect::Allow));
    assert_eq!(read.start, Position { line: 3, column: 3 });
    assert_eq!(read.end, Position { line: 3, column: 68 });
    assert_eq!(decision.missing_keys, ["aws:PrincipalTag/é".into()]);
}

#[test]
fn suggestions_lead_to_a_permission_step_by_step() {
    let caller = session(X);
    let context = context(&caller, &[]);
    let request = Request {
        principal: &caller,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/odd*${key}",
        resource_account: Some(V),
        context: &context,
    };
    let mut policies = Policies {
        boundary: Some(silent(Kind::Boundary)),
        session: Some(vec![]),
        service_control: vec![vec![silent(Kind::ServiceControl)]],
        resource_control: vec![vec![]],
        ..Policies::default()
    };
    let mut steps = Vec::new();
    loop {
        let decision = decide(&request, &policies);
        let Some(statement) = decision.suggestion(&request) else { break };
        steps.push(decision.by);
        assert!(steps.len() <= 6, "{steps:?}");
        apply(&mut policies, decision.by, &statement);
    }
    assert!(decide(&request, &policies).is_allowed());
    assert_eq!(steps.len(), 6, "{steps:?}");
    let neighbour = Request { resource: "arn:aws:s3:::b/odd1${key}", ..request };
    assert!(!decide(&neighbour, &policies).is_allowed(), "suggestions cover nothing else");
}

fn apply(policies: &mut Policies, by: policy::PolicyType, statement: &str) {
    use policy::PolicyType::*;
    match by {
        ResourceControl => {
            policies.resource_control[0].push(policy(Kind::ResourceControl, statement));
        }
        ServiceControl => policies.service_control[0].push(policy(Kind::ServiceControl, statement)),
        Resource => policies.resource = Some(policy(Kind::Resource, statement)),
        Identity => policies.identity.push(policy(Kind::Identity, statement)),
        Boundary => policies.boundary = Some(policy(Kind::Boundary, statement)),
        Session => policies.session.get_or_insert_default().push(policy(Kind::Session, statement)),
    }
}

#[test]
fn suggestions_follow_the_resources_grammar_and_know_their_limits() {
    let lambda = service("lambda.amazonaws.com");
    let context = context(&lambda, &[]);
    let request = Request {
        principal: &lambda,
        action: "sts:AssumeRole",
        resource: "arn:aws:iam::111122223333:role/dev",
        resource_account: Some(V),
        context: &context,
    };
    let decision = decide(&request, &Policies { exclusive_resource: true, ..Policies::default() });
    let suggestion = decision.suggestion(&request).unwrap();
    assert_eq!(
        suggestion,
        r#"{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"#.to_owned()
            + r#""Action":"sts:AssumeRole"}"#
    );
    assert!(Policy::parse(&document(&suggestion), Kind::Trust).is_ok());
    let deny = r#"{"Effect":"Deny","Principal":"*","Action":"sts:*"}"#;
    let denied = Policies { resource: Some(policy(Kind::Trust, deny)), ..Policies::default() };
    assert_eq!(decide(&request, &denied).suggestion(&request), None);
}
