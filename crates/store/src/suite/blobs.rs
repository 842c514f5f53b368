//! Content-addressed blobs.
use super::{Place, store};
use crate::{StoreError, blob_key};
use bytes::Bytes;

/// A blob is found under its SHA-256 until deleted, also after reopening.
pub async fn blobs_are_kept_by_content(place: &dyn Place) {
    let content = Bytes::from(vec![7; 300_000]);
    let key = {
        let store = store(place);
        let key = store.put_blob(content.clone()).await.expect("the blob is stored");
        assert_eq!(key, blob_key(&content));
        assert_eq!(store.blobs().put(&content).expect("storing again"), key);
        key
    };
    let store = store(place);
    let found = store.get_blob(key.clone()).await.expect("the blob is read");
    assert_eq!(found, Some(content.clone()));
    if let Some(path) = store.blobs().path(&key) {
        assert_eq!(std::fs::read(path).expect("the file is there"), content);
    }
    assert!(store.blobs().delete(&key).expect("it is deleted"));
    assert!(!store.blobs().delete(&key).expect("it is gone"));
    assert_eq!(store.blobs().get(&key).expect("it is looked for"), None);
}

/// Anything but a SHA-256 in lower-case hexadecimal is refused, paths above all.
pub async fn blobs_refuse_other_names(place: &dyn Place) {
    let store = store(place);
    for key in ["", "../../../../etc/passwd", &"A".repeat(64), &"0".repeat(63)] {
        assert!(matches!(store.blobs().get(key), Err(StoreError::InvalidKey)), "{key}");
        assert!(matches!(store.blobs().delete(key), Err(StoreError::InvalidKey)), "{key}");
        assert_eq!(store.blobs().path(key), None, "{key}");
    }
}

/// Listing pages through all keys in order.
pub async fn blobs_are_listed_in_pages(place: &dyn Place) {
    let store = store(place);
    let put = |n: u8| store.blobs().put(&[n]).expect("the blob is stored");
    let mut keys: Vec<String> = (0..20).map(put).collect();
    keys.sort();
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = store.blobs().list(after.as_deref(), 7).expect("a page");
        assert!(page.len() <= 7);
        let Some(last) = page.last().cloned() else { break };
        listed.extend(page);
        after = Some(last);
    }
    assert_eq!(listed, keys);
}
