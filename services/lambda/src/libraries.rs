//! boto3 for Python functions, installed once where the host's interpreter lacks it.

use sandbox::{Interpreter, Version};
use service_kit::platform::Platform;
use std::{collections::HashMap, path::PathBuf};
use tokio::sync::Mutex;

/// The folders of libraries, by interpreter version; none where there is nothing to add.
#[derive(Default)]
pub struct Libraries(Mutex<HashMap<Version, Option<PathBuf>>>);

impl Libraries {
    /// The folder to show to functions on `interpreter`. The first caller installs it while the
    /// others wait: a function without boto3 fails, which is worse than starting late.
    pub async fn of(&self, platform: &Platform, interpreter: &Interpreter) -> Option<PathBuf> {
        let mut known = self.0.lock().await;
        if let Some(folder) = known.get(&interpreter.version) {
            return folder.clone();
        }
        let home = platform.settings().data.join("runtimes").join("python");
        let progress = |line: &str| eprintln!("heist: {line}");
        let folder = match sandbox::prepare_python_libs(interpreter, &home, progress).await {
            Ok(folder) => folder,
            Err(error) => {
                eprintln!("heist: functions run without boto3 until the next start: {error}");
                None
            }
        };
        known.insert(interpreter.version, folder.clone());
        folder
    }
}
