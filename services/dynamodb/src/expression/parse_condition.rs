//! Conditions, filters and key conditions: text to tree.

use super::{
    lexer::Token,
    parser::{Parsed, Parser},
    problems::{CONDITION_ORDER, ONE_CONDITION_ORDER, Problem},
    tree::{Comparator, Condition, Operand},
};
use crate::value::attribute::{AttributeValue, TYPES};
use std::borrow::Cow;

/// The most operands of `IN`.
const MAX_IN: usize = 100;
/// Words that are never attribute names in conditions.
const KEYWORDS: &[&str] = &["AND", "OR", "NOT", "BETWEEN", "IN"];

/// Something read of which it is not yet known whether it is to be a value or a condition.
enum Node<'r> {
    Operand(Operand<'r>),
    Condition(Condition<'r>),
    /// A call, which can become either.
    Call(String, Vec<Operand<'r>>),
}

/// A node and whether parentheses stand around it.
struct Read<'r> {
    node: Node<'r>,
    parentheses: bool,
}

/// Reads a condition.
pub(crate) struct ConditionParser<'t, 'r> {
    parser: Parser<'t, 'r>,
    /// The fault of the first condition that has one.
    fault: Option<String>,
}

impl<'t, 'r> ConditionParser<'t, 'r> {
    /// Reads all of `parser`'s text.
    pub(crate) fn parse(parser: Parser<'t, 'r>) -> Parsed<Condition<'r>> {
        let mut this = Self { parser, fault: None };
        let read = this.any()?;
        let condition = this.condition(read)?;
        this.parser.end()?;
        this.parser.check_operators();
        match this.parser.problems.take(CONDITION_ORDER).or(this.fault) {
            Some(fault) => Err(fault),
            None => Ok(condition),
        }
    }

    fn any(&mut self) -> Parsed<Read<'r>> {
        self.chain("OR", Self::all, Condition::Any)
    }

    fn all(&mut self) -> Parsed<Read<'r>> {
        self.chain("AND", Self::not, Condition::All)
    }

    fn chain(
        &mut self,
        keyword: &str,
        part: fn(&mut Self) -> Parsed<Read<'r>>,
        join: fn(Vec<Condition<'r>>) -> Condition<'r>,
    ) -> Parsed<Read<'r>> {
        let first = part(self)?;
        if !self.parser.peek().is(keyword) {
            return Ok(first);
        }
        let mut parts = vec![self.condition(first)?];
        while self.parser.eat_keyword(keyword) {
            self.parser.operator();
            let next = part(self)?;
            parts.push(self.condition(next)?);
        }
        Ok(Read { node: Node::Condition(join(parts)), parentheses: false })
    }

    fn not(&mut self) -> Parsed<Read<'r>> {
        if !self.parser.eat_keyword("NOT") {
            return self.comparison();
        }
        self.parser.operator();
        let inner = self.nested(Self::not)?;
        let inner = Box::new(self.condition(inner)?);
        Ok(Read { node: Node::Condition(Condition::Not(inner)), parentheses: false })
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Parsed<Read<'r>>) -> Parsed<Read<'r>> {
        self.parser.enter()?;
        let read = inner(self);
        self.parser.leave();
        read
    }

    fn comparison(&mut self) -> Parsed<Read<'r>> {
        let left = self.primary()?;
        let condition = match self.parser.peek() {
            Token::Sign(sign) => match Comparator::parse(sign) {
                Some(comparator) => self.compare(left, comparator, sign)?,
                None => return Ok(left),
            },
            token if token.is("BETWEEN") => self.between(left)?,
            token if token.is("IN") => self.is_in(left)?,
            _ => return Ok(left),
        };
        self.close();
        Ok(Read { node: Node::Condition(condition), parentheses: false })
    }

    fn compare(
        &mut self,
        left: Read<'r>,
        comparator: Comparator,
        sign: &str,
    ) -> Parsed<Condition<'r>> {
        let left = self.operand(left)?;
        self.parser.advance();
        self.parser.operator();
        let right = self.primary()?;
        let right = self.operand(right)?;
        self.distinct(sign, &left, &right);
        if comparator.orders() {
            self.ordered(sign, [&left, &right]);
        }
        Ok(Condition::Compare(comparator, left, right))
    }

    fn between(&mut self, value: Read<'r>) -> Parsed<Condition<'r>> {
        let value = self.operand(value)?;
        self.parser.advance();
        self.parser.operator();
        let low = self.primary()?;
        let low = self.operand(low)?;
        if !self.parser.eat_keyword("AND") {
            return self.parser.unexpected();
        }
        let high = self.primary()?;
        let high = self.operand(high)?;
        self.ordered("BETWEEN", [&value, &low, &high]);
        self.bounds(&low, &high);
        Ok(Condition::Between(value, low, high))
    }

    fn bounds(&mut self, low: &Operand<'r>, high: &Operand<'r>) {
        if let Some(fault) = wrong_bounds(low, high) {
            self.parser.problems.note(Problem::Function, || fault);
        }
    }

    fn is_in(&mut self, value: Read<'r>) -> Parsed<Condition<'r>> {
        let value = self.operand(value)?;
        self.parser.advance();
        self.parser.operator();
        self.parser.expect("(")?;
        let list = self.operands()?;
        self.parser.expect(")")?;
        let count = list.len();
        if count > MAX_IN {
            self.parser.problems.note(Problem::Count, || {
                format!(
                    "The IN operator is provided with too many operands; number of operands: \
                     {count}"
                )
            });
        }
        if let [only] = list.as_slice() {
            self.distinct("IN", &value, only);
        }
        Ok(Condition::In(value, list))
    }

    fn operands(&mut self) -> Parsed<Vec<Operand<'r>>> {
        let mut all = Vec::new();
        loop {
            let read = self.primary()?;
            all.push(self.operand(read)?);
            if !self.parser.eat(",") {
                return Ok(all);
            }
        }
    }

    fn primary(&mut self) -> Parsed<Read<'r>> {
        if self.parser.eat("(") {
            let inner = self.nested(Self::any)?;
            self.parser.expect(")")?;
            if inner.parentheses {
                let text = || "The expression has redundant parentheses;".to_owned();
                self.parser.problems.note(Problem::Parentheses, text);
            }
            return Ok(Read { node: inner.node, parentheses: true });
        }
        let node = match (self.parser.call(), self.parser.peek()) {
            (Some(name), token) if !KEYWORDS.iter().any(|keyword| token.is(keyword)) => {
                self.parser.advance();
                self.parser.advance();
                self.parser.operator();
                let arguments = self.nested_operands()?;
                self.parser.expect(")")?;
                Node::Call(name.to_owned(), arguments)
            }
            (_, Token::Value(_)) => Node::Operand(Operand::Value(self.parser.value()?)),
            _ => Node::Operand(Operand::Path(self.parser.path(KEYWORDS)?)),
        };
        Ok(Read { node, parentheses: false })
    }

    fn nested_operands(&mut self) -> Parsed<Vec<Operand<'r>>> {
        self.parser.enter()?;
        let operands = self.operands();
        self.parser.leave();
        operands
    }

    /// `read` as a value.
    fn operand(&mut self, read: Read<'r>) -> Parsed<Operand<'r>> {
        match read.node {
            Node::Operand(operand) => Ok(operand),
            Node::Condition(_) => self.parser.unexpected(),
            Node::Call(name, arguments) => {
                if name == "size" {
                    return Ok(self.size(arguments));
                }
                self.misused(&name);
                Ok(nothing())
            }
        }
    }

    /// `read` as a condition.
    fn condition(&mut self, read: Read<'r>) -> Parsed<Condition<'r>> {
        match read.node {
            Node::Condition(condition) => Ok(condition),
            Node::Operand(_) => self.parser.unexpected(),
            Node::Call(name, arguments) => {
                if name == "size" {
                    self.misused(&name);
                }
                let condition = self.function(&name, arguments);
                self.close();
                Ok(condition)
            }
        }
    }

    fn misused(&mut self, name: &str) {
        if !is_function(name) {
            return self.unknown(name);
        }
        self.parser.problems.note(Problem::MisusedFunction, || {
            format!(
                "The function is not allowed to be used this way in an expression; function: \
                 {name}"
            )
        });
    }

    fn unknown(&mut self, name: &str) {
        let text = || match name {
            "if_not_exists" | "list_append" => {
                format!("The function is not allowed in a condition expression; function: {name}")
            }
            _ => format!("Invalid function name; function: {name}"),
        };
        self.parser.problems.note(Problem::UnknownFunction, text);
    }

    fn size(&mut self, mut arguments: Vec<Operand<'r>>) -> Operand<'r> {
        self.count("size", &arguments, 1);
        let inner = arguments.pop().unwrap_or_else(nothing);
        if let Some(kind @ ("N" | "BOOL" | "NULL")) = kind_of(&inner) {
            self.wrong_type("size", kind);
        }
        Operand::Size(Box::new(inner))
    }

    fn function(&mut self, name: &str, mut arguments: Vec<Operand<'r>>) -> Condition<'r> {
        let wanted = match name {
            "attribute_exists" | "attribute_not_exists" | "size" => 1,
            "attribute_type" | "begins_with" | "contains" => 2,
            _ => {
                self.unknown(name);
                return Condition::All(Vec::new());
            }
        };
        self.count(name, &arguments, wanted);
        if arguments.len() != wanted {
            return Condition::All(Vec::new());
        }
        let second = if wanted == 2 { arguments.pop() } else { None };
        let (first, second) = (arguments.pop().unwrap_or_else(nothing), second);
        match (name, first, second) {
            ("attribute_type", first, Some(kind)) => self.attribute_type(first, kind),
            ("begins_with", first, Some(start)) => self.begins_with(first, start),
            ("contains", first, Some(part)) => {
                self.distinct("contains", &first, &part);
                Condition::Contains(first, part)
            }
            (_, Operand::Path(path), _) => Condition::Exists(path, name == "attribute_exists"),
            _ => {
                self.parser.problems.note(Problem::Function, || {
                    format!(
                        "Operator or function requires a document path; operator or function: \
                         {name}"
                    )
                });
                Condition::All(Vec::new())
            }
        }
    }

    fn attribute_type(&mut self, first: Operand<'r>, kind: Operand<'r>) -> Condition<'r> {
        self.distinct("attribute_type", &first, &kind);
        match &kind {
            Operand::Value(value) => match &**value {
                AttributeValue::S(name) if TYPES.contains(&name.as_str()) => {}
                AttributeValue::S(name) => self.parser.problems.note(Problem::Function, || {
                    format!(
                        "Invalid attribute type name found; type: {name}, valid types: \
                         {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
                    )
                }),
                other => self.wrong_type("attribute_type", other.type_name()),
            },
            other => {
                let kind = kind_of(other).unwrap_or("{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
                self.wrong_type("attribute_type", kind);
            }
        }
        Condition::Type(first, kind)
    }

    fn begins_with(&mut self, first: Operand<'r>, start: Operand<'r>) -> Condition<'r> {
        self.distinct("begins_with", &first, &start);
        for operand in [&first, &start] {
            if let Some(kind) = kind_of(operand)
                && !matches!(kind, "S" | "B")
            {
                self.wrong_type("begins_with", kind);
            }
        }
        Condition::BeginsWith(first, start)
    }

    fn count(&mut self, name: &str, operands: &[Operand<'r>], wanted: usize) {
        let found = operands.len();
        if found != wanted {
            self.parser.problems.note(Problem::Count, || {
                format!(
                    "Incorrect number of operands for operator or function; operator or \
                     function: {name}, number of operands: {found}"
                )
            });
        }
    }

    fn wrong_type(&mut self, name: &str, kind: &str) {
        self.parser.problems.note(Problem::Function, || {
            format!(
                "Incorrect operand type for operator or function; operator or function: {name}, \
                 operand type: {kind}"
            )
        });
    }

    /// Operands of a comparison that asks for an order have types that are ordered.
    fn ordered<const COUNT: usize>(&mut self, operator: &str, operands: [&Operand<'r>; COUNT]) {
        let wrong = operands.into_iter().filter_map(kind_of);
        if let Some(kind) = wrong.into_iter().find(|kind| !matches!(*kind, "S" | "N" | "B")) {
            self.parser.problems.note(Problem::Operand, || {
                format!(
                    "Incorrect operand type for operator or function; operator: {operator}, \
                     operand type: {kind}"
                )
            });
        }
    }

    fn distinct(&mut self, operator: &str, first: &Operand<'r>, second: &Operand<'r>) {
        if let (Operand::Path(a), Operand::Path(b)) = (first, second)
            && a == b
        {
            self.parser.problems.note(Problem::Distinct, || {
                format!(
                    "The first operand must be distinct from the remaining operands for this \
                     operator or function; operator: {operator}, first operand: {a}"
                )
            });
        }
    }

    /// Ends one condition: its faults rank after those of the conditions before it.
    fn close(&mut self) {
        let fault = self.parser.problems.take(ONE_CONDITION_ORDER);
        self.fault = self.fault.take().or(fault);
    }
}

/// What is wrong with these bounds of `BETWEEN`, if they are values that are not in order.
pub(crate) fn wrong_bounds(low: &Operand<'_>, high: &Operand<'_>) -> Option<String> {
    let (Operand::Value(low), Operand::Value(high)) = (low, high) else { return None };
    let what = match super::evaluate::order(low, high) {
        None => "same data type for lower and upper bounds",
        Some(std::cmp::Ordering::Greater) => {
            "upper bound to be greater than or equal to lower bound"
        }
        Some(_) => return None,
    };
    let (low, high) = (shown(low), shown(high));
    Some(format!(
        "The BETWEEN operator requires {what}; lower bound operand: AttributeValue: {low}, upper \
         bound operand: AttributeValue: {high}"
    ))
}

fn is_function(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "attribute_exists",
        "attribute_not_exists",
        "attribute_type",
        "begins_with",
        "contains",
        "size",
    ];
    NAMES.contains(&name)
}

/// Stands for an operand that is at fault; such an expression is never evaluated.
fn nothing<'r>() -> Operand<'r> {
    Operand::Value(Cow::Owned(AttributeValue::Null))
}

/// The type of an operand, where the text alone tells it.
fn kind_of(operand: &Operand<'_>) -> Option<&'static str> {
    match operand {
        Operand::Path(_) => None,
        Operand::Value(value) => Some(value.type_name()),
        Operand::Size(_) => Some("N"),
    }
}

/// A value as AWS shows it in messages.
fn shown(value: &AttributeValue) -> String {
    let kind = value.type_name();
    match value {
        AttributeValue::S(text) => format!("{{{kind}:{text}}}"),
        AttributeValue::N(number) => format!("{{{kind}:{number}}}"),
        AttributeValue::B(bytes) => {
            let length = bytes.len();
            format!("{{{kind}:java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]}}")
        }
        _ => format!("{{{kind}}}"),
    }
}
