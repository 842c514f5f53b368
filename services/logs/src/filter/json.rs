//! Patterns for JSON messages: `{ ($.user.id = 1) && ($.errors[0].code = "E*") }`.

use super::{
    MAX_DEPTH,
    cursor::Cursor,
    operand::{self, Comparison},
};
use serde_json::Value;

/// A condition on a JSON object.
#[derive(Debug)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test(Vec<Step>, Test),
}

/// One step of a property selector.
#[derive(Debug)]
pub(crate) enum Step {
    Property(String),
    Index(usize),
}

/// What is asked of the property.
#[derive(Debug)]
pub(crate) enum Test {
    Compare(Box<ComparisonOf>),
    Null,
    True,
    False,
    Exists,
    NotExists,
}

/// Keeps the operand's type private to this module's parent.
#[derive(Debug)]
pub(crate) struct ComparisonOf(Comparison);

/// Reads `{ condition }`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Condition, String> {
    cursor.eat("{");
    let condition = any(cursor, 0)?;
    if !cursor.token("}") {
        return Err(cursor.unexpected("'}', '&&' or '||'"));
    }
    cursor.skip_space();
    match cursor.peek() {
        None => Ok(condition),
        Some(_) => Err(cursor.unexpected("nothing more")),
    }
}

fn any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, String> {
    let mut conditions = vec![all(cursor, depth)?];
    while cursor.token("||") {
        conditions.push(all(cursor, depth)?);
    }
    Ok(Condition::Any(conditions))
}

fn all(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, String> {
    let mut conditions = vec![one(cursor, depth)?];
    while cursor.token("&&") {
        conditions.push(one(cursor, depth)?);
    }
    Ok(Condition::All(conditions))
}

fn one(cursor: &mut Cursor<'_>, depth: usize) -> Result<Condition, String> {
    if !cursor.token("(") {
        let selector = selector(cursor)?;
        return Ok(Condition::Test(selector, test(cursor)?));
    }
    if depth >= MAX_DEPTH {
        return Err(format!("parentheses nest deeper than {MAX_DEPTH}"));
    }
    let inner = any(cursor, depth + 1)?;
    if !cursor.token(")") {
        return Err(cursor.unexpected("')'"));
    }
    Ok(inner)
}

fn selector(cursor: &mut Cursor<'_>) -> Result<Vec<Step>, String> {
    if !cursor.token("$") {
        return Err(cursor.unexpected("a selector that starts with '$.'"));
    }
    let mut steps = Vec::new();
    loop {
        if cursor.eat(".") {
            if cursor.peek() != Some('[') {
                let plain = |letter: char| letter.is_alphanumeric() || "_-@:/#".contains(letter);
                let name = cursor.take_while(plain);
                if name.is_empty() {
                    return Err(cursor.unexpected("a property"));
                }
                steps.push(Step::Property(name.to_owned()));
            }
        } else if cursor.eat("[") {
            steps.push(bracketed(cursor)?);
        } else if steps.is_empty() {
            return Err(cursor.unexpected("'.'"));
        } else {
            return Ok(steps);
        }
    }
}

fn bracketed(cursor: &mut Cursor<'_>) -> Result<Step, String> {
    let step = match cursor.peek() {
        Some(quote @ ('"' | '\'')) => {
            cursor.bump();
            Step::Property(cursor.quoted(quote)?)
        }
        _ => {
            let digits = cursor.take_while(|letter| letter.is_ascii_digit());
            let index = digits.parse().map_err(|_| cursor.unexpected("an array index"))?;
            Step::Index(index)
        }
    };
    if cursor.eat("]") { Ok(step) } else { Err(cursor.unexpected("']'")) }
}

fn test(cursor: &mut Cursor<'_>) -> Result<Test, String> {
    if cursor.word("IS") {
        return match () {
            () if cursor.word("NULL") => Ok(Test::Null),
            () if cursor.word("TRUE") => Ok(Test::True),
            () if cursor.word("FALSE") => Ok(Test::False),
            () => Err(cursor.unexpected("NULL, TRUE or FALSE")),
        };
    }
    if cursor.word("NOT") {
        let exists = cursor.word("EXISTS");
        return exists.then_some(Test::NotExists).ok_or_else(|| cursor.unexpected("EXISTS"));
    }
    if cursor.word("EXISTS") {
        return Ok(Test::Exists);
    }
    match operand::comparison(cursor)? {
        Some(comparison) => Ok(Test::Compare(Box::new(ComparisonOf(comparison)))),
        None => Err(cursor.unexpected("a comparison")),
    }
}

impl Condition {
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::All(conditions) | Self::Any(conditions) => {
                conditions.iter().map(Self::weight).sum()
            }
            Self::Test(_, Test::Compare(comparison)) => comparison.0.weight(),
            Self::Test(..) => 0,
        }
    }

    pub(super) fn matches(&self, event: &Value) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|one| one.matches(event)),
            Self::Any(conditions) => conditions.iter().any(|one| one.matches(event)),
            Self::Test(selector, test) => {
                let found = selector.iter().try_fold(event, |value, step| match step {
                    Step::Property(name) => value.as_object()?.get(name),
                    Step::Index(index) => value.as_array()?.get(*index),
                });
                test.holds(found)
            }
        }
    }
}

impl Test {
    fn holds(&self, found: Option<&Value>) -> bool {
        match self {
            Self::Exists => found.is_some(),
            Self::NotExists => found.is_none(),
            Self::Null => found == Some(&Value::Null),
            Self::True => found == Some(&Value::Bool(true)),
            Self::False => found == Some(&Value::Bool(false)),
            Self::Compare(comparison) => match found {
                Some(Value::String(text)) => comparison.0.text(text),
                Some(Value::Number(number)) => {
                    number.as_f64().is_some_and(|number| comparison.0.number(number))
                }
                Some(Value::Bool(truth)) => comparison.0.text(&truth.to_string()),
                _ => false,
            },
        }
    }
}
