//! Measures the built binary, next to peers in the same run, and prints ratios.
//!
//! Absolute times mean nothing on shared machines; what carries over is the ratio to a bare echo
//! on the same HTTP stack, to moto_server (from PyPI) and dynalite (from npm), and of Heist to
//! itself. Run it by `cargo xtask bench`, which builds what it needs.

mod functions;
mod growth;
mod http1;
mod instructions;
mod load;
mod report;
mod server;
mod suite;
mod tables;

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(suite::run()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What can go wrong here: said, and the run ends.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
