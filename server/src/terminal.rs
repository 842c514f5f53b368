//! What is printed: colours, on a terminal only, and nothing else that a terminal would obey. Names
//! and messages are chosen by whoever calls the instance, the operator reads them.

use range::visible::visible;
use std::{borrow::Cow, io::IsTerminal, sync::LazyLock};

/// As [`std::print`], in [`shown`] letters. The standard macros are hidden in this crate, so that
/// no command can forget it.
macro_rules! print {
    ($($what:tt)*) => {
        ::std::print!("{}", $crate::terminal::shown(&::std::format!($($what)*)))
    };
}

/// As [`std::println`], in [`shown`] letters.
macro_rules! println {
    () => { ::std::println!() };
    ($($what:tt)*) => {
        ::std::println!("{}", $crate::terminal::shown(&::std::format!($($what)*)))
    };
}

/// As [`std::eprintln`], in [`shown`] letters.
macro_rules! eprintln {
    ($($what:tt)*) => {
        ::std::eprintln!("{}", $crate::terminal::shown(&::std::format!($($what)*)))
    };
}

/// The codes of [`Paint`]: of good, bad, strong and faint text, and of its end.
const CODES: [&str; 5] = ["\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"];

/// `text` made [`visible`], but for colours where they are wanted.
pub fn shown(text: &str) -> Cow<'_, str> {
    static COLOURED: LazyLock<bool> = LazyLock::new(|| Paint::for_stdout().0);
    if *COLOURED { coloured(text) } else { visible(text) }
}

fn coloured(text: &str) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed("");
    let mut rest = text;
    while let Some((before, code)) = next_code(rest) {
        shown += visible(before);
        shown += code;
        rest = &rest[before.len() + code.len()..];
    }
    shown + visible(rest)
}

/// The first of our codes in `text`, with what stands before it.
fn next_code(text: &str) -> Option<(&str, &'static str)> {
    text.match_indices('\x1b').find_map(|(at, _)| {
        let code = CODES.into_iter().find(|code| text[at..].starts_with(code))?;
        Some((&text[..at], code))
    })
}

/// How to paint on standard output.
#[derive(Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// In colour if standard output is a terminal and `NO_COLOR` is not set.
    pub fn for_stdout() -> Self {
        Self(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none())
    }

    /// Not at all.
    #[cfg(test)]
    pub fn none() -> Self {
        Self(false)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Something went well.
    pub fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// Something went wrong.
    pub fn bad(self, text: &str) -> String {
        self.wrap("31", text)
    }

    /// Something stands out.
    pub fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Something can be skipped.
    pub fn faint(self, text: &str) -> String {
        self.wrap("2", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_colours_pass() {
        let ours = Paint(true).bad("no");
        assert_eq!(coloured(&ours), ours);
        let theirs = format!("{ours}\x1b[2J{ours}\x1b[31;5mx\x1b[3");
        let told = format!("{ours}\\u001b[2J{ours}\\u001b[31;5mx\\u001b[3");
        assert_eq!(coloured(&theirs), told);
        assert_eq!(coloured("plain"), "plain");
    }
}
