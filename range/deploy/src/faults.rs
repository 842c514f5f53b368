//! What is wrong with a template: everything, not only the first.

use document::{Document, DocumentError};
use std::fmt;

/// All that is wrong with a template or with its parameters, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub(crate) Vec<DocumentError>);

impl Faults {
    /// Each, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &DocumentError> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Where faults of a document are gathered.
pub(crate) struct Gather<'d> {
    document: &'d Document,
    faults: Vec<DocumentError>,
}

impl<'d> Gather<'d> {
    pub(crate) fn new(document: &'d Document) -> Self {
        Self { document, faults: Vec::new() }
    }

    /// Something is wrong with the value at `pointer`.
    pub(crate) fn add(&mut self, pointer: &str, what: impl Into<String>) {
        let fault = self.document.fault(pointer, what);
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// `value`, if nothing is wrong.
    pub(crate) fn none(mut self) -> Result<(), Faults> {
        self.faults.sort_by_key(|fault| (fault.place().line, fault.place().column));
        if self.faults.is_empty() { Ok(()) } else { Err(Faults(self.faults)) }
    }
}

/// The pointer to the member `name` of the value at `pointer`.
pub(crate) fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A list of names for a sentence that ends in what may be written.
pub(crate) fn one_of<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    match names.as_slice() {
        [] => "there are none".to_owned(),
        [name] => format!("write {name}"),
        names => format!("write one of {}", names.join(", ")),
    }
}
