//! Traces as the platform carries and records them.

use crate::{entropy::Entropy, key::Key, record::Record};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::sync::Arc;

/// The trace a request belongs to, as in the `X-Amzn-Trace-Id` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// `1-{8 hex digits of the second it began}-{24 hex digits}`.
    pub root: Arc<str>,
    /// The segment that caused this request.
    pub parent: Option<Arc<str>>,
    /// Whether segments are recorded.
    pub sampled: bool,
}

impl Trace {
    /// A trace that begins now.
    pub fn begin(now: Timestamp, entropy: &Entropy, sampled: bool) -> Self {
        let root = format!("1-{:08x}-{}", now.as_secs(), entropy.hex(24));
        Self { root: root.into(), parent: None, sampled }
    }

    /// Reads the header; none unless it has a well-formed root.
    pub fn parse(header: &str) -> Option<Self> {
        let mut trace = Self { root: "".into(), parent: None, sampled: false };
        for part in header.split(';') {
            match part.trim().split_once('=')? {
                ("Root", root) => trace.root = root.into(),
                ("Parent", parent) if is_hex(parent, 16) => trace.parent = Some(parent.into()),
                ("Sampled", sampled) => trace.sampled = sampled == "1",
                _ => {}
            }
        }
        let mut parts = trace.root.split('-');
        let well_formed = parts.next() == Some("1")
            && parts.next().is_some_and(|part| is_hex(part, 8))
            && parts.next().is_some_and(|part| is_hex(part, 24))
            && parts.next().is_none();
        well_formed.then_some(trace)
    }

    /// The header, with `parent` as the segment that causes what follows.
    pub fn header(&self) -> String {
        let sampled = u8::from(self.sampled);
        match &self.parent {
            Some(parent) => format!("Root={};Parent={parent};Sampled={sampled}", self.root),
            None => format!("Root={};Sampled={sampled}", self.root),
        }
    }

    /// The same trace below segment `parent`.
    #[must_use]
    pub fn below(&self, parent: &str) -> Self {
        Self { parent: Some(parent.into()), ..self.clone() }
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One segment of a trace, as stored for X-Ray to read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Segment {
    /// The trace, `1-...`.
    pub trace_id: String,
    /// Sixteen hex digits.
    pub id: String,
    /// When the segment began.
    pub start: Timestamp,
    /// The segment document: JSON in X-Ray's own format, `id` and `trace_id` included.
    pub document: String,
}

impl Record for Segment {
    const TABLE: &'static str = "platform.segment";

    fn key(&self) -> impl Key {
        (&self.trace_id, &self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_round_trips_and_junk_is_no_trace() {
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        assert_eq!(Trace::parse(header).unwrap().header(), header);
        assert_eq!(Trace::parse("Root=1-x-y;Sampled=1"), None);
        assert_eq!(Trace::parse("junk"), None);
    }
}
