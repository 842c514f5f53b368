//! The coach: checks steps, judges answers, gives hints, and clears up.

use crate::{
    course::{Choice, Course, Question, Removal, Step, Work},
    expect::Answer,
    fill::Variables,
    instance::{Instance, Unwatched, Watcher},
    perform::{Failure, Performer, Report},
    progress::Progress,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// Leads one person through the course on one instance.
pub struct Guide<'a, I> {
    /// The course.
    pub course: &'a Course,
    /// How far the person is; to be stored when it changes.
    pub progress: Progress,
    instance: &'a I,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Whether it is right.
    pub right: bool,
    /// Why, or why not.
    pub why: String,
    /// What the instance showed, for a right one.
    pub proof: Option<Report>,
}

/// What became of a thing that the lab made, or seems to have made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// The thing.
    pub what: String,
    /// Why it is still there, although it should not be.
    pub problem: Option<String>,
    /// Whether it was left alone, as it was there before the lab.
    pub left: bool,
}

impl Removed {
    fn new(what: String, problem: Option<String>) -> Self {
        Self { what, problem, left: false }
    }
}

impl<'a, I: Instance> Guide<'a, I> {
    /// Leads through `course`, of which `progress` is done, on `instance`.
    pub fn new(course: &'a Course, progress: Progress, instance: &'a I) -> Self {
        Self { course, progress, instance }
    }

    /// Notes whose things are there before anything was done, unless that was noted: a reset leaves
    /// them alone. The first thing that a step's check looks at is what the step makes.
    pub async fn look_around(&mut self) {
        if self.progress.found.is_some() {
            return;
        }
        let mut found = BTreeSet::new();
        let mut performer = Performer::new(self.instance, &self.progress.known());
        for step in self.course.steps.iter().filter(|step| !step.cleanup.is_empty()) {
            let Work::Task(task) = &step.work else { continue };
            let Some(first) = task.check.first() else { continue };
            if performer.finds(first).await {
                found.insert(step.id.clone());
            }
        }
        self.progress.found = Some(found);
    }

    /// The step to do now.
    pub fn current(&self) -> Option<&'a Step> {
        self.progress.current(self.course).map(|index| &self.course.steps[index])
    }

    /// Looks whether the current step is done, and notes it if so. A question is not: it wants an
    /// answer, and then there is no report.
    pub async fn check(&mut self, watcher: &mut dyn Watcher) -> Option<Report> {
        let step = self.current()?;
        let Work::Task(task) = &step.work else { return None };
        let mut performer = Performer::new(self.instance, &self.progress.known());
        let report = performer.all(&task.check, watcher).await;
        if report.failure.is_none() {
            self.progress.keep(performer.known);
            self.progress.done.insert(step.id.clone());
        }
        Some(report)
    }

    /// Judges the answer to the current question and, if it is right, shows why on the instance.
    /// There is no judgement where no question is, or where it has no such choice.
    pub async fn answer(&mut self, given: &str, watcher: &mut dyn Watcher) -> Option<Judgement> {
        let step = self.current()?;
        let Work::Question(question) = &step.work else { return None };
        let choice = question.choice(given)?;
        if choice.letter != question.answer {
            return Some(Judgement { right: false, why: choice.why.clone(), proof: None });
        }
        let report = self.prove(step, question, watcher).await;
        if report.failure.is_none() {
            self.progress.done.insert(step.id.clone());
        }
        Some(Judgement { right: true, why: choice.why.clone(), proof: Some(report) })
    }

    /// Shows on the instance why an answer is right, and undoes what that took.
    async fn prove(&self, step: &Step, question: &Question, watcher: &mut dyn Watcher) -> Report {
        let mut performer = Performer::new(self.instance, &self.progress.known());
        let mut report = performer.all(&question.prove, watcher).await;
        let removed = self.undo(step, &performer.known, &mut Unwatched).await;
        let left = removed.into_iter().find_map(|one| Some((one.what, one.problem?)));
        if let Some((what, problem)) = left.filter(|_| report.failure.is_none()) {
            let see = format!("Undone after the proof: {what}");
            let (wanted, advice) = ("success".into(), String::new());
            report.failure = Some(Failure { see, wanted, got: problem, advice });
        }
        if let Some(failure) = report.failure.as_mut().filter(|it| it.advice.is_empty()) {
            failure.advice = "The proof builds on what the earlier steps made, as they made it; \
                              heist lab show N tells of each."
                .into();
        }
        report
    }

    /// Undoes what the steps did, the last first, from the current one on, and begins again at
    /// `since`.
    pub async fn reset(&mut self, since: i64, watcher: &mut dyn Watcher) -> Vec<Removed> {
        let known = self.progress.known();
        let last = self.progress.current(self.course);
        let steps = last.map_or(&self.course.steps[..], |last| &self.course.steps[..=last]);
        let mut removed = Vec::new();
        for step in steps.iter().rev() {
            match self.progress.found.as_ref().is_some_and(|found| found.contains(&step.id)) {
                true => removed.extend(self.spare(step, &known)),
                false => removed.extend(self.undo(step, &known, watcher).await),
            }
        }
        if removed.iter().all(|one| one.problem.is_none()) {
            let found = self.progress.found.take();
            self.progress = Progress { found, ..Progress::begin(since) };
        }
        removed
    }

    /// The things of a step that are not the lab's.
    fn spare(&self, step: &Step, known: &Variables) -> impl Iterator<Item = Removed> {
        let performer = Performer::new(self.instance, known);
        let told = step.cleanup.iter().filter(|removal| !removal.action.see.is_empty());
        told.map(move |removal| Removed {
            left: true,
            ..Removed::new(performer.named(&removal.action.see), None)
        })
    }

    async fn undo(
        &self,
        step: &Step,
        known: &Variables,
        watcher: &mut dyn Watcher,
    ) -> Vec<Removed> {
        let mut removed = Vec::new();
        for removal in &step.cleanup {
            for one in self.remove(removal, known).await {
                if one.problem.is_none() {
                    watcher.seen(&one.what);
                }
                removed.push(one);
            }
        }
        removed
    }

    /// What was removed by this, or is still there.
    async fn remove(&self, removal: &Removal, known: &Variables) -> Vec<Removed> {
        let mut performer = Performer::new(self.instance, known);
        let what = |performer: &Performer<'_, I>| performer.named(&removal.action.see);
        let names = match &removal.each {
            None => Ok(vec![String::new()]),
            Some((list, path)) => performer.names(list, path).await,
        };
        let names = match names {
            Ok(names) => names,
            Err(problem) => {
                return vec![Removed::new(what(&performer), Some(problem))];
            }
        };
        let mut removed = Vec::new();
        for name in names {
            performer.known.insert("EACH".into(), name);
            // What has no known name was never made.
            let Ok(answer) = performer.answer(&removal.action).await else { continue };
            let problem = answer.error.is_some().then(|| answer.shown());
            let silent = problem.is_none() && removal.action.see.is_empty();
            if !silent && !is_settled(&answer) {
                removed.push(Removed::new(what(&performer), problem));
            }
        }
        removed
    }
}

/// Whether an error says that things are as they should be already.
fn is_settled(answer: &Answer) -> bool {
    const SETTLED: [&str; 5] =
        ["NotFound", "NoSuchEntity", "NonExistent", "DoesNotExist", "ResourceConflict"];
    let code = answer.error.as_deref().unwrap_or_default();
    SETTLED.iter().any(|settled| code.contains(settled))
}

impl Question {
    /// The choice of this letter, in either case.
    pub fn choice(&self, letter: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.letter.eq_ignore_ascii_case(letter.trim()))
    }
}
