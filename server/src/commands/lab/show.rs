//! The lab for people, in few lines, and for machines, in JSON lines.

use crate::terminal::Paint;
use lab::{Course, Progress, Question, Removed, Report, Step, Task, Watcher, Work};
use serde_json::{Value, json};
use std::io::Write;

/// How wide prose is.
const WIDTH: usize = 88;

/// How to show.
pub struct Show {
    /// For machines.
    pub json: bool,
    paint: Paint,
}

impl Show {
    /// JSON, or lines for people.
    pub fn new(json: bool) -> Self {
        Self { json, paint: Paint::for_stdout() }
    }

    /// A step in full.
    pub fn step(&self, course: &Course, progress: &Progress, index: usize) {
        let step = &course.steps[index];
        if self.json {
            return println!("{}", as_json(course, progress, index));
        }
        self.heading(course, progress, step);
        println!();
        self.prose(&step.theory);
        println!();
        match &step.work {
            Work::Task(task) => {
                self.commands(task);
                println!();
                println!("  Then:  {}", self.paint.strong("heist lab check"));
            }
            Work::Question(question) => {
                self.prose(&question.ask);
                for choice in &question.choices {
                    println!("    {}  {}", self.paint.strong(&choice.letter), choice.text);
                }
                println!();
                println!("  Then:  {}", self.paint.strong("heist lab answer LETTER"));
            }
        }
        if !step.hints.is_empty() {
            println!("  Stuck? {}", self.paint.strong("heist lab hint"));
        }
        if let Some(on_aws) = &step.on_aws {
            println!();
            self.labelled("On AWS", on_aws);
        }
    }

    /// Where a step is, and what it is called.
    pub fn heading(&self, course: &Course, progress: &Progress, step: &Step) {
        if self.json {
            return;
        }
        let number = course.find(&step.id).map_or(0, |index| index + 1);
        let done = if progress.done.contains(&step.id) { ", done" } else { "" };
        let place = format!("{} {number} of {}{done}", step.chapter, course.steps.len());
        println!("{}  {}", self.paint.strong(&step.title), self.paint.faint(&place));
        std::io::stdout().flush().ok();
    }

    /// What to type.
    pub fn commands(&self, task: &Task) {
        if self.json {
            return;
        }
        for line in task.run.lines() {
            // Not indented: the end of a here-document would not be found.
            println!("{}", self.paint.good(line));
        }
        if task.fails.is_some() {
            println!("  The last command must fail: see how.");
        }
        std::io::stdout().flush().ok();
    }

    /// All steps, a line each.
    pub fn list(&self, course: &Course, progress: &Progress) {
        let current = progress.current(course);
        if self.json {
            let steps = course.steps.iter().enumerate().map(|(index, step)| {
                json!({
                    "number": index + 1,
                    "id": step.id,
                    "chapter": step.chapter,
                    "title": step.title,
                    "done": progress.done.contains(&step.id),
                    "current": current == Some(index),
                })
            });
            return println!("{}", json!({ "steps": steps.collect::<Vec<_>>() }));
        }
        let mut chapter = "";
        for (index, step) in course.steps.iter().enumerate() {
            if step.chapter != chapter {
                chapter = &step.chapter;
                println!("{}", self.paint.strong(chapter));
            }
            let mark = match progress.done.contains(&step.id) {
                true => self.paint.good("done"),
                false if current == Some(index) => self.paint.strong("now "),
                false => "    ".into(),
            };
            println!("  {mark} {:>2}  {:<16}{}", index + 1, step.id, step.title);
        }
    }

    /// Hints, of which the last is new.
    pub fn hints(&self, step: &Step, hints: &[String]) {
        if self.json {
            let left = step.hints.len() - hints.len();
            return println!("{}", json!({ "step": step.id, "hints": hints, "left": left }));
        }
        if hints.is_empty() {
            println!("There is no hint for this step; heist lab shows what it asks for.");
        }
        for hint in hints {
            self.prose(hint);
        }
        if hints.len() < step.hints.len() {
            println!("{}", self.paint.faint("  There is more: heist lab hint"));
        }
    }

    /// Whether a choice is right, and why; said before its proof.
    pub fn verdict(&self, question: &Question, given: &str) {
        let Some(choice) = question.choice(given).filter(|_| !self.json) else { return };
        let right = choice.letter == question.answer;
        let word = if right { self.paint.good("Right.") } else { self.paint.bad("Not so.") };
        println!("{word}");
        self.prose(&choice.why);
        if right {
            println!("See it on the instance:");
        }
    }

