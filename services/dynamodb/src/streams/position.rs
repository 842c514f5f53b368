//! Positions in a stream: the stamps of the store, which clients see as sequence numbers.

use service_kit::{STAMP_BYTES, prelude::*};

/// Added to a stamp to make a sequence number: all have as many digits, so that they sort as text
/// too, within AWS's 21 to 40.
const OFFSET: u128 = 10_u128.pow(34);
/// Stamps are below.
const END: u128 = 1 << (8 * STAMP_BYTES);

/// A place in the order of all commits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(from = "[u8; STAMP_BYTES]", into = "[u8; STAMP_BYTES]")]
pub(crate) struct Position(u128);

impl Position {
    /// That of the row whose key ends so in a log.
    pub(crate) fn of_key(stamp: &[u8]) -> Option<Self> {
        stamp.try_into().ok().map(<[u8; STAMP_BYTES]>::into)
    }

    /// As a row's key has it.
    pub(crate) fn bytes(self) -> [u8; STAMP_BYTES] {
        self.into()
    }

    /// The next one.
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1).min(END - 1))
    }

    /// The one before.
    pub(crate) fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// As clients see it: decimal digits.
    pub(crate) fn sequence_number(self) -> String {
        (OFFSET + self.0).to_string()
    }

    /// The one that is seen so, if any is.
    pub(crate) fn parse(sequence_number: &str) -> Option<Self> {
        let number: u128 = sequence_number.parse().ok()?;
        number.checked_sub(OFFSET).filter(|&stamp| stamp < END).map(Self)
    }
}

impl From<[u8; STAMP_BYTES]> for Position {
    fn from(bytes: [u8; STAMP_BYTES]) -> Self {
        Self(bytes.iter().fold(0, |number, &byte| number << 8 | u128::from(byte)))
    }
}

impl From<Position> for [u8; STAMP_BYTES] {
    fn from(position: Position) -> Self {
        let all = position.0.to_be_bytes();
        std::array::from_fn(|index| all[all.len() - STAMP_BYTES + index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sequence_numbers_sort_as_stamps(a: [u8; STAMP_BYTES], b: [u8; STAMP_BYTES]) {
            let (x, y) = (Position::from(a), Position::from(b));
            prop_assert_eq!(x.sequence_number().cmp(&y.sequence_number()), a.cmp(&b));
            prop_assert_eq!(Position::parse(&x.sequence_number()), Some(x));
            prop_assert_eq!(x.bytes(), a);
            prop_assert!((21..=40).contains(&x.sequence_number().len()));
        }
    }

    #[test]
    fn other_numbers_are_none() {
        for text in ["", "1", "-1", "x", &"9".repeat(40), &OFFSET.to_string()[1..]] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }
}
