//! Patterns that texts must match, each compiled once.

use foldhash::HashMap;
use regex_lite::Regex;
use std::{
    cell::Cell,
    sync::{Arc, LazyLock, RwLock},
};

/// The most bytes of one request's texts that are searched: a second or two of work where a pattern
/// is long. No request of AWS's needs a third of it.
const MAX_SEARCHED: usize = 512 << 10;

/// How much of one request's texts may still be searched.
#[derive(Debug)]
pub(crate) struct Effort(Cell<usize>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(MAX_SEARCHED))
    }
}

impl Effort {
    /// Whether `bytes` more may be searched.
    fn take(&self, bytes: usize) -> bool {
        let left = self.0.get().checked_sub(bytes);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// Whether the whole of `text` matches `pattern`; what `effort` does not suffice for does not.
pub(crate) fn matches(pattern: &'static str, text: &str, effort: &Effort) -> bool {
    static COMPILED: LazyLock<RwLock<HashMap<&'static str, Arc<Pattern>>>> =
        LazyLock::new(RwLock::default);
    let known = COMPILED.read().ok().and_then(|known| known.get(pattern).cloned());
    let compiled = known.or_else(|| {
        let compiled = Arc::new(Pattern::compile(pattern)?);
        COMPILED.write().ok()?.insert(pattern, compiled.clone());
        Some(compiled)
    });
    // A pattern that does not compile is a mistake of ours that the model test reports; refusing
    // the text keeps it from being an opening.
    compiled.is_some_and(|compiled| compiled.matches(text, effort))
}

/// A compiled pattern. Most say no more than which letters there may be, and are asked of nearly
/// every request.
enum Pattern {
    Letters(Letters),
    Regex(Regex),
}

impl Pattern {
    fn compile(pattern: &str) -> Option<Self> {
        match Letters::compile(pattern) {
            Some(letters) => Some(Self::Letters(letters)),
            None => Regex::new(&format!("^(?:{pattern})$")).ok().map(Self::Regex),
        }
    }

    fn matches(&self, text: &str, effort: &Effort) -> bool {
        match self {
            Self::Letters(letters) => letters.matches(text),
            Self::Regex(regex) => effort.take(text.len()) && regex.is_match(text),
        }
    }
}

/// `[...]+` or `[...]*`, with nothing but ASCII letters and ranges of them inside.
struct Letters {
    allowed: [bool; 128],
    may_be_empty: bool,
}

impl Letters {
    fn compile(pattern: &str) -> Option<Self> {
        let (set, may_be_empty) = match pattern.strip_prefix('[')? {
            rest if rest.ends_with("]+") => (rest.strip_suffix("]+")?, false),
            rest => (rest.strip_suffix("]*")?, true),
        };
        // What has a meaning of its own inside a set is left to the library.
        let special = |byte: u8| !byte.is_ascii() || b"[]^\\&~".contains(&byte);
        if set.is_empty() || set.bytes().any(special) || set.contains("--") {
            return None;
        }
        let mut allowed = [false; 128];
        let mut rest = set.as_bytes();
        while let [first, after @ ..] = rest {
            let (last, after) = match after {
                [b'-', last, after @ ..] => (last, after),
                after => (first, after),
            };
            allowed.get_mut(usize::from(*first)..=usize::from(*last))?.fill(true);
            rest = after;
        }
        Some(Self { allowed, may_be_empty })
    }

    fn matches(&self, text: &str) -> bool {
        let allowed = |byte| self.allowed.get(usize::from(byte)) == Some(&true);
        (self.may_be_empty || !text.is_empty()) && text.bytes().all(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sets_of_letters_are_told_from_other_patterns() {
        for simple in ["[a-zA-Z0-9_.-]+", "[a-z]*", "[-a]+", "[0-9]+", "[a-z-]+"] {
            assert!(Letters::compile(simple).is_some(), "{simple}");
        }
        for other in ["[a-z]", "a[a-z]+", "[^a]+", "[\\w]+", "[a]+|[b]+", "[]+", "[a-z]+[0-9]*"] {
            assert!(Letters::compile(other).is_none(), "{other}");
        }
        assert!(Pattern::compile("[z-a]+").is_none(), "no range goes down");
    }

    proptest! {
        #[test]
        fn sets_of_letters_mean_what_the_library_says(
            set in "[a-f0-3_.]{0,3}([a-c]-[d-f]){0,2}[-+=,@]{0,2}",
            end in "[+*]",
            text in "[a-g0-4_.+=@é-]{0,6}",
        ) {
            let pattern = format!("[{set}]{end}");
            if let Some(letters) = Letters::compile(&pattern) {
                let regex = Regex::new(&format!("^(?:{pattern})$")).unwrap();
                prop_assert_eq!(letters.matches(&text), regex.is_match(&text), "{}", pattern);
            }
        }
    }
}
