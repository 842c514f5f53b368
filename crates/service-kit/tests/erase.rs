//! Erasing accounts: all that is theirs goes, at whatever moment the power fails, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use service_kit::{
    clock::Clock,
    context::Context,
    key::Key,
    metrics::Series,
    owner::{SharedTable, shared_table},
    platform::Platform,
    prelude::*,
    service::BlobsOf,
    trace::Segment,
};
use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use store::{Blobs, Engine, MemoryEngine, Snapshot, StoreError, Write};

const TEAM: &str = "111122223333";
/// Accounts that could be mistaken for it, if anybody looked at parts of numbers.
const NEIGHBOURS: [&str; 3] = ["111122223334", "011112222333", "222233331111"];

/// A row of a region.
#[derive(Serialize, Deserialize)]
struct Thing {
    name: String,
    blob: Option<String>,
}

impl Record for Thing {
    const TABLE: &'static str = "test.thing";

    fn key(&self) -> impl Key {
        &self.name
    }
}

/// A row of an account, in a table whose name begins like the other's.
#[derive(Serialize, Deserialize)]
struct Wide(u64);

impl Record for Wide {
    const TABLE: &'static str = "test.thing.wide";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        self.0
    }
}

/// A row of the instance that is about an account.
#[derive(Serialize, Deserialize)]
struct Home {
    id: u64,
    account: String,
}

impl Record for Home {
    const TABLE: &'static str = "test.home";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|home| Owner::Account(home.account.clone()));

    fn key(&self) -> impl Key {
        self.id
    }
}

/// A table of the instance that no service lists.
#[derive(Serialize, Deserialize)]
struct Stray(u64);

impl Record for Stray {
    const TABLE: &'static str = "test.stray";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|_| Owner::Instance);

    fn key(&self) -> impl Key {
        self.0
    }
}

/// A background job.
#[derive(Serialize, Deserialize)]
struct Later;

impl Job for Later {
    const KIND: &'static str = "test.later";

    async fn run(&self, _: &Context, _: u32) -> Outcome {
        Outcome::Done
    }
}

const BLOBS: BlobsOf = |platform, account| {
    let mut blobs = BTreeSet::new();
    for scope in platform.scopes_of(Thing::TABLE)? {
        if account.is_none_or(|account| *scope.account == *account) {
            platform.read(&scope, |tx| {
                tx.visit::<Thing>((), Order::Ascending, |thing| {
                    blobs.extend(thing.blob);
                    ControlFlow::Continue(())
                })
            })?;
        }
    }
    Ok(blobs)
};

const SHARED: &[SharedTable] = &[shared_table::<Home>()];
static SERVICE: Service =
    Service { shared: SHARED, blobs: Some(BLOBS), ..Service::new("test", "test.local") };

/// An engine that takes so many batches and then no more, as if the power had failed.
struct Dying {
    inner: Arc<MemoryEngine>,
    left: Arc<AtomicUsize>,
}

impl Engine for Dying {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreError> {
        self.inner.snapshot()
    }

    fn apply(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        let left = self.left.load(Ordering::Acquire);
        self.left.store(left.saturating_sub(1), Ordering::Release);
        if left == 0 {
            return Err(StoreError::io("no power"));
        }
        self.inner.apply(batch)
    }

    fn blobs(&self) -> &dyn Blobs {
        self.inner.blobs()
    }
}

fn platform(engine: Arc<dyn Engine>) -> Platform {
    let clock = Clock::frozen(Timestamp::from_secs(1_795_446_000));
    let platform = common::platform(engine, clock);
    platform.set_services(vec![&SERVICE]);
    platform
}

fn at(account: &str, region: &str) -> Scope {
    Scope::new(account, region)
}

/// Writes `count` rows of each kind.
async fn fill(platform: &Platform, account: &str, count: u64) {
    let number: u64 = account.parse().unwrap();
    let shared = platform.store().put_blob("shared".into()).await.unwrap();
    let own = platform.store().put_blob(account.to_owned().into()).await.unwrap();
    for region in ["eu-west-1", "us-east-1"] {
        let scope = at(account, region);
        let write = platform.write(&scope, |tx| {
            for id in 0..count {
                let blob = Some(if id % 2 == 0 { &own } else { &shared }).cloned();
                tx.put(&Thing { name: format!("{id}"), blob })?;
                tx.put(&Wide(id))?;
                tx.put(&Home { id: number + id * 1_000, account: account.to_owned() })?;
                tx.put_bytes("test.bytes", id, vec![0xff]);
            }
            tx.enqueue(&Later)
        });
        write.await.unwrap();
    }
}

