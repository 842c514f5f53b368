//! Statement text as tokens that know where they stand.

use super::{Understood, malformed};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A keyword, a name or a function's name.
    Word(&'t str),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// A number without its sign.
    Number(&'t str),
    /// `?`
    Parameter,
    /// One of the signs.
    Sign(&'static str),
    /// The end of the statement.
    End,
}

/// A token and the bytes it stands on.
#[derive(Clone, Debug)]
pub(super) struct Spanned<'t> {
    pub(super) token: Token<'t>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Longer ones first, since they start like shorter ones.
const SIGNS: [&str; 23] = [
    "<<", ">>", "<>", "<=", ">=", "!=", "||", "=", "<", ">", "(", ")", "[", "]", "{", "}", ",",
    ".", ":", "+", "-", "*", ";",
];

/// The tokens of `text` without comments, the last one [`Token::End`].
///
/// # Errors
/// AWS's `ValidationException` for what begins no token or does not end.
pub(super) fn tokens(text: &str) -> Understood<Vec<Spanned<'_>>> {
    let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let length = match skipped(rest) {
            Some(0) => {
                let (token, length) = token(rest).ok_or_else(|| malformed(""))?;
                tokens.push(Spanned { token, start, end: start + length });
                length
            }
            Some(length) => length,
            None => return Err(malformed("")),
        };
        start += length;
    }
    tokens.push(Spanned { token: Token::End, start: text.len(), end: text.len() });
    Ok(tokens)
}

/// The length of the white space or comment that `text` begins with; none if it does not end.
fn skipped(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first.is_whitespace() {
        return Some(first.len_utf8());
    }
    if text.starts_with("--") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    match text.strip_prefix("/*") {
        Some(comment) => Some(comment.find("*/")? + 4),
        None => Some(0),
    }
}

/// The token that `text` begins with, and its length.
fn token(text: &str) -> Option<(Token<'_>, usize)> {
    let first = text.chars().next()?;
    let run =
        |part: fn(char) -> bool| text.find(|character| !part(character)).unwrap_or(text.len());
    match first {
        '\'' => quoted(text, '\'').map(|(text, length)| (Token::Text(text), length)),
        '"' => quoted(text, '"').map(|(name, length)| (Token::Quoted(name), length)),
        '?' => Some((Token::Parameter, 1)),
        '0'..='9' => number(text),
        '.' if text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => number(text),
        _ if first.is_alphabetic() || matches!(first, '_' | '$') => {
            let length = run(|part| part.is_alphanumeric() || matches!(part, '_' | '$'));
            Some((Token::Word(&text[..length]), length))
        }
        _ => {
            let sign = SIGNS.iter().find(|sign| text.starts_with(**sign))?;
            Some((Token::Sign(sign), sign.len()))
        }
    }
}

/// What stands between two `quote`s, of which a doubled one stands for itself.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut found = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((place, character)) = characters.next() {
        if character != quote {
            found.push(character);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            found.push(quote);
        } else {
            return Some((found, place + 1));
        }
    }
    None
}

/// Digits, perhaps with a point, perhaps with a power of ten that fits 32 bits.
fn number(text: &str) -> Option<(Token<'_>, usize)> {
    let digits = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    let mut scale = 0_i64;
    if text.as_bytes().get(length) == Some(&b'.') {
        let fraction = digits(length + 1);
        scale = i64::try_from(fraction).ok()?;
        length += 1 + fraction;
    }
    if matches!(text.as_bytes().get(length), Some(b'e' | b'E')) {
        let signed = matches!(text.as_bytes().get(length + 1), Some(b'+' | b'-'));
        let from = length + 1 + usize::from(signed);
        let count = digits(from);
        if count > 0 {
            let power: i32 = text.get(length + 1..from + count)?.parse().ok()?;
            i32::try_from(scale - i64::from(power)).ok()?;
            length = from + count;
        }
    }
    Some((Token::Number(&text[..length]), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Token<'_>> {
        tokens(text).unwrap().into_iter().map(|spanned| spanned.token).collect()
    }

    #[test]
    fn quotes_comments_and_numbers() {
        let text = "\"a\"\"b\" 'it''s' -- to here\n/* and here */ .5 1.5e-3 <<?>>x.y";
        let wanted = [
            Token::Quoted("a\"b".into()),
            Token::Text("it's".into()),
            Token::Number(".5"),
            Token::Number("1.5e-3"),
            Token::Sign("<<"),
            Token::Parameter,
            Token::Sign(">>"),
            Token::Word("x"),
            Token::Sign("."),
            Token::Word("y"),
            Token::End,
        ];
        assert_eq!(found(text), wanted);
    }

    #[test]
    fn what_does_not_end_or_fit_is_refused() {
        for text in ["'a", "\"a", "1 /* a", "a # b", "1e2147483648", "1.5e-2147483647", "`a`"] {
            assert!(tokens(text).is_err(), "{text}");
        }
    }
}
