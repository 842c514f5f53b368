//! A place among the events of a group, and its spelling in tokens and event ids.

use std::cmp::Ordering;

/// Digits of the time, the stream and the number in the stream.
const DIGITS: (usize, usize, usize) = (13, 20, 22);

/// Where an event is in the order of a whole group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Milliseconds since the epoch.
    pub time: i64,
    pub stream: u64,
    pub seq: u64,
}

impl Position {
    /// The first place of the stream `stream` that is not before this one, as time and number.
    pub(crate) fn start_in(self, stream: u64) -> (i64, u64) {
        match stream.cmp(&self.stream) {
            Ordering::Less => (self.time.saturating_add(1), 0),
            Ordering::Equal => (self.time, self.seq),
            Ordering::Greater => (self.time, 0),
        }
    }

    /// 56 decimal digits, as long as AWS's.
    pub(crate) fn digits(self) -> String {
        let Self { time, stream, seq } = self;
        let time = time.clamp(0, 9_999_999_999_999);
        format!("3{time:013}{stream:020}{seq:022}")
    }

    /// Reads [`Position::digits`].
    pub(crate) fn parse(digits: &str) -> Option<Self> {
        let (time, stream, seq) = DIGITS;
        let is_ours = digits.len() == 1 + time + stream + seq
            && digits.starts_with('3')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_ours {
            return None;
        }
        Some(Self {
            time: digits.get(1..=time)?.parse().ok()?,
            stream: digits.get(1 + time..1 + time + stream)?.parse().ok()?,
            seq: digits.get(1 + time + stream..)?.parse().ok()?,
        })
    }
}

/// Where to go on reading a stream, as in the tokens of GetLogEvents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onward {
    /// At this place and behind it.
    Forward(Position),
    /// Before this place.
    Backward(Position),
}

impl Onward {
    /// `f/{digits}/s` or `b/{digits}/s`.
    pub(crate) fn token(self) -> String {
        match self {
            Self::Forward(position) => format!("f/{}/s", position.digits()),
            Self::Backward(position) => format!("b/{}/s", position.digits()),
        }
    }

    /// Reads [`Onward::token`].
    pub(crate) fn parse(token: &str) -> Option<Self> {
        let (direction, rest) = token.split_once('/')?;
        let position = Position::parse(rest.strip_suffix("/s")?)?;
        match direction {
            "f" => Some(Self::Forward(position)),
            "b" => Some(Self::Backward(position)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_back_and_junk_is_refused() {
        let position = Position { time: 1_795_446_000_123, stream: u64::MAX, seq: 7 };
        for onward in [Onward::Forward(position), Onward::Backward(position)] {
            assert_eq!(Onward::parse(&onward.token()), Some(onward));
        }
        assert_eq!(position.digits().len(), 56);
        assert_eq!(Onward::parse("f/12/s"), None);
        assert_eq!(Position::parse(&"9".repeat(56)), None);
    }
}
