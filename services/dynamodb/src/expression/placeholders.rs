//! What `#names` and `:values` stand for, and whether all of them were used.

use crate::{
    attribute::{AttributeValue, ExpressionNames, ExpressionValues},
    error::{DynamoError, invalid},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// The definitions that all expressions of one request share.
pub(crate) struct Placeholders<'r> {
    names: Option<&'r ExpressionNames>,
    values: Option<&'r BTreeMap<String, AttributeValue>>,
    used: RefCell<BTreeSet<&'r str>>,
}

impl<'r> Placeholders<'r> {
    /// Checks the definitions' own spelling, and that there are expressions for them. Of each
    /// expression that the operation takes, `expressions` has the parameter and whether it was
    /// given.
    ///
    /// # Errors
    /// AWS's `ValidationException` for empty, misspelt or pointless ones.
    pub(crate) fn new(
        names: Option<&'r ExpressionNames>,
        values: Option<&'r ExpressionValues>,
        expressions: &[(&str, bool)],
    ) -> Result<Self, DynamoError> {
        let values = values.map(|values| &values.0);
        if names.is_some() && !expressions.iter().any(|(_, given)| *given) {
            let text = "ExpressionAttributeNames can only be specified when using expressions";
            return Err(invalid(text));
        }
        // A projection has no place for values.
        let valued = || expressions.iter().filter(|(name, _)| *name != "ProjectionExpression");
        if values.is_some() && !valued().any(|(_, given)| *given) {
            let names: Vec<&str> = valued().map(|(name, _)| *name).collect();
            let (names, verb) = (names.join(" and "), if names.len() == 1 { "is" } else { "are" });
            return Err(invalid(format!(
                "ExpressionAttributeValues can only be specified when using expressions: {names} \
                 {verb} null"
            )));
        }
        if let Some(names) = names {
            check("ExpressionAttributeNames", '#', names.keys())?;
        }
        if let Some(values) = values {
            check("ExpressionAttributeValues", ':', values.keys())?;
        }
        Ok(Self { names, values, used: RefCell::default() })
    }

    /// The attribute that `#name` stands for.
    pub(crate) fn name(&self, placeholder: &str) -> Option<&'r str> {
        let (key, name) = self.names?.get_key_value(placeholder)?;
        self.used.borrow_mut().insert(key);
        Some(&name.0)
    }

    /// The value that `:value` stands for.
    pub(crate) fn value(&self, placeholder: &str) -> Option<&'r AttributeValue> {
        let (key, value) = self.values?.get_key_value(placeholder)?;
        self.used.borrow_mut().insert(key);
        Some(value)
    }

    /// After the last expression: nothing may be left unused.
    ///
    /// # Errors
    /// AWS's `ValidationException` that names what is.
    pub(crate) fn finish(&self) -> Result<(), DynamoError> {
        let used = self.used.borrow();
        let all_used = |what: &str, keys: &mut dyn Iterator<Item = &'r str>| {
            let unused: Vec<&str> = keys.filter(|key| !used.contains(key)).collect();
            if unused.is_empty() {
                return Ok(());
            }
            let keys = unused.join(", ");
            let text = format!("Value provided in {what} unused in expressions: keys: {{{keys}}}");
            Err(invalid(text))
        };
        let names = self.names.into_iter().flat_map(BTreeMap::keys);
        all_used("ExpressionAttributeNames", &mut names.map(String::as_str))?;
        let values = self.values.into_iter().flat_map(BTreeMap::keys);
        all_used("ExpressionAttributeValues", &mut values.map(String::as_str))
    }
}

fn check<'k>(
    what: &str,
    sigil: char,
    keys: impl ExactSizeIterator<Item = &'k String>,
) -> Result<(), DynamoError> {
    if keys.len() == 0 {
        return Err(invalid(format!("{what} must not be empty")));
    }
    for key in keys {
        let word = key.strip_prefix(sigil).unwrap_or("");
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if word.is_empty() || !word.bytes().all(is_part) {
            let text = format!("{what} contains invalid key: Syntax error; key: \"{key}\"");
            return Err(invalid(text));
        }
    }
    Ok(())
}
