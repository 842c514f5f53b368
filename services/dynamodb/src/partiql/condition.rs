//! `WHERE`: text to the expressions' conditions.

use super::{
    Understood,
    lexer::Token,
    malformed,
    parser::{Parser, matches_any},
    value::value,
};
use crate::{
    error::{DynamoError, invalid},
    expression::{
        tree::{Comparator, Condition, Operand, Path},
        wrong_bounds,
    },
    value::attribute::{AttributeValue, TYPES},
};
use std::borrow::Cow;

/// Something read of which it is not yet known whether it is to be a value or a condition.
enum Node {
    Operand(Operand<'static>),
    Condition(Condition<'static>),
}

/// Reads a condition.
///
/// # Errors
/// AWS's `ValidationException` for what is wrong with it.
pub(super) fn condition(parser: &mut Parser<'_, '_>) -> Understood<Condition<'static>> {
    let node = any(parser)?;
    holding(node, "WHERE clause must contain an expression that resolves to a boolean")
}

fn holding(node: Node, otherwise: &str) -> Understood<Condition<'static>> {
    match node {
        Node::Condition(condition) => Ok(condition),
        Node::Operand(_) => Err(invalid(otherwise)),
    }
}

fn any(parser: &mut Parser<'_, '_>) -> Understood<Node> {
    chain(parser, "OR", all, Condition::Any)
}

fn all(parser: &mut Parser<'_, '_>) -> Understood<Node> {
    chain(parser, "AND", not, Condition::All)
}

