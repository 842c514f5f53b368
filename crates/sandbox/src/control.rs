//! The control socket: what the host and the stages inside a sandbox say to each other.

use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};
use serde::{Deserialize, Serialize};

/// The largest plan that the inside accepts, in bytes.
const PLAN_LIMIT: usize = 8 * 1024 * 1024;
/// The largest other message, in bytes.
pub(crate) const MESSAGE_LIMIT: usize = 64 * 1024;

/// Everything that the stages inside must know, decided by the host.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub identity: Identity,
    pub binds: Vec<Bind>,
    /// The host's own files and folders, which no view shows.
    pub hidden: Vec<PathBuf>,
    /// Folders merged at `/opt`, the first one lowest.
    pub layers: Vec<PathBuf>,
    /// Files written into the read-only root; their bytes follow the plan in this order.
    pub files: Vec<File>,
    /// Symbolic links made in the root: (path, target).
    pub links: Vec<(PathBuf, PathBuf)>,
    pub tmp_mb: u32,
    /// Programs to try in order; the first that exists is run.
    pub programs: Vec<PathBuf>,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub limits: Limits,
}

/// Who the function is, outside of its user namespace.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Identity {
    /// The host process is unprivileged: the function keeps its numbers.
    Own { uid: u32, gid: u32 },
    /// The host process may map others: the function gets an unused number, in both roles.
    Unused { id: u32 },
}

/// One read-only view of a host path.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Bind {
    pub source: PathBuf,
    /// Where it appears, absolute.
    pub target: PathBuf,
    /// A missing source is an error only when required.
    pub required: bool,
    /// Whether it is the function's own, which may be kept in a hidden folder.
    pub own: bool,
}

/// One file that the host gives by content.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct File {
    pub path: PathBuf,
    pub length: usize,
}

/// Limits that need no cgroup.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Limits {
    pub open_files: u64,
    pub processes: u64,
    /// Private writable memory of each process in bytes, when nothing better bounds it.
    pub data_bytes: Option<u64>,
    /// Refuse shared memory that no process's resident set shows.
    pub hidden_memory: bool,
}

/// What the inside tells the host.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The user namespace exists and waits for its maps.
    NeedsMaps,
    /// The first process exists; the Runtime API's and the endpoint's listeners come along.
    Ready { init: i32 },
    /// The root file system is built; its `/tmp` and `/dev/shm` come along.
    Built,
    /// A stage failed.
    Failed(Failure),
    /// The function's program could not be run.
    NotRun { program: PathBuf, errno: i32, missing: bool },
    /// The function's first process ended: its wait status and peak resident set in KiB.
    Exited { status: i32, peak_kib: i64 },
}

/// Which step failed and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub step: String,
    pub errno: i32,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.step, io::Error::from_raw_os_error(self.errno))
    }
}

/// Names the step an error happened in.
pub(crate) trait At<T> {
    fn at(self, step: impl Into<String>) -> Result<T, Failure>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, step: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|error| {
            let errno = error.into().raw_os_error().unwrap_or(libc::EIO);
            Failure { step: step.into(), errno }
        })
    }
}

/// Sends the plan and the contents of its files.
pub(crate) fn send_plan(to: &mut UnixStream, plan: &Plan, files: &[&[u8]]) -> io::Result<()> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, plan)?;
    let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    files.iter().for_each(|file| bytes.extend_from_slice(file));
    to.write_all(&bytes)
}

/// Reads the plan and the contents of its files.
pub(crate) fn receive_plan(from: &mut UnixStream) -> io::Result<(Plan, Vec<Vec<u8>>)> {
    let plan: Plan = serde_json::from_slice(&receive_block(from, PLAN_LIMIT)?)?;
    let mut files = Vec::new();
    for file in &plan.files {
        let mut content = vec![0; file.length.min(PLAN_LIMIT)];
        from.read_exact(&mut content)?;
        files.push(content);
    }
    Ok((plan, files))
}

fn receive_block(from: &mut UnixStream, limit: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > limit {
        return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
    }
    let mut block = vec![0; length];
    from.read_exact(&mut block)?;
    Ok(block)
}

fn frame(message: &Message) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// Sends one message.
pub(crate) fn send(mut to: &UnixStream, message: &Message) -> io::Result<()> {
    to.write_all(&frame(message)?)
}

/// Sends one message with open files.
pub(crate) fn send_with_files(
    to: &UnixStream,
    message: &Message,
    files: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let bytes = frame(message)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(files));
    let part = [io::IoSlice::new(&bytes)];
    rustix::net::sendmsg(to, &part, &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Reads one message and the open files that came along (blocking).
pub(crate) fn receive(mut from: &UnixStream) -> io::Result<(Message, Vec<OwnedFd>)> {
    let mut length = [0; 4];
    let mut files = Vec::new();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut part = [io::IoSliceMut::new(&mut length)];
    let got = rustix::net::recvmsg(
        from.as_fd(),
        &mut part,
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC | RecvFlags::WAITALL,
    )?;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            files.extend(rights);
        }
    }
    let length = u32::from_le_bytes(length) as usize;
    if got.bytes != 4 || length > MESSAGE_LIMIT {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok((serde_json::from_slice(&body)?, files))
}
