//! A complaint about a document, with its place.

use crate::Place;
use std::fmt;

/// What is wrong with a document and where: `file:line:column: what, and what to do`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    name: String,
    place: Place,
    what: String,
}

impl DocumentError {
    pub(crate) fn new(name: &str, place: Place, what: String) -> Self {
        Self { name: name.to_owned(), place, what }
    }

    /// The file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where in the file.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What is wrong and what to do, without the place.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.name, self.place.line, self.place.column, self.what)
    }
}

impl std::error::Error for DocumentError {}
