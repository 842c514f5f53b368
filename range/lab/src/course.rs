//! The course: its chapters and steps, read from documents.

use crate::{action::Action, read::Node};
use document::{Document, DocumentError};
use std::collections::HashSet;

/// The chapters, in order, by file.
const CHAPTERS: [(&str, &str); 3] = [
    ("build.yaml", include_str!("../course/build.yaml")),
    ("secure.yaml", include_str!("../course/secure.yaml")),
    ("prove.yaml", include_str!("../course/prove.yaml")),
];

/// The files that steps hand out, by name.
const FILES: [(&str, &str); 1] = [("app.py", include_str!("../course/app.py"))];

/// All steps, in order.
#[derive(Clone, Debug)]
pub struct Course {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name, unlike all others.
    pub id: String,
    /// The chapter it is in.
    pub chapter: String,
    /// What it is about.
    pub title: String,
    /// What there is to know.
    pub theory: String,
    /// What to do, or to answer.
    pub work: Work,
    /// What differs on AWS, or surprises there.
    pub on_aws: Option<String>,
    /// Help, from a nudge to the answer.
    pub hints: Vec<String>,
    /// What undoes all that the step did; after a proof, however it ended, and at a reset.
    pub(crate) cleanup: Vec<Removal>,
}

/// What a step asks for.
#[derive(Clone, Debug)]
pub enum Work {
    /// Commands to type.
    Task(Task),
    /// A question, and a proof of its answer.
    Question(Question),
}

/// Commands to type, and how it is seen that they worked.
#[derive(Clone, Debug)]
pub struct Task {
    /// The commands, for a POSIX shell.
    pub run: String,
    /// What the last of them says when it fails, as it must.
    pub fails: Option<String>,
    /// What is looked at afterwards.
    pub(crate) check: Vec<Action>,
}

/// A question with choices.
#[derive(Clone, Debug)]
pub struct Question {
    /// The question.
    pub ask: String,
    /// The choices.
    pub choices: Vec<Choice>,
    /// Which of them is right.
    pub answer: String,
    /// What shows it on the instance.
    pub(crate) prove: Vec<Action>,
}

/// One possible answer.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its letter.
    pub letter: String,
    /// What it says.
    pub text: String,
    /// Why it is right or wrong.
    pub why: String,
}

/// A request that undoes something, once for each thing found.
#[derive(Clone, Debug)]
pub(crate) struct Removal {
    /// What lists the things, and where in its answer their names are.
    pub(crate) each: Option<(Action, String)>,
    pub(crate) action: Action,
}

impl Course {
    /// The course that comes with Heist.
    ///
    /// # Errors
    /// What is wrong in a file of it.
    pub fn own() -> Result<Self, DocumentError> {
        Self::read(&CHAPTERS)
    }

    /// The course in these files, each with a name and a text.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, DocumentError> {
        let (mut steps, mut ids) = (Vec::new(), HashSet::new());
        for (name, text) in files {
            let document = Document::parse(name, text)?;
            let root = Node::root(&document);
            root.only(&["chapter", "steps"])?;
            let chapter = root.text("chapter")?;
            for node in root.need("steps")?.items()? {
                let step = Step::read(&node, &chapter)?;
                if !ids.insert(step.id.clone()) {
                    return Err(node.fault(format!("the id {:?} is taken: rename it", step.id)));
                }
                steps.push(step);
            }
        }
        Ok(Self { steps })
    }

    /// A file that steps hand out.
    pub fn file(name: &str) -> Option<&'static str> {
        FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// The step of this number, from one, or of this id.
    pub fn find(&self, name: &str) -> Option<usize> {
        let by_number = || name.parse::<usize>().ok()?.checked_sub(1);
        let by_id = || self.steps.iter().position(|step| step.id == name);
        by_number().or_else(by_id).filter(|index| *index < self.steps.len())
    }
}

