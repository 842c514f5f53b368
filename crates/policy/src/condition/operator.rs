//! The names of condition operators and what they stand for.
use std::cmp::Ordering;

/// How a value is set against an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// Equal text.
    Text,
    /// Equal text but for case.
    TextIgnoringCase,
    /// Text with wildcards.
    Like,
    /// Six parts, each with wildcards.
    Arn,
    Number(Comparison),
    Date(Comparison),
    Bool,
    /// Base64.
    Binary,
    Ip,
    /// Whether the key is absent.
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Whether a value that compares so to the operand passes.
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// How the values of a multi-valued key count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// `ForAllValues:`.
    All,
    /// `ForAnyValue:`.
    Any,
}

/// A condition operator, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    pub test: Test,
    /// Whether a value must fit no operand instead of any.
    pub negated: bool,
    pub quantifier: Option<Quantifier>,
    /// Whether an absent key passes.
    pub if_exists: bool,
}

impl Operator {
    /// Reads `ForAnyValue:StringLikeIfExists` and the like; none for unknown names.
    pub fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = if let Some(name) = name.strip_prefix("ForAllValues:") {
            (Some(Quantifier::All), name)
        } else if let Some(name) = name.strip_prefix("ForAnyValue:") {
            (Some(Quantifier::Any), name)
        } else {
            (None, name)
        };
        let bare = name.strip_suffix("IfExists");
        let (test, negated) = named(bare.unwrap_or(name))?;
        let if_exists = bare.is_some();
        if if_exists && test == Test::Null {
            return None;
        }
        Some(Operator { test, negated, quantifier, if_exists })
    }
}

fn named(name: &str) -> Option<(Test, bool)> {
    Some(match name {
        "StringEquals" => (Test::Text, false),
        "StringNotEquals" => (Test::Text, true),
        "StringEqualsIgnoreCase" => (Test::TextIgnoringCase, false),
        "StringNotEqualsIgnoreCase" => (Test::TextIgnoringCase, true),
        "StringLike" => (Test::Like, false),
        "StringNotLike" => (Test::Like, true),
        "ArnEquals" | "ArnLike" => (Test::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
        "Bool" => (Test::Bool, false),
        "BinaryEquals" => (Test::Binary, false),
        "IpAddress" => (Test::Ip, false),
        "NotIpAddress" => (Test::Ip, true),
        "Null" => (Test::Null, false),
        _ => {
            if let Some(comparison) = name.strip_prefix("Numeric") {
                let (comparison, negated) = ordered(comparison)?;
                (Test::Number(comparison), negated)
            } else {
                let (comparison, negated) = ordered(name.strip_prefix("Date")?)?;
                (Test::Date(comparison), negated)
            }
        }
    })
}

fn ordered(name: &str) -> Option<(Comparison, bool)> {
    Some(match name {
        "Equals" => (Comparison::Equal, false),
        "NotEquals" => (Comparison::Equal, true),
        "LessThan" => (Comparison::Less, false),
        "LessThanEquals" => (Comparison::LessOrEqual, false),
        "GreaterThan" => (Comparison::Greater, false),
        "GreaterThanEquals" => (Comparison::GreaterOrEqual, false),
        _ => return None,
    })
}
