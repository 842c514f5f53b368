//! Update and projection expressions: text to tree.

use super::{
    lexer::Token,
    parser::{Parsed, Parser},
    problems::{Problem, UPDATE_ORDER},
    tree::{Path, Relation, Term, Update},
};
use crate::value::attribute::AttributeValue;
use std::borrow::Cow;

/// Words that are never attribute names in updates.
const SECTIONS: &[&str] = &["SET", "REMOVE", "ADD", "DELETE"];

/// Reads the paths of a `ProjectionExpression`.
pub(crate) fn projection(mut parser: Parser<'_, '_>) -> Parsed<Vec<Path>> {
    let paths = parser.list(|parser| parser.path(&[]))?;
    parser.end()?;
    check_paths(&mut parser, &paths.iter().collect::<Vec<_>>());
    finish(parser, paths)
}

/// Reads an `UpdateExpression`.
pub(crate) fn update<'r>(mut parser: Parser<'_, 'r>) -> Parsed<Update<'r>> {
    let mut update = Update::default();
    let mut seen = Vec::new();
    while let Some(section) = SECTIONS.iter().find(|section| parser.eat_keyword(section)) {
        if seen.contains(section) {
            parser.problems.note(Problem::Section, || {
                format!("The \"{section}\" section can only be used once in an update expression;")
            });
        }
        seen.push(section);
        read_section(&mut parser, section, &mut update)?;
    }
    parser.end()?;
    if seen.is_empty() {
        return parser.unexpected();
    }
    let written = std::mem::take(&mut parser.targets);
    check_paths(&mut parser, &written.iter().collect::<Vec<_>>());
    parser.check_operators();
    finish(parser, update)
}

fn read_section<'r>(
    parser: &mut Parser<'_, 'r>,
    section: &str,
    update: &mut Update<'r>,
) -> Parsed<()> {
    match section {
        "SET" => update.set.extend(parser.list(assignment)?),
        "REMOVE" => update.remove.extend(parser.list(target)?),
        "ADD" => update.add.extend(parser.list(|parser| change(parser, "ADD"))?),
        _ => update.delete.extend(parser.list(|parser| change(parser, "DELETE"))?),
    }
    Ok(())
}

/// A path that is changed.
fn target(parser: &mut Parser<'_, '_>) -> Parsed<Path> {
    let path = parser.path(SECTIONS)?;
    parser.targets.push(path.clone());
    Ok(path)
}

fn finish<T>(mut parser: Parser<'_, '_>, read: T) -> Parsed<T> {
    parser.problems.take(UPDATE_ORDER).map_or(Ok(read), Err)
}

/// No two paths may overlap or conflict.
fn check_paths(parser: &mut Parser<'_, '_>, paths: &[&Path]) {
    if Path::are_apart(paths) {
        return;
    }
    for (index, two) in paths.iter().enumerate() {
        for one in &paths[..index] {
            let (problem, verb) = match one.relation(two) {
                Relation::Apart => continue,
                Relation::Overlap => (Problem::Overlap, "overlap"),
                Relation::Conflict => (Problem::Conflict, "conflict"),
            };
            parser.problems.note(problem, || {
                format!(
                    "Two document paths {verb} with each other; must remove or rewrite one of \
                     these paths; path one: {one}, path two: {two}"
                )
            });
        }
    }
}

/// `path :value`, of `ADD` and `DELETE`.
fn change<'r>(
    parser: &mut Parser<'_, 'r>,
    operator: &str,
) -> Parsed<(Path, Cow<'r, AttributeValue>)> {
    let path = target(parser)?;
    let value = parser.value()?;
    parser.operator();
    let kind = match &*value {
        AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_) => None,
        AttributeValue::N(_) if operator == "ADD" => None,
        AttributeValue::S(_) => Some("STRING"),
        AttributeValue::N(_) => Some("NUMBER"),
        AttributeValue::B(_) => Some("BINARY"),
        AttributeValue::Null => Some("NULL"),
        AttributeValue::Bool(_) => Some("BOOLEAN"),
        AttributeValue::L(_) => Some("LIST"),
        AttributeValue::M(_) => Some("MAP"),
    };
    if let Some(kind) = kind {
        parser.problems.note(Problem::Operand, || {
            format!(
                "Incorrect operand type for operator or function; operator: {operator}, operand \
                 type: {kind}"
            )
        });
    }
    Ok((path, value))
}

