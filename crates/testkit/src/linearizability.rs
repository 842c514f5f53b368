//! Could one call after the other have given the answers that concurrent calls got?
//!
//! A checker after Wing and Gong ("Testing and Verifying Concurrent Objects"), who look for an
//! order of the calls that agrees with a sequential model and with the times at which calls began
//! and ended, and Lowe ("Testing for Linearizability"), who remembers what was tried.

use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, HashSet},
    fmt::Debug,
    hash::Hash,
    sync::atomic::{AtomicU64, Ordering},
};

/// How something behaves when calls come one after the other.
pub trait Model {
    /// What it remembers.
    type State: Clone + Debug + Eq + Hash;
    /// What it is asked.
    type Call: Debug;
    /// What it says.
    type Answer: Debug;

    /// The state before the first call.
    fn start(&self) -> Self::State;

    /// The state after `call`, if in `state` that gives `answer`. Of a call without an answer it is
    /// known only that it was made.
    fn step(
        &self,
        state: &Self::State,
        call: &Self::Call,
        answer: Option<&Self::Answer>,
    ) -> Option<Self::State>;
}

/// A call in a history, with times of [`History::now`].
#[derive(Clone, Debug)]
pub struct Operation<C, A> {
    /// What was asked.
    pub call: C,
    /// What was answered; without an answer it may have been done or not.
    pub answer: Option<A>,
    /// Just before it was asked.
    pub called: u64,
    /// Just after it was answered; or when it was certain that it is not done any later. None if
    /// it may still be.
    pub ended: Option<u64>,
}

/// What concurrent callers did.
#[derive(Debug)]
pub struct History<C, A> {
    time: AtomicU64,
    operations: Mutex<Vec<Operation<C, A>>>,
}

impl<C, A> Default for History<C, A> {
    fn default() -> Self {
        Self { time: AtomicU64::new(0), operations: Mutex::default() }
    }
}

impl<C, A> History<C, A> {
    /// A time later than all before.
    pub fn now(&self) -> u64 {
        self.time.fetch_add(1, Ordering::SeqCst)
    }

    /// Adds a call made at `called`: ended now if it has an answer, else perhaps never.
    pub fn record(&self, called: u64, call: C, answer: Option<A>) {
        let ended = answer.is_some().then(|| self.now());
        self.operations.lock().push(Operation { call, answer, called, ended });
    }

    /// What was called before and has no answer is done by now or never, as after a crash.
    pub fn crashed(&self) {
        let now = self.now();
        for operation in self.operations.lock().iter_mut() {
            operation.ended.get_or_insert(now);
        }
    }

    /// All of it.
    pub fn into_operations(self) -> Vec<Operation<C, A>> {
        self.operations.into_inner()
    }
}

/// Calls, and all keys that they have.
type Part<C, A, K> = (Vec<K>, Vec<Operation<C, A>>);

/// The parts of a history that have no key in common, which can be checked one by one.
pub fn parts<C, A, K: Ord>(
    history: Vec<Operation<C, A>>,
    keys: impl Fn(&C) -> Vec<K>,
) -> Vec<Vec<Operation<C, A>>> {
    let mut parts: Vec<Part<C, A, K>> = Vec::new();
    for operation in history {
        // A call that has keys of several parts joins them.
        let mut joined = (keys(&operation.call), vec![operation]);
        let mut apart = Vec::with_capacity(parts.len());
        for part in parts {
            if part.0.iter().any(|key| joined.0.contains(key)) {
                let new: Vec<K> = part.0.into_iter().filter(|k| !joined.0.contains(k)).collect();
                joined.0.extend(new);
                joined.1.extend(part.1);
            } else {
                apart.push(part);
            }
        }
        apart.push(joined);
        parts = apart;
    }
    parts.into_iter().map(|(_, operations)| operations).collect()
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is an order of the calls that explains all answers.
    Linearizable,
    /// There is none; says how far the longest attempt came.
    Broken(String),
    /// It was not found out within the budget.
    Undecided,
}

