//! Serializability: what concurrent transactions may and may not do to each other.
use super::{Place, get, meanwhile, put, store};
use crate::{Order, Range, Store, StoreError, Tx};

/// Runs `body` in a transaction while `rival` commits during its first run; says how often it ran.
async fn runs_against(
    store: &Store,
    rival: &[(&str, &str)],
    mut body: impl FnMut(&mut Tx) -> Result<(), StoreError> + Send,
) -> usize {
    let mut runs = 0;
    let write = store.write(|tx| {
        body(tx)?;
        runs += 1;
        if runs == 1 {
            meanwhile(put(store, rival));
        }
        Ok::<_, StoreError>(())
    });
    write.await.expect("the transaction commits in the end");
    runs
}

/// A read-modify-write that lost a race runs again on the new value.
pub async fn lost_updates_are_refused(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("n", "a")]).await;
    let runs = runs_against(&store, &[("n", "b")], |tx| {
        let mut value = tx.get(b"n")?.unwrap_or_default().to_vec();
        value.push(b'!');
        tx.put(b"n".to_vec(), value);
        Ok(())
    });
    assert_eq!(runs.await, 2);
    assert_eq!(get(&store, "n").as_deref(), Some("b!"));
}

/// Two transactions that read what the other writes are not both committed unseen.
pub async fn write_skew_is_refused(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("x", "on"), ("y", "on")]).await;
    let runs = runs_against(&store, &[("x", "off")], |tx| {
        if tx.get(b"x")?.as_deref() == Some(b"on") {
            tx.put(b"y".to_vec(), b"off".to_vec());
        } else {
            tx.put(b"note".to_vec(), b"kept".to_vec());
        }
        Ok(())
    });
    assert_eq!(runs.await, 2);
    assert_eq!(get(&store, "y").as_deref(), Some("on"));
}

/// A row that appears in, or vanishes from, a range that was read is a conflict.
pub async fn phantoms_are_refused(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("t\0a", ""), ("t\0z", "")]).await;
    for (order, rival, expected) in
        [(Order::Ascending, "t\0b", "3"), (Order::Descending, "t\0c", "4")]
    {
        let runs = runs_against(&store, &[(rival, "")], |tx| {
            let rows = tx.scan(Range::prefix("t\0"), order, 100)?;
            tx.put(b"count".to_vec(), rows.len().to_string().into_bytes());
            Ok(())
        })
        .await;
        assert_eq!(runs, 2);
        assert_eq!(get(&store, "count").as_deref(), Some(expected));
    }
    let runs = runs_against(&store, &[("fresh", "")], |tx| {
        tx.put(b"was-there".to_vec(), vec![u8::from(tx.get(b"fresh")?.is_some())]);
        Ok(())
    });
    assert_eq!(runs.await, 2);
}

/// Rows behind a limit were not read, so their changes do not matter.
pub async fn unread_parts_of_a_range_do_not_conflict(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("t\0b", ""), ("t\0d", ""), ("t\0f", "")]).await;
    let cases = [
        (Order::Ascending, "t\0e", 1),
        (Order::Ascending, "t\0a", 2),
        (Order::Descending, "t\0c", 1),
        (Order::Descending, "t\0g", 2),
    ];
    for (order, rival, expected) in cases {
        let runs = runs_against(&store, &[(rival, "")], |tx| {
            let first = tx.scan(Range::prefix("t\0"), order, 1)?;
            tx.put(b"first".to_vec(), first[0].0.to_vec());
            Ok(())
        })
        .await;
        assert_eq!(runs, expected, "{order:?} {rival:?}");
    }
}

/// Transactions that read nothing run once, whatever others do.
pub async fn blind_writes_never_conflict(place: &dyn Place) {
    let store = store(place);
    let runs = runs_against(&store, &[("k", "rival")], |tx| {
        tx.put(b"k".to_vec(), b"mine".to_vec());
        assert_eq!(tx.get(b"k")?.as_deref(), Some(&b"mine"[..]));
        Ok(())
    });
    assert_eq!(runs.await, 1);
    assert_eq!(get(&store, "k").as_deref(), Some("mine"));
}

/// A transaction that writes nothing runs once, even when what it read changes.
pub async fn readers_never_conflict(place: &dyn Place) {
    let store = store(place);
    let runs = runs_against(&store, &[("k", "rival")], |tx| tx.get(b"k").map(drop));
    assert_eq!(runs.await, 1);
}

