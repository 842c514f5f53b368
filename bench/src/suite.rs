//! What is measured, in order.

use crate::{
    Failure, functions, growth, instructions::instructions, load::middle, report, server::Server,
    tables,
};
use std::{env, fs, path::Path, path::PathBuf};

/// Runs the chapters named on the command line, or all of them.
///
/// # Errors
/// The first thing that fails.
pub async fn run() -> Result<(), Failure> {
    let named: Vec<String> = env::args().skip(1).collect();
    let wanted = |chapter: &str| named.is_empty() || named.iter().any(|name| name == chapter);
    let binary = PathBuf::from(env::var("HEIST_BIN").unwrap_or("target/release/heist".into()));
    let data = tempfile::tempdir()?;
    if wanted("start") {
        size_and_start(&binary, data.path()).await?;
    }
    let heist = Server::heist(&binary, data.path()).await?;
    report::figure("idle memory", format!("{:.1}", heist.resident_mib()?), "MiB");
    let any = |names: &[&str]| names.iter().any(|name| wanted(name));
    if any(&["tables", "PutItem", "GetItem", "Query"]) {
        tables::tables(&heist, |operation| wanted("tables") || wanted(operation)).await?;
    }
    if wanted("functions") {
        functions::functions(&heist).await?;
    }
    report::figure("memory after all of this", format!("{:.1}", heist.resident_mib()?), "MiB");
    heist.stop()?;
    if wanted("instructions") {
        instructions(&binary).await?;
    }
    if wanted("growth") {
        growth::growth(&binary).await?;
    }
    Ok(())
}

async fn size_and_start(binary: &Path, data: &Path) -> Result<(), Failure> {
    let size = fs::metadata(binary)?.len() as f64 / (1 << 20) as f64;
    report::figure("binary", format!("{size:.1}"), "MiB");
    // The first start makes keys and certificates; what counts is every other one.
    let mut starts = Vec::new();
    for _ in 0..6 {
        starts.push(Server::heist(binary, data).await?.started_in);
    }
    report::figure("first start to first answer", format!("{:.1?}", starts.remove(0)), "");
    report::figure("start to first answer, median", format!("{:.1?}", middle(starts)), "");
    Ok(())
}
