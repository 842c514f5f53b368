//! `heist lab run`: types the commands itself, and checks each step.

use super::{Outcome, answered, checked, ended, shell, show::Show, state::State};
use lab::{Step, Task, Work};
use serde_json::json;
use std::{error::Error, process::ExitCode};

/// The last lines of what commands said that are shown when they fail.
const SHOWN_LINES: usize = 15;

/// Does the current step, or all to the end.
pub async fn run(state: &mut State<'_>, show: &Show, all: bool) -> Outcome {
    shell::look_for_aws(state).await?;
    while let Some(step) = state.current() {
        show.heading(state.course, &state.progress, step);
        let passed = match &step.work {
            Work::Task(task) => {
                typed(state, show, step, task).await? && checked(state, show, step).await?
            }
            Work::Question(question) if all => {
                answered(state, show, step, &question.answer).await?
            }
            Work::Question(_) => {
                return Err(format!("{} is a question: heist lab answer LETTER", step.id).into());
            }
        };
        if !passed || !all {
            return Ok(ended(state, show, passed));
        }
        show.space();
    }
    show.finished(state.course);
    Ok(ExitCode::SUCCESS)
}

/// Whether the commands went as they should.
async fn typed(
    state: &State<'_>,
    show: &Show,
    step: &Step,
    task: &Task,
) -> Result<bool, Box<dyn Error>> {
    show.commands(task);
    let ran = shell::run(state, &task.run).await?;
    let well = match &task.fails {
        None => ran.success,
        Some(text) => !ran.success && ran.said.contains(text.as_str()),
    };
    if !well {
        let lines: Vec<_> = ran.said.lines().collect();
        let said = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
        let wanted = match &task.fails {
            None => "commands that succeed".to_owned(),
            Some(text) => format!("the last command to fail with {text:?}"),
        };
        let advice = "Mend what the message says, then heist lab run again; or heist lab reset.";
        let see = format!("The commands of {} run", step.id);
        let failure = lab::Failure { see, wanted, got: said, advice: advice.into() };
        let report = lab::Report { seen: Vec::new(), failure: Some(failure) };
        show.report(&report, json!({ "step": step.id }));
    }
    Ok(well)
}
