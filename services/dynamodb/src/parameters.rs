//! Which parameters of a request go together, and how its placeholders are spelled.

use service_kit::prelude::*;
use shape::{Mismatch, Schema, Value};

/// A parameter's name and whether it was given.
pub(crate) type Given = (&'static str, bool);

/// The parameters of a request, or of a part of one, that speak of attributes.
pub(crate) struct Parameters<'r> {
    /// Those from before expressions.
    pub(crate) legacy: Vec<Given>,
    /// The expressions that the operation takes.
    pub(crate) expressions: Vec<Given>,
    /// The placeholders that `ExpressionAttributeNames` defines.
    pub(crate) names: Option<Vec<&'r str>>,
    /// Those that `ExpressionAttributeValues` defines.
    pub(crate) values: Option<Vec<&'r str>>,
}

impl<'r> Parameters<'r> {
    /// Those of an input of `schema` that is not read yet.
    pub(crate) fn of(
        schema: &Schema,
        input: &'r Value,
        legacy: &[&'static str],
        expressions: &[&'static str],
    ) -> Self {
        let find = |name: &str| match input {
            Value::Structure(slots) => slots.get(schema.member(name)?.0)?.as_ref(),
            _ => None,
        };
        let given = |names: &[&'static str]| -> Vec<Given> {
            names.iter().map(|name| (*name, find(name).is_some())).collect()
        };
        let keys = |name: &str| match find(name)? {
            Value::Map(entries) => Some(entries.iter().map(|(key, _)| key.as_str()).collect()),
            _ => None,
        };
        Self {
            legacy: given(legacy),
            expressions: given(expressions),
            names: keys("ExpressionAttributeNames"),
            values: keys("ExpressionAttributeValues"),
        }
    }

    /// One request speaks one language, defines placeholders for expressions only, and spells
    /// them right.
    ///
    /// # Errors
    /// [`Mismatch`] in AWS's words.
    pub(crate) fn check(&self) -> Result<(), Mismatch> {
        self.check_mixing()?;
        let is_given = |(_, given): &&Given| *given;
        if self.names.is_some() && self.expressions.iter().find(is_given).is_none() {
            let text = "ExpressionAttributeNames can only be specified when using expressions";
            return Err(Mismatch::new(text));
        }
        // A projection has no place for values.
        let valued = || self.expressions.iter().filter(|(name, _)| *name != "ProjectionExpression");
        if self.values.is_some() && valued().find(is_given).is_none() {
            let names: Vec<&str> = valued().map(|(name, _)| *name).collect();
            let (names, verb) = (names.join(" and "), if names.len() == 1 { "is" } else { "are" });
            return Err(Mismatch::new(format!(
                "ExpressionAttributeValues can only be specified when using expressions: {names} \
                 {verb} null"
            )));
        }
        check_spelling("ExpressionAttributeNames", '#', self.names.as_deref())?;
        check_spelling("ExpressionAttributeValues", ':', self.values.as_deref())
    }

    fn check_mixing(&self) -> Result<(), Mismatch> {
        let names = |parameters: &[Given]| {
            let given = parameters.iter().filter(|(_, given)| *given);
            given.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        };
        let (legacy, expressions) = (names(&self.legacy), names(&self.expressions));
        if legacy.is_empty() || expressions.is_empty() {
            return Ok(());
        }
        Err(Mismatch::new(format!(
            "Can not use both expression and non-expression parameters in the same request: \
             Non-expression parameters: {{{legacy}}} Expression parameters: {{{expressions}}}"
        )))
    }
}

fn check_spelling(what: &str, sigil: char, keys: Option<&[&str]>) -> Result<(), Mismatch> {
    let Some(keys) = keys else { return Ok(()) };
    if keys.is_empty() {
        return Err(Mismatch::new(format!("{what} must not be empty")));
    }
    for key in keys {
        let word = key.strip_prefix(sigil).unwrap_or("");
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if word.is_empty() || !word.bytes().all(is_part) {
            let text = format!("{what} contains invalid key: Syntax error; key: \"{key}\"");
            return Err(Mismatch::new(text));
        }
    }
    Ok(())
}

/// The keys of a map that is read already.
pub(crate) fn keys<T>(map: Option<&BTreeMap<String, T>>) -> Option<Vec<&str>> {
    map.map(|map| map.keys().map(String::as_str).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(
        legacy: &[Given],
        expressions: &[Given],
        names: Option<Vec<&str>>,
        values: Option<Vec<&str>>,
    ) -> String {
        let (legacy, expressions) = (legacy.to_vec(), expressions.to_vec());
        let parameters = Parameters { legacy, expressions, names, values };
        parameters.check().err().map_or(String::new(), |mismatch| mismatch.message)
    }

    #[test]
    fn placeholders_belong_to_expressions() {
        let update = [("UpdateExpression", false), ("ConditionExpression", false)];
        assert_eq!(
            refusal(&[], &update, Some(vec!["#n"]), None),
            "ExpressionAttributeNames can only be specified when using expressions"
        );
        assert_eq!(
            refusal(&[], &update, None, Some(vec![":v"])),
            "ExpressionAttributeValues can only be specified when using expressions: \
             UpdateExpression and ConditionExpression are null"
        );
        let given = [("ConditionExpression", true)];
        assert_eq!(
            refusal(&[], &given, Some(vec!["n"]), None),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"n\""
        );
        assert_eq!(
            refusal(&[], &given, None, Some(vec![])),
            "ExpressionAttributeValues must not be empty"
        );
        assert_eq!(refusal(&[], &given, Some(vec!["#n"]), Some(vec![":v"])), "");
    }

    #[test]
    fn one_request_speaks_one_language() {
        let legacy = [("Expected", true), ("ConditionalOperator", false)];
        assert_eq!(
            refusal(&legacy, &[("ConditionExpression", true)], None, None),
            "Can not use both expression and non-expression parameters in the same request: \
             Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"
        );
        assert_eq!(refusal(&legacy, &[("ConditionExpression", false)], None, None), "");
    }
}
