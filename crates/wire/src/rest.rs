//! What the REST protocols share: labels, query parameters, headers, status and payloads.

use crate::{
    Answering, Incoming, WireError,
    limits::Limits,
    respond,
    router::Template,
    set_header,
    text::{Parameter, is_signing, parameters, percent_decode, read_scalar, write_scalar},
};
use bytes::Bytes;
use http::{HeaderMap, Response, header::CONTENT_TYPE};
use shape::{Http, Kind, Location, Member, Schema, Signature, TimestampFormat, Value};
use std::borrow::Cow;

/// The documents of a REST protocol.
pub(crate) trait Format {
    /// The content type of its documents.
    const CONTENT_TYPE: &'static str;

    /// Reads the body members of `schema`; the others are left out.
    fn read_body(
        operation: &'static str,
        schema: &'static Schema,
        body: &[u8],
    ) -> Result<Value, WireError>;

    /// Reads the payload member.
    fn read_payload(
        operation: &'static str,
        member: &Member,
        body: &[u8],
    ) -> Result<Value, WireError>;

    /// Writes the body members of `schema`.
    fn write_body(schema: &'static Schema, output: &Value, answering: &Answering) -> Vec<u8>;

    /// Writes the payload member.
    fn write_payload(member: &Member, value: &Value, answering: &Answering) -> Vec<u8>;
}

/// Reads the input of `operation` from wherever its members are bound to.
pub(crate) fn decode<F: Format>(
    operation: &Signature,
    incoming: &Incoming,
) -> Result<Value, WireError> {
    let schema = (operation.input)();
    let members = schema.members();
    let payload = members.iter().any(|member| member.location == Location::Payload);
    let mut slots = match payload || incoming.body.is_empty() {
        true => Limits::default().slots(members)?,
        false => match F::read_body(operation.name, schema, incoming.body)? {
            Value::Structure(slots) => slots,
            _ => Limits::default().slots(members)?,
        },
    };
    let template = Template::parse(operation.http.as_ref().map_or("/", |http| http.uri));
    let labels = template.labels(incoming.path).unwrap_or_default();
    let query = Query::new(operation.name, members, &template, incoming.query)?;
    for (member, slot) in members.iter().zip(&mut slots) {
        match member.location {
            Location::Body | Location::StatusCode => {}
            Location::Label => *slot = read_label(member, &labels)?,
            Location::Query => *slot = query.member(member)?,
            Location::Header => *slot = read_header(member, incoming.headers)?,
            Location::PrefixHeaders => *slot = read_prefixed(member, incoming.headers)?,
            Location::Payload => *slot = read_payload::<F>(operation, member, incoming.body)?,
        }
    }
    Ok(Value::Structure(slots))
}

fn read_label(member: &Member, labels: &[(&str, &str)]) -> Result<Option<Value>, WireError> {
    let named = |label: &str| label == member.wire_name() || label == member.name;
    let Some((_, raw)) = labels.iter().find(|(label, _)| named(label)) else {
        return Ok(None);
    };
    read_scalar(member.schema(), percent_decode(raw)?).map(Some)
}

pub(crate) fn read_payload<F: Format>(
    operation: &Signature,
    member: &Member,
    body: &Bytes,
) -> Result<Option<Value>, WireError> {
    if body.is_empty() {
        return Ok(None);
    }
    match member.schema().kind {
        Kind::Blob => Ok(Some(Value::Blob(body.clone()))),
        Kind::String | Kind::Enum(_) => {
            let text = std::str::from_utf8(body);
            let text = text.map_err(|_| WireError::Malformed("The body is not UTF-8".into()))?;
            Ok(Some(Value::String(text.to_owned())))
        }
        _ => F::read_payload(operation.name, member, body).map(Some),
    }
}

/// The query parameters that are left to members.
struct Query<'a> {
    /// Those that a member names.
    bound: Vec<Parameter<'a>>,
    /// The others, when a map takes them.
    rest: Vec<Parameter<'a>>,
}

