//! Patterns for unstructured messages: `ERROR -"not found"`, `?WARN ?ERROR`, `%regex%`.

use super::{
    cursor::Cursor,
    regex::{self, Regex},
};

/// Terms by what they ask for.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    required: Vec<Term>,
    excluded: Vec<Term>,
    any: Vec<Term>,
}

#[derive(Debug)]
enum Term {
    Text(String),
    Regex(Box<Regex>),
}

impl Term {
    fn weight(&self) -> usize {
        match self {
            Self::Text(_) => 1,
            Self::Regex(regex) => regex.weight,
        }
    }

    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}

/// Reads the whole text.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Terms, String> {
    let mut terms = Terms::default();
    loop {
        cursor.skip_space();
        if cursor.peek().is_none() {
            return Ok(terms);
        }
        let list = if cursor.eat("-") {
            &mut terms.excluded
        } else if cursor.eat("?") {
            &mut terms.any
        } else {
            &mut terms.required
        };
        list.push(term(cursor)?);
    }
}

fn term(cursor: &mut Cursor<'_>) -> Result<Term, String> {
    match cursor.peek() {
        Some('"') => {
            cursor.bump();
            cursor.quoted('"').map(Term::Text)
        }
        Some('%') => regex::parse(cursor).map(|regex| Term::Regex(Box::new(regex))),
        _ => {
            let text = cursor.take_while(|letter| !letter.is_whitespace() && letter != '"');
            let plain = |letter: char| letter.is_alphanumeric() || "_.-:/*@#".contains(letter);
            match text.chars().find(|letter| !plain(*letter)) {
                None if !text.is_empty() => Ok(Term::Text(text.to_owned())),
                None => Err(cursor.unexpected("a term")),
                Some(letter) => {
                    Err(format!("put the term '{text}' in double quotes, for it has '{letter}'"))
                }
            }
        }
    }
}

impl Terms {
    pub(super) fn weight(&self) -> usize {
        let all = self.required.iter().chain(&self.excluded).chain(&self.any);
        all.map(Term::weight).sum()
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        if self.excluded.iter().any(|term| term.is_in(message)) {
            return false;
        }
        // Beside required or excluded terms the optional ones say nothing, as on AWS.
        let alone = self.required.is_empty() && self.excluded.is_empty();
        if alone {
            return self.any.iter().any(|term| term.is_in(message));
        }
        self.required.iter().all(|term| term.is_in(message))
    }
}
