//! Colours, on a terminal only.

use std::io::IsTerminal;

/// How to paint on standard output.
#[derive(Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// In colour if standard output is a terminal and `NO_COLOR` is not set.
    pub fn for_stdout() -> Self {
        Self(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none())
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
