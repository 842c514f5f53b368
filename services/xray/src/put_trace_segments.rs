//! PutTraceSegments: takes what X-Ray's daemon and SDKs send.

use crate::{
    document::{self, Checked},
    error::XrayError,
};
use service_kit::{prelude::*, trace::Segment};

/// Stores segments.
pub(crate) enum PutTraceSegments {}

/// What PutTraceSegments takes.
#[derive(Debug, Shape)]
#[shape(name = "PutTraceSegmentsRequest")]
pub struct PutTraceSegmentsInput {
    /// JSON texts.
    pub trace_segment_documents: Vec<String>,
}

/// What PutTraceSegments gives.
#[derive(Debug, Shape)]
#[shape(name = "PutTraceSegmentsResult")]
pub struct PutTraceSegmentsOutput {
    /// Those that were not taken.
    pub unprocessed_trace_segments: Vec<UnprocessedTraceSegment>,
}

/// A document that was not taken.
#[derive(Debug, Shape)]
pub struct UnprocessedTraceSegment {
    /// The segment's id, where it had one.
    pub id: Option<String>,
    /// What is wrong.
    pub error_code: String,
    /// The same in words.
    pub message: String,
}

impl Operation for PutTraceSegments {
    const NAME: &'static str = "PutTraceSegments";
    const HTTP: Option<Http> = Some(Http::new("POST", "/TraceSegments", 200));
    const DATA_EVENT: bool = true;
    type Input = PutTraceSegmentsInput;
    type Output = PutTraceSegmentsOutput;
    type Error = XrayError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("xray:PutTraceSegments").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, XrayError> {
        let now = cx.now();
        let (mut taken, mut unprocessed) = (Vec::new(), Vec::new());
        for document in input.trace_segment_documents {
            match document::check(&document, now) {
                Ok(checked) => taken.push(stored(checked, document)),
                Err(unfit) => unprocessed.push(UnprocessedTraceSegment {
                    id: unfit.id,
                    error_code: unfit.code.into(),
                    message: format!("Invalid segment. ErrorCode: {}", unfit.code),
                }),
            }
        }
        cx.write(|tx| {
            for (segment, in_progress) in &taken {
                // A late report that a segment is in progress does not undo its end.
                let known = || tx.get::<Segment>((&segment.trace_id, &segment.id));
                if !*in_progress || known()?.is_none() {
                    tx.put(segment)?;
                }
            }
            Ok::<_, Fault>(())
        })
        .await?;
        Ok(PutTraceSegmentsOutput { unprocessed_trace_segments: unprocessed })
    }
}

fn stored(checked: Checked, document: String) -> (Segment, bool) {
    let Checked { trace_id, id, start, in_progress } = checked;
    (Segment { trace_id, id, start, document }, in_progress)
}
