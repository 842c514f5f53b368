//! GetRecords: the records of a shard from where an iterator points.

use crate::{
    encryption,
    error::DynamoError,
    streams::{
        change_log::{shards, visit_records},
        error::StreamsError,
        iterator::{Reading, ShardIterator},
        position::Position,
        record::{ChangeRecord, StoredRecord},
        stream::require,
    },
};
use service_kit::{metrics::Series, prelude::*};
use std::ops::ControlFlow;

/// The most records of one answer.
const MAX_RECORDS: u32 = 1_000;
/// No record is added to an answer that is as large as this.
const MAX_BYTES: usize = 1 << 20;

pub(crate) enum GetRecords {}

/// What GetRecords takes.
#[derive(Debug, Shape)]
pub struct GetRecordsInput {
    /// Where to read.
    pub shard_iterator: ShardIterator,
    /// The most records to give.
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
}

/// What GetRecords gives.
#[derive(Debug, Shape)]
pub struct GetRecordsOutput {
    /// The records, oldest first.
    pub records: Option<Vec<ChangeRecord>>,
    /// Where to go on; none at the end of a closed shard.
    pub next_shard_iterator: Option<ShardIterator>,
}

/// Stored records, and where to go on.
#[derive(Default)]
struct Found {
    rows: Vec<(Position, Vec<u8>)>,
    bytes: usize,
    has_more: bool,
}

impl Operation for GetRecords {
    const NAME: &'static str = "GetRecords";
    const DATA_EVENT: bool = true;
    type Input = GetRecordsInput;
    type Output = GetRecordsOutput;
    type Error = StreamsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("dynamodb:GetRecords", input.shard_iterator.stream().0).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StreamsError> {
        let reading = input.shard_iterator.open(cx)?;
        let arn = input.shard_iterator.stream();
        let (cx, name, label) = arn.resolve(cx)?;
        let limit = input.limit.unwrap_or(MAX_RECORDS) as usize;
        let stream = cx.read(|tx| require(tx, cx.now(), (name, label)))?;
        let table = stream.table(&cx)?.ok_or_else(|| Fault::internal("a stream has no table"))?;
        encryption::unlock(&cx, &table).await.map_err(|error| match error {
            DynamoError::Common(fault) => fault,
            other => Fault::internal(format!("{other:?}")),
        })?;
        let (found, is_closed) = cx.read(|tx| find(tx, cx.now(), (name, label), reading, limit))?;
        let from = found.rows.last().map_or(reading.from, |(last, _)| last.next());
        let show = |(position, row): &(Position, Vec<u8>)| {
            StoredRecord::read(row)?.show((&table, &stream), *position, cx.region())
        };
        let records = found.rows.iter().map(show).collect::<Result<Vec<_>, Fault>>()?;
        count(&cx, (name, label), &found);
        let next = match is_closed && !found.has_more {
            true => None,
            false => Some(ShardIterator::new(&cx, &arn.0, Reading { from, ..reading })?),
        };
        Ok(GetRecordsOutput { records: Some(records), next_shard_iterator: next })
    }
}

/// What there is to read, at most `limit` records, and whether the shard is closed: both of one
/// moment, so that the end of a shard is not taken for it too early.
fn find(
    tx: &ReadTx<'_>,
    now: Timestamp,
    name: (&str, &str),
    reading: Reading,
    limit: usize,
) -> Result<(Found, bool), StreamsError> {
    let stream = require(tx, now, name)?;
    let all = shards(tx, &stream)?;
    let shard = all.iter().find(|shard| shard.start == reading.shard);
    let shard = shard.ok_or(StreamsError::TrimmedDataAccessException)?;
    if shard.is_trimmed(&stream, reading.from) {
        return Err(StreamsError::TrimmedDataAccessException);
    }
    let (mut found, mut broken) = (Found::default(), None);
    visit_records(tx, &stream, (reading.from, shard.end), |position, row| {
        let size = match StoredRecord::read(row) {
            Ok(record) => record.size,
            Err(fault) => {
                broken = Some(fault);
                return ControlFlow::Break(());
            }
        };
        let is_full = found.rows.len() >= limit || found.bytes + size > MAX_BYTES;
        if is_full && !found.rows.is_empty() {
            found.has_more = true;
            return ControlFlow::Break(());
        }
        found.bytes += size;
        found.rows.push((position, row.to_vec()));
        ControlFlow::Continue(())
    })?;
    match broken {
        Some(fault) => Err(fault.into()),
        None => Ok((found, shard.end.is_some())),
    }
}

/// Counts what was read in CloudWatch.
fn count(cx: &Context, (table, label): (&str, &str), found: &Found) {
    let names = [("TableName", table), ("StreamLabel", label), ("Operation", "GetRecords")];
    let series = |metric: &'static str| Series::new("AWS/DynamoDB", metric, &names);
    cx.count(series("ReturnedBytes"), found.bytes as f64, "Bytes");
    cx.count(series("ReturnedRecordsCount"), found.rows.len() as f64, "Count");
}
