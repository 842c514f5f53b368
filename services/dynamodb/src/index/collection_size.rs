//! The limit of item collections, and how it is known without reading them at each write.
//!
//! A collection is measured from its rows, some at each of its first writes, and from then on its
//! size follows the writes. It is kept in memory and may be a little wrong, as on AWS.

use crate::{
    error::DynamoError,
    item::ITEMS,
    table::Table,
    throttle::PartitionDigest,
    value::{
        codec,
        key::{EntryPartition, ItemKey, Partition},
    },
};
use parking_lot::Mutex;
use service_kit::{key::Key, prelude::*};
use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::atomic::{AtomicU64, Ordering},
};

/// The most bytes of an item collection.
const MAX_BYTES: u64 = 10 << 30;
/// The most collections whose size is known. Those beyond are measured anew.
const MAX_KNOWN: usize = 10_000;
/// The most rows measured at one write.
const ROWS_AT_ONCE: usize = 1_000;

/// What is known of sizes.
struct Sizes {
    known: Mutex<HashMap<Collection, Size>>,
    limit: AtomicU64,
}

impl Live for Sizes {
    fn forget(&self, _: &str) {
        // They are by unique ids of tables, and measured anew when forgotten.
        self.known.lock().clear();
    }
}

/// A table's id and a partition of it.
type Collection = ([u8; 16], PartitionDigest);

impl Default for Sizes {
    fn default() -> Self {
        Self { known: Mutex::default(), limit: MAX_BYTES.into() }
    }
}

/// The size of one collection, as far as it is measured.
#[derive(Clone, Debug, Default)]
struct Size {
    bytes: i64,
    /// Where measuring goes on; none when it is done, or while it goes on.
    rest: Option<Rest>,
}

/// What of a collection is not measured yet.
#[derive(Clone, Debug, Default)]
struct Rest {
    /// Of the table and its local indexes, the first that is not measured to its end.
    source: usize,
    /// Its last row that is.
    after: Vec<u8>,
}

/// Whether a collection of `bytes` may grow by `grown`. It may always shrink.
fn may_grow(bytes: i64, grown: i64, limit: u64) -> bool {
    grown <= 0 || u64::try_from(bytes.saturating_add(grown)).unwrap_or(0) <= limit
}

/// Looks at the collection that the item at `key` is in, before it is written.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn look(cx: &Context, table: &Table, key: &ItemKey) -> Result<(), Fault> {
    if !table.has_collections() {
        return Ok(());
    }
    let sizes = cx.platform().live::<Sizes>();
    let collection = (table.id_bytes(), key.partition());
    let mut known = sizes.known.lock();
    if known.len() >= MAX_KNOWN && !known.contains_key(&collection) {
        known.clear();
    }
    let new = || Size { bytes: 0, rest: Some(Rest::default()) };
    let Some(rest) = known.entry(collection).or_insert_with(new).rest.take() else {
        return Ok(());
    };
    drop(known);
    let (bytes, rest) = cx.read(|tx| measure(tx, table, &key.hash, rest))?;
    if let Some(size) = sizes.known.lock().get_mut(&collection) {
        size.bytes += bytes;
        size.rest = rest;
    }
    Ok(())
}

/// The bytes of the next rows, and what is left then.
fn measure(
    tx: &ReadTx<'_>,
    table: &Table,
    hash: &[u8],
    rest: Rest,
) -> Result<(i64, Option<Rest>), Fault> {
    let Rest { source, after } = rest;
    let local: Vec<[u8; 16]> = table
        .indexes
        .iter()
        .filter(|index| index.is_local())
        .map(|index| index.id_bytes())
        .collect();
    let prefix = match source.checked_sub(1) {
        None => Partition { table: table.id_bytes(), hash }.bytes(),
        Some(place) => match local.get(place) {
            Some(&index) => EntryPartition { index, hash }.bytes(),
            None => return Ok((0, None)),
        },
    };
    let from = if after.is_empty() { Vec::new() } else { [after.as_slice(), &[0]].concat() };
    let (mut bytes, mut rows, mut last) = (0, 0, None);
    let prefix = service_kit::key::Encoded(&prefix);
    tx.visit_bytes(ITEMS, prefix, (&from, None), Order::Ascending, |row, stored| {
        bytes += i64::try_from(codec::size(stored).unwrap_or(0)).unwrap_or(0);
        rows += 1;
        if rows < ROWS_AT_ONCE {
            return ControlFlow::Continue(());
        }
        last = Some(row.to_vec());
        ControlFlow::Break(())
    })?;
    let rest = match last {
        Some(after) => Rest { source, after },
        None => Rest { source: source + 1, after: Vec::new() },
    };
    if rest.after.is_empty() && rows == 0 && rest.source <= local.len() {
        // Nothing there: the next source is as quick.
        return measure(tx, table, hash, rest);
    }
    Ok((bytes, (rest.source <= local.len()).then_some(rest)))
}

/// Whether a write may make collections of `table` grow so.
///
/// # Errors
/// `ItemCollectionSizeLimitExceededException` when one would become too large.
pub(crate) fn check(
    cx: &Context,
    table: &Table,
    grown: &[(PartitionDigest, i64)],
) -> Result<(), DynamoError> {
    if grown.is_empty() {
        return Ok(());
    }
    let sizes = cx.platform().live::<Sizes>();
    let limit = sizes.limit.load(Ordering::Relaxed);
    let known = sizes.known.lock();
    for (partition, grown) in grown {
        let size = known.get(&(table.id_bytes(), *partition));
        if !may_grow(size.map_or(0, |size| size.bytes), *grown, limit) {
            return Err(DynamoError::ItemCollectionSizeLimitExceeded);
        }
    }
    Ok(())
}

