//! The init: the first process of the PID namespace, which ends together with the function.
#![allow(unsafe_code)] // fork, exec and signal masks

use std::ffi::CString;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::process::DumpableBehavior;
use rustix::thread::UnshareFlags;

use super::{filesystem, landlock, privileges, seccomp};
use crate::control::{self, At, Failure, Message, Plan};

/// Builds the root, starts the function, and stays until it ends or the host goes away.
pub(super) fn run(plan: &Plan, contents: &[Vec<u8>], control: &UnixStream) -> ! {
    if let Err(failure) = supervise(plan, contents, control) {
        let _ = control::send(control, &Message::Failed(failure));
    }
    // SAFETY: ends the process, and with it everything in the PID namespace.
    unsafe { libc::_exit(0) }
}

fn supervise(plan: &Plan, contents: &[Vec<u8>], control: &UnixStream) -> Result<(), Failure> {
    let files = filesystem::enter(plan, contents)?;
    let files = files.each_ref().map(AsFd::as_fd);
    control::send_with_files(control, &Message::Built, &files).at("send files")?;
    let mut go = [0];
    (&*control).read_exact(&mut go).at("leave of the host")?; // the cgroup holds us now
    // SAFETY: the process has one thread; only its view of the cgroup tree changes.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWCGROUP) }.at("cgroup namespace")?;
    privileges::drop_all()?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).at("dumpable")?;
    let children = watch_children()?;
    // SAFETY: the process has one thread, so the child may go on in Rust.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error()).at("fork"),
        0 => become_function(plan, control),
        function => {
            let nothing = std::fs::File::open("/dev/null").at("/dev/null")?;
            rustix::stdio::dup2_stdout(&nothing).at("standard output")?;
            rustix::stdio::dup2_stderr(&nothing).at("standard error")?;
            wait(function, &children, control)
        }
    }
}

/// Blocks SIGCHLD and gives a descriptor that becomes readable for it.
fn watch_children() -> Result<OwnedFd, Failure> {
    // SAFETY: the set is initialized before use, lives on the stack for the calls that read it,
    // and the descriptor is new and owned by nobody else.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGCHLD);
        libc::sigprocmask(libc::SIG_SETMASK, &set, std::ptr::null_mut());
        let descriptor = libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if descriptor < 0 {
            return Err(std::io::Error::last_os_error()).at("signalfd");
        }
        Ok(OwnedFd::from_raw_fd(descriptor))
    }
}

/// Reaps whoever ends, until the function does or the host closes the control socket.
fn wait(function: i32, children: &OwnedFd, control: &UnixStream) -> Result<(), Failure> {
    loop {
        let watch = |fd, events| libc::pollfd { fd, events, revents: 0 };
        let mut watched = [
            watch(children.as_raw_fd(), libc::POLLIN),
            watch(control.as_raw_fd(), libc::POLLIN | libc::POLLRDHUP),
        ];
        // SAFETY: the array outlives the call and its length is given.
        unsafe { libc::poll(watched.as_mut_ptr(), 2, -1) };
        if watched[1].revents != 0 {
            return Ok(());
        }
        let mut signals = [0; 1024]; // what it says does not matter: waiting tells more
        let _ = rustix::io::read(children, &mut signals);
        if let Some((status, peak_kib)) = reap(function) {
            return control::send(control, &Message::Exited { status, peak_kib }).at("exit");
        }
    }
}

/// Collects every ended child; gives the function's status and peak memory if it was among them.
fn reap(function: i32) -> Option<(i32, i64)> {
    loop {
        let mut status = 0;
        // SAFETY: an all-zero `rusage` is valid, and both results outlive the call.
        let (ended, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            (libc::wait4(-1, &mut status, libc::WNOHANG, &mut usage), usage)
        };
        match ended {
            ended if ended <= 0 => return None,
            ended if ended == function => return Some((status, usage.ru_maxrss)),
            _ => {}
        }
    }
}

/// The function's process: last limits, the filter, and its program.
fn become_function(plan: &Plan, control: &UnixStream) -> ! {
    if let Err(failure) = prepare(plan) {
        let _ = control::send(control, &Message::Failed(failure));
        // SAFETY: ends this process only.
        unsafe { libc::_exit(1) }
    }
    let (program, errno) = exec(plan);
    let missing = errno == libc::ENOENT && !program.exists();
    let message = Message::NotRun { program: program.to_owned(), errno, missing };
    let _ = control::send(control, &message);
    // SAFETY: ends this process only.
    unsafe { libc::_exit(1) }
}

fn prepare(plan: &Plan) -> Result<(), Failure> {
    // SAFETY: only resets what this single-threaded process does with signals.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigprocmask(libc::SIG_SETMASK, &set, std::ptr::null_mut());
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        libc::setsid();
    }
    std::env::set_current_dir("/var/task").at("/var/task")?;
    privileges::limit(&plan.limits)?;
    landlock::restrict().at("landlock")?;
    seccomp::install(plan.limits.hidden_memory).at("seccomp")
}

/// Runs the first program that exists; gives the last one tried and its error.
fn exec(plan: &Plan) -> (&Path, i32) {
    let text = |bytes: &[u8]| CString::new(bytes).unwrap_or_default();
    let mut tried = (Path::new(""), libc::ENOENT);
    for program in &plan.programs {
        let path = text(program.as_os_str().as_bytes());
        let mut arguments = vec![path.clone()];
        arguments.extend(plan.arguments.iter().map(|argument| text(argument.as_bytes())));
        let pairs = plan.environment.iter();
        let environment: Vec<CString> =
            pairs.map(|(name, value)| text(format!("{name}={value}").as_bytes())).collect();
        let pointers = |strings: &[CString]| -> Vec<*const libc::c_char> {
            strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
        };
        let (arguments, variables) = (pointers(&arguments), pointers(&environment));
        // SAFETY: both lists end with null and point at strings that outlive the call.
        unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), variables.as_ptr()) };
        tried = (program, std::io::Error::last_os_error().raw_os_error().unwrap_or(0));
        if tried.1 != libc::ENOENT || program.exists() {
            break;
        }
    }
    tried
}
