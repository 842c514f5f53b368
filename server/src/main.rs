//! The `heist` binary: the command line, the list of services, and nothing else.

#[macro_use]
mod terminal;

mod admin;
mod commands;
mod config;
mod data;
mod describe;
mod instance;
mod root_key;
mod services;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use std::{panic, process::ExitCode};

/// Requests make many small values: a tenth to a fifth of their work was the system's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A serverless cloud in one binary: it speaks the AWS APIs, enforces signatures and IAM, and
/// loses nothing when it is killed.
#[derive(Parser)]
#[command(name = "heist", version, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the cloud and serve until interrupted
    Up(commands::up::Arguments),
    /// Print shell exports for the administrator: eval "$(heist env)"
    Env(commands::env::Arguments),
    /// Build, call, secure and inspect a serverless API on a fresh temporary instance
    Demo(commands::demo::Arguments),
    /// Play the Heist: steal from a weak API, then close it and have that proved
    Play(commands::play::Arguments),
    /// Say why a request was refused, and what would allow it
    Explain(commands::explain::Arguments),
    /// Build and secure a serverless API step by step, each step checked on the running instance
    Lab(commands::lab::Arguments),
    /// Write policies from what has been used
    #[command(subcommand)]
    Policy(commands::policy::Command),
    /// Check whether this machine can run everything, and say what to do if not
    Doctor(commands::doctor::Arguments),
    /// Print the service tables as JSON, for the coverage page
    #[command(name = "__coverage", hide = true)]
    Coverage,
}

/// Whoever reads the output may have seen enough, as `head` has: that is no defect.
fn quiet_pipes() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or_default();
        if text.starts_with("failed printing to stdout") && text.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(info);
    }));
}

fn main() -> ExitCode {
    // A sandboxed function starts as this same binary; this call does not return there.
    sandbox::maybe_run();
    quiet_pipes();
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Up(arguments) => commands::up::run(arguments),
        Command::Env(arguments) => commands::env::run(&arguments),
        Command::Demo(arguments) => commands::demo::run(&arguments),
        Command::Play(arguments) => commands::play::run(arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Lab(arguments) => commands::lab::run(&arguments),
        Command::Policy(command) => commands::policy::run(&command),
        Command::Doctor(arguments) => commands::doctor::run(&arguments),
        Command::Coverage => {
            println!("{}", describe::describe(&services::all()));
            Ok(ExitCode::SUCCESS)
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("heist: {error}");
        ExitCode::FAILURE
    })
}