/// Looks for an order of `history` that `model` agrees with; tries `budget` configurations at most.
pub fn check<M: Model>(
    model: &M,
    mut history: Vec<Operation<M::Call, M::Answer>>,
    budget: usize,
) -> Verdict {
    // Those that may still be done would else keep the row of those done from growing together.
    history.sort_by_key(|operation| (operation.ended.is_none(), operation.called));
    let search = Search::new(model, &history);
    let answered = search.answered.last().copied().unwrap_or(0);
    let start = Configuration { row: 0, beyond: Vec::new(), state: model.start() };
    let mut seen = HashSet::from([start.clone()]);
    let mut stack = vec![start];
    let mut longest: Option<(usize, Configuration<M::State>)> = None;
    while let Some(configuration) = stack.pop() {
        let explained = search.explained(&configuration);
        if explained == answered {
            return Verdict::Linearizable;
        }
        if longest.as_ref().is_none_or(|(most, _)| explained > *most) {
            longest = Some((explained, configuration.clone()));
        }
        for next in search.after(&configuration) {
            if seen.len() >= budget {
                return Verdict::Undecided;
            }
            if seen.insert(next.clone()) {
                stack.push(next);
            }
        }
    }
    Verdict::Broken(longest.map_or_else(String::new, |(most, configuration)| {
        format!("{most} of {answered} answers explained; then {}", search.shown(&configuration))
    }))
}

/// Which calls are done, and what that came to.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Configuration<S> {
    /// So many from the first on are done.
    row: usize,
    /// Others that are, rising.
    beyond: Vec<usize>,
    state: S,
}

struct Search<'h, M: Model> {
    model: &'h M,
    history: &'h [Operation<M::Call, M::Answer>],
    /// How many have ended; they come first, in the order of their calls.
    ended: usize,
    /// How many of the first so many have an answer.
    answered: Vec<usize>,
}

impl<'h, M: Model> Search<'h, M> {
    fn new(model: &'h M, history: &'h [Operation<M::Call, M::Answer>]) -> Self {
        let ended = history.partition_point(|operation| operation.ended.is_some());
        let mut answered = vec![0];
        for operation in history {
            let before = answered.last().copied().unwrap_or(0);
            answered.push(before + usize::from(operation.answer.is_some()));
        }
        Self { model, history, ended, answered }
    }

    /// How many answers `configuration` explains.
    fn explained(&self, configuration: &Configuration<M::State>) -> usize {
        let beyond = configuration.beyond.iter();
        let beyond = beyond.filter(|index| self.history[**index].answer.is_some()).count();
        self.answered[configuration.row] + beyond
    }

    /// The calls of which any may come next, and the time by which one of them must have.
    fn next(&self, configuration: &Configuration<M::State>) -> (Vec<usize>, u64) {
        let left = |index: &usize| configuration.beyond.binary_search(index).is_err();
        let mut by = u64::MAX;
        let mut next = Vec::new();
        for index in (configuration.row..self.ended).filter(left) {
            let operation = &self.history[index];
            // It and all behind it began after one had ended that is not done yet.
            if operation.called > by {
                break;
            }
            by = by.min(operation.ended.unwrap_or(u64::MAX));
            next.push(index);
        }
        next.extend((self.ended.max(configuration.row)..self.history.len()).filter(left));
        next.retain(|index| self.history[*index].called <= by);
        (next, by)
    }

    /// The configurations one call further; that which is tried first comes last.
    fn after(&self, configuration: &Configuration<M::State>) -> Vec<Configuration<M::State>> {
        let (mut next, by) = self.next(configuration);
        next.sort_by_key(|index| std::cmp::Reverse(self.history[*index].ended.unwrap_or(u64::MAX)));
        let mut after = Vec::with_capacity(next.len());
        for index in next {
            let operation = &self.history[index];
            let (call, answer) = (&operation.call, operation.answer.as_ref());
            // That it never was done need be supposed no earlier than when it would be too late.
            if answer.is_none() && operation.ended == Some(by) {
                after.push(configuration.with(index, configuration.state.clone()));
            }
            if let Some(state) = self.model.step(&configuration.state, call, answer)
                // Without an effect it may as well not have been done.
                && (answer.is_some() || state != configuration.state)
            {
                after.push(configuration.with(index, state));
            }
        }
        after
    }