/// `path = term`.
fn assignment<'r>(parser: &mut Parser<'_, 'r>) -> Parsed<(Path, Term<'r>)> {
    let path = target(parser)?;
    parser.expect("=")?;
    parser.operator();
    Ok((path, sum(parser)?))
}

/// An operand, or one sum or difference of two.
fn sum<'r>(parser: &mut Parser<'_, 'r>) -> Parsed<Term<'r>> {
    let left = operand(parser)?;
    let sign = match parser.peek() {
        // A sum in parentheses takes no further part in a sum.
        Token::Sign(sign @ ("+" | "-")) if !is_sum(&left) => sign,
        _ => return Ok(left),
    };
    parser.advance();
    parser.operator();
    let right = operand(parser)?;
    if is_sum(&right) {
        return parser.unexpected();
    }
    check_types(parser, sign, "N", [&left, &right]);
    let (left, right) = (Box::new(left), Box::new(right));
    Ok(if sign == "+" { Term::Plus(left, right) } else { Term::Minus(left, right) })
}

fn is_sum(term: &Term<'_>) -> bool {
    matches!(term, Term::Plus(..) | Term::Minus(..))
}

fn operand<'r>(parser: &mut Parser<'_, 'r>) -> Parsed<Term<'r>> {
    if parser.eat("(") {
        parser.enter()?;
        let inner = sum(parser);
        parser.leave();
        let inner = inner?;
        parser.expect(")")?;
        return Ok(inner);
    }
    if let Some(name) = parser.call() {
        parser.advance();
        parser.advance();
        parser.operator();
        parser.enter()?;
        let arguments = parser.list(operand);
        parser.leave();
        let arguments = arguments?;
        parser.expect(")")?;
        return Ok(function(parser, name, arguments));
    }
    match parser.peek() {
        Token::Value(_) => parser.value().map(Term::Value),
        _ => parser.path(SECTIONS).map(Term::Path),
    }
}

fn function<'r>(parser: &mut Parser<'_, 'r>, name: &str, arguments: Vec<Term<'r>>) -> Term<'r> {
    let nothing = || Term::Value(Cow::Owned(AttributeValue::Null));
    if !matches!(name, "if_not_exists" | "list_append") {
        let text = || format!("Invalid function name; function: {name}");
        parser.problems.note(Problem::UnknownFunction, text);
        return nothing();
    }
    if arguments.iter().any(|argument| matches!(argument, Term::ListAppend(..))) {
        parser.problems.note(Problem::MisusedFunction, || {
            "The function is not allowed to be used this way in an expression; function: \
             list_append"
                .into()
        });
    }
    let count = arguments.len();
    let Ok([first, second]) = <[Term<'r>; 2]>::try_from(arguments) else {
        parser.problems.note(Problem::Function, || {
            format!(
                "Incorrect number of operands for operator or function; operator or function: \
                 {name}, number of operands: {count}"
            )
        });
        return nothing();
    };
    if name == "list_append" {
        check_types(parser, name, "L", [&first, &second]);
        return Term::ListAppend(Box::new(first), Box::new(second));
    }
    let Term::Path(path) = first else {
        parser.problems.note(Problem::Function, || {
            format!("Operator or function requires a document path; operator or function: {name}")
        });
        return nothing();
    };
    Term::IfNotExists(path, Box::new(second))
}

fn check_types(parser: &mut Parser<'_, '_>, name: &str, wanted: &str, terms: [&Term<'_>; 2]) {
    for term in terms {
        if let Some(kind) = term.kind()
            && kind != wanted
        {
            parser.problems.note(Problem::Function, || {
                format!(
                    "Incorrect operand type for operator or function; operator or function: \
                     {name}, operand type: {kind}"
                )
            });
        }
    }
}
