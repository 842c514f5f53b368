//! `heist demo`: the whole journey on a fresh temporary instance, checked step by step.

use super::Outcome;
use clap::Args;

/// Options of `heist demo`.
#[derive(Args)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show every request and answer
    #[arg(long, short)]
    verbose: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let _ = (arguments.json, arguments.verbose);
    Err("the steps follow".into())
}
