//! Expressions: one lexer, one parser core, one typed tree for conditions, filters, key
//! conditions, updates and projections.

mod apply;
mod evaluate;
#[cfg(test)]
pub(crate) mod fuzz;
pub(crate) mod key_condition;
mod lexer;
mod parse_condition;
mod parse_update;
mod parser;
mod placeholders;
mod problems;
pub(crate) mod projection;
mod reserved;
#[cfg(test)]
mod tests;
pub(crate) mod tree;

pub(crate) use apply::WRONG_OPERAND_TYPE;
pub(crate) use parse_condition::wrong_bounds;
pub(crate) use placeholders::Placeholders;

use crate::{
    error::{DynamoError, invalid},
    value::attribute::AttributeValue,
};
use parse_condition::ConditionParser;
use parser::{Parsed, Parser};
use tree::{Condition, Path, Update};

/// The longest expression, in bytes.
const MAX_BYTES: usize = 4096;

/// Whether `low` and `high` are of one ordered type and stand the wrong way round.
pub(crate) fn is_reversed(low: &AttributeValue, high: &AttributeValue) -> bool {
    evaluate::order(low, high).is_some_and(std::cmp::Ordering::is_gt)
}

impl<'r> Placeholders<'r> {
    /// Reads a condition, filter or key condition given as `parameter`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for the parameter.
    pub(crate) fn condition(
        &self,
        parameter: &str,
        text: &str,
    ) -> Result<Condition<'r>, DynamoError> {
        self.read(parameter, text, ConditionParser::parse)
    }

    /// Reads an `UpdateExpression`.
    ///
    /// # Errors
    /// As [`Placeholders::condition`].
    pub(crate) fn update(&self, text: &str) -> Result<Update<'r>, DynamoError> {
        self.read("UpdateExpression", text, parse_update::update)
    }

    /// Reads a `ProjectionExpression`.
    ///
    /// # Errors
    /// As [`Placeholders::condition`].
    pub(crate) fn projection(&self, text: &str) -> Result<Vec<Path>, DynamoError> {
        self.read("ProjectionExpression", text, parse_update::projection)
    }

    fn read<'t, T>(
        &'t self,
        parameter: &str,
        text: &'t str,
        parse: impl FnOnce(Parser<'t, 'r>) -> Parsed<T>,
    ) -> Result<T, DynamoError> {
        let parsed = match text.len() {
            0 => Err("The expression can not be empty;".into()),
            size if size > MAX_BYTES => Err(format!(
                "Expression size has exceeded the maximum allowed size; expression size: {size}"
            )),
            _ => Parser::new(text, self).and_then(parse),
        };
        parsed.map_err(|message| invalid(format!("Invalid {parameter}: {message}")))
    }
}
