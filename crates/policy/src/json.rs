//! JSON that keeps what policies need: where each value stands, and numbers as they were written.
//!
//! Stricter than most readers, as IAM is: a name may stand only once in an object.
use std::{borrow::Cow, ops::Range};

/// Far more than a policy can use; keeps the recursion harmless.
const DEPTH_MAX: usize = 16;

/// A value and the bytes of the text that hold it.
#[derive(Debug)]
pub struct Node<'t> {
    /// The value.
    pub value: Value<'t>,
    /// The bytes.
    pub span: Range<usize>,
}

/// A JSON value.
#[derive(Debug, PartialEq)]
pub enum Value<'t> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(&'t str),
    /// A string without its escapes.
    String(Cow<'t, str>),
    /// A list.
    List(Vec<Node<'t>>),
    /// An object, in the order in which it was written.
    Object(Vec<(Cow<'t, str>, Node<'t>)>),
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// Reads a whole text; none when it is not JSON, repeats a name or nests too deep.
pub(crate) fn parse(text: &str) -> Option<Node<'_>> {
    read(text).ok()
}

/// Reads a whole text.
///
/// # Errors
/// The byte at which it stops to be JSON, repeats a name or nests too deep.
pub fn read(text: &str) -> Result<Node<'_>, usize> {
    let mut reader = Reader { text, at: 0 };
    let Some(node) = reader.node(0) else { return Err(reader.at) };
    reader.skip_space();
    if reader.at == text.len() { Ok(node) } else { Err(reader.at) }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn take_word(&mut self, word: &str) -> Option<()> {
        self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
        })
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn node(&mut self, depth: usize) -> Option<Node<'t>> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.skip_space();
        let start = self.at;
        let value = match self.peek()? {
            b'{' => self.object(depth)?,
            b'[' => self.list(depth)?,
            b'"' => Value::String(self.string()?),
            b't' => self.take_word("true").map(|()| Value::Bool(true))?,
            b'f' => self.take_word("false").map(|()| Value::Bool(false))?,
            b'n' => self.take_word("null").map(|()| Value::Null)?,
            _ => self.number()?,
        };
        Some(Node { value, span: start..self.at })
    }

    fn object(&mut self, depth: usize) -> Option<Value<'t>> {
        let mut members = Vec::new();
        self.members(b'{', b'}', |reader| {
            let name = reader.string()?;
            reader.skip_space();
            reader.take(b':')?;
            members.push((name, reader.node(depth + 1)?));
            Some(())
        })?;
        let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names.is_sorted_by(|a, b| a < b).then_some(Value::Object(members))
    }

    fn list(&mut self, depth: usize) -> Option<Value<'t>> {
        let mut items = Vec::new();
        self.members(b'[', b']', |reader| {
            items.push(reader.node(depth + 1)?);
            Some(())
        })?;
        Some(Value::List(items))
    }

    /// What objects and lists share: brackets around items with commas between.
    fn members(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.take(open)?;
        self.skip_space();
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            self.skip_space();
            item(self)?;
            self.skip_space();
            if self.take(close).is_some() {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    fn string(&mut self) -> Option<Cow<'t, str>> {
        self.take(b'"')?;
        let start = self.at;
        self.skip_plain();
        if self.peek()? == b'"' {
            self.at += 1;
            return Some(Cow::Borrowed(&self.text[start..self.at - 1]));
        }
        let mut string = self.text[start..self.at].to_owned();
        while self.take(b'"').is_none() {
            self.take(b'\\')?; // anything else here is a control character
            string.push(self.escape()?);
            let start = self.at;
            self.skip_plain();
            string.push_str(&self.text[start..self.at]);
        }
        Some(Cow::Owned(string))
    }

    fn skip_plain(&mut self) {
        while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return None,
        })
    }

    fn unicode_escape(&mut self) -> Option<char> {
        let unit = self.hex4()?;
        if !(0xD800..0xDC00).contains(&unit) {
            return char::from_u32(unit);
        }
        self.take_word("\\u")?;
        let low = self.hex4()?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((unit - 0xD800) << 10) + low)
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
    }

    fn number(&mut self) -> Option<Value<'t>> {
        let start = self.at;
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(Value::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn as_serde(node: &Node<'_>) -> serde_json::Value {
        match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(text) => serde_json::from_str(text).unwrap(),
            Value::String(value) => value.as_ref().into(),
            Value::List(items) => items.iter().map(as_serde).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, node)| (name.to_string(), as_serde(node))).collect()
            }
        }
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            r#" { "a" : [ 1 , -0.5e+3, true, false, null ] } "#,
            r#""x\"\\\/\b\f\n\r\té😀\u00e9\ud83d\ude00""#,
            "[]",
            "{}",
            "0",
            "\"\"",
        ] {
            let node = parse(text).unwrap();
            assert_eq!(as_serde(&node), serde_json::from_str::<serde_json::Value>(text).unwrap());
            assert_eq!(&text[node.span], text.trim());
        }
    }

    #[test]
    fn refuses_what_is_not_json_or_ambiguous() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            "+1",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\n\"",
            "nul",
            "{} {}",
            "{a:1}",
            "{\"a\":1,\"b\":2,\"a\":1}",
            "{\"a\":1,\"\\u0061\":1}",
            &deep,
        ] {
            assert_eq!(parse(text), None, "{}", &text[..text.len().min(40)]);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_json_like_text(
            text in r#"([\[\]{},:"0-9.eE+\\a u-]|true|null){0,14}"#
        ) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match parse(&text) {
                Some(node) => prop_assert_eq!(as_serde(&node), theirs.unwrap()),
                // Theirs lets a later member replace an earlier one, and refuses huge numbers.
                None => prop_assert!(theirs.is_err() || text.contains(':'), "{}", text),
            }
        }
    }
}
