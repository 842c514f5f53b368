//! Logs: rows whose keys the commit completes.
use super::{Place, store};
use crate::{Order, Range, STAMP_BYTES, Store, StoreError};

/// Appends `values` in one transaction.
async fn append(store: &Store, values: &[&str]) {
    let write = store.write(|tx| {
        for value in values {
            tx.append(b"log\0a\0".to_vec(), value.as_bytes().to_vec());
        }
        Ok::<_, StoreError>(())
    });
    write.await.expect("the entries are committed");
}

fn read(store: &Store) -> Vec<String> {
    let all = Range::prefix(b"log\0a\0".to_vec());
    let rows = store.read(|tx| tx.scan(all, Order::Ascending, 100_000)).expect("the log is read");
    assert!(rows.iter().all(|(key, _)| key.len() == 6 + STAMP_BYTES));
    rows.iter().map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
}

/// Entries stand in the order of their commits, those of one commit in the order they were
/// appended, also after the store was opened again.
pub async fn logs_keep_the_order_of_commits(place: &dyn Place) {
    let opened = store(place);
    append(&opened, &["1", "2", "3"]).await;
    append(&opened, &["4"]).await;
    drop(opened);
    for entry in ["5", "6"] {
        let opened = store(place);
        append(&opened, &[entry]).await;
        drop(opened);
    }
    assert_eq!(read(&store(place)), ["1", "2", "3", "4", "5", "6"]);
}

/// Entries tell in which order transactions that conflict were done.
pub async fn logs_agree_with_what_was_done(place: &dyn Place) {
    const TASKS: u64 = 8;
    const EACH: u64 = 50;
    let store = store(place);
    let count = async |store: Store| {
        for _ in 0..EACH {
            let write = store.write(|tx| {
                let seen = tx.get(b"n\0n")?.map_or(0, |value| {
                    value.iter().fold(0_u64, |number, &byte| number << 8 | u64::from(byte))
                });
                tx.put(b"n\0n".to_vec(), (seen + 1).to_be_bytes().to_vec());
                tx.append(b"log\0a\0".to_vec(), (seen + 1).to_string().into_bytes());
                Ok::<_, StoreError>(())
            });
            write.await.expect("it is counted");
        }
    };
    let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(count(store.clone()))).collect();
    for task in tasks {
        task.await.expect("the task ends");
    }
    let wanted: Vec<String> = (1..=TASKS * EACH).map(|number| number.to_string()).collect();
    assert_eq!(read(&store), wanted);
}
