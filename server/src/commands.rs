//! The commands, one file each.

pub mod demo;
pub mod doctor;
pub mod env;
pub mod explain;
pub mod lab;
pub mod play;
pub mod policy;
pub mod up;

/// How a command ends: with an exit code, or with a message for the person who gave it.
pub type Outcome = Result<std::process::ExitCode, Box<dyn std::error::Error>>;

/// A runtime for commands that talk over the network.
///
/// # Errors
/// The system's, when it gives no threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
