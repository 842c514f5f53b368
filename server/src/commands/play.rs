//! `heist play`: the range. Steal from a weak stack, then close it and have that proved.

mod show;

use super::{
    Outcome,
    env::{AWS, quoted},
    runtime,
};
use crate::{
    admin,
    config::{Config, Given, Serving},
    terminal::Paint,
};
use clap::{Args, Subcommand};
use range::{Order, SOLO, Verb, visible::visible};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{fs, io::IsTerminal, path::PathBuf, process::ExitCode};

/// Options of `heist play`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// The scenario to begin, such as H01, or a folder with one; lists them if none is named
    scenario: Option<String>,
    /// Begin it anew, and give up the game of it that is going on
    #[arg(long, requires = "scenario")]
    again: bool,
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Option<What>,
}

/// Options of all verbs.
#[derive(Args, Clone, Default)]
struct Common {
    #[command(flatten)]
    given: Given,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Options of verbs about a game.
#[derive(Args, Clone)]
struct Chosen {
    /// The scenario that is meant [default: the one begun last]
    #[arg(long, value_name = "ID")]
    scenario: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand)]
enum What {
    /// Show the story, what the thief knows, and the goals once more
    Brief(Chosen),
    /// Show how the game stands
    Status(Chosen),
    /// Print shell exports to act as somebody: eval "$(heist play env thief)"
    Env {
        /// thief, owner, or another that the briefing names; lists them if nobody is named
        who: Option<String>,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Take the next hint; it costs points
    Hint(Chosen),
    /// Hand in a flag
    Submit {
        /// HEIST{…}
        flag: String,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Have the fix proved: customers get in, thieves do not, three rounds in a row
    Verify {
        /// Show what was tried, too, while something is still to be stolen: it gives that away
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Say what was stolen, and which statement let it happen
    Explain(Chosen),
    /// Write the debrief
    Debrief {
        #[command(flatten)]
        chosen: Chosen,
        /// Where to; a name that ends in .md gets Markdown [default: heist-ID.html]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Begin the same game again in fresh accounts
    Reset(Chosen),
    /// End the game and remove all that it left
    Quit(Chosen),
    /// For scripts: set a scenario up without telling its story
    Warmup {
        /// The scenario
        scenario: String,
        #[command(flatten)]
        common: Common,
    },
    /// For scripts: let the automated thief loose; fails if an attack was turned away
    Detonate(Chosen),
    /// For scripts: undo what was done, by beginning again
    Revert(Chosen),
    /// For scripts: the same as quit
    Cleanup(Chosen),
    /// For authors: apply the reference fix, or a mutant of it
    Apply {
        /// solution, or a mutant's name
        fix: String,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// For authors: print the JSON Schema of scenario.yaml
    Schema,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Outcome {
    let Arguments { scenario, again, common, verb } = arguments;
    let Some(verb) = verb else {
        let (scenario, verb) = match scenario {
            None => return ask(&common, None, Verb::List, show::list),
            Some(scenario) if again => (scenario, Verb::Again as fn(_) -> _),
            Some(scenario) => (scenario, Verb::Play as fn(_) -> _),
        };
        return ask(&common, None, verb(named(scenario)), show::briefing);
    };
    match verb {
        What::Brief(of) => of.ask(Verb::Brief, show::briefing),
        What::Status(of) => of.ask(Verb::Status, show::status),
        What::Env { who: None, chosen } => chosen.ask(Verb::Brief, show::identities),
        What::Env { who: Some(who), chosen } => env(&chosen, who),
        What::Hint(of) => of.ask(Verb::Hint, show::hint),
        What::Submit { flag, chosen } => chosen.ask(Verb::Submit(flag), show::submitted),
        What::Verify { all, chosen } => {
            chosen.ask(Verb::Verify, |told, paint| show::verified(told, all, paint))
        }
        What::Explain(of) => of.ask(Verb::Explain, show::account),
        What::Debrief { chosen, output } => debrief(&chosen, output),
        What::Reset(of) => of.ask(Verb::Reset, show::anew),
        What::Revert(of) => of.ask(Verb::Reset, show::ready),
        What::Quit(of) | What::Cleanup(of) => of.ask(Verb::Quit, show::cleaned),
        What::Warmup { scenario, common } => {
            ask(&common, None, Verb::Again(named(scenario)), show::ready)
        }
        What::Detonate(of) => of.ask(Verb::Detonate, show::detonated),
        What::Apply { fix, chosen } => chosen.ask(Verb::Apply(fix), |_: Value, _| true),
        What::Schema => {
            print!("{}", range::scenario::JSON_SCHEMA);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// A scenario as the instance finds it, which works in another folder.
fn named(scenario: String) -> String {
    match fs::canonicalize(&scenario) {
        Ok(path) if path.is_dir() => path.to_string_lossy().into_owned(),
        _ => scenario,
    }
}

impl Chosen {
    fn ask<T: DeserializeOwned>(&self, verb: Verb, show: impl FnOnce(T, Paint) -> bool) -> Outcome {
        ask(&self.common, self.scenario.clone(), verb, show)
    }
}

/// Asks, and shows what came of it; `show` says whether that is a success.
fn ask<T: DeserializeOwned>(
    common: &Common,
    scenario: Option<String>,
    verb: Verb,
    show: impl FnOnce(T, Paint) -> bool,
) -> Outcome {
    let told = told(common, scenario, verb)?;
    if common.json {
        println!("{told}");
    }
    let paint = Paint::for_stdout();
    let well = match common.json {
        true => show::is_success(&told),
        false => show(serde_json::from_value(told)?, paint),
    };
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What came of an order; what is done meanwhile is shown on a terminal.
fn told(
    common: &Common,
    scenario: Option<String>,
    verb: Verb,
) -> Result<Value, Box<dyn std::error::Error>> {
    let config = Config::decide(&common.given, &Serving::default())?;
    let order = Order { team: SOLO.into(), scenario, verb };
    let lively = std::io::stderr().is_terminal() && !common.json;
    let told = runtime()?.block_on(admin::ask(&config.data, &order, |progress| {
        if lively {
            eprint!("\r\x1b[K… {}", visible(&progress.text));
        }
    }));
    if lively {
        eprint!("\r\x1b[K");
    }
    told
}

/// Prints the exports of somebody.
fn env(chosen: &Chosen, who: String) -> Outcome {
    let told = told(&chosen.common, chosen.scenario.clone(), Verb::Env(who))?;
    match chosen.common.json {
        true => println!("{told}"),
        false => print!("{}", exports(serde_json::from_value(told)?)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// The lines that a shell evaluates: a name that is more than a name would be obeyed there.
fn exports(variables: Vec<(String, String)>) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(plain) && !name.as_bytes()[0].is_ascii_digit()
    };
    if let Some((name, _)) = variables.iter().find(|(name, _)| !is_name(name)) {
        return Err(format!("{name:?} is no name of a variable: nothing is exported"));
    }
    let (unset, set): (Vec<_>, Vec<_>) =
        variables.into_iter().partition(|(_, value)| value.is_empty());
    let unset = unset.iter().map(|(name, _)| format!(" {name}")).collect::<String>();
    let set = set.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    Ok(format!("unset AWS_PROFILE{unset}\n{}{AWS}\n", set.collect::<String>()))
}

fn debrief(chosen: &Chosen, output: Option<PathBuf>) -> Outcome {
    let told = told(&chosen.common, chosen.scenario.clone(), Verb::Debrief)?;
    if chosen.common.json {
        println!("{told}");
        return Ok(ExitCode::SUCCESS);
    }
    let debrief: range::debrief::Debrief = serde_json::from_value(told)?;
    let path = output.unwrap_or_else(|| format!("heist-{}.html", debrief.id).into());
    let markdown = path.extension().is_some_and(|extension| extension == "md");
    let text = if markdown { debrief.markdown() } else { debrief.html() };
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_obeys_no_text_of_a_scenario() {
        let of = |name: &str, value: &str| exports(vec![(name.into(), value.into())]);
        for name in ["", "A B", "A;id", "1A", "A=x", "A$(id)", "A\nB", "Ä"] {
            assert!(of(name, "x").is_err(), "{name}");
        }
        let nasty = "$(id)`id`'\"\n;export PATH=x";
        let script = format!("{}printf %s \"$API_URL\"", of("API_URL", nasty).unwrap());
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), nasty);
    }
}
