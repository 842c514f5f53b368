//! Segment documents ("AWS X-Ray segment documents"): their rules, and what is read from them.

use serde_json::Value;
use service_kit::prelude::*;

/// The longest document.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 64 << 10;
/// The deepest nesting of subsegments that is looked at.
const MAX_DEPTH: usize = 32;

/// A segment or subsegment, as far as summaries, filters and graphs need it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub id: String,
    pub parent: Option<String>,
    pub name: String,
    /// Seconds since the epoch.
    pub start: f64,
    /// None while it is in progress.
    pub end: Option<f64>,
    pub origin: Option<String>,
    pub namespace: Option<String>,
    pub account: Option<String>,
    pub fault: bool,
    pub error: bool,
    pub throttle: bool,
    pub status: Option<i64>,
    pub method: Option<String>,
    pub url: Option<String>,
    pub user_agent: Option<String>,
    pub client_ip: Option<String>,
    pub user: Option<String>,
    pub resource_arn: Option<String>,
    pub annotations: Vec<(String, Value)>,
    pub children: Vec<Node>,
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

impl Node {
    /// Reads a document that has been checked.
    pub(crate) fn of(value: &Value) -> Self {
        Self::nested(value, 0)
    }

    fn nested(value: &Value, depth: usize) -> Self {
        let status = value.pointer("/http/response/status").and_then(Value::as_i64);
        let failed = |class: i64| status.is_some_and(|status| status / 100 == class);
        let children = value.get("subsegments").and_then(Value::as_array);
        let children = children.filter(|_| depth < MAX_DEPTH).into_iter().flatten();
        let annotations = value.get("annotations").and_then(Value::as_object);
        let throttle = flag(value, "throttle") || status == Some(429);
        Self {
            id: text(value, "/id").unwrap_or_default(),
            parent: text(value, "/parent_id"),
            name: text(value, "/name").unwrap_or_default(),
            start: value.get("start_time").and_then(Value::as_f64).unwrap_or_default(),
            end: value.get("end_time").and_then(Value::as_f64),
            origin: text(value, "/origin"),
            namespace: text(value, "/namespace"),
            account: text(value, "/aws/account_id"),
            fault: flag(value, "fault") || failed(5),
            error: flag(value, "error") || failed(4) || throttle,
            throttle,
            status,
            method: text(value, "/http/request/method"),
            url: text(value, "/http/request/url"),
            user_agent: text(value, "/http/request/user_agent"),
            client_ip: text(value, "/http/request/client_ip"),
            user: text(value, "/user").or_else(|| text(value, "/aws/user")),
            resource_arn: text(value, "/resource_arn").or_else(|| text(value, "/aws/resource_arn")),
            annotations: annotations
                .into_iter()
                .flatten()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            children: children.map(|child| Self::nested(child, depth + 1)).collect(),
        }
    }

    /// Seconds from start to end; zero while in progress.
    pub(crate) fn duration(&self) -> f64 {
        self.end.map_or(0.0, |end| (end - self.start).max(0.0))
    }

    /// Shows `visitor` this node and all below it.
    pub(crate) fn visit<'a>(&'a self, visitor: &mut impl FnMut(&'a Self)) {
        visitor(self);
        for child in &self.children {
            child.visit(visitor);
        }
    }
}

/// A document that may be stored.
#[derive(Debug)]
pub(crate) struct Checked {
    pub trace_id: String,
    pub id: String,
    pub start: Timestamp,
    pub in_progress: bool,
}

/// A document that may not: the id it gives itself, if it gives one, and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub id: Option<String>,
    pub code: &'static str,
}

/// Checks a document.
pub(crate) fn check(document: &str, now: Timestamp) -> Result<Checked, Unfit> {
    let unfit = |code| Unfit { id: None, code };
    if document.len() > MAX_DOCUMENT_BYTES {
        return Err(unfit("SegmentTooLarge"));
    }
    let value: Value = serde_json::from_str(document).map_err(|_| unfit("ParseError"))?;
    let id = text(&value, "/id");
    let unfit = |code| Unfit { id: id.clone(), code };
    let id = id.as_deref().ok_or_else(|| unfit("MissingId"))?;
    if !is_hex(id, 16) {
        return Err(unfit("InvalidId"));
    }
    let trace_id = text(&value, "/trace_id").ok_or_else(|| unfit("MissingTraceId"))?;
    let begun = trace_second(&trace_id).ok_or_else(|| unfit("InvalidTraceId"))?;
    // X-Ray takes traces of the last 30 days; clocks may differ a little.
    if !(now.as_secs() - 30 * 86_400..=now.as_secs() + 300).contains(&begun) {
        return Err(unfit("InvalidTraceId"));
    }
    let name = text(&value, "/name").ok_or_else(|| unfit("MissingName"))?;
    if !is_name(&name) {
        return Err(unfit("InvalidName"));
    }
    let second = |name: &str| value.get(name).and_then(Value::as_f64);
    let start = second("start_time").ok_or_else(|| unfit("MissingStartTime"))?;
    let in_progress = flag(&value, "in_progress");
    match second("end_time") {
        None if !in_progress => return Err(unfit("MissingEndTime")),
        Some(end) if end < start => return Err(unfit("InvalidEndTime")),
        _ => {}
    }
    if text(&value, "/type").as_deref() == Some("subsegment") && value.get("parent_id").is_none() {
        return Err(unfit("MissingParentId"));
    }
    let start = Timestamp::from_secs_f64(start);
    Ok(Checked { trace_id, id: id.to_owned(), start, in_progress })
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_name(name: &str) -> bool {
    let allowed = |letter: char| letter.is_alphanumeric() || r"_.:/%&#=+\-@ ".contains(letter);
    (1..=200).contains(&name.chars().count()) && name.chars().all(allowed)
}

/// The second a trace began in, from its id; none if it is no trace id.
pub(crate) fn trace_second(trace_id: &str) -> Option<i64> {
    let (second, unique) = trace_id.strip_prefix("1-")?.split_once('-')?;
    if !is_hex(second, 8) || !is_hex(unique, 24) {
        return None;
    }
    i64::from_str_radix(second, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_checked() {
        let now = Timestamp::from_secs(0x5759_e988);
        let good = json!({
            "id": "53995c3f42cd8ad8", "trace_id": "1-5759e988-bd862e3fe1be46a994272793",
            "name": "example.com", "start_time": 1.5, "end_time": 2.5,
        });
        assert!(check(&good.to_string(), now).is_ok());
        for (member, value, code) in [
            ("id", Value::Null, "MissingId"),
            ("id", json!("x"), "InvalidId"),
            ("trace_id", json!("1-5759e988-x"), "InvalidTraceId"),
            ("trace_id", json!("1-00000001-bd862e3fe1be46a994272793"), "InvalidTraceId"),
            ("name", json!("a<b"), "InvalidName"),
            ("start_time", Value::Null, "MissingStartTime"),
            ("end_time", Value::Null, "MissingEndTime"),
            ("end_time", json!(1), "InvalidEndTime"),
            ("type", json!("subsegment"), "MissingParentId"),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert_eq!(check(&bad.to_string(), now).unwrap_err().code, code, "{member}");
        }
        assert_eq!(check("{", now).unwrap_err(), Unfit { id: None, code: "ParseError" });
    }
}
