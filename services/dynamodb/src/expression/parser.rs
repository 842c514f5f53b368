//! What the grammars share: walking over tokens, document paths, placeholders.

use super::{
    lexer::{Spanned, Token, tokens},
    placeholders::Placeholders,
    problems::{Problem, Problems, SyntaxError},
    reserved::is_reserved,
    tree::{Path, Step},
};
use crate::value::attribute::{AttributeValue, MAX_DEPTH};
use std::borrow::Cow;

/// The most operators and functions in one expression.
const MAX_OPERATORS: usize = 300;
/// The most parentheses and `NOT`s inside one another. AWS documents no such limit; more would
/// have no use within 4 KB of text.
const MAX_NESTING: usize = 100;

/// An expression that does not parse: what AWS says of it.
pub(crate) type Parsed<T> = Result<T, String>;

/// Reads one expression.
pub(crate) struct Parser<'t, 'r> {
    text: &'t str,
    tokens: Vec<Spanned<'t>>,
    next: usize,
    placeholders: &'t Placeholders<'r>,
    pub(crate) problems: Problems,
    /// What an update changes, in the order of the text.
    pub(crate) targets: Vec<Path>,
    operators: usize,
    nesting: usize,
}

impl<'t, 'r> Parser<'t, 'r> {
    /// At the beginning of `text`.
    pub(crate) fn new(text: &'t str, placeholders: &'t Placeholders<'r>) -> Parsed<Self> {
        let tokens = tokens(text).map_err(|error| error.to_string())?;
        let problems = Problems::default();
        Ok(Self {
            text,
            tokens,
            next: 0,
            placeholders,
            problems,
            targets: Vec::new(),
            operators: 0,
            nesting: 0,
        })
    }

    /// The token that comes next.
    pub(crate) fn peek(&self) -> Token<'t> {
        self.peek_at(0)
    }

    /// The token `ahead` places further on.
    pub(crate) fn peek_at(&self, ahead: usize) -> Token<'t> {
        self.tokens.get(self.next + ahead).map_or(Token::End, |spanned| spanned.token)
    }

    /// Goes past the next token.
    pub(crate) fn advance(&mut self) {
        self.next += 1;
    }

    /// Goes past `sign` if it comes next.
    pub(crate) fn eat(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Token::Sign(sign);
        self.next += usize::from(found);
        found
    }

    /// Goes past `sign`, which must come next.
    pub(crate) fn expect(&mut self, sign: &'static str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { self.unexpected() }
    }

    /// Goes past `keyword` if it comes next.
    pub(crate) fn eat_keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek().is(keyword);
        self.next += usize::from(found);
        found
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Parsed<()> {
        if self.peek() == Token::End { Ok(()) } else { self.unexpected() }
    }

    /// The next token cannot stand here.
    pub(crate) fn unexpected<T>(&self) -> Parsed<T> {
        let place = self.next.min(self.tokens.len().saturating_sub(1));
        let span = |index: usize| {
            self.tokens.get(index).map_or((0, 0), |spanned| (spanned.start, spanned.end))
        };
        let (start, end) = span(place);
        let token = if start == end { "<EOF>" } else { &self.text[start..end] };
        let from = span(place.saturating_sub(1)).0;
        let to = span(place + 1).1.max(end);
        Err(SyntaxError::new(token, self.text[from..to].trim_end()).to_string())
    }

    /// Counts an operator or function.
    pub(crate) fn operator(&mut self) {
        self.operators += 1;
    }

    /// After the last token: too many operators are a fault of their own.
    pub(crate) fn check_operators(&mut self) {
        let count = self.operators;
        if count > MAX_OPERATORS {
            self.problems.note(Problem::Limit, || {
                format!("The expression contains too many operators; operator count: {count}")
            });
        }
    }

    /// Goes one level deeper; [`Parser::leave`] comes back.
    pub(crate) fn enter(&mut self) -> Parsed<()> {
        if self.nesting >= MAX_NESTING {
            return Err("The expression is nested too deeply;".into());
        }
        self.nesting += 1;
        Ok(())
    }

    /// Comes back from a level.
    pub(crate) fn leave(&mut self) {
        self.nesting = self.nesting.saturating_sub(1);
    }

    /// `one, another, ...`
    pub(crate) fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut all = vec![one(self)?];
        while self.eat(",") {
            all.push(one(self)?);
        }
        Ok(all)
    }

    /// A document path. `keywords` cannot begin one.
    pub(crate) fn path(&mut self, keywords: &[&str]) -> Parsed<Path> {
        if keywords.iter().any(|keyword| self.peek().is(keyword)) {
            return self.unexpected();
        }
        let mut steps = vec![Step::Name(self.name()?)];
        loop {
            if self.eat(".") {
                steps.push(Step::Name(self.name()?));
            } else if self.eat("[") {
                let Token::Digits(digits) = self.peek() else { return self.unexpected() };
                let index: Option<i32> = digits.parse().ok();
                if index.is_none() {
                    self.problems.note(Problem::Index, || {
                        format!("List index is not within the allowable range; index: [{digits}]")
                    });
                }
                steps.push(Step::Index(index.unwrap_or_default() as usize));
                self.advance();
                self.expect("]")?;
            } else {
                break;
            }
        }
        let levels = steps.len();
        if levels > MAX_DEPTH {
            self.problems.note(Problem::Depth, || {
                format!("The document path has too many nesting levels; nesting levels: {levels}")
            });
        }
        Ok(Path(steps))
    }

    fn name(&mut self) -> Parsed<String> {
        let name = match self.peek() {
            Token::Word(word) => {
                if is_reserved(word) {
                    self.problems.note(Problem::Reserved, || {
                        format!("Attribute name is a reserved keyword; reserved keyword: {word}")
                    });
                }
                word.to_owned()
            }
            Token::Name(placeholder) => match self.placeholders.name(placeholder) {
                Some(name) => name.to_owned(),
                None => {
                    self.problems.note(Problem::Name, || {
                        format!(
                            "An expression attribute name used in the document path is not \
                             defined; attribute name: {placeholder}"
                        )
                    });
                    placeholder.to_owned()
                }
            },
            _ => return self.unexpected(),
        };
        self.advance();
        Ok(name)
    }

    /// The value that a `:placeholder`, which comes next, stands for.
    pub(crate) fn value(&mut self) -> Parsed<Cow<'r, AttributeValue>> {
        let Token::Value(placeholder) = self.peek() else { return self.unexpected() };
        self.advance();
        Ok(match self.placeholders.value(placeholder) {
            Some(value) => Cow::Borrowed(value),
            None => {
                self.problems.note(Problem::Value, || {
                    format!(
                        "An expression attribute value used in expression is not defined; \
                         attribute value: {placeholder}"
                    )
                });
                Cow::Owned(AttributeValue::Null)
            }
        })
    }

    /// The name of a function, if a call comes next.
    pub(crate) fn call(&self) -> Option<&'t str> {
        match (self.peek(), self.peek_at(1)) {
            (Token::Word(name), Token::Sign("(")) => Some(name),
            _ => None,
        }
    }
}
