//! Literals and parameters.

use super::{Understood, lexer::Token, malformed, parser::Parser};
use crate::{
    error::{DynamoError, invalid, invalid_values},
    value::{
        attribute::{AttributeValue, Attributes},
        number::Number,
    },
};
use std::collections::BTreeSet;

/// The item of an `INSERT`.
///
/// # Errors
/// AWS's `ValidationException` for anything but a map.
pub(super) fn item(parser: &mut Parser<'_, '_>) -> Understood<Attributes> {
    if parser.sees("<<") || parser.sees("[") {
        return Err(invalid(
            "Unsupported operation: Inserting multiple items in a single statement is not \
             supported, use \"INSERT INTO tableName VALUE item\" instead",
        ));
    }
    if parser.sees("{") {
        return parser.nested(|parser| entries(parser, "root", true));
    }
    match value(parser, "root")? {
        // A parameter.
        Some(AttributeValue::M(item)) => Ok(item),
        Some(_) => Err(invalid(
            "Unsupported format in item expression. Please use struct format {...} to express \
             item values for insert statement.",
        )),
        None => parser.unexpected_term(),
    }
}

/// A literal or `?`, if one comes next; `under` is its place inside a larger one.
///
/// # Errors
/// AWS's `ValidationException` for what cannot be a value.
pub(super) fn value(
    parser: &mut Parser<'_, '_>,
    under: &str,
) -> Understood<Option<AttributeValue>> {
    let value = match parser.peek() {
        Token::Text(text) => AttributeValue::S(text.clone()),
        Token::Number(digits) => number(digits, under)?,
        Token::Sign(sign @ ("-" | "+")) => match parser.peek_at(1) {
            Token::Number(digits) => {
                let value = number(&format!("{sign}{digits}"), under)?;
                parser.advance();
                value
            }
            _ => return Ok(None),
        },
        Token::Parameter => return Ok(Some(parser.parameter())),
        Token::Sign("[") => return parser.nested(|parser| list(parser, under)).map(Some),
        Token::Sign("{") => {
            let map = parser.nested(|parser| entries(parser, under, false))?;
            return Ok(Some(AttributeValue::M(map)));
        }
        Token::Sign("<<") => return parser.nested(|parser| bag(parser, under)).map(Some),
        Token::Word(word) => match word.to_ascii_uppercase().as_str() {
            "TRUE" => AttributeValue::Bool(true),
            "FALSE" => AttributeValue::Bool(false),
            "NULL" => AttributeValue::Null,
            "MISSING" => return Err(invalid("MISSING must be compared using IS operator")),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    parser.advance();
    Ok(Some(value))
}

fn number(text: &str, under: &str) -> Understood<AttributeValue> {
    let number = Number::parse(text).map_err(|fault| invalid(format!("{fault} under {under}")))?;
    Ok(AttributeValue::N(number))
}

/// A value inside another, which must be there.
fn inner(parser: &mut Parser<'_, '_>, under: &str) -> Understood<AttributeValue> {
    let place = parser.place();
    if let Some(value) = value(parser, under)? {
        return Ok(value);
    }
    match (parser.peek(), parser.peek_at(1)) {
        (Token::Word(name), Token::Sign("(")) => {
            let (name, place) = (name.to_lowercase(), parser.shown(place));
            let text = format!("Unsupported data type: {name} under key {under} at {place}");
            Err(invalid(text))
        }
        _ => parser.unexpected_term(),
    }
}

fn list(parser: &mut Parser<'_, '_>, under: &str) -> Understood<AttributeValue> {
    parser.advance();
    let mut members = Vec::new();
    while !parser.sees("]") {
        members.push(inner(parser, &format!("{under}[{}]", members.len()))?);
        if !parser.eat(",") {
            break;
        }
    }
    parser.expect("]", "RIGHT_BRACKET")?;
    Ok(AttributeValue::L(members))
}

/// The entries of a map, or of the item itself: the places inside that have no longer names.
fn entries(parser: &mut Parser<'_, '_>, under: &str, is_item: bool) -> Understood<Attributes> {
    parser.advance();
    let (mut known, mut entries) = (BTreeSet::new(), Vec::new());
    while !parser.sees("}") {
        let name = match parser.peek() {
            Token::Text(name) => name.clone(),
            Token::Parameter => match parser.peek_at(1) {
                Token::Sign(":") => return Err(key_type("PARAMETER", under)),
                _ => return parser.unexpected_term(),
            },
            Token::Number(_) => return Err(key_type("NUMERIC", under)),
            _ => return parser.unexpected_term(),
        };
        parser.advance();
        parser.expect(":", "COLON")?;
        if !known.insert(name.clone()) {
            let text = format!("Duplicate keys in tuple. Key: {name} under {under}");
            return Err(invalid(text));
        }
        let place = if is_item { under.to_owned() } else { format!("{under}.{name}") };
        entries.push((name, inner(parser, &place)?));
        if !parser.eat(",") {
            break;
        }
    }
    parser.expect("}", "RIGHT_CURLY")?;
    Ok(entries.into_iter().collect())
}

fn key_type(kind: &str, under: &str) -> DynamoError {
    invalid(format!("Tuple keys must be of type String. Actual type: {kind} under {under}"))
}

fn bag(parser: &mut Parser<'_, '_>, under: &str) -> Understood<AttributeValue> {
    parser.advance();
    let mut members = Vec::new();
    while !parser.sees(">>") {
        members.push(inner(parser, under)?);
        if !parser.eat(",") {
            break;
        }
    }
    if !parser.eat(">>") {
        return Err(malformed("Expected RIGHT_DOUBLE_ANGLE_BRACKET"));
    }
    set(members)
}

/// The set of these members, all of one type.
fn set(members: Vec<AttributeValue>) -> Understood<AttributeValue> {
    let (mut texts, mut numbers, mut binaries) = (Vec::new(), Vec::new(), Vec::new());
    for member in members {
        match member {
            AttributeValue::S(text) => texts.push(text),
            AttributeValue::N(number) => numbers.push(number),
            AttributeValue::B(bytes) => binaries.push(bytes),
            _ => return Err(mixed_bag()),
        }
    }
    match (texts.len(), numbers.len(), binaries.len()) {
        (0, 0, 0) => Err(invalid("Empty bags are not supported")),
        (_, 0, 0) if has_duplicates(&texts) => {
            let all = texts.join(", ");
            Err(invalid_values(format_args!("Input collection [{all}] contains duplicates.")))
        }
        (_, 0, 0) => Ok(AttributeValue::Ss(texts)),
        (0, _, 0) if has_duplicates(&numbers) => {
            Err(invalid("Input collection contains duplicates"))
        }
        (0, _, 0) => Ok(AttributeValue::Ns(numbers)),
        (0, 0, _) if has_duplicates(&binaries) => {
            Err(invalid_values("Input collection of type BS contains duplicates."))
        }
        (0, 0, _) => Ok(AttributeValue::Bs(binaries)),
        _ => Err(mixed_bag()),
    }
}

fn mixed_bag() -> DynamoError {
    invalid(
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags",
    )
}

fn has_duplicates<T: Ord>(members: &[T]) -> bool {
    let mut seen = BTreeSet::new();
    !members.iter().all(|member| seen.insert(member))
}
