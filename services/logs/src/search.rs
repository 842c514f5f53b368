//! Search through many streams at once, in the order of time, a bounded piece at a time.

use crate::{
    event::{self, LogEvent, PAGE_BYTES},
    filter::Pattern,
    position::Position,
    stream::LogStream,
};
use service_kit::prelude::*;
use std::{cmp::Ordering, collections::BinaryHeap, ops::ControlFlow};

/// The most events looked at for one answer, over all streams.
const MAX_EXAMINED: usize = 200_000;
/// The least that each stream may be looked at, so that each answer gets on.
const MIN_EXAMINED: usize = 64;

/// What is looked for.
pub(crate) struct Search<'a> {
    pub pattern: &'a Pattern,
    /// The first place.
    pub from: Position,
    /// The first time in milliseconds that is too late.
    pub until_ms: i64,
    /// The most events to find.
    pub limit: usize,
}

/// An event with the index of its stream; orders by place.
struct Found(LogEvent, usize);

impl Ord for Found {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.at.cmp(&other.0.at)
    }
}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Found {}

/// What was found: events with their streams' indexes, and where to go on.
pub(crate) type FoundEvents = (Vec<(LogEvent, usize)>, Option<Position>);

impl Search<'_> {
    /// Looks through `streams`.
    pub(crate) fn run(&self, tx: &ReadTx<'_>, streams: &[LogStream]) -> Result<FoundEvents, Fault> {
        let budget = (MAX_EXAMINED / streams.len().max(1)).max(MIN_EXAMINED);
        let mut nearest = Nearest { limit: self.limit, ..Nearest::default() };
        for (index, stream) in streams.iter().enumerate() {
            let mut examined = 0;
            let range = (self.start_in(stream.id), (self.until_ms, 0));
            event::visit(tx, stream.id, range, Order::Ascending, |event| {
                let at = event.at;
                if nearest.horizon.is_some_and(|horizon| at >= horizon) {
                    return ControlFlow::Break(());
                }
                if examined == budget {
                    nearest.cut(at);
                    return ControlFlow::Break(());
                }
                examined += 1;
                if self.pattern.matches(&event.message) {
                    nearest.add(Found(event, index));
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(nearest.finish())
    }

    /// The first place of a stream that is not before [`Search::from`].
    fn start_in(&self, stream: u64) -> (i64, u64) {
        let Position { time, stream: reached, seq } = self.from;
        match stream.cmp(&reached) {
            Ordering::Less => (time.saturating_add(1), 0),
            Ordering::Equal => (time, seq),
            Ordering::Greater => (time, 0),
        }
    }
}

/// The earliest events found so far, as many as fit one answer.
#[derive(Default)]
struct Nearest {
    limit: usize,
    heap: BinaryHeap<Found>,
    bytes: usize,
    /// The first place that this answer says nothing about.
    horizon: Option<Position>,
}

impl Nearest {
    fn cut(&mut self, at: Position) {
        self.horizon = Some(self.horizon.map_or(at, |horizon| horizon.min(at)));
    }

    fn add(&mut self, found: Found) {
        self.bytes += found.0.size();
        self.heap.push(found);
        let full = |this: &Self| {
            this.heap.len() > this.limit || (this.bytes > PAGE_BYTES && this.heap.len() > 1)
        };
        while full(self) {
            let Some(Found(last, _)) = self.heap.pop() else { break };
            self.bytes -= last.size();
            self.cut(last.at);
        }
    }

    fn finish(self) -> FoundEvents {
        let horizon = self.horizon;
        let before = |found: &Found| horizon.is_none_or(|horizon| found.0.at < horizon);
        let found = self.heap.into_sorted_vec().into_iter().filter(before);
        (found.map(|Found(event, index)| (event, index)).collect(), horizon)
    }
}
