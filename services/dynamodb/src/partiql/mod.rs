//! PartiQL: statements become the expressions' tree and the items' own operations ("PartiQL - a
//! SQL-compatible query language for Amazon DynamoDB").

pub(crate) mod access;
pub(crate) mod batch_execute_statement;
mod condition;
pub(crate) mod execute_statement;
pub(crate) mod execute_transaction;
#[cfg(test)]
mod fuzz;
mod keys;
mod lexer;
mod parser;
pub(crate) mod select;
mod statement;
#[cfg(test)]
mod tests;
pub(crate) mod token;
mod update;
mod value;
pub(crate) mod write;

pub(crate) use parser::parse;
pub(crate) use statement::{Action, Select, Statement};

use crate::{
    error::{DynamoError, invalid},
    expression::tree::{Path, Step},
};

/// What is understood of a statement, or AWS's `ValidationException`.
type Understood<T> = Result<T, DynamoError>;

/// A statement that is none, in the way `detail` says.
fn malformed(detail: &str) -> DynamoError {
    invalid(format!("Statement wasn't well formed, can't be processed: {detail}"))
}

/// What an answer calls the value at `path`: the last name in it, with the indexes behind.
pub(crate) fn column(path: &Path) -> String {
    path.0.iter().fold(String::new(), |column, step| match step {
        Step::Name(name) => name.clone(),
        Step::Index(index) => format!("{column}[{index}]"),
    })
}
