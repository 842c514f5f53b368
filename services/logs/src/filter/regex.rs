//! Regular expressions as filter patterns have them: a small language, in programs of bounded size.

use super::cursor::Cursor;
use regex_lite::RegexBuilder;

/// The most regular expressions in one pattern.
const MAX_REGEXES: usize = 2;
/// The sizes of programs that are told apart, in bytes. What needs more than the last is refused:
/// it would look at each letter hundreds of times.
const SIZES: [usize; 5] = [512, 1 << 10, 2 << 10, 4 << 10, 8 << 10];
/// How much of a program takes about a nanosecond for each letter, in bytes, when all is busy.
const BYTES_A_NANOSECOND: usize = 4;

/// The most that a [`Regex`] weighs.
#[cfg(test)]
pub(super) const MAX_WEIGHT: usize = SIZES[SIZES.len() - 1] / BYTES_A_NANOSECOND;

/// A compiled regular expression.
#[derive(Debug)]
pub(super) struct Regex {
    compiled: regex_lite::Regex,
    /// About how many nanoseconds each byte of a text takes.
    pub weight: usize,
}

impl Regex {
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }

    fn compile(source: &str) -> Result<Self, String> {
        let build = |size: usize| RegexBuilder::new(source).size_limit(size).build();
        let found = SIZES.into_iter().find_map(|size| Some((build(size).ok()?, size)));
        match found {
            Some((compiled, size)) => Ok(Self { compiled, weight: size / BYTES_A_NANOSECOND }),
            None => Err(match RegexBuilder::new(source).build() {
                Ok(_) => format!("'{source}' repeats too much: ask for fewer repetitions"),
                Err(error) => format!("'{source}' is no regular expression: {error}"),
            }),
        }
    }
}

/// Reads `%regular expression%`. What the page "Supported regular expressions (regex) syntax" does
/// not list is refused.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Regex, String> {
    cursor.eat("%");
    let source = cursor.raw('%')?;
    cursor.regexes += 1;
    if cursor.regexes > MAX_REGEXES {
        return Err(format!("a pattern can hold at most {MAX_REGEXES} regular expressions"));
    }
    let mut letters = source.chars();
    while let Some(letter) = letters.next() {
        let supported = match letter {
            '\\' => letters.next().is_none_or(|escaped| escaped.is_ascii_graphic()),
            letter => letter.is_ascii_alphanumeric() || ":_#=@/;,-^$?[]{}|*+.".contains(letter),
        };
        if !supported {
            return Err(format!(
                "'{letter}' is not supported in the regular expression '{source}'"
            ));
        }
    }
    Regex::compile(source)
}
