//! The inside: what the re-executed host binary does to become an isolated function.
//!
//! Three processes take part. The *stage* makes the namespaces and the two listening sockets,
//! starts the *init* as the first process of the new PID namespace (and as a child of the host,
//! by `CLONE_PARENT`) and leaves. The init builds the root file system, starts the *function*,
//! reaps orphans and ends when the function ends or the host goes away, which ends everything.

mod filesystem;
mod landlock;
mod privileges;
mod seccomp;
mod stage;
mod supervise;

#[cfg(feature = "before-main")]
mod before_main;

/// The first argument that turns the host binary into the inside of a sandbox.
pub(crate) const ARGUMENT: &str = "__sandbox";

/// Becomes the inside of a sandbox when the process was started for that, and then never returns.
///
/// The binary that uses this crate calls it as the first thing in `main`, before it starts any
/// thread. A process that was started normally returns from here at once.
pub fn maybe_run() {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT) {
        stage::run();
    }
}

pub(crate) use filesystem::SYSTEM;
pub(crate) use landlock::version as landlock_version;
pub(crate) use seccomp::is_supported as seccomp_is_supported;
pub(crate) use stage::INSIDE_ID;
