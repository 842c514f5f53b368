//! `heist up`: starts the cloud and serves until interrupted.

use super::{Outcome, env::quoted, runtime};
use crate::{
    config::{Config, Given, Serving},
    instance::Instance,
    terminal::Paint,
};
use clap::Args;
use service_kit::clock::Stopwatch;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Options of `heist up`.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    serving: Serving,
    /// Print one line of JSON when ready, instead of text for people
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Outcome {
    let watch = Stopwatch::start();
    let config = Config::decide(&arguments.given, &arguments.serving)?;
    runtime()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let instance = Instance::start(&config).await?;
        announce(&instance, &config, watch, arguments.json);
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
        instance.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn announce(instance: &Instance, config: &Config, watch: Stopwatch, json: bool) {
    let endpoint = &instance.access.endpoint;
    let data = instance.folder.path().display().to_string();
    let millis = watch.elapsed().as_millis();
    if json {
        let millis = u64::try_from(millis).unwrap_or(u64::MAX);
        let ready = serde_json::json!({
            "ready": true, "endpoint": endpoint, "data": data, "startMillis": millis,
        });
        println!("{ready}");
        return;
    }
    let paint = Paint::for_stdout();
    let version = env!("CARGO_PKG_VERSION");
    println!("{} {version}, ready after {millis} ms", paint.strong("Heist"));
    println!("  API     {endpoint} (HTTPS on the same port)");
    println!("  Data    {data}");
    let folder = match config.is_usual() {
        true => String::new(),
        false => format!("export HEIST_DATA={}; ", quoted(&data)),
    };
    println!(
        "  Then    {folder}eval \"$(heist env)\" in another shell, and: aws sts get-caller-identity"
    );
    if !config.bind.is_loopback() {
        let warning = "this is not a loopback address: whoever reaches it may try keys";
        println!("  {}   {warning}", paint.bad("Note"));
    }
    println!("  {}", paint.faint("Ctrl-C stops; nothing acknowledged is ever lost."));
}
