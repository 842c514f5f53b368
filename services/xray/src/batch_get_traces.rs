//! BatchGetTraces: whole traces by id.

use crate::{error::XrayError, trace};
use serde_json::Value;
use service_kit::{prelude::*, trace::Segment};

/// The most traces of one call.
pub(crate) const MAX_TRACES: usize = 5;

/// Gives traces.
pub(crate) enum BatchGetTraces {}

/// What BatchGetTraces takes.
#[derive(Debug, Shape)]
#[shape(name = "BatchGetTracesRequest")]
pub struct BatchGetTracesInput {
    /// At most five.
    pub trace_ids: Vec<TraceId>,
}

/// A trace's id.
#[derive(Debug, Shape)]
#[shape(length = 1..=35)]
pub struct TraceId(pub String);

/// What BatchGetTraces gives.
#[derive(Debug, Shape)]
#[shape(name = "BatchGetTracesResult")]
pub struct BatchGetTracesOutput {
    /// Those found.
    pub traces: Vec<TraceOfSegments>,
    /// Those without segments.
    pub unprocessed_trace_ids: Vec<String>,
}

/// A trace.
#[derive(Debug, Shape)]
#[shape(name = "Trace")]
pub struct TraceOfSegments {
    /// Its id.
    pub id: String,
    /// Seconds from the first start to the last end.
    pub duration: f64,
    /// Always false: traces have no limit of size.
    pub limit_exceeded: bool,
    /// In the order they started.
    pub segments: Vec<SegmentDocument>,
}

/// A segment.
#[derive(Debug, Shape)]
#[shape(name = "Segment")]
pub struct SegmentDocument {
    /// Its id.
    pub id: String,
    /// JSON text, with the subsegments that were sent on their own.
    pub document: String,
}

impl Operation for BatchGetTraces {
    const NAME: &'static str = "BatchGetTraces";
    const HTTP: Option<Http> = Some(Http::new("POST", "/Traces", 200));
    const DATA_EVENT: bool = true;
    type Input = BatchGetTracesInput;
    type Output = BatchGetTracesOutput;
    type Error = XrayError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("xray:BatchGetTraces").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, XrayError> {
        check_count(&input.trace_ids)?;
        cx.platform().flush().await?;
        cx.read(|tx| {
            let mut output =
                BatchGetTracesOutput { traces: Vec::new(), unprocessed_trace_ids: Vec::new() };
            for TraceId(id) in input.trace_ids {
                match trace::one(tx, &id)? {
                    Some(found) => output.traces.push(TraceOfSegments {
                        duration: found.duration(),
                        limit_exceeded: false,
                        segments: joined(trace::segments(tx, &id)?),
                        id,
                    }),
                    None => output.unprocessed_trace_ids.push(id),
                }
            }
            Ok(output)
        })
    }
}

/// Checks how many traces are asked for.
pub(crate) fn check_count(ids: &[TraceId]) -> Result<(), XrayError> {
    if (1..=MAX_TRACES).contains(&ids.len()) {
        return Ok(());
    }
    Err(XrayError::invalid(format!("The number of trace ids must be from 1 to {MAX_TRACES}.")))
}

/// The documents, subsegments that came on their own put into their parents.
fn joined(segments: Vec<Segment>) -> Vec<SegmentDocument> {
    let parse = |segment: Segment| -> Option<(String, Value)> {
        Some((segment.id, serde_json::from_str(&segment.document).ok()?))
    };
    let mut documents: Vec<_> = segments.into_iter().filter_map(parse).collect();
    // Parents start before their children, so going backward moves whole subtrees.
    for index in (0..documents.len()).rev() {
        let Some((_, document)) = documents.get(index) else { continue };
        if document.get("type").and_then(Value::as_str) != Some("subsegment") {
            continue;
        }
        let Some(parent) = document.get("parent_id").and_then(Value::as_str) else { continue };
        let (parent, mut child) = (parent.to_owned(), document.clone());
        if let Some(members) = child.as_object_mut() {
            for own in ["trace_id", "parent_id", "type"] {
                members.remove(own);
            }
        }
        let others = documents.iter_mut().enumerate().filter(|(other, _)| *other != index);
        let mut child = Some(child);
        for (_, (_, document)) in others {
            attach(document, &parent, &mut child, 0);
        }
        if child.is_none() {
            documents.remove(index);
        }
    }
    let text =
        |(id, document): (String, Value)| SegmentDocument { id, document: document.to_string() };
    documents.into_iter().map(text).collect()
}

/// Puts `child` into the subsegments of the node with id `parent` below `node`, if it is there.
fn attach(node: &mut Value, parent: &str, child: &mut Option<Value>, depth: usize) {
    if depth > 32 || child.is_none() {
        return;
    }
    if node.get("id").and_then(Value::as_str) == Some(parent) {
        if !node["subsegments"].is_array() {
            node["subsegments"] = Value::Array(Vec::new());
        }
        if let Some(list) = node["subsegments"].as_array_mut() {
            list.extend(child.take());
        }
        return;
    }
    let below = node.get_mut("subsegments").and_then(Value::as_array_mut);
    for inner in below.into_iter().flatten() {
        attach(inner, parent, child, depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn segment(id: &str, document: Value) -> Segment {
        let start = Timestamp::from_secs(0);
        Segment { trace_id: "t".into(), id: id.into(), start, document: document.to_string() }
    }

    #[test]
    fn subsegments_sent_alone_join_their_parents() {
        let segments = vec![
            segment("a", json!({"id": "a"})),
            segment("b", json!({"id": "b", "type": "subsegment", "parent_id": "a"})),
            segment("c", json!({"id": "c", "type": "subsegment", "parent_id": "b"})),
            segment("d", json!({"id": "d", "type": "subsegment", "parent_id": "lost"})),
        ];
        let documents = joined(segments);
        assert_eq!(documents.len(), 2);
        let whole: Value = serde_json::from_str(&documents[0].document).unwrap();
        assert_eq!(
            whole,
            json!({"id": "a", "subsegments": [
                {"id": "b", "subsegments": [{"id": "c"}]},
            ]})
        );
    }
}
