//! GetShardIterator: where to begin to read a shard.

use crate::streams::{
    change_log::{Shard, latest, shards},
    error::StreamsError,
    iterator::{Reading, ShardIterator},
    position::Position,
    stream::{Stream, StreamArn, require},
};
use service_kit::prelude::*;

pub(crate) enum GetShardIterator {}

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ShardIteratorType {
    /// At the oldest record that is there.
    TrimHorizon,
    /// Behind the newest.
    Latest,
    /// At one record.
    AtSequenceNumber,
    /// Behind one record.
    AfterSequenceNumber,
}

/// What GetShardIterator takes.
#[derive(Debug, Shape)]
pub struct GetShardIteratorInput {
    /// The stream.
    pub stream_arn: StreamArn,
    /// The shard.
    #[shape(length = 28..=65)]
    pub shard_id: String,
    /// Where to begin.
    pub shard_iterator_type: ShardIteratorType,
    /// At or behind which record.
    #[shape(length = 21..=40)]
    pub sequence_number: Option<String>,
}

/// What GetShardIterator gives.
#[derive(Debug, Shape)]
pub struct GetShardIteratorOutput {
    /// The iterator, good for 15 minutes.
    pub shard_iterator: Option<ShardIterator>,
}

impl Operation for GetShardIterator {
    const NAME: &'static str = "GetShardIterator";
    const DATA_EVENT: bool = true;
    type Input = GetShardIteratorInput;
    type Output = GetShardIteratorOutput;
    type Error = StreamsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("dynamodb:GetShardIterator", &*input.stream_arn.0).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StreamsError> {
        let (cx, table, label) = input.stream_arn.resolve(cx)?;
        let asked = input.asked()?;
        let reading = cx.read(|tx| {
            let stream = require(tx, cx.now(), (table, label))?;
            let all = shards(tx, &stream)?;
            let shard = all.iter().find(|shard| shard.id == input.shard_id).ok_or_else(|| {
                StreamsError::ResourceNotFoundException(format!(
                    "Requested resource not found: Shard: {} in Stream: {} not found",
                    input.shard_id, input.stream_arn.0
                ))
            })?;
            let from = begin(tx, (&stream, shard), asked)?;
            Ok::<_, StreamsError>(Reading { shard: shard.start, from })
        })?;
        let iterator = ShardIterator::new(&cx, &input.stream_arn.0, reading)?;
        Ok(GetShardIteratorOutput { shard_iterator: Some(iterator) })
    }
}

/// Where to begin, understood.
#[derive(Clone, Copy)]
enum Begin {
    Oldest,
    Latest,
    At(Position),
    After(Position),
}

impl GetShardIteratorInput {
    fn asked(&self) -> Result<Begin, StreamsError> {
        let kind = self.shard_iterator_type;
        let number = || match &self.sequence_number {
            Some(number) => Position::parse(number).ok_or_else(|| out_of_range(number).into()),
            None => Err(StreamsError::from(Fault::invalid(format!(
                "Missing required parameter in request: sequenceNumber is required for \
                 shardIteratorType {}",
                kind.as_str()
            )))),
        };
        Ok(match kind {
            ShardIteratorType::TrimHorizon => Begin::Oldest,
            ShardIteratorType::Latest => Begin::Latest,
            ShardIteratorType::AtSequenceNumber => Begin::At(number()?),
            ShardIteratorType::AfterSequenceNumber => Begin::After(number()?),
        })
    }
}

fn out_of_range(number: &str) -> Fault {
    Fault::invalid(format!("Invalid SequenceNumber: {number} is not in the shard"))
}

/// The place in `shard` that is asked for.
fn begin(
    tx: &ReadTx<'_>,
    (stream, shard): (&Stream, &Shard),
    asked: Begin,
) -> Result<Position, StreamsError> {
    let (at, from) = match asked {
        Begin::Oldest => {
            let oldest = shard.start.max(stream.trimmed);
            return Ok(shard.end.map_or(oldest, |end| oldest.min(end)));
        }
        Begin::Latest => return Ok(latest(tx, stream, shard)?),
        Begin::At(at) => (at, at),
        Begin::After(at) => (at, at.next()),
    };
    let is_inside = at == shard.start || (shard.start..latest(tx, stream, shard)?).contains(&at);
    if !is_inside {
        return Err(out_of_range(&at.sequence_number()).into());
    }
    if shard.is_trimmed(stream, from) {
        return Err(StreamsError::TrimmedDataAccessException);
    }
    Ok(from)
}
