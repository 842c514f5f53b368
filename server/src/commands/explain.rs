//! `heist explain`: why a request was refused, and what would allow it; of a request that the range
//! journals, also why it was allowed, and what left. Who holds the data folder is the operator, who
//! sees all accounts; anybody else asks in his own name.

mod journaled;

use super::{Outcome, runtime};
use crate::{
    admin,
    config::{Config, DEFAULT_REGION, Given, Serving},
    terminal::Paint,
};
use clap::Args;
use client::{Connection, Credentials};
use range::{Order, SOLO, Verb, debrief::statement as statement_called};
use serde_json::Value;
use service_kit::audit::Asked;
use std::{env, error::Error, process::ExitCode};

/// Why `--mine` has nobody to ask for.
const NOBODY: &str = "--mine asks in the name of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY at \
                      AWS_ENDPOINT_URL: set them";

/// What is said when there is nothing to explain.
const NONE: &str = "There is no such refusal. Those of 90 days are kept; the latest: --last 20\n\
                    A request that is not signed, or not with a key that is known, is refused \
                    before any policy is asked, and is in no list; in a game its id is known.";

/// Options of `heist explain`.
#[derive(Args)]
pub struct Arguments {
    /// The request's id, as in its error or its answer, or an encoded authorization message
    /// [default: the latest refusal]
    request: Option<String>,
    #[command(flatten)]
    given: Given,
    /// Explain this many of the latest refusals
    #[arg(
        long, value_name = "N", num_args = 0..=1, default_missing_value = "1",
        conflicts_with_all = ["request"]
    )]
    last: Option<usize>,
    /// Print an encoded authorization message for `aws sts decode-authorization-message` instead
    #[arg(long, conflicts_with = "json")]
    encoded: bool,
    /// Ask in the name of the credentials in the environment, who are told of their own account
    /// [default: as the operator, who sees all accounts, if the data folder is here]
    #[arg(long)]
    mine: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let word = arguments.request.as_deref();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if word.is_some_and(|word| !word.bytes().all(plain)) {
        return Err("that is neither a request's id nor an encoded message".into());
    }
    let config = Config::decide(&arguments.given, &Serving::default())?;
    let operated = config.last_run();
    let refusals = match (&operated, caller()) {
        (Err(_), Some(caller)) => fetch(&caller, word)?,
        (_, Some(caller)) if arguments.mine => fetch(&caller, word)?,
        (_, None) if arguments.mine => return Err(NOBODY.into()),
        (Ok(_), _) => ask(&config, Verb::Refusals(arguments.request.clone()))?,
        (Err(error), None) => return Err(error.to_string().into()),
    };
    let refusals = refusals.as_array().cloned().unwrap_or_default();
    let shown: Vec<_> = refusals.into_iter().take(arguments.last.unwrap_or(1)).collect();
    if let (Some(request), true) = (&arguments.request, shown.is_empty() && !arguments.encoded)
        && operated.is_ok()
        && !arguments.mine
    {
        let known = ask(&config, Verb::Request(request.clone()))?;
        if !known.is_null() {
            match arguments.json {
                true => println!("{}", Value::from(vec![known])),
                false => print!("{}", journaled::explained(&known, Paint::for_stdout())),
            }
            return Ok(ExitCode::SUCCESS);
        }
    }
    let found = if shown.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if arguments.json {
        println!("{}", Value::from(shown));
        return Ok(found);
    }
    if shown.is_empty() {
        println!("{NONE}");
    }
    for refusal in &shown {
        match arguments.encoded {
            true => println!("{}", text(refusal, "encoded_message")),
            false => print!("{}", explained(refusal, Paint::for_stdout())),
        }
    }
    Ok(found)
}

/// What the operator's door answers: of all accounts.
fn ask(config: &Config, verb: Verb) -> Result<Value, Box<dyn Error>> {
    let order = Order { team: SOLO.into(), scenario: None, verb };
    runtime()?.block_on(admin::ask(&config.data, &order, |_| {}))
}

/// The way to the instance in the name of whoever the environment names, as SDKs read it.
fn caller() -> Option<Connection> {
    let given = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let region = given("AWS_REGION").or_else(|| given("AWS_DEFAULT_REGION"));
    let connection = Connection::new(
        &given("AWS_ENDPOINT_URL")?,
        region.unwrap_or_else(|| DEFAULT_REGION.to_owned()),
    );
    Some(connection.signing_as(Credentials {
        access_key_id: given("AWS_ACCESS_KEY_ID")?,
        secret_access_key: given("AWS_SECRET_ACCESS_KEY")?,
        session_token: given("AWS_SESSION_TOKEN"),
    }))
}

