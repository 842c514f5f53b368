//! Patterns for space-delimited messages: `[ip, user, ..., status = 4*, bytes > 1000]`.

use super::{
    MAX_DEPTH,
    cursor::Cursor,
    operand::{self, Comparison},
};

/// The fields asked for, in order.
#[derive(Debug)]
pub(crate) struct Fields {
    fields: Vec<Field>,
    /// Where `...` stands for any number of fields.
    ellipsis: Option<usize>,
}

#[derive(Debug)]
struct Field(Option<Test>);

#[derive(Debug)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Compare(Comparison),
}

/// Reads `[field, field, ...]`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Fields, String> {
    cursor.eat("[");
    let mut found = Fields { fields: Vec::new(), ellipsis: None };
    loop {
        if cursor.token("...") {
            if found.ellipsis.replace(found.fields.len()).is_some() {
                return Err("only one ellipsis is possible".into());
            }
        } else {
            found.fields.push(field(cursor)?);
        }
        if cursor.token(",") {
            continue;
        }
        if !cursor.token("]") {
            return Err(cursor.unexpected("',' or ']'"));
        }
        cursor.skip_space();
        return match cursor.peek() {
            None => Ok(found),
            Some(_) => Err(cursor.unexpected("nothing more")),
        };
    }
}

fn field(cursor: &mut Cursor<'_>) -> Result<Field, String> {
    cursor.skip_space();
    // An empty place, as before a closing bracket, asks for a field and nothing of it.
    if matches!(cursor.peek(), Some(',' | ']')) {
        return Ok(Field(None));
    }
    let start = cursor.rest();
    let bracketed = cursor.eat("(");
    let name = name(cursor)?.to_owned();
    if !bracketed && matches!(after_space(cursor), Some(',' | ']') | None) {
        return Ok(Field(None));
    }
    cursor.rewind(start);
    any(cursor, &name, 0).map(|test| Field(Some(test)))
}

fn after_space(cursor: &mut Cursor<'_>) -> Option<char> {
    cursor.skip_space();
    cursor.peek()
}

fn name<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, String> {
    cursor.skip_space();
    let name = cursor.take_while(|letter| letter.is_alphanumeric() || "_-$".contains(letter));
    if name.is_empty() { Err(cursor.unexpected("a field's name")) } else { Ok(name) }
}

fn any(cursor: &mut Cursor<'_>, field: &str, depth: usize) -> Result<Test, String> {
    let mut tests = vec![all(cursor, field, depth)?];
    while cursor.token("||") {
        tests.push(all(cursor, field, depth)?);
    }
    Ok(Test::Any(tests))
}

fn all(cursor: &mut Cursor<'_>, field: &str, depth: usize) -> Result<Test, String> {
    let mut tests = vec![one(cursor, field, depth)?];
    while cursor.token("&&") {
        tests.push(one(cursor, field, depth)?);
    }
    Ok(Test::All(tests))
}

fn one(cursor: &mut Cursor<'_>, field: &str, depth: usize) -> Result<Test, String> {
    if cursor.token("(") {
        if depth >= MAX_DEPTH {
            return Err(format!("parentheses nest deeper than {MAX_DEPTH}"));
        }
        let inner = any(cursor, field, depth + 1)?;
        return if cursor.token(")") { Ok(inner) } else { Err(cursor.unexpected("')'")) };
    }
    let name = name(cursor)?;
    if name != field {
        return Err(format!("a condition on '{field}' cannot name '{name}'"));
    }
    let comparison = operand::comparison(cursor)?;
    comparison.map(Test::Compare).ok_or_else(|| cursor.unexpected("a comparison"))
}

impl Fields {
    pub(super) fn weight(&self) -> usize {
        self.fields.iter().filter_map(|field| field.0.as_ref()).map(Test::weight).sum()
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        let values = split(message);
        let (head, tail) = match self.ellipsis {
            None if values.len() == self.fields.len() => (self.fields.len(), 0),
            Some(at) if values.len() >= self.fields.len() => (at, self.fields.len() - at),
            _ => return false,
        };
        let first = self.fields.iter().take(head).zip(&values);
        let last = self.fields.iter().rev().zip(values.iter().rev()).take(tail);
        first
            .chain(last)
            .all(|(field, value)| field.0.as_ref().is_none_or(|test| test.holds(value)))
    }
}

impl Test {
    fn weight(&self) -> usize {
        match self {
            Self::All(tests) | Self::Any(tests) => tests.iter().map(Self::weight).sum(),
            Self::Compare(comparison) => comparison.weight(),
        }
    }

    fn holds(&self, value: &str) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(value)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(value)),
            Self::Compare(comparison) => match value.parse::<f64>() {
                Ok(number) if matches!(comparison.operand, operand::Operand::Number(_)) => {
                    comparison.number(number)
                }
                _ => comparison.text(value),
            },
        }
    }
}

/// The fields of a message: words, or what stands between brackets or double quotes.
fn split(message: &str) -> Vec<&str> {
    let mut values = Vec::new();
    let mut rest = message.trim_start();
    // Where the last of each closes: without one ahead, nobody looks for it at each word again.
    let last = (message.rfind(']'), message.rfind('"'));
    while let Some(first) = rest.chars().next() {
        let (close, last) = match first {
            '[' => (']', last.0),
            '"' => ('"', last.1),
            _ => (first, None),
        };
        let begun = message.len() - rest.len();
        let inner = rest.get(1..).unwrap_or_default();
        let closed = last.is_some_and(|last| last > begun).then(|| inner.split_once(close));
        let (value, after) = match closed.flatten() {
            Some(parts) => parts,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        values.push(value);
        rest = after.trim_start();
    }
    values
}
