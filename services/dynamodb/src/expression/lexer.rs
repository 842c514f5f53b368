//! Expression text as tokens that know where they stand.

use super::problems::SyntaxError;

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// An attribute name, a keyword or a function's name.
    Word(&'t str),
    /// `#name`.
    Name(&'t str),
    /// `:value`.
    Value(&'t str),
    /// Digits, in a list index.
    Digits(&'t str),
    /// One of `= <> < <= > >= ( ) [ ] , . + -`.
    Sign(&'static str),
    /// The end of the text.
    End,
}

impl Token<'_> {
    /// Whether it is this keyword, in whatever case.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

/// A token and the bytes it stands on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spanned<'t> {
    pub(crate) token: Token<'t>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Longer ones first, since they start like shorter ones.
const SIGNS: [&str; 14] = ["<>", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ",", ".", "+", "-"];

/// The tokens of `text`, the last one [`Token::End`].
///
/// # Errors
/// [`SyntaxError`] at the first character that begins no token.
pub(crate) fn tokens(text: &str) -> Result<Vec<Spanned<'_>>, SyntaxError> {
    let mut tokens: Vec<Spanned<'_>> = Vec::with_capacity(text.len() / 4 + 1);
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        if first.is_ascii_whitespace() {
            start += 1;
            continue;
        }
        let Some((token, length)) = token(&text[start..]) else {
            let end = start + first.len_utf8();
            let from = tokens.last().map_or(start, |token| token.start);
            let next = text[end..].chars().next().map_or(0, char::len_utf8);
            return Err(SyntaxError::new(&text[start..end], &text[from..end + next]));
        };
        tokens.push(Spanned { token, start, end: start + length });
        start += length;
    }
    tokens.push(Spanned { token: Token::End, start: text.len(), end: text.len() });
    Ok(tokens)
}

/// The token that `text`, which is not empty, begins with, and its length.
fn token(text: &str) -> Option<(Token<'_>, usize)> {
    if let Some(sign) = SIGNS.iter().find(|sign| text.starts_with(**sign)) {
        return Some((Token::Sign(sign), sign.len()));
    }
    let first = text.bytes().next()?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let run = |from: usize, part: &dyn Fn(u8) -> bool| {
        from + text.bytes().skip(from).take_while(|&byte| part(byte)).count()
    };
    match first {
        b'#' | b':' => {
            let length = run(1, &is_part);
            let word = &text[..length];
            let token = if first == b'#' { Token::Name(word) } else { Token::Value(word) };
            (length > 1).then_some((token, length))
        }
        b'0'..=b'9' => {
            let length = run(0, &|byte| byte.is_ascii_digit());
            Some((Token::Digits(&text[..length]), length))
        }
        _ if first.is_ascii_alphabetic() => {
            let length = run(0, &is_part);
            Some((Token::Word(&text[..length]), length))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_the_longest_that_fit() {
        let found: Vec<Token<'_>> =
            tokens("a.b[0]<=:v AND#n<>x_1").unwrap().iter().map(|token| token.token).collect();
        let wanted = [
            Token::Word("a"),
            Token::Sign("."),
            Token::Word("b"),
            Token::Sign("["),
            Token::Digits("0"),
            Token::Sign("]"),
            Token::Sign("<="),
            Token::Value(":v"),
            Token::Word("AND"),
            Token::Name("#n"),
            Token::Sign("<>"),
            Token::Word("x_1"),
            Token::End,
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_begins_no_token_is_shown_with_its_neighbours() {
        let error = tokens("SET a = {\"x\"}").unwrap_err();
        assert_eq!(error.to_string(), "Syntax error; token: \"{\", near: \"= {\"\"");
        assert!(tokens("a = é").is_err());
        assert!(tokens("# = :").is_err());
    }
}
