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

/// Options of `heist explain`.
#[derive(Args)]
pub struct Arguments {
    /// The refused request's id, as in its error [default: the latest refusal]
    request_id: Option<String>,
    #[command(flatten)]
    given: Given,
    /// List this many of the latest refusals
    #[arg(long, value_name = "N", conflicts_with = "request_id")]
    last: Option<usize>,
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
    let path = match &arguments.request_id {
        Some(id) => format!("/_heist/refusals?request-id={id}"),
        None => "/_heist/refusals".into(),
    };
    let client = Client::administrator(&access);
    let answer = runtime()?.block_on(client.get("heist", &path))?;
    let body: Value = serde_json::from_slice(answer.body())?;
    if !answer.status().is_success() {
        return Err(body["message"].as_str().unwrap_or("the instance refused").to_owned().into());
    }
    let refusals = body["refusals"].as_array().cloned().unwrap_or_default();
    let shown: Vec<_> = refusals.into_iter().take(arguments.last.unwrap_or(1)).collect();
    if arguments.json {
        println!("{}", Value::from(shown));
        return Ok(ExitCode::SUCCESS);
    }
    if shown.is_empty() {
        println!("No such refusal. Refused requests of the last days are listed by: --last 20");
        return Ok(ExitCode::FAILURE);
    }
    for refusal in &shown {
        print(refusal, Paint::for_stdout());
    }
    Ok(ExitCode::SUCCESS)
}

fn print(refusal: &Value, paint: Paint) {
    let text = |key: &str| refusal[key].as_str().unwrap_or("").to_owned();
    println!("{}  request {}", paint.bad("Refused"), text("request_id"));
    println!("  Who         {}", text("principal"));
    println!("  Wanted      {}", paint.strong(&text("action")));
    println!("  On          {}", text("resource"));
    println!("  Decided by  {} ({})", text("decided_by"), text("effect"));
    for statement in refusal["statements"].as_array().into_iter().flatten() {
        let part = |key: &str| statement[key].as_str().unwrap_or("");
        let (effect, policy) = (part("effect"), part("policy"));
        println!("  Matched     {effect} in statement {} of {policy}", part("statement"));
    }
    list("Considered", &refusal["considered"], "no policy at all");
    list("Missing keys", &refusal["missing_keys"], "");
    match text("suggestion") {
        none if none.is_empty() => println!("  To allow    remove the deny; no Allow outweighs it"),
        suggestion => println!("  To allow    {}", paint.good(&suggestion)),
    }
    println!();
}

fn list(label: &str, values: &Value, empty: &str) {
    let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
    let values: Vec<_> = values.collect();
    let text = if values.is_empty() { empty.to_owned() } else { values.join(", ") };
    if !text.is_empty() {
        println!("  {label:<10}  {text}");
    }
}
