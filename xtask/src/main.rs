//! The command line of the project's chores.

use std::{path::Path, process::ExitCode};
use xtask::{
    build, conformance, coverage, managed_policies, model::Model, refresh, scaffold, tidy,
};

const USAGE: &str = "\
cargo xtask models [--botocore DIR]            pin the service models
cargo xtask managed-policies                   pack AWS's managed policies for the binary
cargo xtask new-operation SERVICE OPERATION    write an operation's first draft from its model
    --print                                    to standard output instead of the file
    --shapes                                   only its shapes, to standard output
cargo xtask new-service NAME                   write the skeleton of a service's crate
cargo xtask tidy                               check the house rules
cargo xtask bench                              build and measure the binary next to a peer
cargo xtask release                            build the binary to ship, by a profile of itself
cargo xtask coverage [--check] [--from FILE]   write docs/coverage.md, or say whether it is stale
    --from FILE                                from the saved answer of `heist __coverage`
cargo xtask differences [--from FILE]          list what is served otherwise than the models say";

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
        ["managed-policies"] => managed_policies::pack(),
        ["new-operation", service, operation] => scaffold::new_operation(service, operation),
        ["new-operation", service, operation, "--print"] => {
            scaffold::operation_draft(service, operation)
        }
        ["new-operation", service, operation, "--shapes"] => {
            scaffold::shapes_draft(service, operation)
        }
        ["new-service", name] => scaffold::new_service(name),
        ["tidy"] => tidy::report(),
        ["bench"] => build::bench(),
        ["release"] => build::release(),
        ["coverage"] => coverage::coverage(None, false),
        ["coverage", "--check"] => coverage::coverage(None, true),
        ["coverage", "--from", file] => coverage::coverage(Some(Path::new(file)), false),
        ["coverage", "--check", "--from", file] => coverage::coverage(Some(Path::new(file)), true),
        ["differences"] => differences(None),
        ["differences", "--from", file] => differences(Some(Path::new(file))),
        [] | ["help" | "--help" | "-h"] => Ok(USAGE.to_owned()),
        _ => Err(format!("unknown: {}\n\n{USAGE}", arguments.join(" "))),
    }
}

fn differences(json: Option<&Path>) -> Result<String, String> {
    let mut lines = Vec::new();
    for service in coverage::served(json)? {
        let model = Model::load(&service.service)?;
        let found = conformance::differences(&service, &model);
        lines.extend(found.iter().map(ToString::to_string));
    }
    if lines.is_empty() { Ok("no differences".to_owned()) } else { Err(lines.join("\n")) }
}
