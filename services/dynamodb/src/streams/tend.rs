//! Tends a stream for as long as there is one: opens it, begins new shards, removes what is old.

use crate::{
    access::table_access::StreamPolicy,
    streams::{
        change_log::{RECORDS, SHARDS, begin_shard, shards, visit_records},
        position::Position,
        record::StoredRecord,
        stream::{RETENTION, Stream, open},
    },
    table::purge::PER_TRANSACTION,
    value::key::Whole,
};
use service_kit::{key::Encoded, prelude::*};
use std::ops::ControlFlow;

/// How long a shard is written to: about as long as on AWS.
const SHARD_AGE: Duration = Duration::from_secs(4 * 3600);
/// How often a stream is looked after.
const PERIOD: Duration = Duration::from_secs(10 * 60);
/// How long to wait for requests that work with the table as it was before the stream.
const SETTLING: Duration = Duration::from_millis(100);
/// How long to wait after a failure.
const FAILED: Duration = Duration::from_secs(60);
/// The most transactions of one attempt.
const PER_ATTEMPT: usize = 50;

/// Tends one stream.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TendStream {
    /// The name of its table.
    pub(crate) table: String,
    /// Its label.
    pub(crate) label: String,
}

impl Job for TendStream {
    const KIND: &'static str = "dynamodb.stream.tend";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        self.tend(cx).await.unwrap_or(Outcome::Again(FAILED))
    }
}

impl TendStream {
    async fn tend(&self, cx: &Context) -> Result<Outcome, Fault> {
        let found: Option<Stream> = cx.read(|tx| tx.get((&self.table, &self.label)))?;
        let Some(stream) = found else { return Ok(Outcome::Done) };
        let is_open = stream.closed.is_none();
        if is_open && !open(cx, (&stream.table, &stream.table_id), &stream.id).await? {
            return Ok(Outcome::Again(SETTLING));
        }
        if is_open {
            self.roll(cx).await?;
        }
        for _ in 0..PER_ATTEMPT {
            let is_done = match stream.is_over(cx.now()) {
                true => self.remove(cx, &stream).await?,
                false => self.trim(cx).await?,
            };
            if is_done {
                let is_gone = stream.is_over(cx.now());
                return Ok(if is_gone { Outcome::Done } else { Outcome::Again(PERIOD) });
            }
        }
        Ok(Outcome::Again(Duration::ZERO))
    }

    /// Begins a new shard if the open one is old.
    async fn roll(&self, cx: &Context) -> Result<(), Fault> {
        cx.write(|tx| {
            let stream: Option<Stream> = tx.get((&self.table, &self.label))?;
            let Some(stream) = stream.filter(|stream| stream.closed.is_none()) else {
                return Ok(());
            };
            let all = shards(&tx.reader(), &stream)?;
            let now = tx.now();
            if let Some(last) = all.last()
                && now.since(last.opened) >= SHARD_AGE
            {
                begin_shard(tx, &stream.id, now, Some(last));
            }
            Ok(())
        })
        .await
    }

    /// Removes some of the records and shards that are too old; gives whether those were all.
    async fn trim(&self, cx: &Context) -> Result<bool, Fault> {
        let mut old: Vec<Position> = Vec::new();
        let now = cx.now();
        cx.read(|tx| {
            let stream: Option<Stream> = tx.get((&self.table, &self.label))?;
            let Some(stream) = stream else { return Ok::<_, Fault>(()) };
            visit_records(tx, &stream, (stream.trimmed, None), |position, row| {
                // One that does not read is as old as those before it.
                let at = StoredRecord::read(row).map(|record| record.at);
                if at.is_ok_and(|at| now.since(at) < RETENTION) || old.len() >= PER_TRANSACTION {
                    return ControlFlow::Break(());
                }
                old.push(position);
                ControlFlow::Continue(())
            })
        })?;
        let is_last = old.len() < PER_TRANSACTION;
        cx.write(|tx| {
            let stream: Option<Stream> = tx.get((&self.table, &self.label))?;
            let Some(mut stream) = stream else { return Ok(()) };
            let whole = || Whole(stream.id_bytes());
            for position in &old {
                tx.delete_bytes(RECORDS, (whole(), Encoded(&position.bytes())));
            }
            for shard in shards(&tx.reader(), &stream)? {
                let is_old = shard.closed.is_some_and(|closed| now.since(closed) >= RETENTION);
                if is_last && is_old {
                    tx.delete_bytes(SHARDS, (whole(), Encoded(&shard.start.bytes())));
                }
            }
            if let Some(last) = old.last() {
                stream.trimmed = last.next();
                tx.put(&stream)?;
            }
            Ok::<_, Fault>(())
        })
        .await?;
        Ok(is_last)
    }

    /// Removes some of what is left of a stream whose time is over, itself at last; gives whether
    /// it is gone.
    async fn remove(&self, cx: &Context, stream: &Stream) -> Result<bool, Fault> {
        let mut rows = Vec::new();
        cx.read(|tx| {
            for table in [RECORDS, SHARDS] {
                let (all, whole) = ((&[][..], None), Whole(stream.id_bytes()));
                tx.visit_bytes(table, whole, all, Order::Ascending, |key, _| {
                    if rows.len() >= PER_TRANSACTION {
                        return ControlFlow::Break(());
                    }
                    rows.push((table, key.to_vec()));
                    ControlFlow::Continue(())
                })?;
            }
            Ok::<_, Fault>(())
        })?;
        let is_last = rows.len() < PER_TRANSACTION;
        cx.write(|tx| {
            for (table, key) in &rows {
                tx.delete_bytes(table, (Whole(stream.id_bytes()), Encoded(key)));
            }
            if is_last {
                tx.delete::<Stream>((&self.table, &self.label));
                tx.delete::<StreamPolicy>((&self.table, &self.label));
            }
            Ok::<_, Fault>(())
        })
        .await?;
        Ok(is_last)
    }
}