/// Remembers that collections of `table` have grown so.
pub(crate) fn follow(cx: &Context, table: &Table, grown: &[(PartitionDigest, i64)]) {
    if grown.is_empty() {
        return;
    }
    let sizes = cx.platform().live::<Sizes>();
    let mut known = sizes.known.lock();
    for (partition, grown) in grown {
        if let Some(size) = known.get_mut(&(table.id_bytes(), *partition)) {
            size.bytes += grown;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use shape::Failure;
    use testkit::{Client, Cloud};

    #[test]
    fn what_is_full_may_only_shrink() {
        assert!(may_grow(90, 10, 100));
        assert!(!may_grow(90, 11, 100));
        assert!(may_grow(500, 0, 100) && may_grow(500, -1, 100));
        assert!(!may_grow(i64::MAX, 1, MAX_BYTES));
    }

    async fn cloud(limit: u64) -> Cloud {
        let cloud = Cloud::start(&[&crate::SERVICE]).await;
        let definition = |name| json!({"AttributeName": name, "AttributeType": "S"});
        let key = |range: &str| {
            json!([
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": range, "KeyType": "RANGE"},
            ])
        };
        let table = json!({
            "TableName": "music", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [definition("id"), definition("at"), definition("year")],
            "KeySchema": key("at"),
            "LocalSecondaryIndexes": [{
                "IndexName": "by-year", "KeySchema": key("year"),
                "Projection": {"ProjectionType": "ALL"},
            }],
        });
        cloud.admin().call("dynamodb", "CreateTable", table).await.unwrap();
        cloud.platform().live::<Sizes>().limit.store(limit, Ordering::Relaxed);
        cloud
    }

    fn item(id: &str, at: &str, bytes: usize) -> Value {
        json!({"id": {"S": id}, "at": {"S": at}, "text": {"S": "x".repeat(bytes)}})
    }

    async fn put(client: &Client<'_>, item: Value) -> Result<Value, Failure> {
        client.call("dynamodb", "PutItem", json!({"TableName": "music", "Item": item})).await
    }

    #[tokio::test]
    async fn a_collection_that_is_full_takes_no_more() {
        let cloud = cloud(10_000).await;
        let admin = cloud.admin();
        let mut indexed = item("a", "1", 4_000);
        indexed["year"] = json!({"S": "1999"});
        put(&admin, indexed).await.unwrap();
        put(&admin, item("a", "2", 1_000)).await.unwrap();
        let failure = put(&admin, item("a", "3", 1_000)).await.unwrap_err();
        assert_eq!(failure.code, "ItemCollectionSizeLimitExceededException");
        put(&admin, item("b", "1", 5_000)).await.unwrap();
        let key = json!({"id": {"S": "a"}, "at": {"S": "2"}});
        let grow = json!({
            "TableName": "music", "Key": key, "UpdateExpression": "SET more = :m",
            "ExpressionAttributeValues": {":m": {"S": "x".repeat(1_000)}},
        });
        let failure = admin.call("dynamodb", "UpdateItem", grow).await.unwrap_err();
        assert_eq!(failure.code, "ItemCollectionSizeLimitExceededException");
        let more = item("a", "3", 1_000);
        let write = json!({"TransactItems": [{"Put": {"TableName": "music", "Item": more}}]});
        let failure = admin.call("dynamodb", "TransactWriteItems", write).await.unwrap_err();
        assert!(failure.message.ends_with("[ItemCollectionSizeLimitExceeded]"));
        let batch = json!({"RequestItems": {"music": [{"PutRequest": {"Item": more}}]}});
        let failure = admin.call("dynamodb", "BatchWriteItem", batch).await.unwrap_err();
        assert_eq!(failure.code, "ItemCollectionSizeLimitExceededException");
        // What becomes smaller, and what goes, makes room.
        put(&admin, item("a", "2", 500)).await.unwrap();
        let delete = json!({"TableName": "music", "Key": {"id": {"S": "a"}, "at": {"S": "1"}}});
        admin.call("dynamodb", "DeleteItem", delete).await.unwrap();
        put(&admin, more).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_there_before_is_measured_little_by_little() {
        let cloud = cloud(MAX_BYTES).await;
        let admin = cloud.admin();
        for batch in 0..60 {
            let put = |at: usize| {
                let item = item("a", &format!("{batch:02}-{at:02}"), 50);
                json!({"PutRequest": {"Item": item}})
            };
            let requests: Vec<Value> = (0..25).map(put).collect();
            let batch = json!({"RequestItems": {"music": requests}});
            admin.call("dynamodb", "BatchWriteItem", batch).await.unwrap();
        }
        let cx = cloud.context();
        let table = crate::table::find(&cx, "music").unwrap().unwrap();
        let key = ItemKey { hash: b"a".to_vec(), range: Vec::new() };
        let sizes = cloud.platform().live::<Sizes>();
        let collection = (table.id_bytes(), key.partition());
        let followed = sizes.known.lock().get(&collection).unwrap().bytes;
        // As after a start.
        sizes.known.lock().clear();
        look(&cx, &table, &key).unwrap();
        let size =
            |known: &Mutex<HashMap<Collection, Size>>| known.lock().get(&collection).cloned();
        assert!(size(&sizes.known).unwrap().bytes < followed);
        look(&cx, &table, &key).unwrap();
        look(&cx, &table, &key).unwrap();
        let known = size(&sizes.known).unwrap();
        assert!(known.rest.is_none());
        assert_eq!(known.bytes, followed);
    }
}
