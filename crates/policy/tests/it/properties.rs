//! Laws that hold for all policies: what adding, reordering and widening statements may change.
use policy::{
    Attached, Context, Kind, Outcome, Policies, Policy, PolicyType, Principal, Request, decide,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::*;

fn pick(options: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(options)
}

fn action() -> impl Strategy<Value = &'static str> {
    pick(&["*", "s3:*", "s3:Get*", "s3:GetObject", "S3:getobject", "iam:*", "s3:PutObject"])
}

fn target() -> impl Strategy<Value = &'static str> {
    pick(&[
        "*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/k",
        "arn:aws:s3:::c/*",
        "arn:aws:s3:::b/${aws:username}",
        "arn:aws:s3:::b/${aws:x, 'k'}",
    ])
}

fn condition() -> impl Strategy<Value = Value> {
    pick(&[
        r#"{}"#,
        r#"{}"#,
        r#"{"StringEquals":{"aws:x":"1"}}"#,
        r#"{"StringNotEquals":{"aws:x":"1"}}"#,
        r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}"#,
        r#"{"ForAnyValue:StringLike":{"aws:TagKeys":["a","b*"]}}"#,
        r#"{"Null":{"aws:x":"true"}}"#,
    ])
    .prop_map(|text| serde_json::from_str(text).expect("JSON"))
}

fn named() -> impl Strategy<Value = Value> {
    pick(&[
        r#""*""#,
        r#"{"AWS":"111122223333"}"#,
        r#"{"AWS":"999988887777"}"#,
        r#"{"AWS":["arn:aws:iam::111122223333:user/team/ana","arn:aws:iam::111122223333:root"]}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:role/dev"}"#,
        r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/dev/s1"}"#,
        r#"{"Service":"sns.amazonaws.com"}"#,
    ])
    .prop_map(|text| serde_json::from_str(text).expect("JSON"))
}

fn statement(kind: Kind, effect: &'static str) -> impl Strategy<Value = Value> {
    let nots = (prop::bool::weighted(0.2), prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (action(), target(), condition(), named(), nots).prop_map(
        move |(action, target, condition, named, (not_action, not_target, not_named))| {
            let element = |not: bool, name: &str| format!("{}{name}", if not { "Not" } else { "" });
            let mut statement = json!({"Effect": effect, "Condition": condition});
            statement[element(not_action, "Action")] = action.into();
            statement[element(not_target, "Resource")] = target.into();
            if kind == Kind::Resource {
                statement[element(not_named, "Principal")] = named;
            }
            statement
        },
    )
}

fn any_statement(kind: Kind) -> impl Strategy<Value = Value> {
    prop_oneof![3 => statement(kind, "Allow"), 1 => statement(kind, "Deny")]
}

fn statements(kind: Kind) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(any_statement(kind), 1..4)
}

/// The statements of each policy of a request; none where there is no such policy.
#[derive(Clone, Debug)]
struct World {
    caller: Principal,
    x: bool,
    tags: Vec<String>,
    identity: Vec<Value>,
    resource: Option<Vec<Value>>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
    service_control: Option<Vec<Value>>,
    exclusive: bool,
}

fn world() -> impl Strategy<Value = World> {
    let callers = vec![
        user(V),
        session(V),
        federated(V),
        root(V),
        user(X),
        session(X),
        Principal::Anonymous,
        service("sns.amazonaws.com"),
    ];
    let tags = prop::collection::vec(pick(&["a", "b1", "c"]).prop_map(str::to_owned), 0..3);
    (
        (prop::sample::select(callers), any::<bool>(), tags, prop::bool::weighted(0.2)),
        statements(Kind::Identity),
        prop::option::of(statements(Kind::Resource)),
        prop::option::weighted(0.3, statements(Kind::Boundary)),
        prop::option::weighted(0.3, statements(Kind::Session)),
        prop::option::weighted(0.3, statements(Kind::ServiceControl)),
    )
        .prop_map(|(request, identity, resource, boundary, session, service_control)| {
            let (caller, x, tags, exclusive) = request;
            World {
                caller,
                x,
                tags,
                exclusive,
                identity,
                resource,
                boundary,
                session,
                service_control,
            }
        })
}

