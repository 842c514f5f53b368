//! The pieces of JSON text, for codecs and for values that write themselves.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::Serialize;

/// Appends what serde knows how to write: text with its escapes, numbers, documents.
pub fn plain<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) {
    // Nothing that is written here fails by itself, and writing to memory does not.
    serde_json::to_writer(into, value).ok();
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
        plain(key, self.into);
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
}
