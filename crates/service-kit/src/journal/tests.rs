//! The journal as the range uses it.

use super::*;
use crate::{
    clock::Clock,
    context::{Caller, Context},
    entropy::Entropy,
    platform::{Settings, Throttling},
};
use policy::Principal;
use shape::Timestamp;
use store::{MemoryEngine, Store};

const VICTIM: &str = "111122223333";
const THIEF: &str = "444455556666";

fn platform(engine: &Arc<MemoryEngine>) -> Platform {
    let settings = Settings {
        data: "/".into(),
        port: 0,
        account: VICTIM.into(),
        region: "us-east-1".into(),
        throttling: Throttling::Off,
        private_issuers: false,
        secrets: Vec::new(),
    };
    let store = Store::open(engine.clone()).unwrap();
    let clock = Clock::frozen(Timestamp::from_secs(1));
    Platform::new(store, clock, Entropy::seeded(1), &[1; 32], settings)
}

fn entry(request_id: &str, accounts: &[&str]) -> JournalEntry {
    JournalEntry {
        at: Timestamp::from_secs(1),
        request_id: request_id.into(),
        accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
        account: VICTIM.into(),
        region: "us-east-1".into(),
        internal: false,
        caller: JournalCaller::from(&Caller::new(Principal::Anonymous)),
        service: "sqs".into(),
        operation: "SendMessage".into(),
        http: None,
        accesses: Vec::new(),
        more_accesses: 0,
        status: 200,
        error_code: None,
        bytes_out: 0,
        items: Vec::new(),
        more_items: 0,
        markers: Vec::new(),
        trace_id: None,
        caused_by: None,
    }
}

fn ids(journal: Journal<'_>, account: &str) -> Vec<String> {
    let entries = journal.entries(account, None, 1_000_000).unwrap();
    entries.into_iter().map(|logged| logged.entry.request_id).collect()
}

fn notes(platform: &Platform) -> bool {
    let scope = Scope::new(VICTIM, "us-east-1");
    Context::background(platform.clone(), scope, "test.local").notes().is_some()
}

#[tokio::test]
async fn a_restart_goes_on_watching_and_keeps_entries_and_markers() {
    let engine = Arc::new(MemoryEngine::new());
    let first = platform(&engine);
    assert!(!notes(&first));
    first.journal().watch(VICTIM).await.unwrap();
    assert!(notes(&first));
    first.journal().enter(&entry("a", &[VICTIM])).await.unwrap();
    first.journal().mark(VICTIM, "flag", "HEIST{0123456789}").await.unwrap();
    drop(first);

    let second = platform(&engine);
    let journal = second.journal();
    assert_eq!(journal.watched().unwrap(), [VICTIM]);
    assert!(notes(&second));
    assert_eq!(ids(journal, VICTIM), ["a"]);
    let body = b"<a>HEIST{0123456789}</a>";
    let found = JournalMarker { account: VICTIM.into(), id: "flag".into() };
    assert_eq!(journal.markers(body).unwrap(), [found]);
    journal.unmark(VICTIM, "flag").await.unwrap();
    assert_eq!(journal.markers(body).unwrap(), []);
    journal.unwatch(VICTIM).await.unwrap();
    assert!(!notes(&second));
    journal.enter(&entry("late", &[VICTIM])).await.unwrap();
    assert_eq!(ids(journal, VICTIM), ["a"]);
    assert!(journal.watch("12").await.is_err());
}

#[tokio::test]
async fn pages_go_on_behind_a_position_whatever_comes_meanwhile() {
    let platform = platform(&Arc::default());
    let journal = platform.journal();
    journal.watch(VICTIM).await.unwrap();
    // An earlier time, or a smaller id, does not put an entry where readers have been.
    for (id, at) in [("c", 3), ("a", 1), ("b", 2)] {
        let at = Timestamp::from_secs(at);
        journal.enter(&JournalEntry { at, ..entry(id, &[VICTIM]) }).await.unwrap();
    }
    let first = journal.entries(VICTIM, None, 2).unwrap();
    assert_eq!([&*first[0].entry.request_id, &*first[1].entry.request_id], ["c", "a"]);
    let rest = journal.entries(VICTIM, Some(&first[1].position), 10).unwrap();
    assert_eq!(rest.len(), 1);
    assert!(journal.entries(VICTIM, Some(&rest[0].position), 10).unwrap().is_empty());
    journal.enter(&entry("d", &[VICTIM])).await.unwrap();
    let new = journal.entries(VICTIM, Some(&rest[0].position), 10).unwrap();
    assert_eq!(new[0].entry, journal.find("d").unwrap().unwrap());
    assert!(journal.entries(VICTIM, Some("?"), 1).is_err());
    assert!(journal.entries(THIEF, None, 10).unwrap().is_empty());
}

#[tokio::test]
async fn an_account_is_forgotten_and_others_keep_what_they_share() {
    let platform = platform(&Arc::default());
    let journal = platform.journal();
    journal.watch(VICTIM).await.unwrap();
    journal.watch(THIEF).await.unwrap();
    journal.mark(VICTIM, "flag", "HEIST{0123456789}").await.unwrap();
    journal.mark(THIEF, "flag", "HEIST{9876543210}").await.unwrap();
    for index in 0..DROP_ENTRIES + 2 {
        journal.enter(&entry(&format!("v{index}"), &[VICTIM])).await.unwrap();
    }
    journal.enter(&entry("both", &[VICTIM, THIEF])).await.unwrap();
    journal.forget(VICTIM).await.unwrap();
    assert!(ids(journal, VICTIM).is_empty());
    assert_eq!(ids(journal, THIEF), ["both"]);
    assert_eq!(journal.find("both").unwrap().unwrap().accounts, [THIEF]);
    assert_eq!(journal.find("v0").unwrap(), None);
    assert_eq!(journal.markers(b"HEIST{0123456789}HEIST{9876543210}").unwrap().len(), 1);
    journal.forget(THIEF).await.unwrap();
    // All that is left is who is watched.
    for table in [LOG, JournalEntry::TABLE, Mark::TABLE] {
        assert_eq!(platform.scopes_of(table).unwrap(), []);
    }
}

#[tokio::test]
async fn the_oldest_entries_make_room() {
    let platform = platform(&Arc::default());
    let journal = platform.journal();
    journal.watch(VICTIM).await.unwrap();
    journal
        .write(|tx| {
            for index in 0..DROP_ENTRIES {
                let old = entry(&format!("old{index}"), &[VICTIM]);
                tx.append_bytes(LOG, VICTIM, old.request_id.as_bytes().to_vec());
                tx.put(&old)?;
            }
            Ok::<_, Fault>(())
        })
        .await
        .unwrap();
    journal.enter(&entry("new", &[VICTIM])).await.unwrap();
    assert_eq!(ids(journal, VICTIM).len(), DROP_ENTRIES + 1);
    *platform.journal_state().counts.lock().get_mut(VICTIM).unwrap() = MAX_ENTRIES - 1;
    journal.enter(&entry("newest", &[VICTIM])).await.unwrap();
    assert_eq!(ids(journal, VICTIM), ["new", "newest"]);
    assert_eq!(journal.find("old0").unwrap(), None);
}
