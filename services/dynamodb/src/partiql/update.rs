//! `SET` and `REMOVE`: text to the expressions' updates.

use super::{Understood, lexer::Token, malformed, parser::Parser, value::value};
use crate::{
    error::{DynamoError, invalid},
    expression::tree::{Path, Relation, Term, Update},
    value::attribute::AttributeValue,
};
use std::borrow::Cow;

/// The changes of an `UPDATE`: one or more of `SET path = term, ...` and `REMOVE path, ...`.
///
/// # Errors
/// AWS's `ValidationException` for what is wrong with them.
pub(super) fn changes(parser: &mut Parser<'_, '_>) -> Understood<Update<'static>> {
    let mut update = Update::default();
    let mut any = false;
    loop {
        if parser.eat_keyword("SET") {
            each(parser, |parser| assignment(parser, &mut update))?;
        } else if parser.eat_keyword("REMOVE") {
            each(parser, |parser| {
                update.remove.push(target(parser)?);
                Ok(())
            })?;
        } else if any {
            check_targets(&update)?;
            return Ok(update);
        } else {
            return Err(malformed("Expected data manipulation"));
        }
        any = true;
    }
}

fn each<'t, 'p>(
    parser: &mut Parser<'t, 'p>,
    mut one: impl FnMut(&mut Parser<'t, 'p>) -> Understood<()>,
) -> Understood<()> {
    one(parser)?;
    while parser.eat(",") {
        one(parser)?;
    }
    Ok(())
}

fn target(parser: &mut Parser<'_, '_>) -> Understood<Path> {
    match parser.path()? {
        Some(path) => Ok(path),
        None => Err(malformed("Expected identifier for simple path")),
    }
}

/// No two changes may touch the same place.
fn check_targets(update: &Update<'_>) -> Understood<()> {
    let paths: Vec<&Path> = update.targets().collect();
    if Path::are_apart(&paths) {
        return Ok(());
    }
    for (index, two) in paths.iter().enumerate() {
        for one in &paths[..index] {
            let verb = match one.relation(two) {
                Relation::Apart => continue,
                Relation::Overlap => "overlap",
                Relation::Conflict => "conflict",
            };
            return Err(invalid(format!(
                "Two document paths {verb} with each other; must remove or rewrite one of these \
                 paths; path one: {one}, path two: {two}"
            )));
        }
    }
    Ok(())
}

fn assignment(parser: &mut Parser<'_, '_>, update: &mut Update<'static>) -> Understood<()> {
    let path = target(parser)?;
    parser.expect("=", "EQ")?;
    if let (Token::Word(name), Token::Sign("(")) = (parser.peek(), parser.peek_at(1)) {
        let name = name.to_ascii_uppercase();
        if matches!(name.as_str(), "SET_ADD" | "SET_DELETE") {
            let members = set_change(parser, &name, &path)?;
            let list = if name == "SET_ADD" { &mut update.add } else { &mut update.delete };
            list.push((path, Cow::Owned(members)));
            return Ok(());
        }
    }
    update.set.push((path, sum(parser)?));
    Ok(())
}

/// The set that `set_add(path, set)` or `set_delete(path, set)` adds to or takes from `path`.
fn set_change(parser: &mut Parser<'_, '_>, name: &str, path: &Path) -> Understood<AttributeValue> {
    let place = parser.place();
    parser.advance();
    parser.advance();
    let inner = parser.place();
    let arguments = parser.nested(arguments)?;
    let Ok([first, second]) = <[Term<'static>; 2]>::try_from(arguments) else {
        let place = parser.shown(place);
        return Err(invalid(format!("{name} must have exactly two arguments at {place}")));
    };
    if first != Term::Path(path.clone()) {
        let place = parser.shown(place);
        return Err(invalid(format!(
            "The first argument to {name} must equal the assignment value at {place}"
        )));
    }
    let wrong = || {
        let inner = parser.shown(inner);
        invalid(format!("The second argument to {name} must be a value with type SET at {inner}"))
    };
    match second {
        Term::Value(members) => match &*members {
            AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_) => {
                Ok(members.into_owned())
            }
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

fn arguments(parser: &mut Parser<'_, '_>) -> Understood<Vec<Term<'static>>> {
    let mut all = Vec::new();
    while !parser.sees(")") {
        all.push(sum(parser)?);
        if !parser.eat(",") {
            break;
        }
    }
    parser.expect(")", "RIGHT_PAREN")?;
    Ok(all)
}

/// An operand, or one sum or difference of two.
fn sum(parser: &mut Parser<'_, '_>) -> Understood<Term<'static>> {
    let left = operand(parser)?;
    let plus = parser.sees("+");
    if !plus && !parser.sees("-") {
        return Ok(left);
    }
    parser.advance();
    if *parser.peek() == Token::End {
        return Err(malformed("Missing right-hand side expression of infix operator"));
    }
    let right = operand(parser)?;
    for term in [&left, &right] {
        if let Some(kind) = kind_of(term).filter(|kind| *kind != "N") {
            let sign = if plus { "+" } else { "-" };
            return Err(wrong_type(sign, kind));
        }
    }
    let (left, right) = (Box::new(left), Box::new(right));
    Ok(if plus { Term::Plus(left, right) } else { Term::Minus(left, right) })
}

fn operand(parser: &mut Parser<'_, '_>) -> Understood<Term<'static>> {
    if parser.eat("(") {
        let inner = parser.nested(sum)?;
        parser.expect(")", "RIGHT_PAREN")?;
        return Ok(inner);
    }
    if let (Token::Word(name), Token::Sign("(")) = (parser.peek(), parser.peek_at(1)) {
        let name = name.to_lowercase();
        return call(parser, &name);
    }
    if let Some(value) = value(parser, "root")? {
        return Ok(Term::Value(Cow::Owned(value)));
    }
    match parser.path()? {
        Some(path) => Ok(Term::Path(path)),
        None => parser.unexpected_term(),
    }
}

fn call(parser: &mut Parser<'_, '_>, name: &str) -> Understood<Term<'static>> {
    if name != "list_append" {
        let place = parser.shown(parser.place());
        return Err(invalid(format!("Unrecognized function: {name} at {place}")));
    }
    parser.advance();
    parser.advance();
    let arguments = parser.nested(arguments)?;
    let count = arguments.len();
    let Ok([first, second]) = <[Term<'static>; 2]>::try_from(arguments) else {
        return Err(invalid(format!(
            "Incorrect number of operands for operator or function; operator or function: \
             {name}, number of operands: {count}"
        )));
    };
    for term in [&first, &second] {
        if let Some(kind) = kind_of(term).filter(|kind| *kind != "L") {
            return Err(wrong_type(name, kind));
        }
    }
    Ok(Term::ListAppend(Box::new(first), Box::new(second)))
}

fn kind_of(term: &Term<'_>) -> Option<&'static str> {
    match term {
        Term::Path(_) | Term::IfNotExists(..) => None,
        Term::Value(value) => Some(value.type_name()),
        Term::ListAppend(..) => Some("L"),
        Term::Plus(..) | Term::Minus(..) => Some("N"),
    }
}

fn wrong_type(name: &str, kind: &str) -> DynamoError {
    invalid(format!(
        "Incorrect operand type for operator or function; operator or function: {name}, operand \
         type: {kind}"
    ))
}
