//! Types a step's commands: runs them in `sh`, set up as `heist env` sets up a person's shell.

use super::state::State;
use std::{
    env,
    error::Error,
    ffi::OsString,
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    process::{Output, Stdio},
    time::Duration,
};
use tokio::process::Command;

/// How long the commands of one step may take.
const TIMEOUT: Duration = Duration::from_secs(180);
/// The first AWS CLI of each major version that heeds `AWS_ENDPOINT_URL`.
const ENDPOINT_SINCE: [(u32, u32); 2] = [(1, 29), (2, 13)];

/// What commands said, and whether all went well.
pub struct Ran {
    /// Whether the last of them succeeded, and so all.
    pub success: bool,
    /// All that they printed.
    pub said: String,
}

/// Runs `script` until the first command that fails.
///
/// # Errors
/// Why it cannot be run.
pub async fn run(state: &State<'_>, script: &str) -> Result<Ran, Box<dyn Error>> {
    let folder = state.work_folder();
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let mut command = command(state, script)?;
    let output = command.current_dir(&folder).kill_on_drop(true).output();
    let output = tokio::time::timeout(TIMEOUT, output).await;
    let output = output.map_err(|_| format!("not ready after {} s", TIMEOUT.as_secs()))??;
    Ok(Ran { success: output.status.success(), said: said(&output) })
}

/// Looks whether the AWS CLI is there and fit for the lab.
///
/// # Errors
/// What to do if not.
pub async fn look_for_aws(state: &State<'_>) -> Result<(), Box<dyn Error>> {
    const GET: &str = "get one of 2.13 or later, or 1.29 or later";
    let output = command(state, "aws --version")?.output().await?;
    let version = said(&output);
    if !output.status.success() {
        return Err(format!("there is no AWS CLI on the PATH; {GET}").into());
    }
    if !heeds_endpoint(&version) {
        let version = version.trim();
        return Err(format!("{version} does not heed AWS_ENDPOINT_URL; {GET}").into());
    }
    Ok(())
}

fn command(state: &State<'_>, script: &str) -> Result<Command, Box<dyn Error>> {
    let access = &state.access;
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", script]).stdin(Stdio::null());
    for gone in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"] {
        command.env_remove(gone);
    }
    command
        .env("PATH", path()?)
        .env("HEIST_DATA", state.data())
        .env("AWS_ACCESS_KEY_ID", &access.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &access.secret_access_key)
        .env("AWS_DEFAULT_REGION", &access.region)
        .env("AWS_REGION", &access.region)
        .env("AWS_ENDPOINT_URL", &access.endpoint)
        .env("AWS_PAGER", "")
        .envs(&state.progress.variables);
    Ok(command)
}

/// The search path, with this very `heist` first.
fn path() -> Result<OsString, Box<dyn Error>> {
    let own = env::current_exe()?.parent().map(ToOwned::to_owned);
    let given = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(own.into_iter().chain(env::split_paths(&given)))?)
}

fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    text.concat()
}

/// Whether the AWS CLI that says so of itself (`aws-cli/2.13.0 Python/...`) heeds
/// `AWS_ENDPOINT_URL`.
fn heeds_endpoint(version: &str) -> bool {
    let numbers = version.split_once("aws-cli/").map_or("", |(_, rest)| rest);
    let mut numbers = numbers.split(['.', ' ']).map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return false;
    };
    let since = ENDPOINT_SINCE.iter().find(|(known, _)| *known == major);
    since.map_or(major > 2, |(_, since)| minor >= *since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_clients_are_told_from_new_ones() {
        for (version, heeds) in [
            ("aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1", true),
            ("aws-cli/1.28.1 Python/3.11.7", false),
            ("aws-cli/2.9.19 Python/3.11.2", false),
            ("aws-cli/2.13.0 Python/3.11.4", true),
            ("aws-cli/3.0.0", true),
            ("sh: aws: not found", false),
        ] {
            assert_eq!(heeds_endpoint(version), heeds, "{version}");
        }
    }
}
