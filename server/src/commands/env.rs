//! `heist env`: the administrator's credentials as shell exports.

use super::Outcome;
use crate::config::{Config, Given, Serving};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// The AWS CLI, sent to the instance: older ones heed no `AWS_ENDPOINT_URL`, and no AWS CLI 1 does
/// for `sqs`.
pub const AWS: &str =
    r#"aws() { command aws ${AWS_ENDPOINT_URL:+"--endpoint-url=$AWS_ENDPOINT_URL"} "$@"; }"#;

/// Options of `heist env`.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    given: Given,
    /// Print JSON instead of exports
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let config = Config::decide(&arguments.given, &Serving::default())?;
    let (folder, access) = config.last_run()?;
    let ca = folder.certificate().display().to_string();
    let pairs = [
        ("AWS_ACCESS_KEY_ID", access.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", access.secret_access_key),
        ("AWS_DEFAULT_REGION", access.region.clone()),
        ("AWS_REGION", access.region),
        ("AWS_ENDPOINT_URL", access.endpoint),
        ("HEIST_CA", ca),
    ];
    if arguments.json {
        let values = pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        println!("{}", serde_json::Value::Object(values.collect()));
        return Ok(ExitCode::SUCCESS);
    }
    println!("# The administrator of account {}.", access.account);
    println!("# HEIST_CA is the certificate to trust for HTTPS on AWS's own host names.");
    println!("unset AWS_SESSION_TOKEN AWS_PROFILE");
    for (name, value) in pairs {
        println!("export {name}={}", quoted(&value));
    }
    println!("# Some AWS CLIs send some services to AWS, whatever AWS_ENDPOINT_URL says.");
    println!("{AWS}");
    Ok(ExitCode::SUCCESS)
}

/// `value` as one word of a POSIX shell.
pub fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for value in ["plain", "with space", "it's", "a;rm -rf $HOME", "+/="] {
            let script = format!("printf %s {}", quoted(value));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), value);
        }
    }
}
