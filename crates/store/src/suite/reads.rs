//! Reading, limits, durability.
use super::{Place, get, put, store};
use crate::{MAX_KEY_BYTES, MAX_TX_WRITES, MAX_VALUE_BYTES, Order, Range, Store, StoreError, Tx};
use std::ops::ControlFlow;

fn keys(tx: &Tx, range: Range, order: Order, limit: usize) -> Vec<String> {
    let rows = tx.scan(range, order, limit).expect("the range is read");
    rows.iter().map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect()
}

fn list(store: &Store, range: Range, order: Order, limit: usize) -> Vec<String> {
    store.read(|tx| Ok::<_, StoreError>(keys(tx, range, order, limit))).expect("a read")
}

/// Values are found under their keys, empty values included, until deleted.
pub async fn points_are_read_back(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("t\0a", "1"), ("t\0b", "")]).await;
    assert_eq!(get(&store, "t\0a").as_deref(), Some("1"));
    assert_eq!(get(&store, "t\0b").as_deref(), Some(""));
    assert_eq!(get(&store, "t\0c"), None);
    put(&store, &[("t\0a", "2")]).await;
    assert_eq!(get(&store, "t\0a").as_deref(), Some("2"));
    let delete = store.write(|tx| {
        tx.delete(b"t\0a".to_vec());
        tx.delete(b"t\0missing".to_vec());
        Ok::<_, StoreError>(())
    });
    delete.await.expect("deletes commit");
    assert_eq!(get(&store, "t\0a"), None);
}

/// Start is inclusive, end exclusive, in both orders; prefixes cover their keys only.
pub async fn ranges_are_read_both_ways(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("a", ""), ("b", ""), ("b\0x", ""), ("bb", ""), ("c", "")]).await;
    let range = || Range::new("b", "c");
    assert_eq!(list(&store, range(), Order::Ascending, 9), ["b", "b\0x", "bb"]);
    assert_eq!(list(&store, range(), Order::Descending, 9), ["bb", "b\0x", "b"]);
    assert_eq!(list(&store, Range::prefix("b\0"), Order::Ascending, 9), ["b\0x"]);
    assert_eq!(list(&store, Range::all(), Order::Descending, 2), ["c", "bb"]);
    assert_eq!(list(&store, Range::from("bb"), Order::Ascending, 9), ["bb", "c"]);
    assert!(list(&store, Range::new("c", "b"), Order::Ascending, 9).is_empty());
    assert!(list(&store, Range::new("b", "b"), Order::Descending, 9).is_empty());
}

/// A scan gives at most its limit; a visit ends where its visitor breaks.
pub async fn limits_and_visits_stop_early(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("a", "1"), ("b", "2"), ("c", "3")]).await;
    assert!(list(&store, Range::all(), Order::Ascending, 0).is_empty());
    assert_eq!(list(&store, Range::all(), Order::Ascending, 2), ["a", "b"]);
    assert_eq!(list(&store, Range::all().after(b"b"), Order::Ascending, 2), ["c"]);
    assert_eq!(list(&store, Range::all().before(b"b"), Order::Descending, 2), ["a"]);
    let mut seen = Vec::new();
    let visit = store.read(|tx| {
        tx.visit(Range::all(), Order::Descending, |key, value| {
            seen.push((key.to_vec(), value.to_vec()));
            if key == b"b" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    });
    visit.expect("the visit ends");
    assert_eq!(seen, [(b"c".to_vec(), b"3".to_vec()), (b"b".to_vec(), b"2".to_vec())]);
}

/// A transaction sees the snapshot with its own writes and deletes over it.
pub async fn own_writes_are_visible(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("b", "old"), ("d", "old"), ("e", "old")]).await;
    let write = store.write(|tx| {
        for key in ["a", "b", "c", "f"] {
            tx.put(key.as_bytes().to_vec(), b"new".to_vec());
        }
        tx.delete(b"d".to_vec());
        tx.delete(b"f".to_vec());
        assert_eq!(tx.get(b"b")?.as_deref(), Some(&b"new"[..]));
        assert_eq!(tx.get(b"d")?, None);
        assert_eq!(keys(tx, Range::all(), Order::Ascending, 9), ["a", "b", "c", "e"]);
        assert_eq!(keys(tx, Range::all(), Order::Descending, 3), ["e", "c", "b"]);
        assert_eq!(keys(tx, Range::new("b", "e"), Order::Descending, 9), ["c", "b"]);
        Ok::<_, StoreError>(())
    });
    write.await.expect("the transaction commits");
    assert_eq!(list(&store, Range::all(), Order::Ascending, 9), ["a", "b", "c", "e"]);
}

