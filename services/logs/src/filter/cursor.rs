//! Reads a pattern character by character.

/// A place in a text.
pub(super) struct Cursor<'a> {
    rest: &'a str,
    /// Regular expressions read so far.
    pub regexes: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, regexes: 0 }
    }

    /// Goes back to a place that [`Cursor::rest`] gave.
    pub(super) fn rewind(&mut self, rest: &'a str) {
        self.rest = rest;
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next();
        self.rest = letters.as_str();
        letter
    }

    pub(super) fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Whether `token` came next; then it is behind.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// As [`Cursor::eat`] after white space.
    pub(super) fn token(&mut self, token: &str) -> bool {
        self.skip_space();
        self.eat(token)
    }

    /// Whether the word `word`, in any case, came next.
    pub(super) fn word(&mut self, word: &str) -> bool {
        self.skip_space();
        let is_word =
            self.rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let ended = self.rest.get(word.len()..).is_some_and(|rest| {
            !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
        });
        if is_word && ended {
            self.rest = self.rest.get(word.len()..).unwrap_or_default();
        }
        is_word && ended
    }

    /// The characters up to the first that `belongs` refuses.
    pub(super) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// The text up to the next unescaped `quote`, the opening one being behind.
    pub(super) fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        while let Some(letter) = self.bump() {
            match letter {
                '\\' if self.peek() == Some(quote) || self.peek() == Some('\\') => {
                    text.extend(self.bump());
                }
                letter if letter == quote => return Ok(text),
                letter => text.push(letter),
            }
        }
        Err(format!("a closing {quote} is missing"))
    }

    /// As [`Cursor::quoted`], with the escapes left as they are.
    pub(super) fn raw(&mut self, quote: char) -> Result<&'a str, String> {
        let start = self.rest;
        while let Some(letter) = self.bump() {
            if letter == quote {
                let length = start.len() - self.rest.len() - quote.len_utf8();
                return Ok(start.get(..length).unwrap_or_default());
            }
            if letter == '\\' {
                self.bump();
            }
        }
        Err(format!("a closing {quote} is missing"))
    }

    /// What is wrong here.
    pub(super) fn unexpected(&self, wanted: &str) -> String {
        match self.peek() {
            Some(_) => {
                let near: String = self.rest.chars().take(20).collect();
                format!("expected {wanted} at '{near}'")
            }
            None => format!("expected {wanted} at the end"),
        }
    }
}
