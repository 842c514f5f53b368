//! Python for the function: an interpreter that has boto3, or one for which Heist installs it.

use super::answer::Problem;
use sandbox::{Interpreter, Language};
use std::{path::Path, sync::Arc};

/// The oldest and newest Python 3 that Lambda knows here.
const MINORS: std::ops::RangeInclusive<u32> = 9..=13;
/// What is taken where no interpreter has boto3.
const PREFERRED: (u32, u32) = (3, 12);

/// The Lambda runtime to use, with boto3 importable for functions of the instance in `data`.
///
/// # Errors
/// What is missing on this machine, and what to do about it.
pub async fn prepare(data: &Path) -> Result<String, Problem> {
    let found = tokio::task::spawn_blocking(choose).await;
    let interpreter = found.ok().flatten().ok_or_else(|| {
        Problem::new("Python 3 on this machine", "there is none; heist doctor says more")
    })?;
    let home = data.join("runtimes").join("python");
    let progress = |line: &str| eprintln!("        {line}");
    if let Err(error) = sandbox::prepare_python_libs(&interpreter, &home, progress).await {
        let program = interpreter.executable.display();
        let advice = format!("{error}; offline, bring it yourself: {program} -m pip install boto3");
        return Err(Problem::new("boto3, installed with pip", advice));
    }
    let (major, minor, _) = interpreter.version;
    Ok(format!("python{major}.{minor}"))
}

fn choose() -> Option<Arc<Interpreter>> {
    let has = |found: &&Arc<Interpreter>| {
        let (major, minor, _) = found.version;
        let known = major == 3 && MINORS.contains(&minor);
        found.language == Language::Python && found.has_boto3 && known
    };
    let ready = sandbox::runtimes().iter().rev().find(has).cloned();
    ready.or_else(|| sandbox::nearest(Language::Python, PREFERRED.0, PREFERRED.1))
}
