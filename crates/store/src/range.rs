//! Ranges of keys and the order in which they are read.

/// The order in which rows are visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the smallest key to the largest.
    Ascending,
    /// From the largest key to the smallest.
    Descending,
}

/// Keys from an inclusive start to an exclusive end, compared as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    start: Vec<u8>,
    end: Option<Vec<u8>>,
}

impl Range {
    /// Keys `k` with `start <= k < end`; empty when `end <= start`.
    pub fn new(start: impl Into<Vec<u8>>, end: impl Into<Vec<u8>>) -> Self {
        Self { start: start.into(), end: Some(end.into()) }
    }

    /// Keys from `start` to the last.
    pub fn from(start: impl Into<Vec<u8>>) -> Self {
        Self { start: start.into(), end: None }
    }

    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: impl Into<Vec<u8>>) -> Self {
        let start = prefix.into();
        let end = successor(&start);
        Self { start, end }
    }

    /// Every key.
    pub fn all() -> Self {
        Self { start: Vec::new(), end: None }
    }

    /// The part of this range strictly after `key`: where an ascending page continues.
    pub fn after(mut self, key: &[u8]) -> Self {
        let next = [key, &[0]].concat();
        if next > self.start {
            self.start = next;
        }
        self
    }

    /// The part of this range strictly before `key`: where a descending page continues.
    pub fn before(mut self, key: &[u8]) -> Self {
        if self.end.as_deref().is_none_or(|end| key < end) {
            self.end = Some(key.to_vec());
        }
        self
    }

    /// The first key of the range, if it exists.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// The first key past the range; `None` when it is open.
    pub fn end(&self) -> Option<&[u8]> {
        self.end.as_deref()
    }

    /// Whether no key can be inside.
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }

    /// Whether `key` is inside.
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.start.as_slice() && self.end.as_deref().is_none_or(|end| key < end)
    }
}

impl From<std::ops::Range<Vec<u8>>> for Range {
    fn from(range: std::ops::Range<Vec<u8>>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// The smallest key greater than all keys with this prefix; `None` if there is none.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_ends_before_the_next_prefix() {
        let range = Range::prefix(b"a\xff".to_vec());
        assert_eq!(range.end(), Some(&b"b"[..]));
        assert!(range.contains(b"a\xff\xff\xff"));
        assert!(!range.contains(b"b"));
        assert_eq!(Range::prefix(b"\xff\xff".to_vec()).end(), None);
        assert_eq!(Range::prefix(Vec::new()), Range::all());
    }

    #[test]
    fn pages_continue_inside_the_range() {
        let range = Range::new("b", "d");
        assert_eq!(range.clone().after(b"c"), Range::new(&b"c\0"[..], "d"));
        assert_eq!(range.clone().after(b"a"), range);
        assert_eq!(range.clone().before(b"c"), Range::new("b", "c"));
        assert_eq!(range.clone().before(b"z"), range);
        assert!(range.before(b"b").is_empty());
    }
}
