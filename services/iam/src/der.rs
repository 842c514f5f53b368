//! The little of DER (X.690) that keys need: elements, read and written.

/// INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(crate) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
/// The element that SEC 1 keys may hold their public part in.
pub(crate) const EXPLICIT_1: u8 = 0xa1;

/// Elements of one level, read one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element: its tag and content; none at the end or where it is cut.
    pub(crate) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            short @ ..=0x7f => (usize::from(*short), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The content of the next element, if it has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// The next element's own elements, if it is a sequence.
    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.expect(SEQUENCE).map(Reader)
    }

    /// The next element as a number without sign or leading zeros.
    pub(crate) fn unsigned(&mut self) -> Option<&'a [u8]> {
        self.expect(INTEGER).map(trimmed)
    }

    /// The content of the next element, a bit string of whole bytes.
    pub(crate) fn bits(&mut self) -> Option<&'a [u8]> {
        let (unused, bytes) = self.expect(BIT_STRING)?.split_first()?;
        (*unused == 0).then_some(bytes)
    }
}

/// `number` without leading zeros.
pub(crate) fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// An element.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    let length = content.len().to_be_bytes();
    let length = trimmed(&length);
    match length {
        [] => element.push(0),
        [short @ ..=0x7f] => element.push(*short),
        long => {
            element.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            element.extend(long);
        }
    }
    element.extend(content);
    element
}

/// `number`, which has no sign, as an INTEGER's content: with a zero before a first bit that would
/// be taken for a sign.
pub(crate) fn signed(number: &[u8]) -> Vec<u8> {
    let number = trimmed(number);
    let zero = number.first().is_none_or(|byte| byte & 0x80 != 0);
    let mut signed = if zero { vec![0] } else { Vec::new() };
    signed.extend(number);
    signed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        for (length, head) in [(0, 2), (127, 2), (128, 3), (255, 3), (256, 4), (70_000, 5)] {
            let whole = element(OCTET_STRING, &vec![7; length]);
            assert_eq!(whole.len(), head + length);
            assert_eq!(Reader(&whole).expect(OCTET_STRING), Some(&*vec![7; length]));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            tag in any::<u8>(),
            content in prop::collection::vec(any::<u8>(), 0..400),
            rest in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let whole = [element(tag, &content), rest.clone()].concat();
            let mut reader = Reader(&whole);
            prop_assert_eq!(reader.next(), Some((tag, &*content)));
            prop_assert_eq!(reader.0, &*rest);
            let number = element(INTEGER, &signed(&content));
            prop_assert_eq!(Reader(&number).unsigned(), Some(trimmed(&content)));
        }

        #[test]
        fn nothing_breaks_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader(&bytes);
            while reader.next().is_some() {}
        }
    }
}
