//! What can be wrong with an expression, and which of several faults AWS names.

use std::fmt;

/// A text that is not an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    token: String,
    near: String,
}

impl SyntaxError {
    /// The token that cannot stand there, and its surroundings as written.
    pub(crate) fn new(token: &str, near: &str) -> Self {
        Self { token: token.to_owned(), near: near.to_owned() }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, near } = self;
        write!(formatter, "Syntax error; token: \"{token}\", near: \"{near}\"")
    }
}

/// A kind of fault in an expression that is otherwise well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// `((a = b))`.
    Parentheses,
    /// Too many operators or too deep.
    Limit,
    /// No such function.
    UnknownFunction,
    /// A function where only an operand, or only a condition, can stand.
    MisusedFunction,
    /// A reserved word as a name.
    Reserved,
    /// `SET` twice.
    Section,
    /// A list index beyond all lists.
    Index,
    /// A path too long.
    Depth,
    /// `#name` without a definition.
    Name,
    /// `:value` without a definition.
    Value,
    /// Too few or too many operands.
    Count,
    /// `a = a`.
    Distinct,
    /// A path inside another.
    Overlap,
    /// A path that wants a list where another wants a map.
    Conflict,
    /// An operand of a type that an operator cannot take.
    Operand,
    /// An operand that a function cannot take.
    Function,
}

/// The faults found so far: of each kind the first.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<(Problem, String)>);

/// AWS's order of precedence in conditions, key conditions and filters. Faults of single
/// conditions come after all others and are told of the first condition that has one.
pub(crate) const CONDITION_ORDER: &[Problem] = &[
    Problem::Parentheses,
    Problem::Limit,
    Problem::UnknownFunction,
    Problem::MisusedFunction,
    Problem::Reserved,
    Problem::Index,
    Problem::Depth,
];

/// The order among the faults of one condition.
pub(crate) const ONE_CONDITION_ORDER: &[Problem] = &[
    Problem::Name,
    Problem::Value,
    Problem::Count,
    Problem::Distinct,
    Problem::Operand,
    Problem::Function,
];

/// AWS's order of precedence in updates and projections.
pub(crate) const UPDATE_ORDER: &[Problem] = &[
    Problem::Limit,
    Problem::Reserved,
    Problem::UnknownFunction,
    Problem::MisusedFunction,
    Problem::Section,
    Problem::Index,
    Problem::Depth,
    Problem::Name,
    Problem::Value,
    Problem::Overlap,
    Problem::Conflict,
    Problem::Operand,
    Problem::Count,
    Problem::Function,
];

impl Problems {
    /// Notes a fault, unless one of its kind is known.
    pub(crate) fn note(&mut self, kind: Problem, message: impl FnOnce() -> String) {
        if !self.0.iter().any(|(known, _)| *known == kind) {
            self.0.push((kind, message()));
        }
    }

    /// Takes the fault that comes first in `order`, forgetting the others listed there.
    pub(crate) fn take(&mut self, order: &[Problem]) -> Option<String> {
        let first = order.iter().find_map(|kind| {
            let place = self.0.iter().position(|(known, _)| known == kind)?;
            Some(self.0.swap_remove(place).1)
        });
        self.0.retain(|(kind, _)| !order.contains(kind));
        first
    }
}