impl<'a> Query<'a> {
    fn new(
        operation: &'static str,
        members: &[Member],
        template: &Template,
        text: &'a str,
    ) -> Result<Self, WireError> {
        let is_query = |member: &&Member| member.location == Location::Query;
        let any_map = members.iter().filter(is_query).any(takes_all);
        let names = |member: &Member, name: &str| !takes_all(member) && member.wire_name() == name;
        let mut query = Self { bound: Vec::new(), rest: Vec::new() };
        for (name, value) in parameters(text)? {
            let fixed = template.query.iter().any(|(fixed, _)| *fixed == name);
            if members.iter().filter(is_query).any(|member| names(member, &name)) {
                query.bound.push((name, value));
            } else if fixed || is_signing(&name) {
                continue;
            } else if any_map {
                query.rest.push((name, value));
            } else {
                return Err(WireError::UnknownMember { operation, path: name.into_owned() });
            }
        }
        Ok(query)
    }

    fn member(&self, member: &Member) -> Result<Option<Value>, WireError> {
        let schema = member.schema();
        let mut values = self.bound.iter().filter(|(name, _)| name == member.wire_name());
        match schema.kind {
            Kind::Map(item) => self.all(item()),
            Kind::List(item) => {
                let items = values.map(|(_, value)| read_scalar(item(), value.as_ref().into()));
                let items: Vec<_> = items.collect::<Result<_, _>>()?;
                Ok((!items.is_empty()).then_some(Value::List(items)))
            }
            _ => values.next().map(|(_, it)| read_scalar(schema, it.as_ref().into())).transpose(),
        }
    }

    fn all(&self, item: &'static Schema) -> Result<Option<Value>, WireError> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        for (name, text) in &self.rest {
            let seen = entries.iter_mut().find(|(key, _)| key == name);
            match (&item.kind, seen) {
                (Kind::List(inner), Some((_, Value::List(items)))) => {
                    items.push(read_scalar(inner(), text.as_ref().into())?);
                }
                (Kind::List(inner), _) => {
                    let items = vec![read_scalar(inner(), text.as_ref().into())?];
                    entries.push((name.as_ref().to_owned(), Value::List(items)));
                }
                (_, Some(_)) => {}
                (_, None) => {
                    let value = read_scalar(item, text.as_ref().into())?;
                    entries.push((name.as_ref().to_owned(), value));
                }
            }
        }
        Ok((!entries.is_empty()).then_some(Value::Map(entries)))
    }
}

/// Whether a query member takes every parameter that no other names.
fn takes_all(member: &Member) -> bool {
    matches!(member.schema().kind, Kind::Map(_))
}

fn header_text(value: &http::HeaderValue) -> Result<&str, WireError> {
    std::str::from_utf8(value.as_bytes())
        .map_err(|_| WireError::Malformed("A header is not UTF-8".into()))
}

pub(crate) fn read_header(
    member: &Member,
    headers: &HeaderMap,
) -> Result<Option<Value>, WireError> {
    let schema = member.schema();
    let mut values = headers.get_all(member.wire_name()).iter();
    let Kind::List(item) = schema.kind else {
        let value = values.next().map(header_text).transpose()?;
        return value.map(|text| read_scalar(schema, text.trim().into())).transpose();
    };
    let item = item();
    let mut items = Vec::new();
    for value in values {
        let dates = matches!(item.kind, Kind::Timestamp)
            && member.timestamp.is_none_or(|format| format == TimestampFormat::HttpDate);
        for piece in split_header(header_text(value)?, dates) {
            items.push(read_scalar(item, piece)?);
        }
    }
    Ok((!items.is_empty()).then_some(Value::List(items)))
}

/// The comma-separated pieces of a header, without quotes; dates have one comma of their own.
fn split_header(text: &str, dates: bool) -> Vec<Cow<'_, str>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (piece, tail) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = rest.match_indices(',').nth(usize::from(dates)).map(|(at, _)| at);
                let (piece, tail) = rest.split_at(end.unwrap_or(rest.len()));
                (piece.trim().into(), tail)
            }
        };
        pieces.push(piece);
        rest = tail.trim_start().strip_prefix(',').unwrap_or(tail).trim_start();
    }
    pieces
}

/// The text up to the closing quote and what follows it.
fn unquote(text: &str) -> (Cow<'_, str>, &str) {
    let mut plain = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (plain.into(), text.get(at + 1..).unwrap_or_default()),
            '\\' => plain.extend(characters.next().map(|(_, escaped)| escaped)),
            other => plain.push(other),
        }
    }
    (plain.into(), "")
}

