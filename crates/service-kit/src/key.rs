//! Keys of several parts as bytes that sort as the parts do.

/// Something that can stand in a key. Tuples are their parts, one after the other, so that a
/// shorter tuple is a prefix of each longer one that starts with it.
pub trait Key {
    /// Appends this part's order-preserving bytes.
    fn encode(&self, into: &mut Vec<u8>);

    /// The bytes of this key alone.
    fn bytes(&self) -> Vec<u8> {
        let mut into = Vec::with_capacity(32);
        self.encode(&mut into);
        into
    }
}

/// Appends `bytes` so that they end unambiguously: zeros are escaped, a zero ends.
fn terminated(bytes: &[u8], into: &mut Vec<u8>) {
    let mut pieces = bytes.split(|byte| *byte == 0);
    into.extend_from_slice(pieces.next().unwrap_or_default());
    for piece in pieces {
        into.extend([0, 0xff]);
        into.extend_from_slice(piece);
    }
    into.extend([0, 0]);
}

impl Key for str {
    fn encode(&self, into: &mut Vec<u8>) {
        terminated(self.as_bytes(), into);
    }
}

impl Key for String {
    fn encode(&self, into: &mut Vec<u8>) {
        self.as_str().encode(into);
    }
}

impl Key for std::sync::Arc<str> {
    fn encode(&self, into: &mut Vec<u8>) {
        (**self).encode(into);
    }
}

impl Key for [u8] {
    fn encode(&self, into: &mut Vec<u8>) {
        terminated(self, into);
    }
}

impl Key for Vec<u8> {
    fn encode(&self, into: &mut Vec<u8>) {
        terminated(self, into);
    }
}

impl Key for u64 {
    fn encode(&self, into: &mut Vec<u8>) {
        into.extend(self.to_be_bytes());
    }
}

impl Key for u32 {
    fn encode(&self, into: &mut Vec<u8>) {
        into.extend(self.to_be_bytes());
    }
}

impl Key for i64 {
    fn encode(&self, into: &mut Vec<u8>) {
        // Flipping the sign bit makes negative numbers sort first.
        into.extend((self.cast_unsigned() ^ (1 << 63)).to_be_bytes());
    }
}

impl Key for shape::Timestamp {
    fn encode(&self, into: &mut Vec<u8>) {
        self.as_micros().encode(into);
    }
}

impl Key for bool {
    fn encode(&self, into: &mut Vec<u8>) {
        into.push(u8::from(*self));
    }
}

impl<T: Key + ?Sized> Key for &T {
    fn encode(&self, into: &mut Vec<u8>) {
        (**self).encode(into);
    }
}

impl Key for () {
    fn encode(&self, _: &mut Vec<u8>) {}
}

impl<A: Key> Key for (A,) {
    fn encode(&self, into: &mut Vec<u8>) {
        self.0.encode(into);
    }
}

impl<A: Key, B: Key> Key for (A, B) {
    fn encode(&self, into: &mut Vec<u8>) {
        self.0.encode(into);
        self.1.encode(into);
    }
}

impl<A: Key, B: Key, C: Key> Key for (A, B, C) {
    fn encode(&self, into: &mut Vec<u8>) {
        self.0.encode(into);
        self.1.encode(into);
        self.2.encode(into);
    }
}

impl<A: Key, B: Key, C: Key, D: Key> Key for (A, B, C, D) {
    fn encode(&self, into: &mut Vec<u8>) {
        self.0.encode(into);
        self.1.encode(into);
        self.2.encode(into);
        self.3.encode(into);
    }
}

/// Bytes that are already in key form, such as the end of a page.
pub struct Encoded<'a>(pub &'a [u8]);

impl Key for Encoded<'_> {
    fn encode(&self, into: &mut Vec<u8>) {
        into.extend(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_sort_as_their_parts(
            a in (".{0,8}", any::<i64>(), prop::collection::vec(any::<u8>(), 0..6)),
            b in (".{0,8}", any::<i64>(), prop::collection::vec(any::<u8>(), 0..6)),
        ) {
            prop_assert_eq!(a.cmp(&b), a.bytes().cmp(&b.bytes()));
        }
    }
}
