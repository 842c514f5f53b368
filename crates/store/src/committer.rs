//! The one thread that validates transactions in order and commits them in batches.
use crate::{
    Engine, StoreError, Write,
    fence::Fences,
    live::Live,
    merge::Writes,
    recent::Recent,
    stamp::{self, Entry, Stamps},
    tables::Tables,
    tx::Changes,
    watch::Watches,
};
use bytes::Bytes;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// The most transactions in one batch.
const MAX_BATCH: usize = 4096;
/// A batch takes no further transaction once it holds this many bytes.
const MAX_BATCH_BYTES: usize = 16 << 20;

/// Why a commit was refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Something it read has changed; the key that did.
    Clash(Bytes),
    /// The engine failed.
    Failed(StoreError),
}

/// A transaction on its way to the disk.
pub(crate) struct Commit {
    pub(crate) changes: Changes,
    pub(crate) answer: oneshot::Sender<Result<(), Refusal>>,
    /// Its share of the memory that queued transactions may use.
    pub(crate) _share: OwnedSemaphorePermit,
}

/// What the committer is sent.
pub(crate) enum Message {
    Commit(Commit),
    /// Finish what is queued, refuse the rest, then answer.
    Close(oneshot::Sender<()>),
}

/// What the committer shares with the store's handles.
pub(crate) struct Shared {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) live: Arc<Live>,
    pub(crate) tables: Tables,
    pub(crate) watches: Arc<Watches>,
    pub(crate) fences: Fences,
}

/// The committer's own state.
pub(crate) struct Committer {
    shared: Arc<Shared>,
    queue: mpsc::Receiver<Message>,
    recent: Recent,
    stamps: Stamps,
}

/// Who waits for an answer, and why he is refused, if he is.
type Answer = (oneshot::Sender<Result<(), Refusal>>, Option<Refusal>);

impl Committer {
    pub(crate) fn new(shared: Arc<Shared>, queue: mpsc::Receiver<Message>) -> Self {
        Self { shared, queue, recent: Recent::default(), stamps: Stamps::default() }
    }

    /// Serves until the store is closed or its last handle is gone.
    pub(crate) fn run(mut self) {
        let mut closing = Vec::new();
        while let Some(message) = self.queue.blocking_recv() {
            let batch = self.gather(message, &mut closing);
            if !batch.is_empty() {
                self.commit(batch);
            }
            if !closing.is_empty() {
                self.queue.close();
            }
        }
        drop(self);
        for done in closing {
            // Whoever closed may have stopped waiting.
            let _ = done.send(());
        }
    }

    fn gather(&mut self, first: Message, closing: &mut Vec<oneshot::Sender<()>>) -> Vec<Commit> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Close(done) => closing.push(done),
                Message::Commit(commit) => {
                    bytes += commit.changes.bytes;
                    batch.push(commit);
                }
            }
            if batch.len() < MAX_BATCH && bytes < MAX_BATCH_BYTES {
                next = self.queue.try_recv().ok();
            }
        }
        batch
    }

    fn commit(&mut self, batch: Vec<Commit>) {
        let mut sequence = self.shared.live.committed();
        let (mut merged, mut entries) = (Writes::new(), Vec::new());
        let mut answers: Vec<Answer> = Vec::with_capacity(batch.len());
        let mut shares = Vec::with_capacity(batch.len());
        for Commit { changes, answer, _share } in batch {
            shares.push(_share);
            if let Some(refusal) = self.refusal(&changes) {
                answers.push((answer, Some(refusal)));
                continue;
            }
            sequence += 1;
            for (key, value) in changes.writes {
                self.recent.record(sequence, key.clone());
                merged.insert(key, value);
            }
            entries.extend((0..).zip(changes.entries).map(|(index, e)| (sequence, index, e)));
            answers.push((answer, None));
        }
        let stamped = self.stamp(entries, &mut merged);
        let keys: Vec<Bytes> = merged.keys().cloned().collect();
        let outcome = stamped.and_then(|epoch| {
            self.apply(merged)?;
            if let Some(epoch) = epoch {
                self.stamps.keep(epoch);
            }
            Ok(())
        });
        self.publish(&keys, sequence, outcome.is_ok());
        reply(answers, &outcome);
        self.recent.prune(self.shared.live.oldest());
    }

    fn refusal(&self, changes: &Changes) -> Option<Refusal> {
        if !self.shared.fences.admit(changes) {
            return Some(Refusal::Failed(StoreError::Fenced));
        }
        let ticket = changes.ticket.as_ref()?;
        let clash = self.recent.check(ticket.since, &changes.reads).err();
        clash.map(|clash| Refusal::Clash(clash.key))
    }

    /// Completes the keys of log entries, each with its commit and its place there, and adds them
    /// to what is written; gives the epoch they were stamped with, if there are any.
    fn stamp(
        &mut self,
        entries: Vec<(u64, u16, Entry)>,
        merged: &mut Writes,
    ) -> Result<Option<u32>, StoreError> {
        if entries.is_empty() {
            return Ok(None);
        }
        let (epoch, row) = self.stamps.epoch(&*self.shared.engine)?;
        merged.extend(row.map(|(key, value)| (key, Some(value))));
        for (sequence, index, Entry { prefix, value }) in entries {
            let key = stamp::key(prefix, epoch, sequence, index);
            self.recent.record(sequence, key.clone());
            merged.insert(key, Some(value.into()));
        }
        Ok(Some(epoch))
    }

    /// One batch, one sync. A panic of the engine is an error of the engine.
    fn apply(&self, merged: Writes) -> Result<(), StoreError> {
        if merged.is_empty() {
            return Ok(());
        }
        let batch = merged.into_iter().map(|(key, value)| Write { key, value }).collect();
        let engine = &self.shared.engine;
        catch_unwind(AssertUnwindSafe(|| engine.apply(batch)))
            .unwrap_or_else(|_| Err(StoreError::io("the storage engine panicked")))
    }

    /// Even a failed batch moves the sequence and the tables: should the engine have kept any of
    /// it, open transactions and caches must not go on with what they saw before.
    fn publish(&self, keys: &[Bytes], sequence: u64, applied: bool) {
        let keys = || keys.iter().map(|key| &key[..]);
        self.shared.live.publish(sequence);
        self.shared.tables.touch(keys(), sequence);
        if applied {
            self.shared.watches.notify(keys());
        }
    }
}

/// Conflicting transactions hear of it only now: rerun any earlier, they would conflict again.
fn reply(answers: Vec<Answer>, outcome: &Result<(), StoreError>) {
    for (answer, refusal) in answers {
        let result = match (refusal, outcome) {
            (Some(refusal), _) => Err(refusal),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(Refusal::Failed(error.clone())),
        };
        // A caller that went away loses only its answer.
        let _ = answer.send(result);
    }
}
