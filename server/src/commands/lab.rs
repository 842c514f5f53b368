//! `heist lab`: a guided lab on the running instance, whose steps are checked on the instance.

mod shell;
mod show;
mod state;
mod unattended;

use super::{Outcome, env::quoted, runtime};
use crate::config::Given;
use clap::{Args, Subcommand};
use lab::{Course, Step, Work};
use serde_json::{Value, json};
use show::Show;
use state::State;
use std::process::ExitCode;

/// Options of `heist lab`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// Options of all verbs.
#[derive(Args, Clone)]
struct Common {
    #[command(flatten)]
    given: Given,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Look on the instance whether the current step is done, and go on if it is
    Check(Common),
    /// Help with the current step, a little more each time
    Hint(Common),
    /// Show a step, by number or name
    Show {
        /// Its number or name
        step: String,
        #[command(flatten)]
        common: Common,
    },
    /// List all steps
    List(Common),
    /// Answer the current question; a right answer is proved on the instance
    Answer {
        /// The letter of a choice
        choice: String,
        #[command(flatten)]
        common: Common,
    },
    /// Type the current step's commands for you, and check it
    Run {
        /// Go on to the end, answering the questions, or to the first thing that fails
        #[arg(long)]
        unattended: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Print what was found so far as shell exports: eval "$(heist lab env)"
    Env(Common),
    /// Print a file that a step uses, such as the function's code
    File {
        /// Its name
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// Undo what the lab made, and begin again
    Reset(Common),
}

impl Verb {
    fn common(&self) -> &Common {
        match self {
            Self::Check(common) | Self::Hint(common) | Self::List(common) => common,
            Self::Env(common) | Self::Reset(common) => common,
            Self::Show { common, .. } | Self::Answer { common, .. } => common,
            Self::Run { common, .. } | Self::File { common, .. } => common,
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Outcome {
    let course = Course::own()?;
    if let Some(Verb::File { name, .. }) = &arguments.verb {
        print!("{}", Course::file(name).ok_or_else(|| format!("no step uses a file {name}"))?);
        return Ok(ExitCode::SUCCESS);
    }
    let common = arguments.verb.as_ref().map_or(&arguments.common, Verb::common);
    let show = Show::new(common.json);
    let mut state = State::open(&common.given, &course)?;
    runtime()?.block_on(state.look_around())?;
    match &arguments.verb {
        None => current(&state, &show),
        Some(Verb::Show { step, .. }) => {
            let index = course.find(step).ok_or_else(|| {
                format!("there is no step {step}; heist lab list shows all {}", course.steps.len())
            })?;
            show.step(&course, &state.progress, index);
        }
        Some(Verb::List(_)) => show.list(&course, &state.progress),
        Some(Verb::Env(_)) => exports(&state, &show),
        Some(Verb::Hint(_)) => return hint(&mut state, &show),
        Some(Verb::Check(_)) => return runtime()?.block_on(check(&mut state, &show)),
        Some(Verb::Answer { choice, .. }) => {
            return runtime()?.block_on(answer(&mut state, &show, choice));
        }
        Some(Verb::Run { unattended, .. }) => {
            return runtime()?.block_on(unattended::run(&mut state, &show, *unattended));
        }
        Some(Verb::Reset(_)) => return runtime()?.block_on(reset(&mut state, &show)),
        Some(Verb::File { .. }) => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn current(state: &State<'_>, show: &Show) {
    match state.progress.current(state.course) {
        Some(index) => show.step(state.course, &state.progress, index),
        None => show.finished(state.course),
    }
}

fn exports(state: &State<'_>, show: &Show) {
    let variables = &state.progress.variables;
    if show.json {
        return println!("{}", json!(variables));
    }
    for (name, value) in variables {
        println!("export {name}={}", quoted(value));
    }
}

fn hint(state: &mut State<'_>, show: &Show) -> Outcome {
    let Some(step) = state.current() else {
        show.finished(state.course);
        return Ok(ExitCode::SUCCESS);
    };
    let hints = state.progress.hint(step);
    show.hints(step, hints);
    state.store()?;
    Ok(ExitCode::SUCCESS)
}

async fn check(state: &mut State<'_>, show: &Show) -> Outcome {
    let Some(step) = state.current() else {
        show.finished(state.course);
        return Ok(ExitCode::SUCCESS);
    };
    if let Work::Question(_) = step.work {
        return Err(format!("{} is a question: heist lab answer LETTER", step.id).into());
    }
    let passed = checked(state, show, step).await?;
    Ok(ended(state, show, passed))
}

/// How a step ends: it failed, or another is next.
fn ended(state: &State<'_>, show: &Show, passed: bool) -> ExitCode {
    if !passed {
        return ExitCode::FAILURE;
    }
    show.next(state.course, &state.progress);
    ExitCode::SUCCESS
}

/// Whether the current step, a task, is done; shown and noted.
async fn checked(
    state: &mut State<'_>,
    show: &Show,
    step: &Step,
) -> Result<bool, Box<dyn std::error::Error>> {
    let mut guide = state.guide().await?;
    let report = guide.check(&mut show.watcher()).await.unwrap_or_default();
    state.progress = guide.progress;
    state.store()?;
    show.report(&report, json!({ "step": step.id }));
    Ok(report.failure.is_none())
}

async fn answer(state: &mut State<'_>, show: &Show, choice: &str) -> Outcome {
    let Some(step) = state.current() else {
        show.finished(state.course);
        return Ok(ExitCode::SUCCESS);
    };
    let Work::Question(question) = &step.work else {
        return Err(format!("{} is a task: heist lab check", step.id).into());
    };
    if question.choice(choice).is_none() {
        let letters: Vec<_> = question.choices.iter().map(|one| one.letter.as_str()).collect();
        return Err(format!("the choices are {}", letters.join(", ")).into());
    }
    let passed = answered(state, show, step, choice).await?;
    Ok(ended(state, show, passed))
}

/// Whether that is the right answer and its proof holds; shown and noted.
async fn answered(
    state: &mut State<'_>,
    show: &Show,
    step: &Step,
    choice: &str,
) -> Result<bool, Box<dyn std::error::Error>> {
    if let Work::Question(question) = &step.work {
        show.verdict(question, choice);
    }
    let mut guide = state.guide().await?;
    let judgement = guide.answer(choice, &mut show.watcher()).await;
    let judgement = judgement.ok_or("this step takes no such answer")?;
    state.progress = guide.progress;
    state.store()?;
    let about = json!({ "step": step.id, "right": judgement.right, "why": judgement.why });
    let proof = judgement.proof.unwrap_or_default();
    show.report(&proof, about);
    Ok(judgement.right && proof.failure.is_none())
}

async fn reset(state: &mut State<'_>, show: &Show) -> Outcome {
    let mut guide = state.guide().await?;
    let removed = guide.reset(state::now(), &mut show.watcher()).await;
    let left = removed.iter().any(|one| one.problem.is_some());
    state.progress = guide.progress;
    match left {
        true => state.store()?,
        false => state.forget()?,
    }
    if show.json {
        let all: Value = removed.iter().map(|one| json!(one)).collect();
        println!("{}", json!({ "removed": all }));
    } else {
        show.removed(&removed);
    }
    Ok(if left { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
