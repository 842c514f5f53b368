//! Text with wildcards and policy variables, `${key}` or `${key, 'default'}`.
use std::{borrow::Cow, sync::Arc};

use crate::{
    Keys,
    glob::{self, Token},
};

/// How a policy's text is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Syntax {
    /// Whether `*` and `?` are wildcards.
    pub wildcards: bool,
    /// Whether `${…}` is special: only since version 2012-10-17.
    pub variables: bool,
}

/// A pattern that may depend on the request.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    tokens: Box<[Token]>,
    variables: Arc<[Variable]>,
}

#[derive(Debug)]
struct Variable {
    key: Arc<str>,
    default: Option<Box<str>>,
}

/// Whether a template fits; a variable without value makes it undecidable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Yes,
    No,
    Unresolved,
}

impl From<bool> for Fit {
    fn from(yes: bool) -> Self {
        if yes { Fit::Yes } else { Fit::No }
    }
}

impl Template {
    pub fn parse(text: &str, syntax: Syntax) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        let mut variables = Vec::new();
        let mut rest = text;
        while let Some(byte) = rest.bytes().next() {
            if syntax.variables
                && let Some((token, after)) = special(rest, &mut variables)
            {
                tokens.push(token);
                rest = after;
                continue;
            }
            tokens.push(match byte {
                b'*' if syntax.wildcards => Token::Many,
                b'?' if syntax.wildcards => Token::One,
                _ => Token::Byte(byte),
            });
            // Characters beyond ASCII are copied whole, so that `rest` stays valid text.
            let width = rest.chars().next().map_or(1, char::len_utf8);
            tokens.extend(rest.bytes().take(width).skip(1).map(Token::Byte));
            rest = &rest[width..];
        }
        Template { tokens: tokens.into(), variables: variables.into() }
    }

    /// Any text at all.
    pub fn anything() -> Self {
        Template { tokens: Box::new([Token::Many]), variables: Arc::new([]) }
    }

    /// Cuts at the first colons that stand outside variables into at most `parts` parts.
    pub fn split_at_colons(&self, parts: usize) -> Vec<Template> {
        self.tokens
            .splitn(parts, |token| *token == Token::Byte(b':'))
            .map(|tokens| Template { tokens: tokens.into(), variables: self.variables.clone() })
            .collect()
    }

    /// The text, if it holds neither wildcards nor variables.
    pub fn literal(&self) -> Option<String> {
        spell(&self.tokens)
    }

    /// How much there is to compare.
    pub fn size(&self) -> usize {
        self.tokens.len() + 1
    }

    /// Whether it surely covers all that `inner` does; variables cover themselves.
    pub fn covers_text(&self, inner: &Self) -> bool {
        glob::covers(&self.tokens, &inner.tokens, |own, inners| {
            let own = self.variables.get(usize::from(own)).map(Variable::parts);
            own == inner.variables.get(usize::from(inners)).map(Variable::parts)
        })
    }

    /// Whether some text may fit both.
    pub fn may_meet(&self, other: &Self) -> bool {
        glob::may_meet(&self.tokens, &other.tokens)
    }

    /// The text with its wildcards, if it holds no variables.
    pub fn pattern(&self) -> Option<String> {
        let bytes = self.tokens.iter().map(|token| match token {
            Token::Byte(byte) => Some(*byte),
            Token::One => Some(b'?'),
            Token::Many => Some(b'*'),
            Token::Variable(_) => None,
        });
        String::from_utf8(bytes.collect::<Option<_>>()?).ok()
    }

    /// Whether this is `*` and nothing else.
    pub fn is_anything(&self) -> bool {
        *self.tokens == [Token::Many]
    }

    /// Whether it holds a variable.
    pub fn is_variable(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Variable(_)))
    }

    /// The keys of its variables.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Variable(at) => Some(&*self.variables.get(usize::from(*at))?.key),
            _ => None,
        })
    }

    /// Whether the text fits; variables without value are noted in `missing`.
    pub fn fits(&self, text: &str, context: &dyn Keys, missing: &mut Vec<Arc<str>>) -> Fit {
        match self.resolve(context, missing) {
            Some(tokens) => glob::matches(&tokens, text).into(),
            None => Fit::Unresolved,
        }
    }

    /// Whether the text is equal but for case; for templates without wildcards.
    pub fn equals_ignoring_case(
        &self,
        text: &str,
        context: &dyn Keys,
        missing: &mut Vec<Arc<str>>,
    ) -> bool {
        let own = self.resolve(context, missing).and_then(|tokens| spell(&tokens));
        own.is_some_and(|own| own.to_lowercase() == text.to_lowercase())
    }

    /// The pattern for this request. Values are literal: a `*` in a tag's value is no wildcard.
    fn resolve(&self, context: &dyn Keys, missing: &mut Vec<Arc<str>>) -> Option<Cow<'_, [Token]>> {
        if self.variables.is_empty() {
            return Some(Cow::Borrowed(&self.tokens));
        }
        let mut tokens = Vec::with_capacity(self.tokens.len());
        for token in &self.tokens {
            let Token::Variable(at) = token else {
                tokens.push(*token);
                continue;
            };
            let value = self.variables.get(usize::from(*at))?.value(context, missing)?;
            tokens.extend(value.bytes().map(Token::Byte));
        }
        Some(Cow::Owned(tokens))
    }
}

