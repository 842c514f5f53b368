//! Findings with their places in the document.

use policy::json::Node;

/// The most findings of one document.
const MAX_FINDINGS: usize = 1_000;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Impact {
    Error,
    SecurityWarning,
    Suggestion,
    Warning,
}

/// A check by its code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    impact: Impact,
    code: &'static str,
}

impl Check {
    pub fn error(code: &'static str) -> Self {
        Self { impact: Impact::Error, code }
    }

    pub fn security(code: &'static str) -> Self {
        Self { impact: Impact::SecurityWarning, code }
    }

    pub fn suggestion(code: &'static str) -> Self {
        Self { impact: Impact::Suggestion, code }
    }

    pub fn warning(code: &'static str) -> Self {
        Self { impact: Impact::Warning, code }
    }
}

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the list's item.
    Index(usize),
    /// Into the object's value of this name.
    Value(String),
}

/// A way into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

impl Place {
    pub fn root() -> Self {
        Self(Vec::new())
    }

    pub fn key(&self, name: &str) -> Self {
        self.then(Step::Value(name.to_owned()))
    }

    pub fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

/// A line from 1, a column and an offset from 0, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub line: usize,
    pub column: usize,
    pub offset: usize,
}

/// Where a finding is.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    pub path: Vec<Step>,
    pub start: Position,
    pub end: Position,
}

/// Something that a check found.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub impact: Impact,
    pub code: &'static str,
    pub details: String,
    pub locations: Vec<Location>,
}

impl Finding {
    /// The page that explains it.
    pub fn learn_more(&self) -> String {
        let impact = match self.impact {
            Impact::Error => "error",
            Impact::SecurityWarning => "security-warning",
            Impact::Suggestion => "suggestion",
            Impact::Warning => "general-warning",
        };
        let page = "access-analyzer-reference-policy-checks";
        let code = self.code.to_ascii_lowercase().replace('_', "-");
        format!(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/{page}.html#{page}-{impact}-{code}"
        )
    }
}

/// The findings of one document.
pub(super) struct Findings<'t> {
    text: &'t str,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    pub all: Vec<Finding>,
}

impl<'t> Findings<'t> {
    pub fn new(text: &'t str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, lines: std::iter::once(0).chain(starts).collect(), all: Vec::new() }
    }

    pub fn text(&self) -> &'t str {
        self.text
    }

    pub fn add(&mut self, check: Check, details: String, places: &[(&Place, &Node<'_>)]) {
        let locate = |(place, node): &(&Place, &Node<'_>)| Location {
            path: place.0.clone(),
            start: self.position(node.span.start),
            end: self.position(node.span.end),
        };
        let locations = places.iter().map(locate).collect();
        self.push(check, details, locations);
    }

    /// A finding at one byte of a text that is no JSON.
    pub fn at_byte(&mut self, check: Check, details: String, at: usize) {
        let position = self.position(at);
        let location = Location { path: Vec::new(), start: position, end: position };
        self.push(check, details, vec![location]);
    }

    fn push(&mut self, check: Check, details: String, locations: Vec<Location>) {
        if self.all.len() < MAX_FINDINGS {
            let Check { impact, code } = check;
            self.all.push(Finding { impact, code, details, locations });
        }
    }

    fn position(&self, at: usize) -> Position {
        let at = self.text.floor_char_boundary(at);
        let line = self.lines.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|line| self.lines.get(line)).copied();
        let chars = |from: usize| self.text.get(from..at).map_or(0, |part| part.chars().count());
        Position { line, column: chars(start.unwrap_or(0)), offset: chars(0) }
    }
}
