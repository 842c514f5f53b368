//! What the range tells, in words on a terminal. Each says whether it is a success.

use crate::terminal::Paint;
use range::{
    debrief::{self, Account, Theft, WayIn, counted},
    game::Finding,
    run::{CheckResult, Verdict},
    told::{
        Briefing, Cleaned, Detonated, GoalStanding, Hinted, Listed, Score, Standing, Status,
        Submitted, Verified,
    },
};
use serde_json::Value;

/// Whether what is told is a success, for those who read JSON.
pub fn is_success(told: &Value) -> bool {
    let not_fixed = told.get("finding").is_some_and(|finding| finding != "fixed")
        && told.get("rounds").is_some();
    told.get("right") != Some(&Value::Bool(false)) && !not_fixed
}

pub fn list(scenarios: Vec<Listed>, paint: Paint) -> bool {
    let playing = scenarios.iter().any(|scenario| scenario.standing.is_some());
    for scenario in scenarios {
        let Listed { id, title, summary, level, minutes, standing } = scenario;
        let standing = match standing {
            None => String::new(),
            Some(Standing::Playing) => paint.strong("  being played"),
            Some(Standing::Robbed) => paint.bad("  robbed"),
            Some(Standing::Fixed) => paint.good("  fixed"),
            Some(Standing::Unready) => paint.faint("  not set up yet"),
        };
        println!("{}  {} ({level}, {minutes} min){standing}", paint.strong(&id), title);
        println!("     {}", paint.faint(&summary));
    }
    match playing {
        true => println!("\nGo on with: heist play status"),
        false => println!("\nBegin with: heist play H01"),
    }
    true
}

pub fn briefing(briefing: Briefing, paint: Paint) -> bool {
    println!("{}", paint.strong(&format!("{}  {}", briefing.id, briefing.title)));
    println!("\n{}\n", briefing.story.trim());
    println!("{}", paint.strong("What you know"));
    let longest = briefing.recon.keys().map(String::len).max().unwrap_or(0);
    for (name, text) in &briefing.recon {
        println!("  {name:longest$}  {text}");
    }
    println!("\n{}, in each shell of yours", paint.strong("Who you can be"));
    people(&briefing, paint);
    println!("\n{}", paint.strong("Goals"));
    goals(&briefing.goals, paint);
    println!("\nThen, and when you are stuck:");
    for (command, text) in [
        ("heist play submit 'HEIST{…}'", "hand in what you found"),
        ("heist play hint", "costs points"),
        ("heist play status", "how you stand, and what is to be defended"),
        ("heist play verify", "after your fix: is it one?"),
        ("heist play debrief", "what happened, and why"),
    ] {
        println!("  {command:30} {}", paint.faint(text));
    }
    let millis = briefing.millis;
    let (id, since) = (&briefing.id, briefing.started.date_time());
    println!(
        "{}",
        paint.faint(&match millis {
            0 => format!(
                "This game is going on since {since}; `heist play {id} --again` begins it anew."
            ),
            _ => format!("Set up in {millis} ms."),
        })
    );
    true
}

/// Whose exports there are.
pub fn identities(briefing: Briefing, paint: Paint) -> bool {
    people(&briefing, paint);
    true
}

fn people(briefing: &Briefing, paint: Paint) {
    let longest = briefing.identities.keys().map(String::len).max().unwrap_or(0);
    for (name, text) in &briefing.identities {
        let padding = " ".repeat(longest - name.len());
        println!("  eval \"$(heist play env {name})\"{padding}  {}", paint.faint(text));
    }
}

pub fn anew(told: Briefing, paint: Paint) -> bool {
    briefing(told, paint);
    println!("The accounts are new, and so are their keys: repeat `eval` in each shell.");
    true
}

pub fn ready(briefing: Briefing, _: Paint) -> bool {
    println!("{} is ready after {} ms.", briefing.id, briefing.millis);
    true
}

pub fn status(status: Status, paint: Paint) -> bool {
    println!("{}", paint.strong(&format!("{}  {}", status.id, status.title)));
    println!("\nGoals");
    goals(&status.goals, paint);
    println!("\nTo defend it");
    for task in &status.tasks {
        let mark = match task.done {
            Some(true) => paint.good("✓"),
            Some(false) => paint.bad("✗"),
            None => paint.faint("·"),
        };
        println!("  {mark} {}", task.text);
    }
    println!("\nWhat must go on working");
    for sentence in &status.contract {
        println!("  {sentence}");
    }
    let (taken, all) = status.hints;
    let next = match status.next_hint {
        None => String::new(),
        Some(0) => " (the next is free)".into(),
        Some(cost) => format!(" (the next costs {cost})"),
    };
    println!("\nHints taken: {taken} of {all}{next}. {}", points(status.score));
    if let Some(finding) = status.finding {
        println!("Last proof: {}", found(finding, paint));
    }
    println!("{} {}", paint.strong("Next:"), status.next);
    true
}