async fn two_accounts(count: u64) -> (Arc<MemoryEngine>, Platform) {
    let engine = Arc::new(MemoryEngine::new());
    let platform = platform(engine.clone());
    fill(&platform, TEAM, count).await;
    for neighbour in NEIGHBOURS {
        fill(&platform, neighbour, 3).await;
    }
    (engine, platform)
}

/// All rows, as bytes.
fn everything(platform: &Platform) -> Vec<(Vec<u8>, Vec<u8>)> {
    let rows =
        platform.store().read(|raw| raw.scan(store::Range::all(), Order::Ascending, 1 << 20));
    let rows: Result<_, StoreError> = rows;
    rows.unwrap().into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

fn without(rows: &[(Vec<u8>, Vec<u8>)], account: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let has = |bytes: &[u8]| bytes.windows(12).any(|part| part == account.as_bytes());
    rows.iter().filter(|(key, value)| !has(key) && !has(value)).cloned().collect()
}

#[tokio::test]
async fn an_erased_account_leaves_nothing_and_takes_nothing_else() {
    let (_, platform) = two_accounts(10).await;
    let before = everything(&platform);
    let kept = without(&before, TEAM);
    assert!(kept.len() < before.len());
    let found = platform.rows_of(TEAM).unwrap();
    let tables = ["bus.job", "test.bytes", "test.home", "test.thing", "test.thing.wide"];
    assert!(found.keys().eq(tables), "{found:?}");
    let erased = platform.erase_account(TEAM).await.unwrap();
    assert_eq!(erased.rows, found);
    assert_eq!(erased.blobs, 1, "the blob that others have, too, stays");
    assert_eq!(everything(&platform), kept);
    assert!(platform.rows_of(TEAM).unwrap().is_empty());
    assert!(!platform.is_erasing(TEAM));
    for neighbour in NEIGHBOURS {
        let blobs = BLOBS(&platform, Some(neighbour)).unwrap();
        assert_eq!(blobs.len(), 2);
        for blob in blobs {
            assert!(platform.store().get_blob(blob).await.unwrap().is_some());
        }
    }
}

#[tokio::test]
async fn erasing_again_finds_nothing_and_the_account_can_be_used_anew() {
    let (_, platform) = two_accounts(2).await;
    platform.erase_account(TEAM).await.unwrap();
    let again = platform.erase_account(TEAM).await.unwrap();
    assert_eq!((again.rows.len(), again.blobs), (0, 0));
    fill(&platform, TEAM, 4).await;
    assert_eq!(platform.rows_of(TEAM).unwrap()["test.thing"], 8);
}

#[tokio::test]
async fn what_is_no_account_to_be_erased_is_not() {
    let (_, platform) = two_accounts(1).await;
    let before = everything(&platform);
    for wrong in ["", "11112222333", "1111222233334", "11112222333a", "000000000000"] {
        let refused = platform.erase_account(wrong).await;
        assert!(matches!(refused, Err(Fault::Validation(_))), "{wrong}");
    }
    assert_eq!(everything(&platform), before);
}

#[tokio::test]
async fn a_table_that_nobody_classified_is_not_passed_over() {
    let (_, platform) = two_accounts(1).await;
    platform.write(&at("", ""), |tx| tx.put(&Stray(1))).await.unwrap();
    for refused in [platform.rows_of(TEAM).map(drop), platform.erase_account(TEAM).await.map(drop)]
    {
        match refused {
            Err(Fault::Internal(cause)) => assert!(cause.contains("test.stray"), "{cause}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_request_that_began_before_leaves_nothing_behind() {
    let (_, platform) = two_accounts(1).await;
    let context = || Context::background(platform.clone(), at(TEAM, "us-east-1"), "test.local");
    let before = context();
    let abroad = Context::background(platform.clone(), at(NEIGHBOURS[0], "r"), "test.local");
    let of_a_neighbour = async |name: &str| {
        let thing = Thing { name: name.to_owned(), blob: None };
        abroad.write(|tx| tx.within(at(TEAM, "us-east-1")).put(&thing)).await
    };
    of_a_neighbour("visitor").await.unwrap();
    platform.erase_account(TEAM).await.unwrap();
    assert!(before.is_void());
    let refused = before.write(|tx| tx.put(&Wide(1))).await;
    assert!(matches!(refused, Err(Fault::Erased)));
    let refused = before.write(|tx| tx.put(&Home { id: 1, account: TEAM.into() })).await;
    assert!(matches!(refused, Err(Fault::Erased)));
    assert!(matches!(before.write(|tx| tx.enqueue(&Later)).await, Err(Fault::Erased)));
    let log = before.write(|tx| {
        tx.append_bytes("test.bytes", (), vec![1]);
        Ok::<_, Fault>(())
    });
    assert!(matches!(log.await, Err(Fault::Erased)));
    assert!(matches!(of_a_neighbour("late visitor").await, Err(Fault::Erased)));
    before.count(Series::new("AWS/Test", "Late", &[]), 1.0, "Count");
    platform.flush().await.unwrap();
    assert!(platform.rows_of(TEAM).unwrap().is_empty());
    let after = context();
    assert!(!after.is_void());
    after.write(|tx| tx.put(&Wide(1))).await.unwrap();
}

#[tokio::test]
async fn pending_telemetry_goes_along_and_that_of_others_stays() {
    let (_, platform) = two_accounts(1).await;
    let segment = |account: &str| Segment {
        trace_id: "1-00000000-0".into(),
        id: "1".into(),
        start: platform.clock().now(),
        document: account.to_owned(),
    };
    for account in [TEAM, NEIGHBOURS[0]] {
        platform.count(&at(account, "r"), Series::new("AWS/Test", "N", &[]), 1.0, "Count");
        platform.segment(&at(account, "r"), segment(account));
    }
    platform.erase_account(TEAM).await.unwrap();
    platform.flush().await.unwrap();
    assert!(platform.rows_of(TEAM).unwrap().is_empty());
    let neighbour = platform.rows_of(NEIGHBOURS[0]).unwrap();
    assert_eq!((neighbour["platform.metric"], neighbour["platform.segment"]), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_work_meanwhile_leave_nothing_behind() {
    let (_, platform) = two_accounts(500).await;
    let neighbours = platform.rows_of(NEIGHBOURS[0]).unwrap();
    let written = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..8_u64)
        .map(|writer| {
            let (platform, written) = (platform.clone(), written.clone());
            tokio::spawn(async move {
                let cx = Context::background(platform, at(TEAM, "us-east-1"), "test.local");
                for round in 0.. {
                    let id = writer * 1_000_000 + round;
                    let put = cx.write(|tx| {
                        let known = tx.get::<Wide>(id)?.is_some();
                        tx.put(&Wide(id + u64::from(known)))?;
                        tx.put(&Home { id, account: TEAM.to_owned() })?;
                        tx.enqueue(&Later)
                    });
                    match put.await {
                        Ok(()) => written.fetch_add(1, Ordering::AcqRel),
                        Err(Fault::Erased) => return,
                        Err(other) => panic!("{other:?}"),
                    };
                }
            })
        })
        .collect();
    while written.load(Ordering::Acquire) < 200 {
        tokio::task::yield_now().await;
    }
    platform.erase_account(TEAM).await.unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(platform.rows_of(TEAM).unwrap().is_empty());
    assert_eq!(platform.rows_of(NEIGHBOURS[0]).unwrap(), neighbours);
}

#[tokio::test]
async fn whenever_the_power_fails_it_is_finished_at_the_next_start() {
    let mut survived = 0;
    for batches in 0.. {
        // More rows than one transaction removes.
        let (engine, platform_before) = two_accounts(1_500).await;
        let kept = without(&everything(&platform_before), TEAM);
        platform_before.store().close().await;
        let left = Arc::new(AtomicUsize::new(batches));
        let dying = platform(Arc::new(Dying { inner: engine.clone(), left }));
        let erased = dying.erase_account(TEAM).await;
        if erased.is_err() {
            assert!(dying.is_erasing(TEAM), "nobody gets in half way");
        }
        drop(dying);
        let next = platform(engine);
        next.resume_erasing().unwrap();
        if batches == 0 {
            // Nothing was begun that the next start could know of.
            assert_eq!(next.rows_of(TEAM).unwrap()["test.thing"], 3_000);
            continue;
        }
        if erased.is_err() {
            survived += 1;
            assert!(next.is_erasing(TEAM));
        }
        // The turn of this call comes after what was resumed.
        next.erase_account(TEAM).await.unwrap();
        assert_eq!(everything(&next), kept, "after {batches} batches");
        if erased.is_ok() {
            break;
        }
    }
    assert!(survived >= 4, "{survived}");
}
