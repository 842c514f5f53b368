//! The stage: new namespaces, the two listening sockets, and the first process.
#![allow(unsafe_code)] // raw clone and ioctl have no safe wrapper

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::thread::UnshareFlags;

use super::supervise;
use crate::control::{self, At, Failure, Identity, Message, Plan};

/// The function's user and group number inside, as on AWS Lambda's own machines.
pub(crate) const INSIDE_ID: u32 = 993;

/// Where the Runtime API listens inside.
const RUNTIME_API_PORT: u16 = 9001;
/// Where the host's endpoint listens inside.
const ENDPOINT_PORT: u16 = 4566;

/// Runs the stage on the control socket that is standard input; never returns.
pub(super) fn run() -> ! {
    let code = match take_control().and_then(|control| {
        let outcome = isolate(&control);
        if let Err(failure) = &outcome {
            let _ = control::send(&control, &Message::Failed(failure.clone()));
        }
        outcome
    }) {
        Ok(()) => 0,
        Err(_) => 1,
    };
    // SAFETY: `_exit` ends the process without running anything of the host binary's.
    unsafe { libc::_exit(code) }
}

/// Moves the control socket away from standard input and closes every file but the log's.
fn take_control() -> Result<UnixStream, Failure> {
    let control = rustix::io::fcntl_dupfd_cloexec(std::io::stdin(), 3).at("control socket")?;
    let nothing = fs::File::open("/dev/null").at("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing).at("standard input")?;
    drop(nothing);
    let kept = control.as_raw_fd() as u32;
    for (first, last) in [(3, kept - 1), (kept + 1, u32::MAX)] {
        // SAFETY: closes only numbers that no object of this process owns: it has just started.
        let closed = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        if closed != 0 && first <= last {
            return Err(std::io::Error::last_os_error()).at("close_range");
        }
    }
    Ok(UnixStream::from(control))
}

fn isolate(control: &UnixStream) -> Result<(), Failure> {
    let mut reader = control.try_clone().at("control socket")?;
    let (plan, files) = control::receive_plan(&mut reader).at("plan")?;
    let _ = fs::write("/proc/self/oom_score_adj", "500"); // under pressure functions go first
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    forget_keys();
    enter_namespaces(&plan, control)?;
    raise_loopback()?;
    let api = TcpListener::bind((Ipv4Addr::LOCALHOST, RUNTIME_API_PORT)).at("Runtime API")?;
    let endpoint = TcpListener::bind((Ipv4Addr::LOCALHOST, ENDPOINT_PORT)).at("endpoint")?;
    match clone_as_sibling().at("clone")? {
        0 => {
            drop((api, endpoint));
            supervise::run(&plan, &files, control);
        }
        init => {
            let listeners = [api.as_fd(), endpoint.as_fd()];
            control::send_with_files(control, &Message::Ready { init }, &listeners)
                .at("send listeners")
        }
    }
}

/// Leaves the host's session keyring, whose keys `/proc/keys` would list.
fn forget_keys() {
    const JOIN_SESSION_KEYRING: libc::c_long = 1;
    // SAFETY: a null name asks for a new, anonymous keyring; kernels without keys just refuse.
    unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, std::ptr::null::<u8>()) };
}

fn enter_namespaces(plan: &Plan, control: &UnixStream) -> Result<(), Failure> {
    let flags = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS;
    // SAFETY: the process has one thread and shares nothing that it relies on afterwards.
    unsafe { rustix::thread::unshare_unsafe(flags) }.at("unshare")?;
    match plan.identity {
        Identity::Own { uid, gid } => {
            fs::write("/proc/self/setgroups", "deny").at("setgroups")?;
            fs::write("/proc/self/uid_map", format!("{INSIDE_ID} {uid} 1")).at("uid_map")?;
            fs::write("/proc/self/gid_map", format!("{INSIDE_ID} {gid} 1")).at("gid_map")?;
        }
        Identity::Unused { .. } => {
            control::send(control, &Message::NeedsMaps).at("maps")?;
            let mut done = [0];
            (&*control).read_exact(&mut done).at("maps")?;
            rustix::thread::set_thread_groups(&[]).at("setgroups")?;
        }
    }
    rustix::system::sethostname(b"sandbox").at("sethostname")
}

/// Brings `lo` up: a new network namespace has it, but down.
fn raise_loopback() -> Result<(), Failure> {
    // SAFETY: creates a descriptor that nobody else owns; the result is checked.
    let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if socket < 0 {
        return Err(std::io::Error::last_os_error()).at("socket");
    }
    // SAFETY: `socket` is open and owned by nobody else.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // SAFETY: an all-zero `ifreq` is valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[0] = b'l' as libc::c_char;
    request.ifr_name[1] = b'o' as libc::c_char;
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads one `ifreq`, which outlives the call.
    if unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &request) } != 0 {
        return Err(std::io::Error::last_os_error()).at("bring lo up");
    }
    Ok(())
}

/// Forks the init as a child of the host, so that the host can wait for it and this stage leave.
fn clone_as_sibling() -> std::io::Result<i32> {
    let flags = libc::CLONE_PARENT | libc::SIGCHLD;
    // SAFETY: without CLONE_VM and with a null stack this is fork(2); the process has one thread,
    // so the child may go on in Rust. Zeros are right for every order of the other arguments.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    if pid < 0 { Err(std::io::Error::last_os_error()) } else { Ok(pid as i32) }
}
