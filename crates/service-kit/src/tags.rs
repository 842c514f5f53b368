//! The rules of tags that hold for most resources.

/// The most tags of one resource.
pub const MAX_TAGS: usize = 50;

/// Whether a tag of this key is not for users to set: `aws:` in any case.
pub fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// Whether a key has 1 to 128 characters.
pub fn key_fits(key: &str) -> bool {
    (1..=128).contains(&key.chars().count())
}

/// Whether a value has at most 256 characters.
pub fn value_fits(value: &str) -> bool {
    value.chars().count() <= 256
}

/// Whether `text` may stand in a tag's name or value: letters, digits, separators and
/// `_.:/=+-@` (IAM User Guide, "Tags for AWS Identity and Access Management resources").
pub fn is_tag_text(text: &str) -> bool {
    let separator = |letter: char| letter.is_whitespace() && !letter.is_control();
    text.chars().all(|it| it.is_alphanumeric() || separator(it) || "_.:/=+-@".contains(it))
}

/// The message for the tag at `index` (from 0) whose name or value [`is_tag_text`] refuses.
pub fn tag_text_message(index: usize, key: &str, value: &str) -> String {
    let (member, text, many) =
        if is_tag_text(key) { ("value", value, '*') } else { ("key", key, '+') };
    format!(
        "1 validation error detected: Value '{text}' at 'tags.{}.member.{member}' failed to \
         satisfy constraint: Member must satisfy regular expression pattern: \
         [\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]{many}",
        index + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_have_their_limits() {
        assert!(is_reserved("aws:x") && is_reserved("AwS:") && !is_reserved("aws"));
        assert!(!is_reserved("\u{20ac}\u{20ac}"), "no character is cut");
        assert!(key_fits(&"\u{20ac}".repeat(128)) && !key_fits("") && !key_fits(&"k".repeat(129)));
        assert!(value_fits("") && !value_fits(&"v".repeat(257)));
    }
}
