//! Pages of IAM's lists: `Marker`, `MaxItems` and `IsTruncated`.

use crate::names::{Marker, MaxItems};
use service_kit::{page, prelude::*};

/// What a page holds when nothing is said (IAM API Reference, "ListRoles").
const DEFAULT_ITEMS: usize = 100;

/// Which page is wanted.
pub(crate) struct Paging {
    marker: Option<Marker>,
    max_items: usize,
}

impl Paging {
    /// From the members that every list takes.
    pub(crate) fn new(marker: Option<Marker>, max_items: Option<MaxItems>) -> Self {
        let max_items = max_items.map_or(DEFAULT_ITEMS, |max| max.0 as usize);
        Self { marker, max_items }
    }

    /// The page of stored rows whose keys start with `prefix`.
    pub(crate) fn rows<R: Record>(
        &self,
        tx: &ReadTx<'_>,
        prefix: impl service_kit::key::Key,
    ) -> Result<Page<R>, Fault> {
        tx.page(prefix, self.marker.as_ref().map(|marker| &*marker.0), self.max_items)
    }

    /// The page of `items` in the order of their keys, which are unique and short enough that the
    /// marker made of one is a valid `Marker`.
    pub(crate) fn of<T>(
        &self,
        mut items: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<Page<T>, Fault> {
        items.sort_by_cached_key(&key);
        if let Some(marker) = &self.marker {
            let after = page::decode(&marker.0)?;
            items.retain(|item| key(item).as_bytes() > after.as_slice());
        }
        let more = items.len() > self.max_items;
        items.truncate(self.max_items);
        let next = items.last().filter(|_| more).map(|last| page::encode(key(last).as_bytes()));
        Ok(Page { items, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_the_list_once() {
        let items: Vec<u32> = (0..250).collect();
        let (mut seen, mut marker) = (Vec::new(), None);
        loop {
            let paging = Paging::new(marker, Some(MaxItems(100)));
            let page = paging.of(items.clone(), |item| format!("{item:03}")).unwrap();
            seen.extend(page.items);
            marker = page.next.map(Marker);
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
    }
}
