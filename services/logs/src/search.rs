//! Search through many streams at once, in the order of time: batches of events are read, and
//! looked at where that holds up no other request.

use crate::{
    event::{self, LogEvent, PAGE_BYTES},
    filter::Pattern,
    position::Position,
    stream::LogStream,
};
use service_kit::prelude::*;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    ops::ControlFlow,
    sync::{Arc, LazyLock},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// The effort of one answer, in about nanoseconds; more is for the next one.
const MAX_EFFORT: usize = 1_000_000_000;
/// The effort of one batch, after which others have their turn.
const BATCH_EFFORT: usize = 20_000_000;
/// What each event takes beside the effort of its bytes.
const EVENT_EFFORT: usize = 4_000;
/// The most effort of a batch that is not worth another thread.
const LIGHT_EFFORT: usize = 2_000_000;

/// How many batches are looked at at once, so that half of the cores are left to others.
static SEARCHERS: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Semaphore::new((cores / 2).max(1))
});

/// An event with the index of its stream.
pub(crate) type Found = (LogEvent, usize);

/// What is looked for, and how far that is.
pub(crate) struct Search {
    pattern: Arc<Pattern>,
    /// The ids of the streams.
    streams: Vec<u64>,
    /// The next place of each stream that has more, with its index; the earliest comes first.
    heads: BinaryHeap<Reverse<(Position, usize)>>,
    /// The first time in milliseconds that is too late.
    until_ms: i64,
}

impl Search {
    /// Looks in `streams` from the place `from` until before the time `until_ms`.
    pub(crate) fn new(
        tx: &ReadTx<'_>,
        pattern: Arc<Pattern>,
        streams: &[LogStream],
        (from, until_ms): (Position, i64),
    ) -> Result<Self, Fault> {
        let streams = streams.iter().map(|stream| stream.id).collect();
        let mut new = Self { pattern, streams, heads: BinaryHeap::new(), until_ms };
        for (index, stream) in new.streams.iter().enumerate() {
            let range = (from.start_in(*stream), (until_ms, 0));
            let head = event::first(tx, *stream, range)?;
            new.heads.extend(head.map(|head| Reverse((head, index))));
        }
        Ok(new)
    }

    /// At most `limit` events that match, and where to go on.
    pub(crate) async fn run(
        &mut self,
        cx: &Context,
        limit: usize,
    ) -> Result<(Vec<Found>, Option<Position>), Fault> {
        let (mut all, mut bytes, mut spent) = (Vec::new(), 0, 0);
        while spent < MAX_EFFORT {
            let (batch, effort) = cx.read(|tx| self.batch(tx))?;
            if batch.is_empty() {
                break;
            }
            spent += effort;
            for found in self.sift(batch, effort).await? {
                bytes += found.0.size();
                if all.len() == limit || (bytes > PAGE_BYTES && !all.is_empty()) {
                    return Ok((all, Some(found.0.at)));
                }
                all.push(found);
            }
        }
        let next = self.heads.peek().map(|Reverse((at, _))| *at);
        Ok((all, next))
    }

    /// The next events of all streams, in order, with the effort of looking at them; none when that
    /// is all.
    fn batch(&mut self, tx: &ReadTx<'_>) -> Result<(Vec<Found>, usize), Fault> {
        let (mut batch, mut bytes, mut effort) = (Vec::new(), 0, 0);
        let mut full = false;
        while !full && let Some(Reverse((head, index))) = self.heads.pop() {
            let Some(stream) = self.streams.get(index) else { continue };
            let others = self.heads.peek().map(|Reverse((at, _))| *at);
            let range = ((head.time, head.seq), (self.until_ms, 0));
            let mut onward = None;
            event::visit(tx, *stream, range, Order::Ascending, |event| {
                full = bytes >= PAGE_BYTES || effort >= BATCH_EFFORT;
                if full || others.is_some_and(|others| others < event.at) {
                    onward = Some(event.at);
                    return ControlFlow::Break(());
                }
                bytes += event.size();
                effort += EVENT_EFFORT + event.size() * self.pattern.weight();
                batch.push((event, index));
                ControlFlow::Continue(())
            })?;
            self.heads.extend(onward.map(|at| Reverse((at, index))));
        }
        Ok((batch, effort))
    }

    /// Those of a batch that match.
    async fn sift(&self, mut batch: Vec<Found>, effort: usize) -> Result<Vec<Found>, Fault> {
        let pattern = Arc::clone(&self.pattern);
        let look = move || {
            batch.retain(|(event, _)| pattern.matches(&event.message));
            batch
        };
        if effort <= LIGHT_EFFORT {
            return Ok(look());
        }
        let turn = SEARCHERS.acquire().await.map_err(Fault::internal)?;
        // The turn ends with the work, even when the caller has gone away.
        let look = move || (look(), drop(turn)).0;
        spawn_blocking(look).await.map_err(Fault::internal)
    }
}
