//! Runs function code that it does not trust.
//!
//! A function environment is a process tree in its own user, mount, PID, network, IPC, UTS and
//! cgroup namespaces. It sees read-only views of the host's programs, its own `/var/task`, `/opt`
//! and a bounded `/tmp`; it has no capability, cannot win one, and a system call filter holds what
//! it may ask of the kernel. Its network has two listeners and nothing else: the Lambda Runtime
//! API on `127.0.0.1:9001` and the host's endpoint on `127.0.0.1:4566`. Both sockets are made
//! inside and handed out to the host, which accepts on them: nothing relays and nothing copies.
//!
//! The host binary runs itself again for the setup: its `main` must call [`maybe_run`] first.

mod cgroup;
mod check;
mod control;
mod discover;
mod environment;
mod exit;
mod hide;
mod init;
mod launch;
mod log;
mod python_libs;
mod runtime_api;
mod spec;
mod tree;
mod unpack;
mod watch;

pub use check::{Check, check, check_hidden};
pub use discover::{Interpreter, Language, Version, nearest, runtimes};
pub use environment::Environment;
pub use init::maybe_run;
pub use python_libs::{LibsError, prepare_python_libs};
pub use spec::{
    Clock, ENDPOINT_URL, Endpoint, Exit, Invocation, LogLine, LogSink, Outcome, Runtime, Spec,
    StartError, StartFailure, Usage,
};
pub use unpack::{UnpackError, UnpackLimits, UnpackedSizes, unpack};
pub use watch::limit_memory;
