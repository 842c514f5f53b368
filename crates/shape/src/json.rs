//! The pieces of JSON text, for codecs and for values that write themselves.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::Serialize;

/// Appends what serde knows how to write: text with its escapes, numbers, documents.
pub fn plain<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) {
    // Nothing that is written here fails by itself, and writing to memory does not.
    serde_json::to_writer(into, value).ok();
}

/// Appends `value` as a string.
pub fn text(value: &str, into: &mut Vec<u8>) {
    match is_plain(value.as_bytes()) {
        true => quoted(value.as_bytes(), into),
        false => plain(value, into),
    }
}

/// Appends the text that `bytes` are, as [`text`] does; none when they are none. Most text is
/// plain, which takes one look to find out.
pub fn text_of(bytes: &[u8], into: &mut Vec<u8>) -> Option<()> {
    match is_plain(bytes) {
        true => quoted(bytes, into),
        false => plain(str::from_utf8(bytes).ok()?, into),
    }
    Some(())
}

fn quoted(bytes: &[u8], into: &mut Vec<u8>) {
    into.reserve(bytes.len() + 2);
    into.push(b'"');
    into.extend_from_slice(bytes);
    into.push(b'"');
}

/// Whether `bytes` are ASCII of which JSON escapes nothing.
fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks();
    let mut last = [b' '; 8];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().fold(odd(last), |any, word| any | odd(*word)) & each(0x80) == 0
}

/// Eight bytes at once: some byte's highest bit is set if there is one that JSON escapes, or that
/// is not ASCII. A difference has it set where there is none left to take from, and the bytes
/// above that are no matter then.
fn odd(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    let is = |byte| (word ^ each(byte)).wrapping_sub(each(1));
    word | word.wrapping_sub(each(b' ')) | is(b'"') | is(b'\\')
}

const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Appends `bytes` as base64, the form of blobs.
pub fn blob(bytes: &[u8], into: &mut Vec<u8>) {
    let start = into.len() + 1;
    into.push(b'"');
    into.resize(start + bytes.len().div_ceil(3) * 4, 0);
    // The room is exactly what padded base64 takes.
    BASE64.encode_slice(bytes, &mut into[start..]).ok();
    into.push(b'"');
}

/// Appends a list of `items`, each as `item` appends it.
pub fn list<T>(
    items: impl IntoIterator<Item = T>,
    into: &mut Vec<u8>,
    mut item: impl FnMut(T, &mut Vec<u8>),
) {
    into.push(b'[');
    for (index, value) in items.into_iter().enumerate() {
        if index > 0 {
            into.push(b',');
        }
        item(value, into);
    }
    into.push(b']');
}

/// An object being appended, entry by entry.
pub struct Object<'t> {
    into: &'t mut Vec<u8>,
    is_empty: bool,
}

impl<'t> Object<'t> {
    /// Opens an object at the end of `into`.
    pub fn begin(into: &'t mut Vec<u8>) -> Self {
        into.push(b'{');
        Self { into, is_empty: true }
    }

    /// Begins the entry for `key`; its value is to be appended to what this gives.
    pub fn entry(&mut self, key: &str) -> &mut Vec<u8> {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.into.push(b',');
        }
        text(key, self.into);
        self.into.push(b':');
        self.into
    }

    /// Closes it.
    pub fn end(self) {
        self.into.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_json() {
        let mut text = Vec::new();
        let mut object = Object::begin(&mut text);
        plain(&1.5, object.entry("a\"b"));
        list([1, 2], object.entry("list"), |number, into| plain(&number, into));
        blob(b"hello", object.entry("blob"));
        blob(b"", object.entry("nothing"));
        Object::begin(object.entry("inner")).end();
        object.end();
        let expected = r#"{"a\"b":1.5,"list":[1,2],"blob":"aGVsbG8=","nothing":"","inner":{}}"#;
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn what_is_not_plain_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii() && byte >= b' ' && byte != b'"' && byte != b'\\';
            for (length, neighbour) in (1..20).flat_map(|length| [(length, 0x7f), (length, b' ')]) {
                for at in 0..length {
                    let mut bytes = vec![neighbour; length];
                    bytes[at] = byte;
                    assert_eq!(is_plain(&bytes), expected, "{byte:#x} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn text_is_as_serde_writes_it() {
        let long = "é".repeat(100);
        let controls: String = (0..0x300).filter_map(char::from_u32).collect();
        for value in ["", "plain", "a\"b", "\\", "\n", "\u{7f}", &long, &controls] {
            let mut written = Vec::new();
            text(value, &mut written);
            assert_eq!(written, serde_json::to_vec(value).unwrap());
            // Wherever in a piece it stands.
            for at in [31, 32, 33] {
                let value = format!("{}{value}{}", "x".repeat(at), "y".repeat(at));
                let mut written = Vec::new();
                text(&value, &mut written);
                assert_eq!(written, serde_json::to_vec(&value).unwrap());
                let mut again = Vec::new();
                assert_eq!(text_of(value.as_bytes(), &mut again), Some(()));
                assert_eq!(again, written);
            }
        }
        assert_eq!(text_of(b"what is not \xff text", &mut Vec::new()), None);
    }
}
