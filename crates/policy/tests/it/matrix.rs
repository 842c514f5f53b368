//! Who is allowed for every combination of caller, named principal, own policies and a Deny,
//! against the published tables instead of the code.
use policy::{Attached, Effect, Kind, Policies, Principal};

use crate::support::*;

/// What a policy says about the request; `Absent` where there is none.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Says {
    Absent,
    Silent,
    Allow,
}

use Says::*;

fn attach(kind: Kind, says: Says) -> Option<Attached> {
    match says {
        Absent => None,
        Silent => Some(silent(kind)),
        Allow => Some(policy(kind, &allow("s3:GetObject", "*"))),
    }
}

/// The forms of a Principal element for callers of one account.
fn forms(account: &str) -> Vec<(&'static str, String)> {
    let arn = |text: &str| format!(r#"{{"AWS":"{}"}}"#, text.replace("ACCOUNT", account));
    vec![
        ("none", String::new()),
        ("account", arn("ACCOUNT")),
        ("root", arn("arn:aws:iam::ACCOUNT:root")),
        ("user", arn("arn:aws:iam::ACCOUNT:user/team/ana")),
        ("role", arn("arn:aws:iam::ACCOUNT:role/dev")),
        ("session", arn("arn:aws:sts::ACCOUNT:assumed-role/dev/s1")),
        ("federated", arn("arn:aws:sts::ACCOUNT:federated-user/fed")),
        ("*", r#""*""#.to_owned()),
        ("AWS *", arn("*")),
    ]
}

/// The table of single-account grants: which of (identity, boundary, session) must still allow.
/// None when the form does not name the caller.
fn still_needed(form: &str, caller: &str) -> Option<(bool, bool, bool)> {
    match (form, caller) {
        ("account" | "root", _) => Some((true, true, true)),
        ("user", "user") => Some((false, false, false)),
        ("user", "federated") => Some((false, true, true)),
        ("federated", "federated") => Some((false, false, false)),
        ("role", "session") => Some((false, true, true)),
        ("session", "session") => Some((false, false, false)),
        ("*" | "AWS *", _) => Some((false, false, false)),
        _ => None,
    }
}

struct Case {
    caller: &'static str,
    form: &'static str,
    same_account: bool,
    exclusive: bool,
    identity: Says,
    boundary: Says,
    session: Says,
}

fn expected(case: &Case) -> bool {
    let identity = case.identity == Allow || case.caller == "root";
    let own = (identity, case.boundary != Silent, case.session != Silent);
    let all_own = own == (true, true, true);
    let Some(needed) = still_needed(case.form, case.caller) else {
        return case.same_account && !case.exclusive && all_own;
    };
    if !case.same_account {
        return all_own;
    }
    let by_resource = (!needed.0 || own.0) && (!needed.1 || own.1) && (!needed.2 || own.2);
    by_resource || all_own
}

fn policies(case: &Case, principal: &str) -> Policies {
    Policies {
        resource: (!principal.is_empty()).then(|| policy(Kind::Resource, &allow_to(principal))),
        exclusive_resource: case.exclusive,
        identity: attach(Kind::Identity, case.identity).into_iter().collect(),
        boundary: attach(Kind::Boundary, case.boundary),
        session: attach(Kind::Session, case.session).map(|policy| vec![policy]),
        ..Policies::default()
    }
}

/// Every place where a Deny may stand.
fn with_deny(policies: &Policies) -> Vec<Policies> {
    let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    let to_all = r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#;
    let place = |change: &dyn Fn(&mut Policies)| {
        let mut changed = policies.clone();
        change(&mut changed);
        changed
    };
    vec![
        place(&|p| p.identity.push(policy(Kind::Identity, deny))),
        place(&|p| p.boundary = Some(policy(Kind::Boundary, deny))),
        place(&|p| p.session.get_or_insert_default().push(policy(Kind::Session, deny))),
        place(&|p| p.grants.push(policy(Kind::Resource, to_all))),
        place(&|p| p.service_control.push(vec![policy(Kind::ServiceControl, deny)])),
        place(&|p| p.resource_control.push(vec![policy(Kind::ResourceControl, to_all)])),
    ]
}

#[track_caller]
fn check(case: &Case, caller: &Principal, principal: &str) {
    let policies = policies(case, principal);
    let Case { form, same_account, exclusive, identity, boundary, session, .. } = *case;
    let label = format!(
        "{} named by {form}, same account {same_account}, exclusive {exclusive}, \
         identity {identity:?}, boundary {boundary:?}, session {session:?}",
        case.caller
    );
    let decision = ask(caller, "s3:GetObject", OBJECT, &policies);
    assert_eq!(decision.is_allowed(), expected(case), "{label}");
    for denied in with_deny(&policies) {
        let decision = ask(caller, "s3:GetObject", OBJECT, &denied);
        assert_eq!(decision.effect, Effect::ExplicitDeny, "{label}, with a deny");
    }
}

#[test]
fn every_combination_is_decided_as_published() {
    for account in [V, X] {
        let callers = [
            ("user", user(account)),
            ("session", session(account)),
            ("federated", federated(account)),
            ("root", root(account)),
        ];
        for (caller, principal) in &callers {
            for (form, element) in &forms(account) {
                for exclusive in [false, true] {
                    for identity in [Silent, Allow] {
                        for boundary in [Absent, Silent, Allow] {
                            for session in [Absent, Silent, Allow] {
                                let case = Case {
                                    caller,
                                    form,
                                    exclusive,
                                    identity,
                                    boundary,
                                    session,
                                    same_account: account == V,
                                };
                                check(&case, principal, element);
                            }
                        }
                    }
                }
            }
        }
    }
}
