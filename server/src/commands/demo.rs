//! `heist demo`: the whole journey on a fresh temporary instance, checked step by step.

mod answer;
mod api;
mod cloud;
mod functions;
mod journey;
mod keys;
mod messages;
mod python;
mod roles;
mod secure;
mod seen;
mod signed;
mod step;
mod tables;

use super::{Outcome, runtime};
use crate::{
    config::{Config, Given, Serving},
    instance::Instance,
    terminal::Paint,
};
use clap::Args;
use cloud::Cloud;
use service_kit::clock::Stopwatch;
use std::{net::IpAddr, process::ExitCode};
use step::Report;
use tokio::signal::unix::{SignalKind, signal};

/// Options of `heist demo`.
#[derive(Args)]
pub struct Arguments {
    /// Print one JSON document at the end
    #[arg(long)]
    json: bool,
    /// Show every request and answer, on standard error
    #[arg(long, short)]
    verbose: bool,
    /// Leave the instance running for a look, until interrupted
    #[arg(long)]
    keep: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    // Declared first, so that the folder goes last, however the journey ends.
    let folder = tempfile::Builder::new().prefix("heist-demo-").tempdir()?;
    let given = Given { data: Some(folder.path().join("data")), port: Some(0) };
    let loopback = Some(IpAddr::from([127, 0, 0, 1]));
    let serving = Serving { bind: loopback, ..Serving::default() };
    let config = Config::decide(&given, &serving)?;
    runtime()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = perform(arguments, &config) => return outcome,
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
        Ok(ExitCode::FAILURE)
    })
}

async fn perform(arguments: &Arguments, config: &Config) -> Outcome {
    let watch = Stopwatch::start();
    let instance = Instance::start(config).await?;
    let start = watch.elapsed();
    let mut report = Report::new(arguments.json);
    let cloud = Cloud::administered(&instance, arguments.verbose);
    journey::travel(&cloud, &mut report).await;
    report.close(start);
    if arguments.keep {
        invite(&instance);
        std::future::pending::<()>().await;
    }
    instance.stop().await;
    Ok(if report.well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn invite(instance: &Instance) {
    let data = instance.folder.path().display();
    let command = format!("eval \"$(heist env --data {data})\"");
    eprintln!("Still running at {}.", instance.access.endpoint);
    eprintln!("  {}", Paint::for_stdout().strong(&command));
    eprintln!("Ctrl-C ends it and removes everything.");
}
