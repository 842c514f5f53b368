//! Which parameters of a request go together.

use shape::{Mismatch, Schema, Value};

/// A parameter's name and whether it was given.
pub(crate) type Given = (&'static str, bool);

/// The parameters of a request, or of a part of one, that speak of attributes.
pub(crate) struct Parameters {
    /// Those from before expressions.
    pub(crate) legacy: Vec<Given>,
    /// The expressions that the operation takes.
    pub(crate) expressions: Vec<Given>,
    /// Whether there are `ExpressionAttributeNames`.
    pub(crate) names: bool,
    /// Whether there are `ExpressionAttributeValues`.
    pub(crate) values: bool,
}

impl Parameters {
    /// Those of an input of `schema` that is not read yet.
    pub(crate) fn of(
        schema: &Schema,
        input: &Value,
        legacy: &[&'static str],
        expressions: &[&'static str],
    ) -> Self {
        let is_given = |name: &str| match input {
            Value::Structure(slots) => schema
                .member(name)
                .and_then(|(index, _)| slots.get(index))
                .is_some_and(Option::is_some),
            _ => false,
        };
        let given = |names: &[&'static str]| -> Vec<Given> {
            names.iter().map(|name| (*name, is_given(name))).collect()
        };
        Self {
            legacy: given(legacy),
            expressions: given(expressions),
            names: is_given("ExpressionAttributeNames"),
            values: is_given("ExpressionAttributeValues"),
        }
    }

    /// One request speaks one language, and defines placeholders for expressions only.
    ///
    /// # Errors
    /// [`Mismatch`] in AWS's words.
    pub(crate) fn check(&self) -> Result<(), Mismatch> {
        self.check_mixing()?;
        let is_given = |(_, given): &Given| *given;
        if self.names && !self.expressions.iter().any(is_given) {
            let text = "ExpressionAttributeNames can only be specified when using expressions";
            return Err(Mismatch::new(text));
        }
        // A projection has no place for values.
        let valued = || self.expressions.iter().filter(|(name, _)| *name != "ProjectionExpression");
        if self.values && !valued().any(is_given) {
            let names: Vec<&str> = valued().map(|(name, _)| *name).collect();
            let (names, verb) = (names.join(" and "), if names.len() == 1 { "is" } else { "are" });
            return Err(Mismatch::new(format!(
                "ExpressionAttributeValues can only be specified when using expressions: {names} \
                 {verb} null"
            )));
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(legacy: &[Given], expressions: &[Given], names: bool, values: bool) -> String {
        let (legacy, expressions) = (legacy.to_vec(), expressions.to_vec());
        let parameters = Parameters { legacy, expressions, names, values };
        parameters.check().err().map_or(String::new(), |mismatch| mismatch.message)
    }

    #[test]
    fn placeholders_belong_to_expressions() {
        let update = [("UpdateExpression", false), ("ConditionExpression", false)];
        assert_eq!(
            refusal(&[], &update, true, false),
            "ExpressionAttributeNames can only be specified when using expressions"
        );
        assert_eq!(
            refusal(&[], &update, false, true),
            "ExpressionAttributeValues can only be specified when using expressions: \
             UpdateExpression and ConditionExpression are null"
        );
        assert_eq!(refusal(&[], &[("ConditionExpression", true)], true, true), "");
    }

    #[test]
    fn one_request_speaks_one_language() {
        let legacy = [("Expected", true), ("ConditionalOperator", false)];
        assert_eq!(
            refusal(&legacy, &[("ConditionExpression", true)], false, false),
            "Can not use both expression and non-expression parameters in the same request: \
             Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"
        );
        assert_eq!(refusal(&legacy, &[("ConditionExpression", false)], false, false), "");
    }
}
