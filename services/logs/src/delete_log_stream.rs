//! DeleteLogStream: a log stream and all its events, for good.

use crate::{
    error::LogsError,
    group::{LogGroup, stream_arn},
    names::{LogGroupName, LogStreamName},
    purge::PurgeStream,
    stream::LogStream,
};
use service_kit::prelude::*;

/// Deletes a log stream.
pub(crate) enum DeleteLogStream {}

/// What DeleteLogStream takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteLogStreamRequest", camel)]
pub struct DeleteLogStreamInput {
    /// Where.
    pub log_group_name: LogGroupName,
    /// Which.
    pub log_stream_name: LogStreamName,
}

impl Operation for DeleteLogStream {
    const NAME: &'static str = "DeleteLogStream";
    type Input = DeleteLogStreamInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let resource = stream_arn(at, &input.log_group_name, &input.log_stream_name);
        Access::on("logs:DeleteLogStream", resource).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        cx.write(|tx| {
            let group = LogGroup::named(&tx.reader(), &input.log_group_name)?;
            let stream = LogStream::named(&tx.reader(), group.id, &input.log_stream_name)?;
            tx.delete::<LogStream>((group.id, &stream.name));
            Ok::<_, LogsError>(tx.enqueue(&PurgeStream { stream: stream.id })?)
        })
        .await?;
        Ok(Empty)
    }
}
