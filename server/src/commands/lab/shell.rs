//! Types a step's commands: runs them in `sh`, set up as `heist env` sets up a person's shell.

use super::{super::env::AWS, state::State};
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

/// Looks whether the AWS CLI is there.
///
/// # Errors
/// What to do if not.
pub async fn look_for_aws(state: &State<'_>) -> Result<(), Box<dyn Error>> {
    match command(state, "aws --version")?.output().await?.status.success() {
        true => Ok(()),
        false => Err("there is no AWS CLI on the PATH; `heist doctor` says how to get one".into()),
    }
}

fn command(state: &State<'_>, script: &str) -> Result<Command, Box<dyn Error>> {
    let access = &state.access;
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", &format!("{AWS}\n{script}")]).stdin(Stdio::null());
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
