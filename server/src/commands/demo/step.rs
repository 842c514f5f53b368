//! Steps: done, timed, printed one line each, and counted.

use super::answer::Problem;
use crate::terminal::Paint;
use serde_json::{Value, json};
use service_kit::clock::Stopwatch;
use std::{io::Write, time::Duration};

/// The rest of a chapter cannot be done, for a step it builds on failed.
pub struct Stopped;

/// How a chapter ends.
pub type Chapter<T = ()> = Result<T, Stopped>;

/// All steps so far.
pub struct Report {
    paint: Paint,
    json: bool,
    chapter: &'static str,
    watch: Stopwatch,
    steps: Vec<Step>,
}

struct Step {
    chapter: &'static str,
    title: String,
    took: Duration,
    problem: Option<Problem>,
}

impl Report {
    /// An empty report, printed as it grows unless it is for machines.
    pub fn new(json: bool) -> Self {
        let (paint, watch) = (Paint::for_stdout(), Stopwatch::start());
        Self { paint, json, chapter: "", watch, steps: Vec::new() }
    }

    /// Opens a chapter.
    pub fn chapter(&mut self, title: &'static str) {
        self.chapter = title;
        self.say(&format!("\n{}", self.paint.strong(title)));
    }

    /// Does a step on which nothing else in its chapter depends.
    pub async fn check<T>(
        &mut self,
        title: impl Into<String>,
        doing: impl Future<Output = Result<T, Problem>>,
    ) {
        self.need(title, doing).await.ok();
    }

    /// Does a step without which the chapter cannot go on.
    ///
    /// # Errors
    /// [`Stopped`] when it failed.
    pub async fn need<T>(
        &mut self,
        title: impl Into<String>,
        doing: impl Future<Output = Result<T, Problem>>,
    ) -> Chapter<T> {
        let title = title.into();
        let watch = Stopwatch::start();
        let outcome = doing.await;
        let took = watch.elapsed();
        let (outcome, problem) = match outcome {
            Ok(value) => (Ok(value), None),
            Err(problem) => (Err(Stopped), Some(problem)),
        };
        let step = Step { chapter: self.chapter, title, took, problem };
        self.print(&step);
        self.steps.push(step);
        outcome
    }

    /// Whether every step went well, and there were some.
    pub fn well(&self) -> bool {
        !self.steps.is_empty() && self.failed().count() == 0
    }

    /// Prints the summary, or the whole report as JSON.
    pub fn close(&self, start: Duration) {
        if self.json {
            println!("{}", self.as_json(start));
            return;
        }
        let (all, failed) = (self.steps.len(), self.failed().count());
        let seconds = self.watch.elapsed().as_secs_f64();
        let ready = start.as_millis();
        println!();
        for step in self.failed() {
            let place = self.paint.faint(step.chapter);
            println!("{} {} ({place})", self.paint.bad("FAILED"), step.title);
        }
        let count = match failed {
            0 => self.paint.good(&format!("All {all} steps went well")),
            _ => {
                let words =
                    format!("{failed} of {all} steps failed (what needs them was not tried)");
                self.paint.bad(&words)
            }
        };
        println!("{count} in {seconds:.1} s; the instance was ready after {ready} ms.");
        if let Some(slowest) = self.steps.iter().max_by_key(|step| step.took) {
            println!("The slowest: {} ({}).", slowest.title, millis(slowest.took));
        }
    }

    fn failed(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.problem.is_some())
    }

    fn print(&self, step: &Step) {
        let took = self.paint.faint(&format!("{:>9}", millis(step.took)));
        match &step.problem {
            None => self.say(&format!("  {}    {took}  {}", self.paint.good("ok"), step.title)),
            Some(problem) => {
                self.say(&format!("  {}{took}  {}", self.paint.bad("FAILED"), step.title));
                self.say(&format!("        expected  {}", problem.expected));
                let answer = problem.answer.replace('\n', "\n                  ");
                self.say(&format!("        answered  {answer}"));
            }
        }
    }

    fn say(&self, line: &str) {
        if !self.json {
            println!("{line}");
            std::io::stdout().flush().ok();
        }
    }

    fn as_json(&self, start: Duration) -> Value {
        let steps = self.steps.iter().map(|step| {
            json!({
                "chapter": step.chapter,
                "step": step.title,
                "ok": step.problem.is_none(),
                "millis": whole_millis(step.took),
                "expected": step.problem.as_ref().map(|problem| &problem.expected),
                "answer": step.problem.as_ref().map(|problem| &problem.answer),
            })
        });
        json!({
            "ok": self.well(),
            "startMillis": whole_millis(start),
            "millis": whole_millis(self.watch.elapsed()),
            "failed": self.failed().count(),
            "steps": steps.collect::<Vec<_>>(),
        })
    }
}

fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1e3)
}

fn whole_millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
