//! `heist doctor`: whether this machine can run everything, and what to do if not.

use super::Outcome;
use crate::terminal::Paint;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Options of `heist doctor`.
#[derive(Args)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let checks = sandbox::check();
    let well = checks.iter().all(|check| check.ok);
    if arguments.json {
        let rows = checks.iter().map(|check| {
            let (detail, advice) = (&check.detail, &check.advice);
            json!({"name": check.name, "ok": check.ok, "detail": detail, "advice": advice})
        });
        println!("{}", serde_json::Value::from_iter(rows));
    } else {
        let paint = Paint::for_stdout();
        for check in &checks {
            let mark = if check.ok { paint.good("ok  ") } else { paint.bad("no  ") };
            println!("{mark} {:<18} {}", check.name, check.detail);
            if !check.ok {
                println!("     {:<18} {}", "", check.advice);
            }
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
