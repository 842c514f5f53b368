//! The operator's door: a socket in the data folder, which only its owner may open. What is asked
//! there is a line of JSON, and so is each answer.

mod client;
mod door;

pub use client::ask;
pub use door::Door;

use range::told::Progress;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    fs::File,
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

/// The socket's name in the data folder.
const NAME: &str = "admin.sock";
/// The longest line that is asked.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// A line of an answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    /// What is being done.
    Progress(Progress),
    /// What came of it: the last line.
    Done(Value),
    /// Why nothing came of it: the last line.
    Trouble(String),
}

/// A path of the socket in `folder` that is short enough for one, however long the folder's is,
/// for as long as the file is kept.
fn short_path(folder: &Path) -> io::Result<(File, PathBuf)> {
    let open = File::open(folder)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}/{NAME}", open.as_raw_fd()));
    Ok((open, path))
}
