//! A snapshot's rows with a transaction's own writes laid over them.
use crate::{Order, Range, Rows, StoreError};
use bytes::Bytes;
use std::{cmp::Ordering, collections::BTreeMap, iter::Peekable, ops::Bound};

/// Buffered writes; `None` deletes.
pub(crate) type Writes = BTreeMap<Bytes, Option<Bytes>>;

type Own<'a> = Box<dyn Iterator<Item = (&'a Bytes, &'a Option<Bytes>)> + 'a>;

/// `rows` of `range` overlaid with `writes`, in `order`; the range must not be empty.
pub(crate) fn merge<'a>(
    rows: Rows<'a>,
    writes: &'a Writes,
    range: &Range,
    order: Order,
) -> Rows<'a> {
    let end = range.end().map_or(Bound::Unbounded, Bound::Excluded);
    let mut own = writes.range::<[u8], _>((Bound::Included(range.start()), end)).peekable();
    if own.peek().is_none() {
        return rows;
    }
    let own = writes.range::<[u8], _>((Bound::Included(range.start()), end));
    let own: Own<'a> = match order {
        Order::Ascending => Box::new(own),
        Order::Descending => Box::new(own.rev()),
    };
    Box::new(Merge { rows: rows.peekable(), own: own.peekable(), order })
}

struct Merge<'a> {
    rows: Peekable<Rows<'a>>,
    own: Peekable<Own<'a>>,
    order: Order,
}

impl Merge<'_> {
    /// Where the next own write stands relative to the next row; `Greater` means after it.
    fn own_comes(&mut self) -> Option<Ordering> {
        let Some((own, _)) = self.own.peek() else {
            return self.rows.peek().map(|_| Ordering::Greater);
        };
        match self.rows.peek() {
            None => Some(Ordering::Less),
            Some(Err(_)) => Some(Ordering::Greater),
            Some(Ok((key, _))) => Some(match self.order {
                Order::Ascending => (*own).cmp(key),
                Order::Descending => key.cmp(own),
            }),
        }
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<(Bytes, Bytes), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.own_comes()? {
                Ordering::Greater => return self.rows.next(),
                Ordering::Equal => drop(self.rows.next()),
                Ordering::Less => {}
            }
            if let Some((key, Some(value))) = self.own.next() {
                return Some(Ok((key.clone(), value.clone())));
            }
        }
    }
}
