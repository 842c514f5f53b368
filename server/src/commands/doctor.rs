//! `heist doctor`: whether this machine can run everything, and what to do if not.

pub mod clients;

use super::{Outcome, runtime};
use crate::{
    config::{Config, Given, Serving},
    terminal::Paint,
};
use clap::Args;
use sandbox::Check;
use serde_json::json;
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Options of `heist doctor`.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    given: Given,
    /// File of the root key, if it is not in the data folder
    #[arg(long, env = "HEIST_ROOT_KEY_FILE", value_name = "FILE")]
    root_key_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks at everything: what nothing works without, and the clients, of which there are others.
fn checks(arguments: &Arguments) -> Result<(Vec<Check>, [Check; 2]), Box<dyn Error>> {
    let serving = Serving { root_key_file: arguments.root_key_file.clone(), ..Serving::default() };
    let config = Config::decide(&arguments.given, &serving)?;
    let secrets = config.root_key.file().map(Path::to_owned);
    let hidden: Vec<_> = [config.data].into_iter().chain(secrets).collect();
    let mut here = sandbox::check();
    here.push(sandbox::check_hidden(&hidden)?);
    Ok((here, runtime()?.block_on(clients::all())))
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let (here, clients) = checks(arguments)?;
    let well = here.iter().all(|check| check.ok);
    let needed = here.iter().map(|check| (check, true));
    let rows = needed.chain(clients.iter().map(|check| (check, false)));
    if arguments.json {
        let rows = rows.map(|(check, needed)| {
            let Check { name, ok, detail, advice } = check;
            json!({"name": name, "ok": ok, "needed": needed, "detail": detail, "advice": advice})
        });
        println!("{}", serde_json::Value::from_iter(rows));
    } else {
        let paint = Paint::for_stdout();
        for (check, needed) in rows {
            let mark = match (check.ok, needed) {
                (true, _) => paint.good("ok  "),
                (false, true) => paint.bad("no  "),
                (false, false) => paint.strong("note"),
            };
            println!("{mark} {:<18} {}", check.name, check.detail);
            if !check.ok {
                println!("     {:<18} {}", "", check.advice);
            }
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
