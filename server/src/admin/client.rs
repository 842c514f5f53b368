//! The asking side of the operator's door.

use super::{Line, short_path};
use range::{Order, told::Progress};
use serde_json::Value;
use std::{error::Error, path::Path};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};

/// Asks the instance that runs on `folder`; `tell` hears what it does meanwhile.
///
/// # Errors
/// That nothing runs there, or why nothing came of it.
pub async fn ask(
    folder: &Path,
    order: &Order,
    mut tell: impl FnMut(&Progress),
) -> Result<Value, Box<dyn Error>> {
    let nobody =
        |error| format!("nothing runs on {} ({error}); start it with: heist up", folder.display());
    let (_open, path) = short_path(folder).map_err(nobody)?;
    let (read, mut write) = UnixStream::connect(path).await.map_err(nobody)?.into_split();
    let mut text = serde_json::to_vec(order)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            Line::Progress(progress) => tell(&progress),
            Line::Done(value) => return Ok(value),
            Line::Trouble(why) => return Err(why.into()),
        }
    }
    Err("the instance went away before it was done".into())
}