impl Step {
    fn read(node: &Node<'_>, chapter: &str) -> Result<Self, DocumentError> {
        const COMMON: [&str; 6] = ["id", "title", "theory", "on_aws", "hints", "cleanup"];
        const TASK: [&str; 3] = ["run", "fails", "check"];
        const QUESTION: [&str; 4] = ["ask", "choices", "answer", "prove"];
        let is_question = node.get("ask").is_some();
        let own: &[&str] = if is_question { &QUESTION } else { &TASK };
        node.only(&[&COMMON, own].concat())?;
        let (id, title, theory) = (node.text("id")?, node.text("title")?, node.text("theory")?);
        let work = match is_question {
            true => Work::Question(Question::read(node)?),
            false => Work::Task(Task::read(node)?),
        };
        Ok(Self {
            id,
            chapter: chapter.to_owned(),
            title,
            theory,
            work,
            on_aws: node.text_if("on_aws")?,
            hints: node.list("hints", Node::as_text)?,
            cleanup: node.list("cleanup", Removal::read)?,
        })
    }
}

impl Task {
    fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        let check = node.list("check", Action::read)?;
        if check.is_empty() {
            return Err(node.fault("add a check: a step must be seen to work"));
        }
        Ok(Self { run: node.text("run")?, fails: node.text_if("fails")?, check })
    }
}

impl Question {
    fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        let choices = node.map("choices", |letter, choice| {
            choice.only(&["text", "why"])?;
            let (text, why) = (choice.text("text")?, choice.text("why")?);
            Ok(Choice { letter: letter.to_owned(), text, why })
        })?;
        let answer = node.text("answer")?;
        if !choices.iter().any(|choice| choice.letter == answer) {
            return Err(node.need("answer")?.fault("this is none of the choices"));
        }
        let prove = node.list("prove", Action::read)?;
        if prove.is_empty() {
            return Err(node.fault("add prove: an answer must be seen to be right"));
        }
        Ok(Self { ask: node.text("ask")?, choices, answer, prove })
    }
}

impl Removal {
    fn read(node: &Node<'_>) -> Result<Self, DocumentError> {
        node.only(&["each", "path", "see", "call", "input"])?;
        let action = Action::removing(node)?;
        let each = node.get("each").map(|each| {
            each.only(&["call", "input", "path"])?;
            Ok((Action::removing(&each)?, each.text("path")?))
        });
        Ok(Self { each: each.transpose()?, action })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::What;
    use client::Apis;

    /// Every action of a step, those that clean up included.
    fn actions(step: &Step) -> impl Iterator<Item = &Action> {
        let own = match &step.work {
            Work::Task(task) => &task.check,
            Work::Question(question) => &question.prove,
        };
        let cleanup = step
            .cleanup
            .iter()
            .flat_map(|removal| removal.each.iter().map(|(list, _)| list).chain([&removal.action]));
        own.iter().chain(cleanup)
    }

    #[test]
    fn every_operation_that_the_course_calls_is_there() {
        let apis = Apis::new(vec![
            &apigateway::SERVICE,
            &cloudtrail::SERVICE,
            &dynamodb::SERVICE,
            &iam::SERVICE,
            &kms::SERVICE,
            &lambda::SERVICE,
            &logs::SERVICE,
            &sns::SERVICE,
            &sqs::SERVICE,
            &sts::SERVICE,
        ]);
        let course = Course::own().unwrap();
        for step in &course.steps {
            for action in actions(step) {
                if let What::Call { service, operation, .. } = &action.what {
                    assert!(apis.has(service, operation), "{}: {service}.{operation}", step.id);
                }
            }
        }
    }

    #[test]
    fn whatever_a_step_names_is_found_by_then() {
        let course = Course::own().unwrap();
        let mut known: HashSet<String> =
            ["AWS_REGION", "AWS_ENDPOINT_URL", "ACCOUNT_ID", "MARK", "LAB_SINCE", "EACH"]
                .map(str::to_owned)
                .into();
        for step in &course.steps {
            for action in actions(step) {
                let written = format!("{:?}", (&action.what, &action.expect));
                for (_, rest) in written.match_indices("${").map(|(at, _)| written.split_at(at + 2))
                {
                    let name = rest.split('}').next().unwrap();
                    assert!(known.contains(name), "{}: {name} in {:?}", step.id, action.see);
                }
                let found = action.capture.iter().chain(&action.set);
                known.extend(found.map(|(name, _)| name.clone()));
            }
        }
    }
}
