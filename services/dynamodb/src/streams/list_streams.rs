//! ListStreams: the streams of an account and region, or of one table.

use crate::streams::{
    error::StreamsError,
    stream::{Stream, StreamArn},
};
use service_kit::{
    key::{Encoded, Key},
    page,
    prelude::*,
};

/// The most streams of one answer.
const MAX_STREAMS: u32 = 100;

pub(crate) enum ListStreams {}

/// What ListStreams takes.
#[derive(Debug, Shape)]
pub struct ListStreamsInput {
    /// The table, which may be gone.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub table_name: Option<String>,
    /// The most streams to give.
    #[shape(range = 1..=100)]
    pub limit: Option<u32>,
    /// The last stream of the page before.
    pub exclusive_start_stream_arn: Option<StreamArn>,
}

/// What ListStreams gives.
#[derive(Debug, Shape)]
pub struct ListStreamsOutput {
    /// The streams.
    pub streams: Option<Vec<StreamSummary>>,
    /// The last of the page, if there may be more.
    pub last_evaluated_stream_arn: Option<String>,
}

/// A stream as it is listed.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "Stream")]
pub struct StreamSummary {
    /// The ARN.
    pub stream_arn: Option<String>,
    /// Its table.
    pub table_name: Option<String>,
    /// The label.
    pub stream_label: Option<String>,
}

impl Operation for ListStreams {
    const NAME: &'static str = "ListStreams";
    type Input = ListStreamsInput;
    type Output = ListStreamsOutput;
    type Error = StreamsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let table = input.table_name.as_deref().unwrap_or("*");
        let streams = at.arn("dynamodb", format_args!("table/{table}/stream/*"));
        Access::on("dynamodb:ListStreams", streams).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StreamsError> {
        let start = match &input.exclusive_start_stream_arn {
            Some(arn) => {
                let (_, table, label) = arn.resolve(cx)?;
                Some(page::encode(&(table, label).bytes()))
            }
            None => None,
        };
        let prefix = input.table_name.as_ref().map(Key::bytes).unwrap_or_default();
        let limit = input.limit.unwrap_or(MAX_STREAMS) as usize;
        let page: Page<Stream> =
            cx.read(|tx| tx.page(Encoded(&prefix), start.as_deref(), limit))?;
        let last = page.items.last().filter(|_| page.next.is_some());
        let last = last.map(|stream| stream.arn(cx.scope()));
        let listed = page.items.into_iter().filter(|stream| !stream.is_over(cx.now()));
        let streams = listed.map(|stream| StreamSummary {
            stream_arn: Some(stream.arn(cx.scope())),
            table_name: Some(stream.table),
            stream_label: Some(stream.label),
        });
        Ok(ListStreamsOutput { streams: Some(streams.collect()), last_evaluated_stream_arn: last })
    }
}
