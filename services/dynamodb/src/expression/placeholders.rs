//! What `#names` and `:values` stand for, and whether all of them were used.

use crate::{
    error::{DynamoError, invalid},
    value::attribute::{AttributeValue, ExpressionNames, ExpressionValues},
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
    /// For the expressions of a request with these definitions.
    pub(crate) fn new(
        names: Option<&'r ExpressionNames>,
        values: Option<&'r ExpressionValues>,
    ) -> Self {
        Self { names, values: values.map(|values| &values.0), used: RefCell::default() }
    }

    /// The attribute that `#name` stands for.
    pub(crate) fn name(&self, placeholder: &str) -> Option<&'r str> {
        let (key, name) = self.names?.0.get_key_value(placeholder)?;
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
        let names = self.names.into_iter().flat_map(|names| names.0.keys());
        all_used("ExpressionAttributeNames", &mut names.map(String::as_str))?;
        let values = self.values.into_iter().flat_map(BTreeMap::keys);
        all_used("ExpressionAttributeValues", &mut values.map(String::as_str))
    }
}
