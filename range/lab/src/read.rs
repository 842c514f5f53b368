//! Typed reading of a document, whose complaints name file, line and column.

use document::{Document, DocumentError};
use serde_json::{Map, Value};

/// A value in a document.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    document: &'a Document,
    pointer: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    /// The whole document.
    pub(crate) fn root(document: &'a Document) -> Self {
        Self { document, pointer: String::new(), value: document.value() }
    }

    /// A complaint about this value.
    pub(crate) fn fault(&self, what: impl Into<String>) -> DocumentError {
        self.document.fault(&self.pointer, what)
    }

    /// The value itself.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// Complains about members that are none of `known`.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), DocumentError> {
        match self.members()?.keys().find(|name| !known.contains(&name.as_str())) {
            Some(other) => {
                let what = format!("there is no member {other:?} here: {}", known.join(", "));
                Err(self.document.fault(&self.below(other), what))
            }
            None => Ok(()),
        }
    }

    /// A member, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name)?;
        Some(Self { document: self.document, pointer: self.below(name), value })
    }

    /// A member that must be there.
    pub(crate) fn need(&self, name: &str) -> Result<Self, DocumentError> {
        self.get(name).ok_or_else(|| self.fault(format!("add a member {name:?}")))
    }

    /// The text of a member that must be there.
    pub(crate) fn text(&self, name: &str) -> Result<String, DocumentError> {
        self.need(name)?.as_text()
    }

    /// The text of a member, or none.
    pub(crate) fn text_if(&self, name: &str) -> Result<Option<String>, DocumentError> {
        self.get(name).map(|member| member.as_text()).transpose()
    }

    /// What `read` makes of each item of a member, which may be missing.
    pub(crate) fn list<T>(
        &self,
        name: &str,
        read: impl Fn(&Node<'a>) -> Result<T, DocumentError>,
    ) -> Result<Vec<T>, DocumentError> {
        let Some(list) = self.get(name) else { return Ok(Vec::new()) };
        list.items()?.iter().map(read).collect()
    }

    /// What `read` makes of each member of a member, which may be missing.
    pub(crate) fn map<T>(
        &self,
        name: &str,
        read: impl Fn(&str, &Node<'a>) -> Result<T, DocumentError>,
    ) -> Result<Vec<T>, DocumentError> {
        let Some(map) = self.get(name) else { return Ok(Vec::new()) };
        let names = map.members()?.keys();
        names.filter_map(|name| Some(read(name, &map.get(name)?))).collect()
    }

    /// This value as a text.
    pub(crate) fn as_text(&self) -> Result<String, DocumentError> {
        match self.value.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(text.trim_end().to_owned()),
            _ => Err(self.fault("write a text here")),
        }
    }

    /// This value as a whole number up to `max`.
    pub(crate) fn as_number(&self, max: u32) -> Result<u32, DocumentError> {
        let number = self.value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=max).contains(number));
        number.ok_or_else(|| self.fault(format!("write a number from 1 to {max} here")))
    }

    /// The items of this list.
    pub(crate) fn items(&self) -> Result<Vec<Self>, DocumentError> {
        let items = self.value.as_array().ok_or_else(|| self.fault("make this a list"))?;
        let node = |(index, value)| {
            let pointer = format!("{}/{index}", self.pointer);
            Self { document: self.document, pointer, value }
        };
        Ok(items.iter().enumerate().map(node).collect())
    }

    fn members(&self) -> Result<&'a Map<String, Value>, DocumentError> {
        self.value.as_object().ok_or_else(|| self.fault("make this a mapping"))
    }

    fn below(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }
}
