//! CreateLogStream: a new, empty log stream.

use crate::{
    error::LogsError,
    group::{LogGroup, stream_arn},
    names::{LogGroupName, LogStreamName},
    stream::LogStream,
};
use service_kit::prelude::*;

/// Creates a log stream.
pub(crate) enum CreateLogStream {}

/// What CreateLogStream takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateLogStreamRequest", camel)]
pub struct CreateLogStreamInput {
    /// Where.
    pub log_group_name: LogGroupName,
    /// Its name.
    pub log_stream_name: LogStreamName,
}

impl Operation for CreateLogStream {
    const NAME: &'static str = "CreateLogStream";
    type Input = CreateLogStreamInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let resource = stream_arn(at, &input.log_group_name, &input.log_stream_name);
        Access::on("logs:CreateLogStream", resource).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        let (now, id) = (cx.now(), u64::from_be_bytes(cx.entropy().bytes()));
        cx.write(|tx| {
            let group = LogGroup::named(&tx.reader(), &input.log_group_name)?;
            if tx.get::<LogStream>((group.id, &*input.log_stream_name))?.is_some() {
                return Err(LogsError::ResourceAlreadyExistsException(
                    "The specified log stream already exists".into(),
                ));
            }
            Ok(tx.put(&LogStream {
                group: group.id,
                name: input.log_stream_name.0.clone(),
                id,
                created: now,
                first_ms: None,
                last_ms: None,
                ingested_ms: None,
                bytes: 0,
                next_seq: 0,
            })?)
        })
        .await?;
        Ok(Empty)
    }
}