    /// What came of a check; what was seen has been said already.
    pub fn report(&self, report: &Report, about: Value) {
        if self.json {
            let mut line = about;
            line["ok"] = json!(report.failure.is_none() && line["right"] != false);
            line["seen"] = json!(report.seen);
            line["failure"] = json!(report.failure);
            return println!("{line}");
        }
        if let Some(failure) = &report.failure {
            println!("  {}  {}", self.paint.bad("no"), failure.see);
            self.labelled("wanted", &failure.wanted);
            self.labelled("got", &failure.got);
            if !failure.advice.is_empty() {
                self.labelled("do", &failure.advice);
            }
        }
    }

    /// What comes after a step that is done.
    pub fn next(&self, course: &Course, progress: &Progress) {
        if self.json {
            return;
        }
        if let Some(index) = progress.current(course) {
            let next = &course.steps[index];
            let all = course.steps.len();
            let place = format!("{} of {all} done; next: {} (heist lab)", index, next.title);
            println!("{}", self.paint.faint(&place));
        }
    }

    /// An empty line between steps.
    pub fn space(&self) {
        if !self.json {
            println!();
        }
    }

    /// That nothing is left to do.
    pub fn finished(&self, course: &Course) {
        let all = course.steps.len();
        match self.json {
            true => println!("{}", json!({ "finished": true, "steps": all })),
            false => println!("All {all} steps are done. To clear up: heist lab reset"),
        }
    }

    /// What a reset has left, and that it is over.
    pub fn removed(&self, removed: &[Removed]) {
        for one in removed {
            if one.left {
                println!("  {}  {}: was there before the lab", self.paint.strong("left"), one.what);
            }
            if let Some(problem) = &one.problem {
                println!("  {}  {}: {problem}", self.paint.bad("no"), one.what);
            }
        }
        match removed.iter().any(|one| one.problem.is_some()) {
            true => println!("Some of it is still there; mend that and heist lab reset again."),
            false => println!("Everything the lab made is gone. It begins again with: heist lab"),
        }
    }

    /// Somebody who says what is seen as it is seen.
    pub fn watcher(&self) -> Saying<'_> {
        Saying(self)
    }

    fn prose(&self, text: &str) {
        for line in wrapped(text, WIDTH - 2) {
            println!("  {line}");
        }
    }

    fn labelled(&self, label: &str, text: &str) {
        const INDENT: usize = 14;
        let lines = text.lines().flat_map(|line| wrapped(line, WIDTH - INDENT));
        for (index, line) in lines.enumerate() {
            let label = if index == 0 { label } else { "" };
            let label = self.paint.faint(&format!("{label:<8}"));
            println!("      {label}{line}");
        }
    }
}

/// Says what is seen.
pub struct Saying<'a>(&'a Show);

impl Watcher for Saying<'_> {
    fn seen(&mut self, what: &str) {
        if !self.0.json {
            println!("  {}  {what}", self.0.paint.good("ok"));
            std::io::stdout().flush().ok();
        }
    }

    fn waiting(&mut self, what: &str) {
        if !self.0.json {
            eprintln!("  ..  waiting: {what}");
        }
    }
}

/// A step as JSON; the right answer is not in it.
fn as_json(course: &Course, progress: &Progress, index: usize) -> Value {
    let step = &course.steps[index];
    let mut shown = json!({
        "number": index + 1,
        "of": course.steps.len(),
        "id": step.id,
        "chapter": step.chapter,
        "title": step.title,
        "theory": step.theory,
        "onAws": step.on_aws,
        "hints": step.hints.len(),
        "done": progress.done.contains(&step.id),
    });
    match &step.work {
        Work::Task(task) => {
            shown["run"] = json!(task.run);
            shown["fails"] = json!(task.fails);
        }
        Work::Question(question) => {
            shown["ask"] = json!(question.ask);
            let choices = question.choices.iter().map(|one| (one.letter.clone(), json!(one.text)));
            shown["choices"] = Value::Object(choices.collect());
        }
    }
    shown
}

/// `text` in lines of at most `width` characters, as far as its words allow.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().filter(|line| {
            line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width
        });
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_between_words() {
        assert_eq!(wrapped("one two  three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrapped("a-word-too-long b", 5), ["a-word-too-long", "b"]);
        assert_eq!(wrapped("", 5), [""]);
    }

    #[test]
    fn machines_are_not_told_the_answer() {
        let course = Course::own().unwrap();
        let index = course.find("scan").unwrap();
        let shown = as_json(&course, &Progress::begin(0), index);
        assert_eq!(shown["choices"].as_object().unwrap().len(), 3);
        assert!(shown.get("answer").is_none() && !shown.to_string().contains("ForAllValues holds"));
    }
}
