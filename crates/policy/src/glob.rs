//! Wildcard matching: `*` for any text, `?` for one character.

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// This byte of UTF-8 text.
    Byte(u8),
    /// Any one character.
    One,
    /// Any text, also none.
    Many,
    /// The value of a variable, by its place in the template's list; matches nothing itself.
    Variable(u16),
}

/// Whether `pattern` matches all of `text`.
///
/// Goes back only to the last `*`: the first way to satisfy what stands before a `*` is as good
/// as any other, so the cost is bounded by the product of both lengths, never exponential.
pub(crate) fn matches(pattern: &[Token], text: &str) -> bool {
    matches_by(pattern, text.as_bytes(), |byte| byte)
}

/// [`matches`], ignoring the case of ASCII letters; `pattern` must be in lower case.
pub(crate) fn matches_ignoring_case(pattern: &[Token], text: &str) -> bool {
    matches_by(pattern, text.as_bytes(), |byte| byte.to_ascii_lowercase())
}

fn matches_by(pattern: &[Token], text: &[u8], fold: impl Fn(u8) -> u8) -> bool {
    let (mut step, mut at) = (0, 0);
    let mut last_many: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(step), text.get(at)) {
            (None, None) => return true,
            (Some(Token::Many), _) => {
                if step + 1 == pattern.len() {
                    return true;
                }
                last_many = Some((step, at));
                step += 1;
                continue;
            }
            (Some(Token::Byte(want)), Some(have)) if *want == fold(*have) => {
                step += 1;
                at += 1;
                continue;
            }
            (Some(Token::One), Some(lead)) => {
                step += 1;
                at += width(*lead);
                continue;
            }
            _ => {}
        }
        // Let the last `*` take one more character and try again from there.
        let Some((many, from)) = last_many else { return false };
        let Some(lead) = text.get(from) else { return false };
        at = from + width(*lead);
        step = many + 1;
        last_many = Some((many, at));
    }
}

/// Whether every text that `inner` stands for surely fits `outer` as well. `same` tells whether a
/// variable of `outer` is one of `inner`.
pub(crate) fn covers(outer: &[Token], inner: &[Token], same: impl Fn(u16, u16) -> bool) -> bool {
    let (mut step, mut at) = (0, 0);
    let mut last_many: Option<(usize, usize)> = None;
    loop {
        let fits = match (outer.get(step), inner.get(at)) {
            (None, None) => return true,
            (Some(Token::Many), _) => {
                last_many = Some((step, at));
                step += 1;
                continue;
            }
            (Some(Token::Byte(want)), Some(Token::Byte(have))) => want == have,
            // One character beyond ASCII is several bytes: not looked into.
            (Some(Token::One), Some(Token::Byte(have))) => have.is_ascii(),
            (Some(Token::One), Some(Token::One)) => true,
            (Some(Token::Variable(own)), Some(Token::Variable(other))) => same(*own, *other),
            _ => false,
        };
        if fits {
            (step, at) = (step + 1, at + 1);
            continue;
        }
        // Let the last `*` take one more step of `inner`, whatever that is.
        let Some((many, from)) = last_many else { return false };
        if from >= inner.len() {
            return false;
        }
        at = from + 1;
        step = many + 1;
        last_many = Some((many, at));
    }
}

/// Whether some text may fit both; `?` and variables count as any text.
pub(crate) fn may_meet(one: &[Token], other: &[Token]) -> bool {
    let wild = |token: &Token| !matches!(token, Token::Byte(_));
    // Whether what follows a place of each can meet, for one place of `one` at a time, from the
    // end.
    let mut after = vec![false; other.len() + 1];
    for at in (0..=one.len()).rev() {
        let mut row = vec![false; other.len() + 1];
        for place in (0..=other.len()).rev() {
            row[place] = match (one.get(at), other.get(place)) {
                (None, None) => true,
                (Some(own), theirs) if wild(own) => {
                    after[place] || (theirs.is_some() && row[place + 1])
                }
                (own, Some(theirs)) if wild(theirs) => {
                    row[place + 1] || (own.is_some() && after[place])
                }
                (Some(own), Some(theirs)) => own == theirs && after[place + 1],
                _ => false,
            };
        }
        after = row;
    }
    after[0]
}

/// How many bytes the UTF-8 character with this first byte has.
fn width(lead: u8) -> usize {
    match lead {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(pattern: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        for char in pattern.chars() {
            match char {
                '*' => tokens.push(Token::Many),
                '?' => tokens.push(Token::One),
                _ => tokens.extend(char.encode_utf8(&mut [0; 4]).bytes().map(Token::Byte)),
            }
        }
        tokens
    }

    /// The definition, with no thought for time.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..]))
            }
            (['?', rest @ ..], [_, tail @ ..]) => naive(rest, tail),
            ([want, rest @ ..], [have, tail @ ..]) => want == have && naive(rest, tail),
            _ => false,
        }
    }

    #[test]
    fn hostile_patterns_cost_little() {
        let text = "a".repeat(2_000);
        let pattern = tokens(&format!("{}b", "*a".repeat(500)));
        assert!(!matches(&pattern, &text)); // would outlive the universe if it were exponential
        assert!(matches(&tokens(&"*a".repeat(500)), &text));
    }

    #[test]
    fn coverage_is_seen_where_it_is_plain() {
        let covers =
            |outer: &str, inner: &str| covers(&tokens(outer), &tokens(inner), |_, _| false);
        for (outer, inner, expected) in [
            ("*", "a*", true),
            ("a*", "ab*c", true),
            ("a*c", "ab*c", true),
            ("a*c", "ab*", false),
            ("a?c", "abc", true),
            ("a?c", "a*c", false),
            ("*a*", "xay", true),
            ("", "", true),
            ("a", "", false),
        ] {
            assert_eq!(covers(outer, inner), expected, "{outer} over {inner}");
        }
    }

    #[test]
    fn a_question_mark_takes_a_whole_character() {
        assert!(matches(&tokens("*?x"), "€x"));
        assert!(!matches(&tokens("*??x"), "€x"), "not one byte of it for `*`, two for `??`");
    }

    #[test]
    fn case_is_folded_only_when_asked() {
        assert!(matches_ignoring_case(&tokens("get*"), "GetItem"));
        assert!(!matches(&tokens("get*"), "GetItem"));
    }

    proptest! {
        #[test]
        fn what_is_covered_fits(
            outer in "[ab*?é]{0,6}", inner in "[ab*?é]{0,6}", text in "[abé]{0,6}",
        ) {
            let (outer, inner) = (tokens(&outer), tokens(&inner));
            let fits = matches(&inner, &text);
            if covers(&outer, &inner, |_, _| false) {
                prop_assert!(!fits || matches(&outer, &text));
            }
            if !may_meet(&outer, &inner) {
                prop_assert!(!(fits && matches(&outer, &text)));
            }
            prop_assert_eq!(may_meet(&outer, &inner), may_meet(&inner, &outer));
        }

        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?é]{0,9}", text in "[abé€😀]{0,9}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                matches(&tokens(&pattern), &text),
                naive(&chars(&pattern), &chars(&text))
            );
        }
    }
}
