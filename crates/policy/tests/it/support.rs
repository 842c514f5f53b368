//! Short ways to write callers, policies and requests.
use policy::{Attached, Context, Decision, Kind, Policies, Policy, Principal, Request};

/// The account that owns the resources.
pub const V: &str = "111122223333";
/// Another account.
pub const X: &str = "999988887777";
/// A bucket's object in account V.
pub const OBJECT: &str = "arn:aws:s3:::b/k";

pub fn user(account: &str) -> Principal {
    Principal::User {
        account: account.into(),
        path: "/team/".into(),
        name: "ana".into(),
        id: "AIDAANAEXAMPLE000001".into(),
    }
}

pub fn session(account: &str) -> Principal {
    Principal::Role {
        account: account.into(),
        path: "/".into(),
        name: "dev".into(),
        id: "AROADEVEXAMPLE000001".into(),
        session: "s1".into(),
    }
}

pub fn federated(account: &str) -> Principal {
    let user = Some(user(account).into());
    Principal::Federated { account: account.into(), name: "fed".into(), user }
}

pub fn root(account: &str) -> Principal {
    Principal::Root { account: account.into() }
}

pub fn service(name: &str) -> Principal {
    Principal::Service { name: name.into(), account: None }
}

/// A document of the current version around statements written as JSON.
pub fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

pub fn policy(kind: Kind, statements: &str) -> Attached {
    let text = document(statements);
    let policy = Policy::parse(&text, kind).unwrap_or_else(|error| panic!("{error}: {text}"));
    Attached::new(format!("{kind:?}"), policy)
}

pub fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
}

/// An Allow of everything to a principal element, given as JSON.
pub fn allow_to(principal: &str) -> String {
    format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"*","Resource":"*"}}"#)
}

pub fn identity(statements: &str) -> Vec<Attached> {
    vec![policy(Kind::Identity, statements)]
}

/// A policy that says nothing about S3.
pub fn silent(kind: Kind) -> Attached {
    policy(kind, &allow("ec2:*", "*"))
}

pub fn resource(statements: &str) -> Option<Attached> {
    Some(policy(Kind::Resource, statements))
}

/// The context of a caller, with further single-valued keys.
pub fn context(principal: &Principal, keys: &[(&'static str, &str)]) -> Context {
    let mut context = Context::default();
    principal.context_keys(&mut context);
    for (key, value) in keys {
        context.set(*key, *value);
    }
    context
}

/// Decides on a resource of account V.
pub fn ask(principal: &Principal, action: &str, resource: &str, policies: &Policies) -> Decision {
    ask_with(principal, action, resource, policies, &[])
}

pub fn ask_with(
    principal: &Principal,
    action: &str,
    resource: &str,
    policies: &Policies,
    keys: &[(&'static str, &str)],
) -> Decision {
    let context = context(principal, keys);
    let resource_account = Some(V);
    let request = Request { principal, action, resource, resource_account, context: &context };
    policy::decide(&request, policies)
}