/// Attempts are bounded: a transaction that always loses says so.
pub async fn a_body_that_always_clashes_gives_up(place: &dyn Place) {
    let store = store(place);
    let write = store.write(|tx| {
        let seen = tx.get(b"k")?;
        meanwhile(put(&store, &[("k", "rival")]));
        tx.put(b"mine".to_vec(), seen.unwrap_or_default().to_vec());
        Ok::<_, StoreError>(())
    });
    assert!(matches!(write.await, Err(StoreError::Conflict)));
    assert_eq!(get(&store, "mine"), None);
}

/// 64 tasks that increment one counter, and a second one now and then, lose nothing.
pub async fn counters_count_under_contention(place: &dyn Place) {
    const TASKS: usize = 64;
    const EACH: usize = 6;
    let store = store(place);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for round in 0..EACH {
                    increment(&store, (task + round) % 3 == 0).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task fails");
    }
    assert_eq!(get(&store, "n\0all").as_deref(), Some(&*(TASKS * EACH).to_string()));
    assert_eq!(get(&store, "n\0some").as_deref(), Some(&*(TASKS * EACH / 3).to_string()));
}

async fn increment(store: &Store, both: bool) {
    let add = |tx: &mut Tx, key: &[u8]| {
        let old = tx.get(key)?.unwrap_or_default();
        let old: usize = String::from_utf8_lossy(&old).parse().unwrap_or(0);
        tx.put(key.to_vec(), (old + 1).to_string().into_bytes());
        Ok::<_, StoreError>(())
    };
    let write = store.write(|tx| {
        add(tx, b"n\0all")?;
        if both { add(tx, b"n\0some") } else { Ok(()) }
    });
    write.await.expect("the increment commits");
}

/// Money moves between accounts in all directions, and every scan sees the same sum.
pub async fn transfers_keep_the_sum(place: &dyn Place) {
    const ACCOUNTS: usize = 8;
    let store = store(place);
    for account in 0..ACCOUNTS {
        put(&store, &[(&format!("account\0{account}"), "100")]).await;
    }
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for round in 0..12 {
                    let from = (task * 5 + round * 3) % ACCOUNTS;
                    transfer(&store, from, (from + 1 + round % (ACCOUNTS - 1)) % ACCOUNTS).await;
                    assert_eq!(sum(&store), 100 * ACCOUNTS as u64);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task fails");
    }
}

fn amount(value: &[u8]) -> u64 {
    String::from_utf8_lossy(value).parse().expect("an amount")
}

fn sum(store: &Store) -> u64 {
    let rows = store.read(|tx| tx.scan(Range::prefix("account\0"), Order::Descending, 100));
    rows.expect("a scan").iter().map(|(_, value)| amount(value)).sum()
}

/// Moves a fifth of what the richer of the two has.
async fn transfer(store: &Store, one: usize, other: usize) {
    let write = store.write(|tx| {
        let keys = [one, other].map(|account| format!("account\0{account}").into_bytes());
        let mut amounts = [0, 0];
        for (amount_of, key) in amounts.iter_mut().zip(&keys) {
            *amount_of = tx.get(key)?.map_or(0, |value| amount(&value));
        }
        let (from, to) = if amounts[0] > amounts[1] { (0, 1) } else { (1, 0) };
        let moved = amounts[from] / 5;
        tx.put(keys[from].clone(), (amounts[from] - moved).to_string().into_bytes());
        tx.put(keys[to].clone(), (amounts[to] + moved).to_string().into_bytes());
        Ok::<_, StoreError>(())
    });
    write.await.expect("the transfer commits");
}

/// A slow transaction is judged rightly although thousands of others committed meanwhile.
pub async fn old_snapshots_survive_many_commits(place: &dyn Place) {
    let store = store(place);
    put(&store, &[("mine", "1")]).await;
    let mut runs = 0;
    let write = store.write(|tx| {
        let value = tx.get(b"mine")?.unwrap_or_default();
        runs += 1;
        if runs == 1 {
            meanwhile(async {
                for n in 0..200 {
                    put(&store, &[(&format!("other\0{n}"), "")]).await;
                }
            });
        }
        tx.put(b"copy".to_vec(), value.to_vec());
        Ok::<_, StoreError>(())
    });
    write.await.expect("the slow transaction commits");
    assert_eq!(runs, 1);
}