fn chain(
    parser: &mut Parser<'_, '_>,
    keyword: &str,
    part: fn(&mut Parser<'_, '_>) -> Understood<Node>,
    join: fn(Vec<Condition<'static>>) -> Condition<'static>,
) -> Understood<Node> {
    const ARGUMENTS: &str = "The arguments to AND/OR must be Expressions";
    let first = part(parser)?;
    if !parser.sees_keyword(keyword, 0) {
        return Ok(first);
    }
    let mut parts = vec![holding(first, ARGUMENTS)?];
    while parser.eat_keyword(keyword) {
        right_side(parser)?;
        parts.push(holding(part(parser)?, ARGUMENTS)?);
    }
    Ok(Node::Condition(join(parts)))
}

/// After an operator something must follow.
fn right_side(parser: &Parser<'_, '_>) -> Understood<()> {
    match parser.peek() {
        Token::End => Err(malformed("Missing right-hand side expression of infix operator")),
        _ => Ok(()),
    }
}

fn not(parser: &mut Parser<'_, '_>) -> Understood<Node> {
    if !parser.eat_keyword("NOT") {
        return comparison(parser);
    }
    let inner = parser.nested(not)?;
    let inner = holding(inner, "The argument to NOT must be a Type or Expression")?;
    Ok(Node::Condition(Condition::Not(Box::new(inner))))
}

fn comparison(parser: &mut Parser<'_, '_>) -> Understood<Node> {
    let left = term(parser)?;
    if let Token::Sign(sign) = parser.peek() {
        let sign = if *sign == "!=" { "<>" } else { sign };
        let Some(comparator) = Comparator::parse(sign) else { return Ok(left) };
        parser.advance();
        right_side(parser)?;
        let (left, right) = (operand(left)?, required(parser)?);
        if comparator.orders() {
            ordered(sign, [&left, &right])?;
        }
        return Ok(Node::Condition(Condition::Compare(comparator, left, right)));
    }
    if parser.eat_keyword("IS") {
        let not = parser.eat_keyword("NOT");
        return Ok(negated(not, is_type(parser, left)?));
    }
    let not = parser.sees_keyword("NOT", 0)
        && ["IN", "BETWEEN"].iter().any(|word| parser.sees_keyword(word, 1));
    if not {
        parser.advance();
    }
    if parser.eat_keyword("BETWEEN") {
        right_side(parser)?;
        let (value, low) = (operand(left)?, required(parser)?);
        if !parser.eat_keyword("AND") {
            return Err(malformed("Expected AND after BETWEEN"));
        }
        let high = required(parser)?;
        ordered("BETWEEN", [&value, &low, &high])?;
        if let Some(fault) = wrong_bounds(&low, &high) {
            return Err(invalid(fault));
        }
        return Ok(negated(not, Condition::Between(value, low, high)));
    }
    if parser.eat_keyword("IN") {
        right_side(parser)?;
        return Ok(negated(not, is_in(parser, operand(left)?)?));
    }
    Ok(left)
}

/// Operands of a comparison that asks for an order have types that are ordered.
fn ordered<const COUNT: usize>(name: &str, operands: [&Operand<'static>; COUNT]) -> Understood<()> {
    let mut kinds = operands.into_iter().filter_map(kind_of);
    match kinds.find(|kind| !matches!(*kind, "S" | "N" | "B")) {
        Some(kind) => Err(wrong_type(name, kind)),
        None => Ok(()),
    }
}

fn negated(not: bool, condition: Condition<'static>) -> Node {
    Node::Condition(if not { Condition::Not(Box::new(condition)) } else { condition })
}

fn is_in(parser: &mut Parser<'_, '_>, value: Operand<'static>) -> Understood<Condition<'static>> {
    const WRONG: &str = "IN operator must have a left hand argument of type Variable Reference \
                         and right hand argument of type Seq with at least one member";
    let closing = match parser.peek() {
        Token::Sign("[") => ("]", "RIGHT_BRACKET"),
        Token::Sign("(") => (")", "RIGHT_PAREN"),
        Token::Sign("<<") => (">>", "RIGHT_DOUBLE_ANGLE_BRACKET"),
        _ => return Err(invalid(WRONG)),
    };
    parser.advance();
    let mut list = Vec::new();
    while !parser.sees(closing.0) {
        list.push(required(parser)?);
        if !parser.eat(",") {
            break;
        }
    }
    parser.expect(closing.0, closing.1)?;
    match (&value, list.is_empty()) {
        (Operand::Path(_), false) => Ok(Condition::In(value, list)),
        _ => Err(invalid(WRONG)),
    }
}

/// `MISSING`, `NULL` or a type's name, after `IS`.
fn is_type(parser: &mut Parser<'_, '_>, left: Node) -> Understood<Condition<'static>> {
    let Node::Operand(left) = left else {
        return Err(invalid(
            "The left hand side argument to IS must be a Variable Reference, Literal, or Path",
        ));
    };
    let Token::Word(word) = parser.peek() else { return Err(malformed("Expected type name")) };
    let name = word.to_ascii_uppercase();
    let kind = match name.as_str() {
        "MISSING" => None,
        "NULL" => Some("NULL"),
        "BOOLEAN" | "BOOL" => Some("BOOL"),
        "BLOB" => Some("B"),
        "STRING" => Some("S"),
        "NUMERIC" => Some("N"),
        "STRUCT" | "TUPLE" => Some("M"),
        "LIST" => Some("L"),
        _ if matches_any(&name, &OTHER_TYPES) => {
            return Err(invalid(format!(
                "Unsupported data type for IS operator: {name}. Supported data types are \
                 [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"
            )));
        }
        _ => return Err(malformed("Expected type name")),
    };
    parser.advance();
    Ok(match (kind, left) {
        (None, Operand::Path(path)) => Condition::Exists(path, false),
        // A literal is never missing.
        (None, _) => Condition::Any(Vec::new()),
        (Some(kind), left) => Condition::Type(left, text(kind)),
    })
}

/// Types of PartiQL that DynamoDB does not have.
const OTHER_TYPES: [&str; 18] = [
    "ANY",
    "BAG",
    "CHAR",
    "CHARACTER",
    "CLOB",
    "DATE",
    "DECIMAL",
    "DOUBLE",
    "FLOAT",
    "INT",
    "INT4",
    "INT8",
    "INTEGER",
    "REAL",
    "SEXP",
    "SMALLINT",
    "SYMBOL",
    "TIMESTAMP",
];

fn text(text: &str) -> Operand<'static> {
    Operand::Value(Cow::Owned(AttributeValue::S(text.to_owned())))
}

/// `node` as a value.
fn operand(node: Node) -> Understood<Operand<'static>> {
    match node {
        Node::Operand(operand) => Ok(operand),
        Node::Condition(_) => Err(malformed("Unexpected term")),
    }
}

/// A value, which must come next.
fn required(parser: &mut Parser<'_, '_>) -> Understood<Operand<'static>> {
    operand(term(parser)?)
}