impl Variable {
    fn parts(&self) -> (String, Option<&str>) {
        (self.key.to_ascii_lowercase(), self.default.as_deref())
    }

    /// None also for multi-valued keys, which cannot be variables.
    fn value<'a>(&'a self, context: &'a dyn Keys, missing: &mut Vec<Arc<str>>) -> Option<&'a str> {
        let entry = context.entry(&self.key).filter(|entry| !entry.multi_valued);
        match (entry, &self.default) {
            (Some(entry), _) => entry.values.first().map(String::as_str),
            (None, Some(default)) => Some(default),
            (None, None) => {
                note(missing, &self.key);
                None
            }
        }
    }
}

/// Adds a key to those found missing, once.
pub(crate) fn note(missing: &mut Vec<Arc<str>>, key: &Arc<str>) {
    if !missing.iter().any(|known| known.eq_ignore_ascii_case(key)) {
        missing.push(key.clone());
    }
}

/// Reads `${…}` at the start of `text`; what is not well formed is plain text.
fn special<'t>(text: &'t str, variables: &mut Vec<Variable>) -> Option<(Token, &'t str)> {
    let (inside, after) = text.strip_prefix("${")?.split_once('}')?;
    let token = match inside {
        "*" => Token::Byte(b'*'),
        "?" => Token::Byte(b'?'),
        "$" => Token::Byte(b'$'),
        _ => {
            let place = u16::try_from(variables.len()).ok()?;
            variables.push(variable(inside)?);
            Token::Variable(place)
        }
    };
    Some((token, after))
}

fn variable(inside: &str) -> Option<Variable> {
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key.trim(), Some(default.into()))
        }
        None => (inside.trim(), None),
    };
    (!key.is_empty()).then(|| Variable { key: key.into(), default })
}

fn spell(tokens: &[Token]) -> Option<String> {
    let bytes = tokens.iter().map(|token| match token {
        Token::Byte(byte) => Some(*byte),
        _ => None,
    });
    String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Context;

    fn fit(template: &str, text: &str) -> Fit {
        let mut context = Context::default();
        context.set("aws:username", "ana");
        context.set("aws:PrincipalTag/p", "*");
        context.set_many("aws:TagKeys", ["k".to_owned()]);
        let syntax = Syntax { wildcards: true, variables: true };
        Template::parse(template, syntax).fits(text, &context, &mut Vec::new())
    }

    #[test]
    fn variables_take_the_requests_values() {
        for (template, text, expected) in [
            ("home/${aws:username}/*", "home/ana/x", Fit::Yes),
            ("home/${AWS:UserName}/*", "home/eve/x", Fit::No),
            ("${aws:PrincipalTag/p}", "*", Fit::Yes),
            ("${aws:PrincipalTag/p}", "x", Fit::No),
            ("${aws:userid}", "x", Fit::Unresolved),
            ("${aws:TagKeys}", "k", Fit::Unresolved),
            ("${aws:userid, 'none'}é", "noneé", Fit::Yes),
            ("a${*}b${?}${$}", "a*b?$", Fit::Yes),
            ("a${*}b", "axb", Fit::No),
            ("${", "${", Fit::Yes),
            ("${}", "${}", Fit::Yes),
        ] {
            assert_eq!(fit(template, text), expected, "{template} on {text}");
        }
    }

    #[test]
    fn without_variables_the_text_stands_for_itself() {
        let syntax = Syntax { wildcards: true, variables: false };
        let template = Template::parse("${aws:username}", syntax);
        assert_eq!(template.literal().as_deref(), Some("${aws:username}"));
    }

    #[test]
    fn colons_inside_variables_do_not_split() {
        let syntax = Syntax { wildcards: true, variables: true };
        let parts = Template::parse("a:${aws:username}:b:c", syntax).split_at_colons(3);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[1].keys().collect::<Vec<_>>(), ["aws:username"]);
        assert_eq!(parts[2].literal().as_deref(), Some("b:c"));
    }
}