/// An `Err` from the body discards every write.
pub async fn an_error_leaves_nothing(place: &dyn Place) {
    let store = store(place);
    let refused: Result<(), StoreError> = store
        .write(|tx| {
            tx.put(b"a".to_vec(), b"1".to_vec());
            Err(StoreError::Full)
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Full)));
    assert_eq!(get(&store, "a"), None);
}

/// Later commits do not show in a transaction that has begun to read.
pub async fn reads_see_one_snapshot(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("a", "1"), ("b", "1")]).await;
    let read = store.read(|tx| {
        assert_eq!(tx.get(b"a")?.as_deref(), Some(&b"1"[..]));
        super::meanwhile(put(&store, &[("a", "2"), ("b", "2"), ("c", "2")]));
        assert_eq!(tx.get(b"b")?.as_deref(), Some(&b"1"[..]));
        assert_eq!(keys(tx, Range::all(), Order::Ascending, 9), ["a", "b"]);
        Ok::<_, StoreError>(())
    });
    read.expect("the read ends");
    assert_eq!(get(&store, "b").as_deref(), Some("2"));
}

async fn refusal(store: &Store, mut body: impl FnMut(&mut Tx) + Send) -> StoreError {
    let write = store.write(|tx| {
        tx.put(b"witness".to_vec(), Vec::new());
        body(tx);
        Ok::<_, StoreError>(())
    });
    write.await.expect_err("the transaction is refused")
}

/// Oversized and nameless writes fail their transaction as a whole; the largest pass.
pub async fn limits_are_enforced(place: &dyn Place) {
    let store = store(place);
    let too_large = [
        refusal(&store, |tx| tx.put(vec![1; MAX_KEY_BYTES + 1], Vec::new())).await,
        refusal(&store, |tx| tx.delete(vec![1; MAX_KEY_BYTES + 1])).await,
        refusal(&store, |tx| tx.put(vec![1], vec![0; MAX_VALUE_BYTES + 1])).await,
        refusal(&store, |tx| (1..=4).for_each(|n| tx.put(vec![n], vec![0; MAX_VALUE_BYTES]))).await,
        refusal(&store, |tx| {
            (0..=MAX_TX_WRITES).for_each(|n| tx.put(n.to_be_bytes().to_vec(), Vec::new()));
        })
        .await,
    ];
    assert!(too_large.iter().all(|error| matches!(error, StoreError::TooLarge)), "{too_large:?}");
    let nameless = refusal(&store, |tx| tx.put(Vec::new(), Vec::new())).await;
    assert!(matches!(nameless, StoreError::InvalidKey));
    assert_eq!(get(&store, "witness"), None);
    let largest = store.write(|tx| {
        tx.put(vec![b'k'; MAX_KEY_BYTES], vec![7; MAX_VALUE_BYTES]);
        Ok::<_, StoreError>(())
    });
    largest.await.expect("the largest key and value fit");
    let value = store.read(|tx| tx.get(&[b'k'; MAX_KEY_BYTES])).expect("it is read");
    assert!(value.is_some_and(|value| value.len() == MAX_VALUE_BYTES && value[1] == 7));
}

/// What was acknowledged is there after reopening; what was deleted is not.
pub async fn everything_is_found_again(place: &dyn Place) {
    for round in 0..3 {
        let store = store(place);
        if round > 0 {
            assert_eq!(get(&store, "t\0round").as_deref(), Some(&*(round - 1).to_string()));
            assert_eq!(get(&store, "t\0gone"), None);
        }
        put(&store, &[("t\0round", &round.to_string()), ("t\0gone", "x")]).await;
        let delete = store.write(|tx| {
            tx.delete(b"t\0gone".to_vec());
            Ok::<_, StoreError>(())
        });
        delete.await.expect("the delete commits");
    }
}

/// After closing, nothing is accepted and nothing hangs.
pub async fn a_closed_store_refuses(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("a", "1")]).await;
    store.close().await;
    store.clone().close().await;
    let write = store.write(|tx| {
        tx.put(b"b".to_vec(), Vec::new());
        Ok::<_, StoreError>(())
    });
    assert!(matches!(write.await, Err(StoreError::Closed)));
    assert!(matches!(store.read(|tx| tx.get(b"a")), Err(StoreError::Closed)));
}
