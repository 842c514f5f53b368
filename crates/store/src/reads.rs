//! What a transaction read: the evidence its commit is judged by.
use crate::{Order, Range};

/// Point reads and the parts of ranges that were really seen.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    pub(crate) points: Vec<Box<[u8]>>,
    pub(crate) ranges: Vec<Range>,
}

impl Reads {
    pub(crate) fn point(&mut self, key: &[u8]) {
        if self.points.last().is_none_or(|last| **last != *key) {
            self.points.push(key.into());
        }
    }

    /// Records a visit of `range` that stopped after `last`, or ran to the end when `None`.
    pub(crate) fn range(&mut self, range: Range, order: Order, last: Option<&[u8]>) {
        let seen = match (order, last) {
            (_, None) => range,
            (Order::Ascending, Some(key)) => range.before(&[key, &[0]].concat()),
            (Order::Descending, Some(key)) => {
                // `after` excludes its key; the last row seen belongs to what was read.
                let end = range.end().map(<[u8]>::to_vec);
                end.map_or_else(|| Range::from(key), |end| Range::new(key, end))
            }
        };
        if !seen.is_empty() {
            self.ranges.push(seen);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.points.len() + self.ranges.len()
    }
}
