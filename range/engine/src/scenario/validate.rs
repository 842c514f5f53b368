//! What a scenario must be beyond its form: names that are there, checks of every kind, steps
//! that do one thing.

use super::{Check, Kind, SCHEMA, Scenario, Source, Step, step::Expect};
use crate::{query, variable};
use document::{Document, DocumentError};

/// The identities that every game has.
pub const BUILT_IN: [&str; 5] = ["owner", "thief", "partner", "auditor", "nobody"];

/// Checks `source`, whose `scenario.yaml` is `document` in the folder `id`.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn validate(id: &str, source: &Source, document: &Document) -> Result<(), DocumentError> {
    let scenario = &source.scenario;
    let ensure = |holds: bool, pointer: &str, what: String| match holds {
        true => Ok(()),
        false => Err(document.fault(pointer, what)),
    };
    ensure(scenario.schema == SCHEMA, "/schema", format!("only version {SCHEMA} is known"))?;
    ensure(scenario.id == id, "/id", format!("it must be the folder's name, {id}"))?;
    ensure(source.text(&scenario.deploy.template).is_ok(), "/deploy/template", {
        format!("there is no file {}: add it", scenario.deploy.template)
    })?;
    for (name, identity) in &scenario.identities {
        let pointer = format!("/identities/{name}");
        let built_in = BUILT_IN.contains(&&**name);
        ensure(!built_in, &pointer, format!("every game has a {name}: choose another name"))?;
        let ways = [identity.role.is_some(), identity.user.is_some(), identity.keys.is_some()];
        let one = ways.into_iter().filter(|way| *way).count() == 1;
        ensure(one, &pointer, "say exactly one of `role`, `user` and `keys`".into())?;
    }
    for (index, name) in scenario.exports.iter().enumerate() {
        let pointer = format!("/exports/{index}");
        ensure(is_known(scenario, name), &pointer, unknown(scenario, name))?;
    }
    for (index, name) in scenario.business.iter().enumerate() {
        let pointer = format!("/business/{index}");
        ensure(is_known(scenario, name), &pointer, unknown(scenario, name))?;
    }
    if let Err((name, why)) = variable::check(scenario.recon.keys()) {
        return Err(document.fault(&format!("/recon/{name}"), why));
    }
    for kind in Kind::ALL {
        let any = scenario.checks.keys().any(|name| kind.has(name));
        let what = format!("a check {}… is missing: each kind is needed", kind.prefix());
        ensure(any, "/checks", what)?;
    }
    for (name, check) in &scenario.checks {
        check_check(scenario, document, name, check)?;
    }
    let steps = |steps: &[Step], pointer: &str| {
        let mut steps = steps.iter().enumerate();
        steps.try_for_each(|(at, step)| check_step(scenario, document, step, pointer, at))
    };
    steps(&scenario.setup, "/setup")?;
    for (index, flag) in scenario.flags.iter().enumerate() {
        steps(&flag.plant, &format!("/flags/{index}/plant"))?;
    }
    for (index, goal) in scenario.goals.iter().enumerate() {
        if let super::Proof::Flag(flag) = &goal.proof {
            let known = scenario.flags.iter().any(|known| known.id == *flag);
            ensure(known, &format!("/goals/{index}/proof"), format!("there is no flag {flag}"))?;
        }
    }
    for (index, task) in scenario.harden.iter().enumerate() {
        let known = scenario.checks.contains_key(&task.check);
        let what = format!("there is no check {}", task.check);
        ensure(known, &format!("/harden/{index}/check"), what)?;
    }
    for (index, name) in scenario.playbook.iter().enumerate() {
        let attack = Kind::Attack.has(name) && scenario.checks.contains_key(name);
        ensure(attack, &format!("/playbook/{index}"), format!("there is no attack {name}"))?;
    }
    for (name, mutant) in &source.mutants {
        let twice = source.alternatives.contains_key(name) || name == "solution";
        ensure(!twice, "/checks", format!("two fixes are called {name}: rename one"))?;
        let strange = mutant.caught_by.iter().find(|name| !scenario.checks.contains_key(*name));
        let what = format!("mutants/{name}.yaml is caught by {strange:?}, which is no check");
        ensure(strange.is_none() && !mutant.caught_by.is_empty(), "/checks", what)?;
    }
    Ok(())
}

fn check_check(
    scenario: &Scenario,
    document: &Document,
    name: &str,
    check: &Check,
) -> Result<(), DocumentError> {
    let pointer = format!("/checks/{name}");
    let Some(kind) = Kind::of(name) else {
        return Err(document.fault(&pointer, "names of checks begin with T., A. or C."));
    };
    let attack = kind == Kind::Attack;
    if attack != check.steps.iter().any(Step::decides) {
        let what = match attack {
            true => "say in a step how the attack `succeeds`",
            false => "only attacks have steps that say `succeeds`",
        };
        return Err(document.fault(&pointer, what));
    }
    for (at, step) in check.steps.iter().enumerate() {
        check_step(scenario, document, step, &format!("{pointer}/steps"), at)?;
    }
    let mut after = check.after.iter().enumerate();
    after.try_for_each(|(at, step)| {
        check_step(scenario, document, step, &format!("{pointer}/after"), at)
    })
}

fn check_step(
    scenario: &Scenario,
    document: &Document,
    step: &Step,
    within: &str,
    at: usize,
) -> Result<(), DocumentError> {
    let pointer = format!("{within}/{at}");
    let wrong = |what: String| Err(document.fault(&pointer, what));
    let kinds = [&step.aws, &step.http, &step.message].into_iter().flatten().count();
    if kinds != 1 {
        return wrong("say exactly one of `aws`, `http` and `message`".into());
    }
    if !is_known(scenario, step.actor()) {
        return wrong(unknown(scenario, step.actor()));
    }
    if step.aws.as_ref().is_some_and(|call| !call.contains('.')) {
        return wrong("`aws` names the service, too: `sns.Publish`".into());
    }
    if step.http.as_ref().is_some_and(|line| !line.contains(' ')) {
        return wrong("`http` names the method, too: `GET https://…`".into());
    }
    if step.message.is_some() && step.text.is_none() {
        return wrong("say in `text` what the message contains".into());
    }
    if step.each.is_some() && step.decides() {
        return wrong("an attack that decides is made once: leave out `each`".into());
    }
    let queries = step.query.iter().chain(step.capture.values());
    for query in queries.filter(|query| !query.contains("{{")) {
        if let Err(error) = query::compile(query) {
            return wrong(format!("{query} is not JMESPath: {error}"));
        }
    }
    let absent = |expect: &Option<Expect>| expect.as_ref().is_some_and(|expect| expect.absent);
    if step.message.is_none() && (absent(&step.expect) || absent(&step.succeeds)) {
        return wrong("only messages can be `absent`".into());
    }
    Ok(())
}

fn is_known(scenario: &Scenario, name: &str) -> bool {
    BUILT_IN.contains(&name) || scenario.identities.contains_key(name)
}

fn unknown(scenario: &Scenario, name: &str) -> String {
    let own = scenario.identities.keys().map(String::as_str);
    let known: Vec<_> = BUILT_IN.into_iter().chain(own).collect();
    format!("there is no identity {name}; there are: {}", known.join(", "))
}
