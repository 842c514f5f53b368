//! The clients that people call an instance with: whether they are here, and new enough.

use sandbox::Check;
use std::{process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// How long a client may take to say its version: the AWS CLI of a busy machine needs seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first versions of the AWS CLI, 1 and 2, that know `AWS_ENDPOINT_URL`.
const AWS: [Version; 2] = [(1, 29, 0), (2, 13, 0)];
/// The first version of curl that signs with `--aws-sigv4`.
const CURL: Version = (7, 75, 0);
/// What to do about a missing or old AWS CLI.
const AWS_ADVICE: &str = "pip install --user --upgrade awscli, or the AWS CLI 2 from \
                          https://aws.amazon.com/cli/; an old one works where `heist env` was \
                          evaluated, elsewhere with --endpoint-url";
/// What to do about a missing or old curl.
const CURL_ADVICE: &str = "its --aws-sigv4, which signs requests, begins with curl 7.75: install \
                           a newer one, or call with an SDK";

type Version = (u32, u32, u32);

/// Looks at the AWS CLI and at curl.
pub async fn all() -> [Check; 2] {
    let (aws, curl) = tokio::join!(said("aws"), said("curl"));
    [judged("aws", aws.as_deref(), AWS_ADVICE), judged("curl", curl.as_deref(), CURL_ADVICE)]
}

/// What `command --version` says; none if it is not there.
async fn said(command: &str) -> Option<String> {
    let mut command = Command::new(command);
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    // Old versions of the AWS CLI say it on standard error.
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8_lossy(&said).lines().next().map(str::to_owned)
}

fn judged(name: &'static str, said: Option<&str>, advice: &str) -> Check {
    let version = said.and_then(version);
    let ok = version.is_some_and(|version| match name {
        "aws" => version >= AWS[usize::from(version.0 >= 2)],
        _ => version >= CURL,
    });
    let detail = match (said, version, ok) {
        (None, ..) => "is not here".into(),
        (Some(said), None, _) => format!("has a version that is not understood: {said}"),
        (_, Some((major, minor, patch)), true) => format!("version {major}.{minor}.{patch}"),
        (_, Some((major, minor, patch)), false) => {
            format!("version {major}.{minor}.{patch} is too old")
        }
    };
    Check { name, ok, detail, advice: if ok { String::new() } else { advice.to_owned() } }
}

/// The version in `aws-cli/2.13.0 Python/3.11.4 …` or `curl 8.5.0 (x86_64-…) …`.
fn version(said: &str) -> Option<Version> {
    let rest = said.strip_prefix("aws-cli/").or_else(|| said.strip_prefix("curl "))?;
    let word = rest.split_whitespace().next()?;
    let mut parts = word.split(['.', '-']).map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_judged() {
        for (name, said, ok, told) in [
            ("aws", Some("aws-cli/2.13.0 Python/3.11.4 Linux/6.1"), true, "version 2.13.0"),
            ("aws", Some("aws-cli/2.9.19 Python/3.11.2"), false, "2.9.19 is too old"),
            ("aws", Some("aws-cli/1.29.0 Python/3.8"), true, "version 1.29.0"),
            ("aws", Some("aws-cli/1.22.34 Python/3.10"), false, "too old"),
            ("aws", Some("aws-cli/3.0.0"), true, "version 3.0.0"),
            ("aws", Some("not aws at all"), false, "not understood: not aws"),
            ("aws", None, false, "is not here"),
            ("curl", Some("curl 7.88.1 (x86_64-pc-linux-gnu)"), true, "version 7.88.1"),
            ("curl", Some("curl 8.5.0-DEV (x86_64)"), true, "version 8.5.0"),
            ("curl", Some("curl 7.74.0 (x86_64)"), false, "too old"),
        ] {
            let client = judged(name, said, "do this");
            assert_eq!(client.ok, ok, "{said:?}");
            assert!(client.detail.contains(told), "{}", client.detail);
            assert_eq!(client.advice.is_empty(), ok);
        }
    }
}
