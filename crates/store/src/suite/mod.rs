//! The behaviour every engine must show, as plain functions; `store::suite!` makes them tests.
//!
//! An engine's crate writes in `tests/suite.rs`:
//!
//! ```ignore
//! store::suite!(MyPlace::new());
//! ```
mod blobs;
mod conflicts;
mod faults;
mod logs;
mod model;
mod reads;
mod versions;

pub use blobs::*;
pub use conflicts::*;
pub use faults::*;
pub use logs::*;
pub use model::*;
pub use reads::*;
pub use versions::*;

use crate::{Engine, Store, StoreError};
use std::sync::Arc;

/// Somewhere an engine keeps its data; opening it again finds them.
pub trait Place: Send + Sync {
    /// Opens the engine; every earlier one has been dropped.
    fn open(&self) -> Arc<dyn Engine>;
}

/// Makes one test of each function of the suite. The expression gives a new, empty [`Place`].
#[macro_export]
macro_rules! suite {
    ($place:expr) => {
        $crate::suite!(@ $place;
            points_are_read_back, ranges_are_read_both_ways, limits_and_visits_stop_early,
            own_writes_are_visible, an_error_leaves_nothing, reads_see_one_snapshot,
            limits_are_enforced, everything_is_found_again, a_closed_store_refuses,
            lost_updates_are_refused, write_skew_is_refused, phantoms_are_refused,
            unread_parts_of_a_range_do_not_conflict, blind_writes_never_conflict,
            readers_never_conflict, a_body_that_always_clashes_gives_up,
            counters_count_under_contention, transfers_keep_the_sum,
            old_snapshots_survive_many_commits,
            watches_wake, table_versions_move,
            logs_keep_the_order_of_commits, logs_agree_with_what_was_done,
            a_failed_batch_leaves_nothing, a_panicking_engine_is_an_error,
            blobs_are_kept_by_content, blobs_refuse_other_names, blobs_are_listed_in_pages,
        );
        #[test]
        fn behaves_like_a_sorted_map() {
            $crate::suite::behaves_like_a_sorted_map(|| $place);
        }
    };
    (@ $place:expr; $($name:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::suite::$name(&$place).await;
            }
        )+
    };
}

fn store(place: &dyn Place) -> Store {
    Store::open(place.open()).expect("the store opens")
}

/// Writes each pair in one transaction.
async fn put(store: &Store, pairs: &[(&str, &str)]) {
    let write = store.write(|tx| {
        for (key, value) in pairs {
            tx.put(key.as_bytes().to_vec(), value.as_bytes().to_vec());
        }
        Ok::<_, StoreError>(())
    });
    write.await.expect("the pairs are committed");
}

fn get(store: &Store, key: &str) -> Option<String> {
    let value = store.read(|tx| tx.get(key.as_bytes())).expect("the key is read");
    value.map(|value| String::from_utf8_lossy(&value).into_owned())
}

/// Runs another task to its end from inside a transaction's body.
fn meanwhile<T: Send>(work: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            runtime.expect("a runtime starts").block_on(work)
        });
        other.join().expect("the other task finishes")
    })
}
