//! DescribeStream: a stream and its shards.

use crate::{
    streams::{
        change_log::{Shard, shards},
        error::StreamsError,
        stream::{Stream, StreamArn, StreamViewType, require},
    },
    table::description::{KeySchemaElement, schema},
};
use service_kit::prelude::*;

/// The most shards of one answer.
const MAX_SHARDS: u32 = 100;

pub(crate) enum DescribeStream {}

/// Which shards are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ShardFilterType {
    /// Those that follow one.
    ChildShards,
}

/// Some of a stream's shards.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ShardFilter {
    /// Which.
    pub r#type: Option<ShardFilterType>,
    /// The shard that it is about.
    #[shape(length = 28..=65)]
    pub shard_id: Option<String>,
}

/// What DescribeStream takes.
#[derive(Debug, Shape)]
pub struct DescribeStreamInput {
    /// The stream.
    pub stream_arn: StreamArn,
    /// The most shards to give.
    #[shape(range = 1..=100)]
    pub limit: Option<u32>,
    /// The last shard of the page before.
    #[shape(length = 28..=65)]
    pub exclusive_start_shard_id: Option<String>,
    /// Which shards to give.
    pub shard_filter: Option<ShardFilter>,
}

/// What DescribeStream gives.
#[derive(Debug, Shape)]
pub struct DescribeStreamOutput {
    /// The stream.
    pub stream_description: Option<StreamDescription>,
}

/// What a stream is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum StreamStatus {
    /// Being switched on.
    Enabling,
    /// Recording.
    Enabled,
    /// Being switched off.
    Disabling,
    /// Not recording any more.
    Disabled,
}

/// A stream as it is described.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct StreamDescription {
    /// The ARN.
    pub stream_arn: Option<String>,
    /// The label.
    pub stream_label: Option<String>,
    /// What it is doing.
    pub stream_status: Option<StreamStatus>,
    /// What its records hold.
    pub stream_view_type: Option<StreamViewType>,
    /// When it was asked for.
    pub creation_request_date_time: Option<Timestamp>,
    /// Its table.
    pub table_name: Option<String>,
    /// The table's primary key.
    pub key_schema: Option<Vec<KeySchemaElement>>,
    /// A page of its shards, oldest first.
    pub shards: Option<Vec<ShardDescription>>,
    /// The last of the page, if there are more.
    pub last_evaluated_shard_id: Option<String>,
}

/// The first and last sequence number of a shard.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct SequenceNumberRange {
    /// The first.
    pub starting_sequence_number: Option<String>,
    /// The last, once it is closed.
    pub ending_sequence_number: Option<String>,
}

/// A shard as it is described.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "Shard")]
pub struct ShardDescription {
    /// Its id.
    pub shard_id: Option<String>,
    /// What it spans.
    pub sequence_number_range: Option<SequenceNumberRange>,
    /// The shard before.
    pub parent_shard_id: Option<String>,
}

impl ShardDescription {
    fn of(shard: &Shard) -> Self {
        let range = SequenceNumberRange {
            starting_sequence_number: Some(shard.start.sequence_number()),
            ending_sequence_number: shard.last().map(|last| last.sequence_number()),
        };
        Self {
            shard_id: Some(shard.id.clone()),
            sequence_number_range: Some(range),
            parent_shard_id: shard.parent.clone(),
        }
    }
}

impl Operation for DescribeStream {
    const NAME: &'static str = "DescribeStream";
    type Input = DescribeStreamInput;
    type Output = DescribeStreamOutput;
    type Error = StreamsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DescribeStream", &*input.stream_arn.0).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StreamsError> {
        let (cx, table, label) = input.stream_arn.resolve(cx)?;
        let parent = input.parent()?;
        let (stream, mut all) = cx.read(|tx| {
            let stream = require(tx, cx.now(), (table, label))?;
            let all = shards(tx, &stream)?;
            Ok::<_, StreamsError>((stream, all))
        })?;
        let status = status(&stream, &all);
        // Ids sort by age, so a page goes on even if the last one's shard is gone.
        let start = input.exclusive_start_shard_id.as_deref().unwrap_or_default();
        all.retain(|shard| {
            shard.id.as_str() > start && (parent.is_none() || shard.parent.as_deref() == parent)
        });
        let limit = input.limit.unwrap_or(MAX_SHARDS) as usize;
        let has_more = all.len() > limit;
        all.truncate(limit);
        let last = all.last().filter(|_| has_more).map(|shard| shard.id.clone());
        let description = StreamDescription {
            stream_arn: Some(stream.arn(cx.scope())),
            stream_status: Some(status),
            stream_view_type: Some(stream.view),
            creation_request_date_time: Some(stream.created),
            key_schema: Some(schema(&stream.keys)),
            shards: Some(all.iter().map(ShardDescription::of).collect()),
            last_evaluated_shard_id: last,
            stream_label: Some(stream.label),
            table_name: Some(stream.table),
        };
        Ok(DescribeStreamOutput { stream_description: Some(description) })
    }
}

impl DescribeStreamInput {
    /// The shard whose children are asked for, if only those are.
    fn parent(&self) -> Result<Option<&str>, StreamsError> {
        match &self.shard_filter {
            None | Some(ShardFilter { r#type: None, shard_id: None }) => Ok(None),
            Some(ShardFilter { r#type: Some(_), shard_id: Some(id) }) => Ok(Some(id)),
            Some(_) => {
                Err(Fault::invalid("ShardFilter must have both a Type and a ShardId").into())
            }
        }
    }
}

fn status(stream: &Stream, shards: &[Shard]) -> StreamStatus {
    match stream.closed {
        Some(_) => StreamStatus::Disabled,
        None if shards.is_empty() => StreamStatus::Enabling,
        None => StreamStatus::Enabled,
    }
}