fn term(parser: &mut Parser<'_, '_>) -> Understood<Node> {
    if parser.eat("(") {
        let inner = parser.nested(any)?;
        parser.expect(")", "RIGHT_PAREN")?;
        return Ok(inner);
    }
    if let (Token::Word(name), Token::Sign("(")) = (parser.peek(), parser.peek_at(1)) {
        let name = name.to_lowercase();
        if !matches_any(&name, &["in", "and", "or", "not", "is", "between", "like"]) {
            return call(parser, &name);
        }
    }
    if let Some(value) = value(parser, "root")? {
        return Ok(Node::Operand(Operand::Value(Cow::Owned(value))));
    }
    match parser.path()? {
        Some(path) => Ok(Node::Operand(Operand::Path(path))),
        None => parser.unexpected_term(),
    }
}

fn call(parser: &mut Parser<'_, '_>, name: &str) -> Understood<Node> {
    let place = parser.place();
    let wanted = match name {
        "attribute_exists" | "attribute_not_exists" | "size" => 1,
        "attribute_type" | "begins_with" | "contains" => 2,
        "exists" if parser.sees_keyword("SELECT", 2) => {
            return Err(invalid("EXISTS can only be used in ExecuteTransaction write requests."));
        }
        _ => {
            let place = parser.shown(place);
            return Err(invalid(format!("Unrecognized function: {name} at {place}")));
        }
    };
    parser.advance();
    parser.advance();
    let operands = parser.nested(arguments)?;
    let count = operands.len();
    let mut operands = operands.into_iter();
    match (operands.next(), operands.next()) {
        (Some(first), None) if wanted == 1 => one(name, first),
        (Some(first), Some(second)) if count == wanted => two(name, first, second),
        _ => Err(invalid(format!(
            "Incorrect number of operands for operator or function; operator or function: \
             {name}, number of operands: {count}"
        ))),
    }
}

fn arguments(parser: &mut Parser<'_, '_>) -> Understood<Vec<Operand<'static>>> {
    let mut all = Vec::new();
    while !parser.sees(")") {
        all.push(required(parser)?);
        if !parser.eat(",") {
            break;
        }
    }
    parser.expect(")", "RIGHT_PAREN")?;
    Ok(all)
}

fn one(name: &str, operand: Operand<'static>) -> Understood<Node> {
    if name == "size" {
        if let Some(kind @ ("N" | "BOOL" | "NULL")) = kind_of(&operand) {
            return Err(wrong_type(name, kind));
        }
        return Ok(Node::Operand(Operand::Size(Box::new(operand))));
    }
    let path = document_path(name, operand)?;
    Ok(Node::Condition(Condition::Exists(path, name == "attribute_exists")))
}

fn document_path(name: &str, operand: Operand<'static>) -> Understood<Path> {
    match operand {
        Operand::Path(path) => Ok(path),
        _ => Err(invalid(format!(
            "Operator or function requires a document path; operator or function: {name}"
        ))),
    }
}

fn two(name: &str, first: Operand<'static>, second: Operand<'static>) -> Understood<Node> {
    Ok(Node::Condition(match name {
        "attribute_type" => Condition::Type(first, type_name(second)?),
        "begins_with" => {
            if let Some(kind) = kind_of(&second).filter(|kind| !matches!(*kind, "S" | "B")) {
                return Err(wrong_type(name, kind));
            }
            Condition::BeginsWith(first, second)
        }
        _ => Condition::Contains(first, second),
    }))
}

/// The second operand of `attribute_type`.
fn type_name(operand: Operand<'static>) -> Understood<Operand<'static>> {
    let name = match &operand {
        Operand::Value(value) => match &**value {
            AttributeValue::S(name) => name.as_str(),
            other => return Err(wrong_type("attribute_type", other.type_name())),
        },
        _ => {
            return Err(wrong_type("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"));
        }
    };
    if TYPES.contains(&name) {
        return Ok(operand);
    }
    Err(invalid(format!(
        "Invalid attribute type name found; type: {name}, valid types: \
         {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
    )))
}

fn kind_of(operand: &Operand<'_>) -> Option<&'static str> {
    match operand {
        Operand::Path(_) => None,
        Operand::Value(value) => Some(value.type_name()),
        Operand::Size(_) => Some("N"),
    }
}

fn wrong_type(name: &str, kind: &str) -> DynamoError {
    invalid(format!(
        "Incorrect operand type for operator or function; operator or function: {name}, operand \
         type: {kind}"
    ))
}