    fn shown(&self, configuration: &Configuration<M::State>) -> String {
        let (next, _) = self.next(configuration);
        let calls: BTreeMap<u64, _> =
            next.iter().map(|index| (self.history[*index].called, &self.history[*index])).collect();
        let calls: Vec<String> = calls.values().map(|one| format!("\n  {one:?}")).collect();
        format!("in {:?} none of{}", configuration.state, calls.concat())
    }
}

impl<S> Configuration<S> {
    /// As it is once the call at `index` is done too.
    fn with(&self, index: usize, state: S) -> Self {
        let (mut row, mut beyond) = (self.row, self.beyond.clone());
        if let Err(place) = beyond.binary_search(&index) {
            beyond.insert(place, index);
        }
        let together = beyond.iter().zip(row..).take_while(|(found, row)| **found == *row).count();
        beyond.drain(..together);
        row += together;
        Self { row, beyond, state }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Registers by name, which are put and added to.
    struct Registers;

    #[derive(Clone, Copy, Debug)]
    enum Call {
        Put(u8, i64),
        Add(u8, i64),
        Get(u8),
    }
    use Call::{Add, Get, Put};

    impl Model for Registers {
        type State = BTreeMap<u8, i64>;
        type Call = Call;
        type Answer = i64;

        fn start(&self) -> Self::State {
            BTreeMap::new()
        }

        fn step(
            &self,
            state: &Self::State,
            call: &Call,
            answer: Option<&i64>,
        ) -> Option<Self::State> {
            let old = |name: &u8| state.get(name).copied().unwrap_or(0);
            let (name, new) = match call {
                Put(name, value) => (name, *value),
                Add(name, more) => (name, old(name) + more),
                Get(name) => (name, old(name)),
            };
            let mut state = state.clone();
            state.insert(*name, new);
            answer.is_none_or(|answer| *answer == new).then_some(state)
        }
    }

    type Row = (u64, Option<u64>, Call, Option<i64>);

    fn history(rows: &[Row]) -> Vec<Operation<Call, i64>> {
        let one = |&(called, ended, call, answer): &Row| Operation { call, answer, called, ended };
        rows.iter().map(one).collect()
    }

    fn verdict(rows: &[Row]) -> Verdict {
        check(&Registers, history(rows), 10_000)
    }

    /// A call with its answer.
    fn done(called: u64, ended: u64, call: Call, answer: i64) -> Row {
        (called, Some(ended), call, Some(answer))
    }

    /// A call whose answer was lost, and when it was too late to be done.
    fn lost(called: u64, ended: impl Into<Option<u64>>, call: Call) -> Row {
        (called, ended.into(), call, None)
    }

    #[test]
    fn good_histories_are_explained() {
        let good: [&[Row]; 9] = [
            &[],
            &[done(0, 1, Put(0, 7), 7), done(2, 3, Get(0), 7)],
            // While it is put, both may be read, but not the new one first.
            &[done(0, 9, Put(0, 7), 7), done(1, 2, Get(0), 0), done(3, 4, Get(0), 7)],
            &[done(0, 5, Add(0, 1), 2), done(1, 4, Add(0, 1), 1), done(6, 7, Get(0), 2)],
            // A lost answer: never done, done at once, done late.
            &[lost(0, None, Put(0, 7)), done(1, 2, Get(0), 0)],
            &[lost(0, None, Put(0, 7)), done(1, 2, Get(0), 7)],
            &[lost(0, None, Put(0, 7)), done(1, 2, Get(0), 0), done(3, 4, Get(0), 7)],
            // Done before the crash, though seen only after it.
            &[lost(0, 5, Put(0, 7)), done(6, 7, Get(0), 7)],
            &[lost(0, 5, Put(0, 7)), done(6, 7, Get(0), 0), done(8, 9, Get(0), 0)],
        ];
        for rows in good {
            assert_eq!(verdict(rows), Verdict::Linearizable, "{rows:?}");
        }
    }

    #[test]
    fn bad_histories_are_found_out() {
        let bad: [&[Row]; 8] = [
            &[done(0, 1, Get(0), 7)],
            // A stale read.
            &[done(0, 1, Put(0, 7), 7), done(2, 3, Get(0), 0)],
            // Time runs backwards.
            &[done(0, 9, Put(0, 7), 7), done(1, 2, Get(0), 7), done(3, 4, Get(0), 0)],
            // A lost update.
            &[done(0, 5, Add(0, 1), 1), done(1, 4, Add(0, 1), 1)],
            // Done and undone.
            &[lost(0, None, Put(0, 7)), done(1, 2, Get(0), 7), done(3, 4, Get(0), 0)],
            // Acknowledged, then gone in the crash.
            &[done(0, 1, Put(0, 7), 7), lost(2, 5, Add(0, 1)), done(6, 7, Get(0), 0)],
            // Done after the crash that it did not outlive.
            &[lost(0, 5, Put(0, 7)), done(6, 7, Get(0), 0), done(8, 9, Get(0), 7)],
            // Not called yet.
            &[done(0, 1, Get(0), 7), lost(2, None, Put(0, 7))],
        ];
        for rows in bad {
            assert!(matches!(verdict(rows), Verdict::Broken(_)), "{rows:?}");
        }
        let Verdict::Broken(told) = verdict(bad[1]) else { unreachable!() };
        assert!(told.starts_with("1 of 2 answers explained; then in {0: 7} none of"), "{told}");
    }

    #[test]
    fn the_budget_bounds_the_search() {
        let mut rows: Vec<Row> = (0..40).map(|name| lost(0, None, Add(name, 1))).collect();
        rows.push(done(1, 2, Get(99), 1));
        assert_eq!(check(&Registers, history(&rows), 1_000), Verdict::Undecided);
    }

    #[test]
    fn parts_share_no_key() {
        let keys = |call: &Call| match call {
            // As if it were a transaction.
            Put(name, _) => vec![*name, name + 1],
            Add(name, _) | Get(name) => vec![*name],
        };
        let calls = [Get(0), Get(1), Add(5, 1), Put(0, 1), Get(2), Get(5)];
        let rows: Vec<Row> = calls.into_iter().map(|call| done(0, 1, call, 0)).collect();
        let mut sizes: Vec<usize> = parts(history(&rows), keys).iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 2, 3]);
    }

    fn call() -> impl Strategy<Value = Call> {
        let name = 0..3_u8;
        prop_oneof![
            (name.clone(), 0..9_i64).prop_map(|(name, value)| Put(name, value)),
            (name.clone(), 0..3_i64).prop_map(|(name, more)| Add(name, more)),
            name.prop_map(Get),
        ]
    }

    proptest! {
        /// Calls answered in order stay explained when they overlap, and when answers are lost.
        #[test]
        fn what_happened_is_explained(
            calls in prop::collection::vec((call(), 0..30_u64, 0..30_u64, 0..10_u8), 0..60),
        ) {
            let mut state = BTreeMap::new();
            let mut rows = Vec::new();
            for ((call, before, after, luck), at) in calls.into_iter().zip((100..).step_by(10)) {
                if luck > 0 {
                    state = Registers.step(&state, &call, None).unwrap();
                }
                let name = match call { Put(name, _) | Add(name, _) | Get(name) => name };
                let answer = (luck > 2).then(|| state[&name]);
                let ended = (luck != 1).then_some(at + after);
                rows.push((at - before, ended, call, answer));
            }
            prop_assert_eq!(check(&Registers, history(&rows), 200_000), Verdict::Linearizable);
        }
    }
}
