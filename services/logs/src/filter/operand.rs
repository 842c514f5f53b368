//! Comparisons: operators and the values on their right.

use super::{
    cursor::Cursor,
    regex::{self, Regex},
};

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// The right side of a comparison.
#[derive(Debug)]
pub(super) enum Operand {
    Number(f64),
    /// Text in which `*` stands for anything.
    Text(String),
    Regex(Box<Regex>),
}

/// An operator with its operand.
#[derive(Debug)]
pub(super) struct Comparison {
    pub operator: Operator,
    pub operand: Operand,
}

/// Reads an operator, if one comes next.
fn operator(cursor: &mut Cursor<'_>) -> Option<Operator> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let all = [
        ("!=", NotEqual),
        (">=", GreaterOrEqual),
        ("<=", LessOrEqual),
        ("=", Equal),
        (">", Greater),
        ("<", Less),
    ];
    cursor.skip_space();
    all.into_iter().find(|(token, _)| cursor.eat(token)).map(|(_, operator)| operator)
}

/// Reads `= value` and its like; none if no operator comes next.
pub(super) fn comparison(cursor: &mut Cursor<'_>) -> Result<Option<Comparison>, String> {
    let Some(operator) = operator(cursor) else { return Ok(None) };
    cursor.skip_space();
    let operand = match cursor.peek() {
        Some('"') => {
            cursor.bump();
            Operand::Text(cursor.quoted('"')?)
        }
        Some('%') => Operand::Regex(Box::new(regex::parse(cursor)?)),
        _ => unquoted(cursor)?,
    };
    let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
    if ordered && !matches!(operand, Operand::Number(_)) {
        return Err("only numbers can be compared with < and >".into());
    }
    Ok(Some(Comparison { operator, operand }))
}

fn unquoted(cursor: &mut Cursor<'_>) -> Result<Operand, String> {
    let stops = |letter: char| letter.is_whitespace() || "(){}[],\"%&|=<>!".contains(letter);
    let text = cursor.take_while(|letter| !stops(letter));
    if text.is_empty() {
        return Err(cursor.unexpected("a value"));
    }
    let numeric = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    match text.parse::<f64>() {
        Ok(number) if numeric && number.is_finite() => Ok(Operand::Number(number)),
        _ => Ok(Operand::Text(text.to_owned())),
    }
}

impl Comparison {
    /// About how many nanoseconds each byte of a text takes.
    pub(super) fn weight(&self) -> usize {
        match &self.operand {
            Operand::Regex(regex) => regex.weight,
            Operand::Number(_) | Operand::Text(_) => 1,
        }
    }

    /// Compares a number.
    pub(super) fn number(&self, left: f64) -> bool {
        match &self.operand {
            Operand::Number(right) => match self.operator {
                Operator::Equal => left == *right,
                Operator::NotEqual => left != *right,
                Operator::Greater => left > *right,
                Operator::GreaterOrEqual => left >= *right,
                Operator::Less => left < *right,
                Operator::LessOrEqual => left <= *right,
            },
            _ => self.text(&left.to_string()),
        }
    }

    /// Compares text; a number never equals it.
    pub(super) fn text(&self, left: &str) -> bool {
        let same = match &self.operand {
            Operand::Number(_) => false,
            Operand::Text(pattern) => wildcard(pattern, left),
            Operand::Regex(regex) => regex.is_match(left),
        };
        match self.operator {
            Operator::Equal => same,
            Operator::NotEqual => !same,
            _ => false,
        }
    }
}

/// Whether `text` is `pattern`, in which `*` stands for any characters.
fn wildcard(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<_> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(last)
}