pub(crate) fn read_prefixed(
    member: &Member,
    headers: &HeaderMap,
) -> Result<Option<Value>, WireError> {
    let Kind::Map(item) = member.schema().kind else { return Ok(None) };
    let prefix = member.wire_name().to_ascii_lowercase();
    let mut entries = Vec::new();
    for name in headers.keys() {
        let Some(key) = name.as_str().strip_prefix(&prefix).filter(|key| !key.is_empty()) else {
            continue;
        };
        let values = headers.get_all(name).iter().map(header_text);
        let text = values.collect::<Result<Vec<_>, _>>()?.join(",");
        entries.push((key.to_owned(), read_scalar(item(), text.into())?));
    }
    Ok((!entries.is_empty()).then_some(Value::Map(entries)))
}

/// The answer with every output member where it is bound to.
pub(crate) fn encode<F: Format>(
    operation: &Signature,
    output: &Value,
    answering: &Answering,
) -> Response<Bytes> {
    let schema = (operation.output)();
    let status = operation.http.map_or(200, |Http { status, .. }| status);
    let headers = [("x-amzn-requestid", answering.request_id)];
    let mut response = respond(status, headers, Bytes::new());
    let Value::Structure(slots) = output else { return response };
    let members = || schema.members().iter().zip(slots);
    if members().any(|(member, _)| member.location == Location::Body) && has_body(status) {
        set_body(&mut response, F::CONTENT_TYPE, F::write_body(schema, output, answering));
    }
    for (member, value) in members().filter_map(|(member, slot)| Some((member, slot.as_ref()?))) {
        match (member.location, value) {
            (Location::Header, _) => write_header(&mut response, member, value),
            (Location::PrefixHeaders, Value::Map(entries)) => {
                for (key, value) in entries {
                    let text = write_scalar(value, TimestampFormat::HttpDate).unwrap_or_default();
                    set_header(&mut response, &format!("{}{key}", member.wire_name()), &text);
                }
            }
            (Location::StatusCode, Value::Integer(number)) => {
                let code = u16::try_from(*number).ok().and_then(|it| it.try_into().ok());
                *response.status_mut() = code.unwrap_or(response.status());
            }
            (Location::Payload, _) => write_payload::<F>(&mut response, member, value, answering),
            _ => {}
        }
    }
    response
}

/// Whether HTTP allows a body with this status.
fn has_body(status: u16) -> bool {
    !matches!(status, 100..=199 | 204 | 304)
}

/// Sets the body, and its type unless a header member did.
fn set_body(response: &mut Response<Bytes>, content_type: &str, body: impl Into<Bytes>) {
    *response.body_mut() = body.into();
    if !response.headers().contains_key(CONTENT_TYPE) {
        set_header(response, CONTENT_TYPE.as_str(), content_type);
    }
}

fn write_header(response: &mut Response<Bytes>, member: &Member, value: &Value) {
    let text = list_header(value, member.timestamp.unwrap_or(TimestampFormat::HttpDate));
    if !text.is_empty() {
        set_header(response, member.wire_name(), &text);
    }
}

/// The text of a header: a scalar, or a list with commas.
pub(crate) fn list_header(value: &Value, format: TimestampFormat) -> String {
    match value {
        Value::List(items) => {
            let items = items.iter().filter_map(|item| {
                let text = write_scalar(item, format)?;
                let quoted = matches!(item, Value::String(_)) && text.contains([',', '"']);
                Some(if quoted { quote(&text).into() } else { text })
            });
            items.collect::<Vec<_>>().join(", ")
        }
        _ => write_scalar(value, format).unwrap_or_default().into_owned(),
    }
}

/// Text in quotes, as an item of a list header that has a comma or a quote.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn write_payload<F: Format>(
    response: &mut Response<Bytes>,
    member: &Member,
    value: &Value,
    answering: &Answering,
) {
    match value {
        Value::Blob(bytes) => set_body(response, "application/octet-stream", bytes.clone()),
        Value::String(text) => set_body(response, "text/plain", text.clone()),
        _ => set_body(response, F::CONTENT_TYPE, F::write_payload(member, value, answering)),
    }
}
