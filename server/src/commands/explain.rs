//! `heist explain`: why a request was refused, and what would allow it.

use super::{Outcome, runtime};
use crate::{
    client::Client,
    config::{Config, Given, Serving},
    data::Folder,
    terminal::Paint,
};
use clap::Args;
use serde_json::Value;
use std::process::ExitCode;

/// Longer than any request id, shorter than any encoded message.
const MAX_REQUEST_ID_CHARS: usize = 64;

/// Options of `heist explain`.
#[derive(Args)]
pub struct Arguments {
    /// The refused request's id, as in its error, or an encoded authorization message
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
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let config = Config::decide(&arguments.given, &Serving::default())?;
    let access = Folder::open(&config.data)?
        .access()
        .map_err(|_| format!("nothing has run in {} yet; heist up", config.data.display()))?;
    let client = Client::administrator(&access);
    let path = path(arguments.request.as_deref())?;
    let answer = runtime()?.block_on(client.get("heist", &path))?;
    let body: Value = serde_json::from_slice(answer.body())?;
    if !answer.status().is_success() {
        return Err(body["message"].as_str().unwrap_or("the instance refused").to_owned().into());
    }
    let refusals = body["refusals"].as_array().cloned().unwrap_or_default();
    let shown: Vec<_> = refusals.into_iter().take(arguments.last.unwrap_or(1)).collect();
    let found = if shown.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if arguments.json {
        println!("{}", Value::from(shown));
        return Ok(found);
    }
    if shown.is_empty() {
        println!("No such refusal. Those of the last 90 days are kept; the latest: --last 20");
    }
    for refusal in &shown {
        match arguments.encoded {
            true => println!("{}", text(refusal, "encoded_message")),
            false => print!("{}", explained(refusal, Paint::for_stdout())),
        }
    }
    Ok(found)
}

/// Where to ask for the refusals.
fn path(request: Option<&str>) -> Result<String, &'static str> {
    const REFUSALS: &str = "/_heist/refusals";
    let Some(request) = request else { return Ok(REFUSALS.into()) };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !request.bytes().all(plain) {
        return Err("that is neither a request's id nor an encoded message");
    }
    let name = if request.len() > MAX_REQUEST_ID_CHARS { "encoded" } else { "request-id" };
    Ok(format!("{REFUSALS}?{name}={request}"))
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
        line("Who", text(refusal, "principal")),
        line("Wanted", &paint.strong(text(refusal, "action"))),
    ];
    if !text(refusal, "resource").is_empty() {
        lines.push(line("On", text(refusal, "resource")));
    }
    lines.push(line("Told", text(refusal, "message")));
    lines.push(line("Why", &why(refusal, paint)));
    policies(refusal, paint, &mut lines);
    keys(refusal, paint, &mut lines);
    remedies(refusal, paint, &mut lines);
    lines.push(String::new());
    lines.into_iter().map(|line| line + "\n").collect()
}

fn line(label: &str, text: &str) -> String {
    format!("  {label:<12}{text}")
}

fn why(refusal: &Value, paint: Paint) -> String {
    let by = text(refusal, "decided_by");
    match text(refusal, "effect") {
        "ExplicitDeny" => format!("a statement in a {by} {}", paint.bad("denies it")),
        "ImplicitDeny" => format!("{} it", paint.bad(&format!("no {by} allows"))),
        _ => format!("{by} refuses it by a rule of its own; no policy was asked"),
    }
}

fn policies(refusal: &Value, paint: Paint, lines: &mut Vec<String>) {
    let considered = items(refusal, "policies");
    if considered.is_empty() && text(refusal, "effect") == "ImplicitDeny" {
        lines.push(line("Considered", "no policy at all"));
    }
    for (index, policy) in considered.iter().enumerate() {
        let label = if index == 0 { "Considered" } else { "" };
        let name = paint.strong(text(policy, "policy"));
        lines.push(line(label, &format!("{name} ({})", text(policy, "policy_type"))));
        for statement in items(policy, "statements") {
            let (effect, name) = (text(statement, "effect"), text(statement, "statement"));
            lines.push(line("", &format!("  {effect} {name}: {}", outcome(statement, paint))));
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
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_messages_are_told_apart() {
        assert_eq!(path(None).unwrap(), "/_heist/refusals");
        assert_eq!(path(Some("a-1")).unwrap(), "/_heist/refusals?request-id=a-1");
        let message = "A_".repeat(40);
        assert_eq!(path(Some(&message)).unwrap(), format!("/_heist/refusals?encoded={message}"));
        assert!(path(Some("a&b=c")).is_err());
    }
}