fn compile(kind: Kind, statements: &[Value]) -> Attached {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Attached::new(format!("{kind:?}"), Policy::parse(&text, kind).expect("a policy"))
}

impl World {
    fn policies(&self) -> Policies {
        let compile_some = |kind, statements: &Option<Vec<Value>>| {
            statements.as_ref().map(|statements| compile(kind, statements))
        };
        Policies {
            identity: vec![compile(Kind::Identity, &self.identity)],
            resource: compile_some(Kind::Resource, &self.resource),
            boundary: compile_some(Kind::Boundary, &self.boundary),
            session: compile_some(Kind::Session, &self.session).map(|policy| vec![policy]),
            service_control: compile_some(Kind::ServiceControl, &self.service_control)
                .map(|policy| vec![policy])
                .into_iter()
                .collect(),
            exclusive_resource: self.exclusive,
            ..Policies::default()
        }
    }

    fn decide(&self) -> policy::Decision {
        self.ask(|request| decide(request, &self.policies()))
    }

    fn ask<T>(&self, question: impl FnOnce(&Request) -> T) -> T {
        let mut context = Context::default();
        self.caller.context_keys(&mut context);
        context.set_many("aws:TagKeys", self.tags.iter().cloned());
        if self.x {
            context.set("aws:x", "1");
        }
        let request = Request {
            principal: &self.caller,
            action: "s3:GetObject",
            resource: OBJECT,
            resource_account: Some(V),
            context: &context,
        };
        question(&request)
    }

    fn allows(&self) -> bool {
        self.decide().is_allowed()
    }

