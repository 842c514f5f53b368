//! The server's side of the operator's door.

use super::{Line, MAX_LINE_BYTES, NAME, short_path};
use range::{Engine, Order, Trouble, told::Progress};
use serde_json::Value;
use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream, unix::OwnedWriteHalf},
    sync::{Semaphore, mpsc},
    task::JoinHandle,
    time::timeout,
};

/// How many may be at the door at once.
const MAX_GUESTS: usize = 16;
/// How long one may take to say what he wants, or to read what he is told.
const PATIENCE: Duration = Duration::from_secs(10);

/// The door, open until it is dropped.
pub struct Door(JoinHandle<()>);

impl Drop for Door {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Door {
    /// Opens the door in `folder`, which belongs to this process alone.
    ///
    /// # Errors
    /// The system's.
    pub fn open(folder: &Path, engine: Engine) -> io::Result<Self> {
        let (_open, path) = short_path(folder)?;
        match fs::remove_file(folder.join(NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(folder.join(NAME), Permissions::from_mode(0o600))?;
        let room = Arc::new(Semaphore::new(MAX_GUESTS));
        Ok(Self(tokio::spawn(async move {
            loop {
                let Ok(place) = room.clone().acquire_owned().await else { return };
                match listener.accept().await {
                    Ok((stream, _)) if !is_ours(&stream) => drop((stream, place)),
                    Ok((stream, _)) => {
                        let engine = engine.clone();
                        tokio::spawn(async move {
                            // One who goes away needs no answer.
                            serve(stream, engine).await.ok();
                            drop(place);
                        });
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        })))
    }
}

/// Whether at the other end is this process's own user, or root, outside of all sandboxes: those
/// have a user namespace of their own. They cannot see the socket; should they ever, it is shut.
fn is_ours(stream: &UnixStream) -> bool {
    let Ok(peer) = stream.peer_cred() else { return false };
    let Ok(own) = fs::metadata("/proc/self").map(|own| own.uid()) else { return false };
    if own != peer.uid() {
        return peer.uid() == 0;
    }
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/user")).ok();
    match peer.pid() {
        // Processes of this host have numbers here, sandboxes' above all; another container's not.
        None | Some(0) => true,
        Some(pid) => namespace(&pid.to_string()).is_some_and(|it| namespace("self") == Some(it)),
    }
}

async fn serve(stream: UnixStream, engine: Engine) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(MAX_LINE_BYTES));
    timeout(PATIENCE, reader.read_line(&mut line)).await??;
    let order: Order = match serde_json::from_str(&line) {
        Ok(order) => order,
        Err(error) => {
            let why = format!("that is no order: {error}; are both ends of the same version?");
            return say(&mut write, &Line::Trouble(why)).await;
        }
    };
    let (tell, mut told) = mpsc::unbounded_channel::<Progress>();
    // What was begun ends, whether or not somebody waits for it.
    let working: JoinHandle<Result<Value, Trouble>> = tokio::spawn(async move {
        engine.perform(order, &move |progress| drop(tell.send(progress))).await
    });
    while let Some(progress) = told.recv().await {
        say(&mut write, &Line::Progress(progress)).await?;
    }
    let last = match working.await {
        Ok(Ok(value)) => Line::Done(value),
        Ok(Err(Trouble(why))) => Line::Trouble(why),
        Err(defect) => Line::Trouble(format!("a defect of Heist: {defect}")),
    };
    say(&mut write, &last).await
}

async fn say(to: &mut OwnedWriteHalf, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    // One who no longer reads keeps nobody else out.
    timeout(PATIENCE, to.write_all(&text)).await?
}
