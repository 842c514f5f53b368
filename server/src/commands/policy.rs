//! `heist policy generate`: the smallest policy that allows what a user or role has done.

use super::{Outcome, runtime};
use crate::config::{Config, Given, Serving};
use bytes::Bytes;
use clap::{Args, Subcommand};
use http::{Method, Request};
use serde_json::{Value, json};
use service_kit::{clock::Clock, shape::Timestamp, usage::MAX_POLICY_CHARS};
use std::process::ExitCode;

/// What to do with policies.
#[derive(Subcommand)]
pub enum Command {
    /// Print the smallest policy that allows what a user or role has done
    Generate(Arguments),
}

/// Options of `heist policy generate`.
#[derive(Args)]
pub struct Arguments {
    /// The ARN of a user or role
    #[arg(long, value_name = "ARN")]
    principal: String,
    /// Only what was done since: a time (2026-03-01T12:00:00Z) or so long ago (90m, 12h, 7d)
    /// [default: all that is kept, 400 days]
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Since>,
    #[command(flatten)]
    given: Given,
}

/// A point in time, or how long it is past in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Since {
    At(Timestamp),
    Ago(i64),
}

/// Runs the command.
pub fn run(command: &Command) -> Outcome {
    let Command::Generate(arguments) = command;
    let config = Config::decide(&arguments.given, &Serving::default())?;
    let (_, access) = config.last_run()?;
    let since = match arguments.since {
        None => 0,
        Some(Since::At(time)) => time.as_secs(),
        Some(Since::Ago(seconds)) => Clock::system().now().as_secs() - seconds,
    };
    let asked = json!({"principal": arguments.principal, "since": since}).to_string();
    let request = Request::builder().method(Method::POST).uri("/_heist/policy");
    let request = request.body(Bytes::from(asked))?;
    let connection = access.connection();
    let answer = runtime()?.block_on(connection.send("heist", request))?;
    let body: Value = serde_json::from_slice(answer.body())?;
    if !answer.status().is_success() {
        return Err(body["message"].as_str().unwrap_or("the instance refused").to_owned().into());
    }
    let policy = &body["policy"];
    if policy.is_null() {
        return Err("no permission of its own was used in that time".into());
    }
    if policy.to_string().len() > MAX_POLICY_CHARS {
        eprintln!("heist: this is longer than one managed policy may be ({MAX_POLICY_CHARS})");
    }
    println!("{policy:#}");
    Ok(ExitCode::SUCCESS)
}

fn since(text: &str) -> Result<Since, String> {
    if let Some(time) = Timestamp::parse(text) {
        return Ok(Since::At(time));
    }
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => 0,
    };
    let number: Option<i64> =
        text.get(..text.len().saturating_sub(1)).and_then(|it| it.parse().ok());
    match number.filter(|number| unit > 0 && (0..=100_000).contains(number)) {
        Some(number) => Ok(Since::Ago(number * unit)),
        None => Err("a time such as 2026-03-01T12:00:00Z, or 90m, 12h, 7d".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_spans_are_read() {
        assert_eq!(since("90m"), Ok(Since::Ago(5_400)));
        assert_eq!(since("7d"), Ok(Since::Ago(604_800)));
        assert_eq!(since("1970-01-01T00:00:09Z"), Ok(Since::At(Timestamp::from_secs(9))));
        for text in ["", "m", "-1h", "9x", "99999999999999999999d", "é"] {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
