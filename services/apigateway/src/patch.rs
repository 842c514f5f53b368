//! Changes in the manner of JSON Patch, as all Update operations take them.
//!
//! API Gateway REST API Reference, "Patch operations".

use crate::error::{ApiGatewayError, Result, bad};
use service_kit::prelude::*;

/// What to do at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum Op {
    /// Adds an entry to a map or list.
    #[shape(name = "add")]
    Add,
    /// Removes an entry.
    #[shape(name = "remove")]
    Remove,
    /// Sets a value.
    #[shape(name = "replace")]
    Replace,
    /// Not supported by any path here.
    #[shape(name = "move")]
    Move,
    /// Not supported by any path here.
    #[shape(name = "copy")]
    Copy,
    /// Not supported by any path here.
    #[shape(name = "test")]
    Test,
}

/// One change.
#[derive(Clone, Debug, Shape)]
#[shape(camel)]
pub struct PatchOperation {
    pub op: Option<Op>,
    pub path: Option<String>,
    pub value: Option<String>,
}

/// One change, its path taken apart.
pub struct Change<'a> {
    /// What to do.
    pub op: Op,
    /// The path as sent.
    pub path: &'a str,
    /// Its segments, `~1` and `~0` replaced by what they stand for.
    pub segments: Vec<String>,
    value: Option<&'a str>,
}

/// Takes every operation apart, in order, for `apply`.
///
/// # Errors
/// The first that `apply` gives, or `BadRequestException` for an operation without `op` or `path`.
pub fn each(
    operations: Option<&[PatchOperation]>,
    mut apply: impl FnMut(&Change<'_>) -> Result<()>,
) -> Result<()> {
    for operation in operations.unwrap_or_default() {
        let op = operation.op.ok_or_else(|| {
            bad("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
        })?;
        let path = operation.path.as_deref().unwrap_or_default();
        let trimmed = path.strip_prefix('/').ok_or_else(|| invalid_path(path))?;
        let segments = trimmed.split('/').map(unescaped).collect();
        apply(&Change { op, path, segments, value: operation.value.as_deref() })?;
    }
    Ok(())
}

/// RFC 6901: `~1` is a slash, `~0` a tilde.
fn unescaped(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// The refusal for a path that names nothing that can change.
pub fn invalid_path(path: &str) -> ApiGatewayError {
    bad(format!("Invalid patch path {path}"))
}

impl Change<'_> {
    /// The segments as text slices, for matching.
    pub fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The value of a change that must be `replace`.
    ///
    /// # Errors
    /// `BadRequestException` when it is another operation.
    pub fn replacement(&self) -> Result<&str> {
        match self.op {
            Op::Replace => Ok(self.value.unwrap_or_default()),
            _ => Err(bad("Invalid patch operation specified. Must be one of: [replace]")),
        }
    }

    /// The value of a change that must be `replace`, or nothing for an empty one.
    ///
    /// # Errors
    /// As [`Change::replacement`].
    pub fn text(&self) -> Result<Option<String>> {
        Ok(Some(self.replacement()?.to_owned()).filter(|text| !text.is_empty()))
    }

    /// The flag that a `replace` sets.
    ///
    /// # Errors
    /// As [`Change::replacement`], or when it is neither `true` nor `false`.
    pub fn flag(&self) -> Result<bool> {
        flag(self.path, self.replacement()?)
    }

    /// Adds, sets or removes the entry `key` of `map`.
    ///
    /// # Errors
    /// `absent` when there is nothing to remove; `BadRequestException` for other operations.
    pub fn entry<V>(
        &self,
        map: &mut BTreeMap<String, V>,
        key: &str,
        absent: impl FnOnce() -> ApiGatewayError,
        read: impl FnOnce(&str) -> Result<V>,
    ) -> Result<()> {
        match self.op {
            Op::Add | Op::Replace => {
                map.insert(key.to_owned(), read(self.value.unwrap_or_default())?);
                Ok(())
            }
            Op::Remove => map.remove(key).map(drop).ok_or_else(absent),
            Op::Move | Op::Copy | Op::Test => {
                Err(bad("Invalid patch operation specified. Must be 'add'|'remove'|'replace'"))
            }
        }
    }

    /// As [`Change::entry`] for a map that is absent when it is empty.
    ///
    /// # Errors
    /// As [`Change::entry`].
    pub fn optional_entry<V>(
        &self,
        map: &mut Option<BTreeMap<String, V>>,
        key: &str,
        absent: impl FnOnce() -> ApiGatewayError,
        read: impl FnOnce(&str) -> Result<V>,
    ) -> Result<()> {
        let mut entries = map.take().unwrap_or_default();
        let outcome = self.entry(&mut entries, key, absent, read);
        *map = Some(entries).filter(|entries| !entries.is_empty());
        outcome
    }
}

/// `true` or `false` in a patch's value.
///
/// # Errors
/// `BadRequestException` for anything else.
pub fn flag(path: &str, value: &str) -> Result<bool> {
    match value {
        "true" | "True" => Ok(true),
        "false" | "False" => Ok(false),
        _ => Err(bad(format!("Invalid boolean value for {path}: {value}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(op: Op, path: &str, value: &str) -> PatchOperation {
        PatchOperation { op: Some(op), path: Some(path.into()), value: Some(value.into()) }
    }

    #[test]
    fn paths_are_unescaped_and_entries_change_in_order() {
        let operations = [
            operation(Op::Add, "/m/image~1png", "a"),
            operation(Op::Replace, "/m/x~01", "b"),
            operation(Op::Remove, "/m/image~1png", ""),
        ];
        let mut map = None;
        each(Some(&operations), |change| match change.parts()[..] {
            ["m", key] => {
                change.optional_entry(&mut map, key, || bad("absent"), |value| Ok(value.to_owned()))
            }
            _ => Err(invalid_path(change.path)),
        })
        .unwrap();
        assert_eq!(map.unwrap().into_iter().collect::<Vec<_>>(), [("x~1".into(), "b".into())]);
    }

    #[test]
    fn only_replace_replaces() {
        let operations = [operation(Op::Add, "/name", "x")];
        let refused = each(Some(&operations), |change| change.text().map(drop)).unwrap_err();
        let refused = refused.into_failure();
        assert_eq!(refused.code, "BadRequestException");
        assert_eq!(refused.message, "Invalid patch operation specified. Must be one of: [replace]");
    }
}
