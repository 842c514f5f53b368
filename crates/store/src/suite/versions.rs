//! Watches and table versions.
use super::{Place, get, meanwhile, put, store};
use crate::StoreError;

/// A watch wakes for its prefix only, and remembers a commit that came before it was awaited.
pub async fn watches_wake(place: &dyn Place) {
    let store = store(place);
    let mut watch = store.watch(b"queue\0a\0");
    put(&store, &[("queue\0b\0one", "other")]).await;
    assert!(!watch.has_changed());
    put(&store, &[("queue\0a\0one", "first")]).await;
    watch.changed().await;
    assert_eq!(get(&store, "queue\0a\0one").as_deref(), Some("first"));
    assert!(!watch.has_changed());

    let waiting = tokio::spawn(async move { watch.changed().await });
    let delete = store.write(|tx| {
        tx.delete(b"queue\0a\0one".to_vec());
        Ok::<_, StoreError>(())
    });
    delete.await.expect("the delete commits");
    waiting.await.expect("the watch wakes");
}

/// A version moves with each commit to its table, before the commit is acknowledged.
pub async fn table_versions_move(place: &dyn Place) {
    let store = store(place);
    assert_eq!(store.table_version("t"), 0);
    put(&store, &[("t\0a", ""), ("u\0a", ""), ("v", "")]).await;
    let first = ["t", "u", "v"].map(|table| store.table_version(table));
    assert!(first.iter().all(|&version| version > 0));
    put(&store, &[("t\0b", "")]).await;
    assert!(store.table_version("t") > first[0]);
    assert_eq!([store.table_version("u"), store.table_version("v")], first[1..]);

    let before = store.table_version("t");
    let refused: Result<(), StoreError> = store
        .write(|tx| {
            tx.put(b"t\0c".to_vec(), Vec::new());
            Err(StoreError::Full)
        })
        .await;
    assert!(refused.is_err());
    let read = store.read(|tx| tx.get(b"t\0a").map(|_| meanwhile(async {})));
    read.expect("a read");
    assert_eq!(store.table_version("t"), before);
}
