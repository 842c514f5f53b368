//! The words that cannot stand as attribute names ("Reserved words in DynamoDB").

use std::{collections::HashSet, sync::LazyLock};

/// Whether `name` needs a placeholder, in whatever case.
pub(crate) fn is_reserved(name: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| include_str!("reserved_words.txt").split_whitespace().collect());
    WORDS.contains(name.to_ascii_uppercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_reserved_in_any_case() {
        assert!(is_reserved("name") && is_reserved("Status") && is_reserved("TTL"));
        assert!(!is_reserved("email") && !is_reserved("names_"));
    }
}
