//! Traces gathered from their segments.

use crate::{
    document::{Node, trace_second},
    error::XrayError,
    service_id::ServiceId,
};
use service_kit::{prelude::*, trace::Segment};
use std::{collections::HashSet, ops::ControlFlow};

/// The most segments of one trace that are looked at.
const MAX_SEGMENTS: usize = 10_000;

/// A trace with its segments as a forest.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub id: String,
    /// Segments in the order they started, subsegments sent on their own among them.
    pub nodes: Vec<Node>,
}

/// Where the keys of traces that began in `second` or later start.
pub(crate) fn first_key(second: i64) -> Vec<u8> {
    format!("1-{:08x}", second.clamp(0, i64::from(u32::MAX))).into_bytes()
}

/// A page of traces.
pub(crate) struct Traces {
    pub traces: Vec<Trace>,
    /// Where the next page starts, unless this is the last.
    pub next: Option<Vec<u8>>,
}

/// Traces with keys from `from` up to `to`: whole ones, until `most` segments are read.
pub(crate) fn between(
    tx: &ReadTx<'_>,
    (from, to): (&[u8], &[u8]),
    most: usize,
) -> Result<Traces, Fault> {
    let (mut traces, mut read, mut next) = (Vec::<Gathering>::new(), 0_usize, None);
    tx.visit_between((), (from, Some(to)), Order::Ascending, |segment: Segment| {
        let is_new = traces.last().is_none_or(|trace| trace.id != segment.trace_id);
        if is_new && read >= most {
            next = Some(segment.trace_id.into_bytes());
            return ControlFlow::Break(());
        }
        read += 1;
        if is_new {
            traces.push(Gathering { id: segment.trace_id.clone(), segments: Vec::new() });
        }
        if let Some(trace) = traces.last_mut()
            && trace.segments.len() < MAX_SEGMENTS
        {
            trace.segments.push(segment);
        }
        ControlFlow::Continue(())
    })?;
    Ok(Traces { traces: traces.into_iter().map(Gathering::finish).collect(), next })
}

/// The segments of one trace, in the order they started.
pub(crate) fn segments(tx: &ReadTx<'_>, id: &str) -> Result<Vec<Segment>, XrayError> {
    if trace_second(id).is_none() {
        return Err(XrayError::invalid(format!("Invalid trace id: {id}")));
    }
    let mut segments: Vec<Segment> = tx.list(id)?;
    segments.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    Ok(segments)
}

/// The trace with this id, if it has segments.
pub(crate) fn one(tx: &ReadTx<'_>, id: &str) -> Result<Option<Trace>, XrayError> {
    let segments = segments(tx, id)?;
    let found = !segments.is_empty();
    Ok(found.then(|| Gathering { id: id.to_owned(), segments }.finish()))
}

struct Gathering {
    id: String,
    segments: Vec<Segment>,
}

impl Gathering {
    fn finish(self) -> Trace {
        let node = |segment: &Segment| {
            serde_json::from_str(&segment.document).map(|value| Node::of(&value)).ok()
        };
        let mut nodes: Vec<_> = self.segments.iter().filter_map(node).collect();
        nodes.sort_by(|a, b| a.start.total_cmp(&b.start));
        Trace { id: self.id, nodes }
    }
}

impl Trace {
    /// The segment that no other one of the trace caused, the first of them.
    pub(crate) fn root(&self) -> Option<&Node> {
        let mut ids = HashSet::new();
        self.visit(&mut |node| {
            ids.insert(node.id.as_str());
        });
        let has_parent =
            |node: &Node| node.parent.as_deref().is_some_and(|parent| ids.contains(parent));
        self.nodes.iter().find(|node| !has_parent(node)).or(self.nodes.first())
    }

    /// Shows `visitor` each segment and subsegment.
    pub(crate) fn visit<'a>(&'a self, visitor: &mut impl FnMut(&'a Node)) {
        for node in &self.nodes {
            node.visit(visitor);
        }
    }

    /// When the first segment started, in seconds since the epoch.
    pub(crate) fn start(&self) -> f64 {
        self.nodes.first().map_or(0.0, |node| node.start)
    }

    /// Seconds from the first start to the last end.
    pub(crate) fn duration(&self) -> f64 {
        let ends = self.nodes.iter().filter_map(|node| node.end);
        (ends.fold(self.start(), f64::max) - self.start()).max(0.0)
    }

    /// Whether segments are still in progress.
    pub(crate) fn is_partial(&self) -> bool {
        self.nodes.iter().any(|node| node.end.is_none())
    }

    /// Each service with the nodes that speak of it: its segments, or calls to it that no segment
    /// of its own stands for.
    pub(crate) fn services<'a>(&'a self, at: &Scope) -> Vec<(ServiceId, Vec<&'a Node>)> {
        let parents: HashSet<_> =
            self.nodes.iter().filter_map(|node| node.parent.as_deref()).collect();
        let mut services: Vec<(ServiceId, Vec<&Node>)> = Vec::new();
        let mut add = |node: &'a Node| {
            let id = ServiceId::of(node, at);
            match services.iter_mut().find(|(known, _)| *known == id) {
                Some((_, nodes)) => nodes.push(node),
                None => services.push((id, vec![node])),
            }
        };
        for node in &self.nodes {
            node.visit(&mut |inner| {
                let segment = std::ptr::eq(inner, node) && inner.namespace.is_none();
                let call = inner.namespace.is_some() && !parents.contains(inner.id.as_str());
                if segment || call {
                    add(inner);
                }
            });
        }
        services
    }
}
