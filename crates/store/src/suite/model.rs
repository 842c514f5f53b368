//! Random transactions against a sorted map that obviously does the right thing.
use super::{Place, store};
use crate::{Order, Range, Store, StoreError, Tx};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use std::collections::BTreeMap;

type Key = Vec<u8>;
type Model = BTreeMap<Key, Vec<u8>>;

#[derive(Clone, Debug)]
enum Step {
    Put(Key, Vec<u8>),
    Delete(Key),
    Get(Key),
    Scan { start: Key, end: Option<Key>, descending: bool, limit: usize },
}

#[derive(Clone, Debug)]
struct Script {
    steps: Vec<Step>,
    commits: bool,
    reopens: bool,
}

fn key() -> impl Strategy<Value = Key> {
    vec(select(vec![0_u8, 1, b'a', 0xff]), 1..4)
}

fn step() -> impl Strategy<Value = Step> {
    let scan = (key(), proptest::option::of(key()), any::<bool>(), 0..6_usize);
    prop_oneof![
        4 => (key(), vec(any::<u8>(), 0..4)).prop_map(|(key, value)| Step::Put(key, value)),
        2 => key().prop_map(Step::Delete),
        2 => key().prop_map(Step::Get),
        4 => scan.prop_map(|(start, end, descending, limit)| {
            Step::Scan { start, end, descending, limit }
        }),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    let flags = (prop::bool::weighted(0.8), prop::bool::weighted(0.1));
    (vec(step(), 1..12), flags).prop_map(|(steps, (commits, reopens))| Script {
        steps,
        commits,
        reopens,
    })
}

/// Whatever transactions do, each read in them and all that is left equals the model.
pub fn behaves_like_a_sorted_map<P: Place>(place: impl Fn() -> P) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime starts");
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&vec(script(), 1..12), |scripts| {
        runtime.block_on(replay(&place(), &scripts));
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
}

async fn replay(place: &dyn Place, scripts: &[Script]) {
    let mut model = Model::new();
    let mut open = Some(store(place));
    for script in scripts {
        if script.reopens {
            drop(open.take());
        }
        let store = open.get_or_insert_with(|| store(place));
        run(store, &mut model, script).await;
        let all = store.read(|tx| tx.scan(Range::all(), Order::Ascending, usize::MAX));
        let all: Vec<_> = all.expect("a scan").iter().map(pair).collect();
        assert_eq!(all, model.clone().into_iter().collect::<Vec<_>>());
    }
}

async fn run(store: &Store, model: &mut Model, script: &Script) {
    let mut after = model.clone();
    let outcome = store.write(|tx| {
        after.clone_from(model);
        script.steps.iter().try_for_each(|step| take(tx, &mut after, step))?;
        if script.commits { Ok(()) } else { Err(StoreError::Full) }
    });
    assert_eq!(outcome.await.is_ok(), script.commits);
    if script.commits {
        *model = after;
    }
}

fn take(tx: &mut Tx, model: &mut Model, step: &Step) -> Result<(), StoreError> {
    match step.clone() {
        Step::Put(key, value) => {
            tx.put(key.clone(), value.clone());
            model.insert(key, value);
        }
        Step::Delete(key) => {
            tx.delete(key.clone());
            model.remove(&key);
        }
        Step::Get(key) => assert_eq!(tx.get(&key)?.as_deref(), model.get(&key).map(|v| &v[..])),
        Step::Scan { start, end, descending, limit } => {
            let range =
                end.map_or_else(|| Range::from(&start[..]), |end| Range::new(&start[..], end));
            let order = if descending { Order::Descending } else { Order::Ascending };
            let mut expected: Vec<_> =
                model.clone().into_iter().filter(|(key, _)| range.contains(key)).collect();
            if descending {
                expected.reverse();
            }
            expected.truncate(limit);
            let rows: Vec<_> = tx.scan(range, order, limit)?.iter().map(pair).collect();
            assert_eq!(rows, expected);
        }
    }
    Ok(())
}

fn pair((key, value): &(bytes::Bytes, bytes::Bytes)) -> (Key, Vec<u8>) {
    (key.to_vec(), value.to_vec())
}