pub fn hint(hint: Hinted, paint: Paint) -> bool {
    println!("{}", hint.text.trim());
    let cost = match hint.cost {
        0 => "It costs nothing: all is stolen".to_owned(),
        cost => format!("It costs {cost} points"),
    };
    println!("{}", paint.faint(&format!("{cost}; {} left.", counted(hint.left, "hint"))));
    true
}

pub fn submitted(submitted: Submitted, paint: Paint) -> bool {
    let text = &submitted.text;
    println!("{}", if submitted.right { paint.good(text) } else { paint.bad(text) });
    println!("{}", points(submitted.score));
    submitted.right
}

pub fn verified(verified: Verified, all: bool, paint: Paint) -> bool {
    let told = verified
        .checks
        .iter()
        .partition(|it| all || !verified.unstolen || it.name.starts_with("T."));
    let (told, kept_back): (Vec<_>, Vec<_>) = told;
    checks(&told, paint);
    let kept_back = kept_back.iter().filter(|check| !check.verdict.is_good()).count();
    if kept_back > 0 {
        println!(
            "  {} {} more that fail, or attacks that work",
            paint.bad("✗"),
            counted(kept_back, "check")
        );
        let how = "What they are is told once all is stolen, or by heist play verify --all.";
        println!("    {}", paint.faint(how));
    }
    let (well, all) = verified.rounds;
    println!("\n{} {well} of {all} rounds in a row.", found(verified.finding, paint));
    println!("{}", points(verified.score));
    verified.finding == Finding::Fixed
}

pub fn detonated(detonated: Detonated, paint: Paint) -> bool {
    for check in &detonated.checks {
        let works = check.verdict == Verdict::Succeeded;
        let mark = if works { paint.good("works  ") } else { paint.bad("refused") };
        println!("  {mark} {}", check.name);
        println!("          {}", paint.faint(&check.detail));
    }
    detonated.checks.iter().all(|check| check.verdict == Verdict::Succeeded)
}

pub fn cleaned(cleaned: Cleaned, _: Paint) -> bool {
    let Cleaned { rows, left } = cleaned;
    println!("Gone, with its accounts: {} removed, {left} left.", counted(rows, "row"));
    left == 0
}

pub fn account(account: Account, paint: Paint) -> bool {
    if account.thefts.is_empty() {
        println!("Nothing that was planted has left the account so far.");
    }
    for theft in &account.thefts {
        theft_in_words(theft, paint);
    }
    true
}

fn theft_in_words(theft: &Theft, paint: Paint) {
    println!("{}", paint.bad(&format!("Stolen: {}", theft.what.join(" and "))));
    println!("  when     {}", theft.at.date_time());
    println!("  who      {} from {}", theft.who, theft.source_ip);
    println!("  by       {} ({} bytes)", theft.request, theft.bytes);
    for step in &theft.path {
        println!("  led to   {step}");
    }
    for step in &theft.steps {
        println!("  before   {} {}", step.at.date_time(), step.request);
        step.ways.iter().for_each(|way| way_in_words("by", way));
    }
    println!("  request  {}", theft.request_id);
    if theft.again > 0 {
        println!("  again    {} more", counted(theft.again, "time"));
    }
    for way in theft.way_in.iter().chain(&theft.also) {
        way_in_words("let in", way);
    }
    if let Some(way) = &theft.way_on {
        println!("  had by   {} on {}", way.action, way.resource);
        way_in_words("let by", way);
    }
}

fn way_in_words(how: &str, way: &WayIn) {
    match &way.statement {
        Some((policy, statement)) => {
            let statement = debrief::statement(statement);
            println!("  {how:9}{statement} of {policy} ({}):", way.by);
            println!("           {}", way.text);
        }
        None => println!("  {how:9}{}: {}", way.by, way.resource),
    }
}

fn goals(goals: &[GoalStanding], paint: Paint) {
    for goal in goals {
        let mark = if goal.reached.is_some() { paint.good("✓") } else { paint.faint("·") };
        println!("  {mark} {} ({} points)", goal.text, goal.value);
    }
}

fn checks(checks: &[&CheckResult], paint: Paint) {
    for check in checks {
        let good = check.verdict.is_good();
        let mark = if good { paint.good("✓") } else { paint.bad("✗") };
        println!("  {mark} {}", check.text);
        if !good {
            let word = match check.verdict {
                Verdict::Succeeded => "the attack works:",
                Verdict::Broken => "neither works nor is refused:",
                _ => "not so:",
            };
            println!("    {} {}", paint.bad(word), paint.faint(&check.detail));
        }
    }
}

fn found(finding: Finding, paint: Paint) -> String {
    match finding {
        Finding::Fixed => paint.good("The fix is proved."),
        Finding::Held => paint.bad("Attacks are refused, but the configuration is not right yet."),
        Finding::Open => paint.bad("An attack still works."),
        Finding::Down => paint.bad("Something that must work does not."),
    }
}

fn points(score: Score) -> String {
    let Score { theft, hints, fix } = score;
    format!("Points: {} (stolen {theft}, hints −{hints}, fix {fix})", score.total())
}