    fn lists(&mut self) -> impl Iterator<Item = &mut Vec<Value>> {
        std::iter::once(&mut self.identity)
            .chain(&mut self.resource)
            .chain(&mut self.boundary)
            .chain(&mut self.session)
            .chain(&mut self.service_control)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_deny_never_allows_more(
        world in world(), deny in statement(Kind::Identity, "Deny"),
        resource_deny in statement(Kind::Resource, "Deny"), place in 0..5_usize,
    ) {
        let mut stricter = world.clone();
        let lists = stricter.lists().count();
        let on_resource = world.resource.is_some() && place % lists == 1;
        let list = stricter.lists().nth(place % lists).unwrap();
        list.push(if on_resource { resource_deny } else { deny });
        prop_assert!(world.allows() || !stricter.allows());
    }

    #[test]
    fn an_allow_never_denies(
        world in world(), allow in statement(Kind::Identity, "Allow"),
        resource_allow in statement(Kind::Resource, "Allow"), place in 0..5_usize,
    ) {
        let mut wider = world.clone();
        let lists = wider.lists().count();
        let on_resource = world.resource.is_some() && place % lists == 1;
        let list = wider.lists().nth(place % lists).unwrap();
        list.push(if on_resource { resource_allow } else { allow });
        prop_assert!(!world.allows() || wider.allows());
    }

    #[test]
    fn order_means_nothing(world in world()) {
        let mut turned = world.clone();
        turned.lists().for_each(|list| list.reverse());
        let (before, after) = (world.decide(), turned.decide());
        prop_assert_eq!((before.effect, before.by), (after.effect, after.by));
        prop_assert_eq!(before.statements.len(), after.statements.len());
    }

    #[test]
    fn every_action_covers_each_action(world in world()) {
        let mut wider = world.clone();
        let allows = |statement: &&mut Value| statement["Effect"] == "Allow";
        for statement in wider.lists().flatten().filter(allows) {
            let statement = statement.as_object_mut().unwrap();
            statement.remove("NotAction");
            statement.insert("Action".into(), "*".into());
        }
        prop_assert!(!world.allows() || wider.allows());
    }

    #[test]
    fn every_resource_and_principal_cover_each(world in world()) {
        let mut wider = world.clone();
        let allows = |statement: &&mut Value| statement["Effect"] == "Allow";
        for statement in wider.lists().flatten().filter(allows) {
            let statement = statement.as_object_mut().unwrap();
            statement.remove("NotResource");
            statement.insert("Resource".into(), "*".into());
            let before = statement.remove("NotPrincipal");
            if before.or_else(|| statement.remove("Principal")).is_some() {
                statement.insert("Principal".into(), "*".into());
            }
        }
        prop_assert!(!world.allows() || wider.allows());
    }

    #[test]
    fn fewer_conditions_allow_no_less(world in world()) {
        let mut wider = world.clone();
        let allows = |statement: &&mut Value| statement["Effect"] == "Allow";
        for statement in wider.lists().flatten().filter(allows) {
            statement.as_object_mut().unwrap().remove("Condition");
        }
        prop_assert!(!world.allows() || wider.allows());
    }

    #[test]
    fn the_trace_tells_what_the_decision_saw(world in world()) {
        let decision = world.decide();
        let policies = world.policies();
        let traced = world.ask(|request| {
            let traced = policy::trace(request, &policies);
            let statements = traced.iter().flat_map(|policy| {
                let matched = |it: &&policy::TracedStatement| it.outcome == Outcome::Matched;
                let matched = policy.statements.iter().filter(matched);
                matched.map(|it| (policy.policy_type, it.index, it.effect))
            });
            statements.collect::<Vec<_>>()
        });
        let decided = decision.statements.iter();
        let decided: Vec<_> = decided.map(|it| (it.policy_type, it.index, it.effect)).collect();
        prop_assert_eq!(traced, decided);
    }

    #[test]
    fn the_remedies_cure_what_nobody_denies(world in world()) {
        let mut policies = world.policies();
        let (remedies, after) = world.ask(|request| {
            let remedies = policy::remedies(request, &policies);
            for remedy in &remedies {
                let document = document(&remedy.statement);
                let gain = |kind| Attached::new("r", Policy::parse(&document, kind).unwrap());
                match remedy.policy_type {
                    PolicyType::Resource => policies.grants.push(gain(Kind::Resource)),
                    PolicyType::Identity => policies.identity.push(gain(Kind::Identity)),
                    PolicyType::Boundary => policies.boundary = Some(gain(Kind::Boundary)),
                    PolicyType::Session => {
                        policies.session.get_or_insert_default().push(gain(Kind::Session));
                    }
                    PolicyType::ServiceControl => {
                        policies.service_control[0].push(gain(Kind::ServiceControl));
                    }
                    PolicyType::ResourceControl => unreachable!("no world has one"),
                }
            }
            (remedies, decide(request, &policies))
        });
        match world.decide().effect {
            policy::Effect::ImplicitDeny => prop_assert!(after.is_allowed(), "{:?}", remedies),
            _ => prop_assert!(remedies.is_empty()),
        }
    }

    #[test]
    fn the_reasons_agree_with_the_answer(world in world()) {
        let decision = world.decide();
        let matched = |effect| decision.statements.iter().any(|statement| {
            statement.effect == effect && statement.policy_type == decision.by
        });
        match decision.effect {
            policy::Effect::ExplicitDeny => {
                prop_assert!(matched(policy::StatementEffect::Deny));
            }
            policy::Effect::ImplicitDeny => {
                let deny = policy::StatementEffect::Deny;
                prop_assert!(decision.statements.iter().all(|matched| matched.effect != deny));
            }
            policy::Effect::Allowed => {
                let root = matches!(world.caller, Principal::Root { .. });
                prop_assert!(root || matched(policy::StatementEffect::Allow));
            }
        }
    }
}