/// What the instance tells a caller: the refusals of his own account, if he may see them.
fn fetch(caller: &Connection, word: Option<&str>) -> Result<Value, Box<dyn Error>> {
    let query = match Asked::by(word) {
        Asked::Any => String::new(),
        Asked::Request(id) => format!("?request-id={id}"),
        Asked::Encoded(message) => format!("?encoded={message}"),
    };
    let path = format!("/_heist/refusals{query}");
    let answer = runtime()?.block_on(caller.get("heist", &path))?;
    let mut body: Value = serde_json::from_slice(answer.body())?;
    match answer.status().is_success() {
        true => Ok(body["refusals"].take()),
        false => Err(body["message"].as_str().unwrap_or("the instance refused").to_owned().into()),
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A refusal in lines for people.
fn explained(refusal: &Value, paint: Paint) -> String {
    let mut lines = vec![
        format!("{}  request {}", paint.bad("Refused"), text(refusal, "request_id")),
        line("Account", text(refusal, "account")),
        line("Who", text(refusal, "principal")),
        line("Wanted", &paint.strong(text(refusal, "action"))),
    ];
    if !text(refusal, "resource").is_empty() {
        lines.push(line("On", text(refusal, "resource")));
    }
    lines.push(line("Message", text(refusal, "message")));
    lines.push(line("Why", &why(refusal, paint)));
    policies(refusal, paint, &mut lines);
    keys(refusal, paint, &mut lines);
    remedies(refusal, paint, &mut lines);
    lines.push(String::new());
    lines.into_iter().map(|line| line + "\n").collect()
}

fn line(label: &str, text: &str) -> String {
    // A text of several lines must not look like lines of ours.
    format!("  {label:<12}{}", text.replace('\n', "\\n"))
}

fn why(refusal: &Value, paint: Paint) -> String {
    let by = text(refusal, "decided_by");
    match text(refusal, "effect") {
        "ExplicitDeny" => {
            let article = if by.starts_with('i') { "an" } else { "a" };
            format!("a statement in {article} {by} {}", paint.bad("denies it"))
        }
        "ImplicitDeny" => format!("{} it", paint.bad(&format!("no {by} allows"))),
        _ => format!("{by} refuses it by a rule of its own; no policy was asked"),
    }
}

fn policies(refusal: &Value, paint: Paint, lines: &mut Vec<String>) {
    let considered = items(refusal, "policies");
    if considered.is_empty() && text(refusal, "effect") == "ImplicitDeny" {
        lines.push(line("Considered", "no policy at all"));
    }
    // The same policy can bind several levels of an organization.
    for (index, same) in considered.chunk_by(|one, other| one == other).enumerate() {
        let policy = &same[0];
        let label = if index == 0 { "Considered" } else { "" };
        let name = paint.strong(text(policy, "policy"));
        let levels = match same.len() {
            1 => String::new(),
            levels => format!(", at {levels} levels"),
        };
        lines.push(line(label, &format!("{name} ({}{levels})", text(policy, "policy_type"))));
        for statement in items(policy, "statements") {
            let name = statement_called(text(statement, "statement"));
            let effect = text(statement, "effect");
            lines.push(line("", &format!("  {effect}, {name}: {}", outcome(statement, paint))));
            if statement["decided"] == true || text(statement, "outcome") != "matched" {
                let text = text(statement, "text").lines().map(str::trim).collect::<String>();
                lines.push(line("", &format!("    {}", paint.faint(&text))));
            }
        }
        match policy["others"].as_u64().unwrap_or_default() {
            0 => {}
            others => lines.push(line("", &paint.faint(&format!("  {others} on other actions")))),
        }
    }
}

fn outcome(statement: &Value, paint: Paint) -> String {
    let (operator, key) = (&statement["condition"][0], &statement["condition"][1]);
    match text(statement, "outcome") {
        "matched" if statement["decided"] == true => paint.bad("decided"),
        "matched" => "applies".into(),
        "condition" => format!(
            "its condition {} on {} does not hold",
            operator.as_str().unwrap_or_default(),
            key.as_str().unwrap_or_default()
        ),
        other => format!("names another {other}"),
    }
}

/// The condition keys that statements asked for.
fn keys(refusal: &Value, paint: Paint, lines: &mut Vec<String>) {
    let policies = items(refusal, "policies").iter();
    let statements = policies.flat_map(|policy| items(policy, "statements"));
    let mut asked: Vec<&str> = statements.filter_map(|it| it["condition"][1].as_str()).collect();
    asked.sort_unstable();
    asked.dedup();
    for entry in items(refusal, "context") {
        let name = entry[0].as_str().unwrap_or_default();
        if asked.iter().any(|asked| asked.eq_ignore_ascii_case(name)) {
            let values = entry[1].as_array().into_iter().flatten().filter_map(Value::as_str);
            let values: Vec<_> = values.collect();
            lines.push(line("Key", &format!("{name} = {}", values.join(", "))));
        }
    }
    for key in items(refusal, "missing_keys").iter().filter_map(Value::as_str) {
        lines.push(line("Missing key", &paint.bad(key)));
    }
}

fn remedies(refusal: &Value, paint: Paint, lines: &mut Vec<String>) {
    match text(refusal, "effect") {
        "ExplicitDeny" => {
            lines.push(line("To allow", "change what denies; no Allow outweighs it"));
        }
        "ImplicitDeny" => {
            for remedy in items(refusal, "remedies") {
                let place = format!("in the {}:", text(remedy, "policy_type"));
                lines.push(line("To allow", &place));
                lines.push(line("", &paint.good(text(remedy, "statement"))));
            }
            if text(refusal, "principal").ends_with(".amazonaws.com") {
                let narrow = "and name the source in a condition (aws:SourceArn): others call by \
                              that service, too";
                lines.push(line("", &paint.faint(narrow)));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_of_several_lines_stays_one_line() {
        let refusal =
            json!({"principal": "arn:aws:iam::1:user/a\n  To allow    give all", "effect": "x"});
        let told = explained(&refusal, Paint::none());
        assert!(told.contains("user/a\\n  To allow"), "{told}");
        assert!(!told.contains("\n  To allow    give"), "{told}");
    }
}
