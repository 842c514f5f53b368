//! Installs the libraries that AWS's Python runtime has built in.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::discover::Interpreter;

/// Why the libraries could not be installed.
#[derive(Debug)]
pub enum LibsError {
    /// pip ran and failed; the end of what it said.
    Pip(String),
    /// A file or a process could not be handled.
    Io(std::io::Error),
}

impl std::fmt::Display for LibsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LibsError::Pip(said) => write!(f, "pip could not install boto3: {said}"),
            LibsError::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LibsError {}

impl From<std::io::Error> for LibsError {
    fn from(error: std::io::Error) -> LibsError {
        LibsError::Io(error)
    }
}

/// Makes boto3 importable for functions on this interpreter.
///
/// Gives `None` when the interpreter has it itself ([`Interpreter::has_boto3`]), else the folder
/// to set as `libs` of [`crate::Runtime::Python`]: below `folder`, one for each minor version,
/// installed once with pip from its configured index. `progress` is told what takes long. The
/// finished folder appears by one rename, so a crash leaves nothing half installed.
pub async fn prepare_python_libs(
    interpreter: &Interpreter,
    folder: &Path,
    progress: impl Fn(&str),
) -> Result<Option<PathBuf>, LibsError> {
    if interpreter.has_boto3 {
        return Ok(None);
    }
    let (major, minor, _) = interpreter.version;
    let target = folder.join(format!("python{major}.{minor}"));
    if target.join("boto3").is_dir() {
        return Ok(Some(target));
    }
    progress(&format!("installing boto3 for Python {major}.{minor}"));
    let unfinished = folder.join(format!("python{major}.{minor}.{}", std::process::id()));
    tokio::fs::create_dir_all(&unfinished).await?;
    let installed = install(interpreter, &unfinished).await;
    if installed.is_ok() && tokio::fs::rename(&unfinished, &target).await.is_ok() {
        return Ok(Some(target));
    }
    let _ = tokio::fs::remove_dir_all(&unfinished).await;
    installed?; // without an error another process was faster, or the rename failed
    if target.join("boto3").is_dir() {
        return Ok(Some(target));
    }
    Err(LibsError::Io(std::io::Error::other(format!("cannot move {}", target.display()))))
}

async fn install(interpreter: &Interpreter, target: &Path) -> Result<(), LibsError> {
    let output = Command::new(&interpreter.executable)
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
        .arg("--target")
        .arg(target)
        .arg("boto3")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let end: Vec<&str> = said.lines().rev().take(5).collect();
    Err(LibsError::Pip(end.into_iter().rev().collect::<Vec<_>>().join("\n")))
}
