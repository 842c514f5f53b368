//! Text of others as it can be shown: what would steer a terminal, or turn the order of letters
//! around, is shown instead of obeyed.

use std::borrow::Cow;

/// `text` with control characters, other than line breaks and tabs, and characters that change the
/// direction of others or are not seen, spelled as JSON does it: what is JSON stays the same JSON.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(2 * text.len());
    for letter in text.chars() {
        match is_hidden(letter) {
            true => spell(letter, &mut shown),
            false => shown.push(letter),
        }
    }
    Cow::Owned(shown)
}

fn spell(letter: char, into: &mut String) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        into.push_str(&format!("\\u{unit:04x}"));
    }
}

fn is_hidden(letter: char) -> bool {
    letter.is_control() && letter != '\n' && letter != '\t'
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_obeyed_is_shown() {
        for (text, told) in [
            ("plain, é and 日本\n\tindented", "plain, é and 日本\n\tindented"),
            ("\x1b]0;title\x07", "\\u001b]0;title\\u0007"),
            ("\x1b[2J\rwiped\x7f", "\\u001b[2J\\u000dwiped\\u007f"),
            ("a \u{9b}31m C1", "a \\u009b31m C1"),
            ("user/\u{202e}nimda", "user/\\u202enimda"),
            ("ad\u{200b}min\u{2066}\u{feff}\u{e0041}", "ad\\u200bmin\\u2066\\ufeff\\udb40\\udc41"),
        ] {
            assert_eq!(visible(text), told);
        }
    }

    #[test]
    fn json_says_the_same_afterwards() {
        let all: String = ('\0'..='\u{3000}').chain('\u{dfff0}'..='\u{e0100}').collect();
        let json = serde_json::json!({ "text": all, all.clone(): [1] });
        let shown = visible(&json.to_string()).into_owned();
        assert!(!shown.contains(is_hidden));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), json);
    }
}
