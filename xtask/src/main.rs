//! The command line of the project's chores.

use std::{path::Path, process::ExitCode};
use xtask::{refresh, scaffold};

const USAGE: &str = "\
cargo xtask models [--botocore DIR]            pin the service models
cargo xtask new-operation SERVICE OPERATION    write an operation's first draft from its model
    --print                                    to standard output instead of the file
    --shapes                                   only its shapes, to standard output";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(text) => {
            println!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<String, String> {
    match arguments {
        ["models"] => refresh::refresh(None),
        ["models", "--botocore", folder] => refresh::refresh(Some(Path::new(folder))),
        ["new-operation", service, operation] => scaffold::new_operation(service, operation),
        ["new-operation", service, operation, "--print"] => {
            scaffold::operation_draft(service, operation)
        }
        ["new-operation", service, operation, "--shapes"] => {
            scaffold::shapes_draft(service, operation)
        }
        [] | ["help" | "--help" | "-h"] => Ok(USAGE.to_owned()),
        _ => Err(format!("unknown: {}\n\n{USAGE}", arguments.join(" "))),
    }
}
