//! Requests and answers of the REST protocols, each member where it is bound to.

use super::{escape, unsendable};
use crate::{
    Answering, WireError,
    limits::Limits,
    rest::{Format, list_header, read_header, read_payload, read_prefixed},
    router::{Segment, Template},
    text::write_scalar,
};
use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE};
use shape::{Location, Member, Signature, TimestampFormat, Value};

/// The request of `operation`, whose XML documents are in `namespace`.
pub(super) fn encode<F: Format>(
    operation: &Signature,
    input: &Value,
    namespace: &str,
) -> Result<Request<Bytes>, WireError> {
    let http = operation.http.ok_or_else(|| {
        WireError::Malformed(format!("{} has no place in a REST protocol", operation.name))
    })?;
    let schema = (operation.input)();
    let Value::Structure(slots) = input else {
        return Err(WireError::Malformed(format!("{} takes a structure", operation.name)));
    };
    let given = || {
        let members = schema.members().iter().zip(slots);
        members.filter_map(|(member, slot)| Some((member, slot.as_ref()?)))
    };
    let template = Template::parse(http.uri);
    let mut uri = path(&template, given)?;
    let query = query(&template, given());
    if !query.is_empty() {
        uri.push('?');
        uri.push_str(&query.join("&"));
    }
    let mut request = Request::builder().method(http.method).uri(uri);
    for (member, value) in given() {
        match (member.location, value) {
            (Location::Header, _) => {
                let text = list_header(value, header_format(member));
                request = request.header(member.wire_name(), text);
            }
            (Location::PrefixHeaders, Value::Map(entries)) => {
                for (key, value) in entries {
                    let text = write_scalar(value, TimestampFormat::HttpDate).unwrap_or_default();
                    request = request.header(format!("{}{key}", member.wire_name()), &*text);
                }
            }
            _ => {}
        }
    }
    let (kind, body) = body::<F>(operation, input, given(), namespace);
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, kind);
    }
    request.body(body).map_err(unsendable)
}

fn path<'v, I: Iterator<Item = (&'static Member, &'v Value)>>(
    template: &Template,
    given: impl Fn() -> I,
) -> Result<String, WireError> {
    let mut path = String::new();
    for segment in template.segments() {
        path.push('/');
        let (label, greedy) = match segment {
            Segment::Fixed(text) => {
                path.push_str(text);
                continue;
            }
            Segment::Label(label) => (*label, false),
            Segment::Greedy(label) => (*label, true),
        };
        let bound = given().find(|(member, _)| {
            member.location == Location::Label
                && (member.wire_name() == label || member.name == label)
        });
        let text = bound.and_then(|(_, value)| write_scalar(value, TimestampFormat::DateTime));
        let text = text.filter(|text| !text.is_empty());
        let text =
            text.ok_or_else(|| WireError::Malformed(format!("{label} must not be empty")))?;
        path.push_str(&escape(&text, greedy));
    }
    Ok(if path.is_empty() { "/".into() } else { path })
}

fn query<'v>(
    template: &Template,
    given: impl Iterator<Item = (&'static Member, &'v Value)>,
) -> Vec<String> {
    let pair =
        |name: &str, value: &str| format!("{}={}", escape(name, false), escape(value, false));
    let mut pairs: Vec<_> = template.query.iter().map(|(name, value)| pair(name, value)).collect();
    for (member, value) in given.filter(|(member, _)| member.location == Location::Query) {
        let format = member.timestamp.unwrap_or(TimestampFormat::DateTime);
        let mut add = |name: &str, value: &Value| {
            pairs.extend(write_scalar(value, format).map(|text| pair(name, &text)));
        };
        match value {
            Value::List(items) => items.iter().for_each(|item| add(member.wire_name(), item)),
            Value::Map(entries) => {
                for (key, value) in entries {
                    match value {
                        Value::List(items) => items.iter().for_each(|item| add(key, item)),
                        value => add(key, value),
                    }
                }
            }
            value => add(member.wire_name(), value),
        }
    }
    pairs
}

fn body<'v, F: Format>(
    operation: &Signature,
    input: &Value,
    mut given: impl Iterator<Item = (&'static Member, &'v Value)>,
    namespace: &str,
) -> (&'static str, Bytes) {
    let schema = (operation.input)();
    let answering = Answering {
        request_id: "",
        xml_namespace: namespace,
        query_compatible: false,
        error_namespace: None,
    };
    match given.find(|(member, _)| member.location == Location::Payload) {
        Some((_, Value::Blob(bytes))) => ("application/octet-stream", bytes.clone()),
        Some((_, Value::String(text))) => ("text/plain", text.clone().into()),
        Some((member, value)) => {
            (F::CONTENT_TYPE, F::write_payload(member, value, &answering).into())
        }
        None if schema.members().iter().any(|member| member.location == Location::Body) => {
            (F::CONTENT_TYPE, F::write_body(schema, input, &answering).into())
        }
        None => (F::CONTENT_TYPE, Bytes::new()),
    }
}

fn header_format(member: &Member) -> TimestampFormat {
    member.timestamp.unwrap_or(TimestampFormat::HttpDate)
}

/// Reads the output of `operation` from wherever its members are bound to.
pub(super) fn decode<F: Format>(
    operation: &Signature,
    answer: &Response<Bytes>,
) -> Result<Value, WireError> {
    let schema = (operation.output)();
    let members = schema.members();
    let payload = members.iter().any(|member| member.location == Location::Payload);
    let mut slots = match payload || answer.body().is_empty() {
        true => Limits::default().slots(members)?,
        false => match F::read_body(operation.name, schema, answer.body())? {
            Value::Structure(slots) => slots,
            _ => Limits::default().slots(members)?,
        },
    };
    for (member, slot) in members.iter().zip(&mut slots) {
        match member.location {
            Location::Header => *slot = read_header(member, answer.headers())?,
            Location::PrefixHeaders => *slot = read_prefixed(member, answer.headers())?,
            Location::Payload => *slot = read_payload::<F>(operation, member, answer.body())?,
            Location::StatusCode => {
                *slot = Some(Value::Integer(answer.status().as_u16().into()));
            }
            Location::Body | Location::Label | Location::Query => {}
        }
    }
    Ok(Value::Structure(slots))
}
