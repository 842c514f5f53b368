//! AWS query: `Foo.member.1.Bar=x` in forms or query strings, XML answers.

use crate::{
    Answering, Incoming, MAX_DEPTH, WireError, error,
    limits::Limits,
    respond,
    text::{Parameter, cannot_convert, is_signing, parameters, percent_decode, read_scalar},
    xml::{self, Names, is_named, one_member},
};
use bytes::Bytes;
use http::Response;
use shape::{Failure, Kind, Member, Schema, Signature, Value};
use std::{borrow::Cow, collections::BTreeMap};

/// The highest index of a list or map entry.
const MAX_INDEX: u32 = 10_000;

/// The operation in the `Action` parameter of the query string or form.
pub(crate) fn operation_name<'a>(incoming: &Incoming<'a>) -> Option<Cow<'a, str>> {
    parameter(incoming, "Action=")
}

/// The API's version in the `Version` parameter.
pub(crate) fn version<'a>(incoming: &Incoming<'a>) -> Option<Cow<'a, str>> {
    parameter(incoming, "Version=")
}

fn parameter<'a>(incoming: &Incoming<'a>, start: &str) -> Option<Cow<'a, str>> {
    let body = std::str::from_utf8(incoming.body).unwrap_or_default();
    let mut pairs = incoming.query.split('&').chain(body.split('&'));
    percent_decode(pairs.find_map(|pair| pair.strip_prefix(start))?).ok()
}

pub(crate) fn decode(operation: &Signature, incoming: &Incoming) -> Result<Value, WireError> {
    let body = std::str::from_utf8(incoming.body)
        .map_err(|_| WireError::Malformed("The request body is not valid UTF-8".into()))?;
    let mut pairs = parameters(incoming.query)?;
    pairs.extend(parameters(body)?);
    let schema = (operation.input)();
    let members = schema.members();
    let root = Node::plant(&pairs, |name| members.iter().any(|member| is_named(member, name)))?;
    let reader = Decoder { operation: operation.name, limits: Limits::default() };
    reader.structure(members, &root).map(Value::Structure)
}

/// Parameters by the segments of their names.
#[derive(Debug, Default)]
struct Node<'a> {
    value: Option<&'a str>,
    children: BTreeMap<&'a str, Node<'a>>,
}

impl<'a> Node<'a> {
    /// The tree of all parameters that an operation could mean; `known` tells its own names from
    /// those of signing.
    fn plant(pairs: &'a [Parameter<'_>], known: impl Fn(&str) -> bool) -> Result<Self, WireError> {
        let mut root = Self::default();
        for (name, value) in pairs {
            let first = name.split('.').next().unwrap_or(name);
            if !known(first) && is_common(name) {
                continue;
            }
            let mut node = &mut root;
            for (depth, segment) in name.split('.').enumerate() {
                if depth > 3 * MAX_DEPTH {
                    return Err(WireError::TooDeep);
                }
                node = node.children.entry(segment).or_default();
            }
            node.value = Some(value);
        }
        Ok(root)
    }

    fn text(&self, schema: &Schema) -> Result<&'a str, WireError> {
        match (self.value, self.children.is_empty()) {
            (Some(text), true) => Ok(text),
            _ => Err(WireError::Malformed(format!(
                "Start of structure or map found where {} was expected",
                schema.name
            ))),
        }
    }

    /// Nothing but an empty value: how clients say an empty list.
    fn is_empty(&self) -> bool {
        self.children.is_empty() && self.value.is_some_and(str::is_empty)
    }

    /// The children in the order of their numbers.
    fn numbered(&self) -> Result<Vec<(u32, &Self)>, WireError> {
        let numbered = self.children.iter().map(|(segment, node)| {
            let number = segment.parse().ok().filter(|number| (1..=MAX_INDEX).contains(number));
            Ok((number.ok_or_else(|| bad_index(segment))?, node))
        });
        let mut numbered = numbered.collect::<Result<Vec<_>, _>>()?;
        numbered.sort_by_key(|(number, _)| *number);
        Ok(numbered)
    }
}

fn bad_index(segment: &str) -> WireError {
    WireError::Malformed(format!("Key {segment} is not a number from 1 to {MAX_INDEX}"))
}

/// Whether a parameter belongs to the protocol or to request signing.
fn is_common(name: &str) -> bool {
    matches!(name, "Action" | "Version" | "AWSAccessKeyId" | "Timestamp" | "SecurityToken")
        || matches!(name, "Signature" | "SignatureVersion" | "SignatureMethod")
        || is_signing(name)
}

struct Decoder {
    operation: &'static str,
    limits: Limits,
}

impl Decoder {
    fn value(
        &self,
        schema: &'static Schema,
        node: &Node<'_>,
        names: Names,
    ) -> Result<Value, WireError> {
        match schema.kind {
            Kind::Structure(members) => self.structure(members, node).map(Value::Structure),
            Kind::Union(members) => one_member(schema, self.structure(members, node)?),
            Kind::List(item) => self.list(schema, item(), node, names),
            Kind::Map(item) => self.map(schema, item(), node, names),
            _ => read_scalar(schema, node.text(schema)?.into()),
        }
    }

    fn unknown(&self, name: &str) -> WireError {
        WireError::UnknownMember { operation: self.operation, path: name.to_owned() }
    }

    fn structure(
        &self,
        members: &'static [Member],
        node: &Node<'_>,
    ) -> Result<Vec<Option<Value>>, WireError> {
        if node.value.is_some_and(|value| !value.is_empty()) {
            return Err(WireError::Malformed("Start of structure expected".into()));
        }
        let mut slots = self.limits.slots(members)?;
        for (name, child) in &node.children {
            let known = members.iter().zip(&mut slots).find(|(it, _)| is_named(it, name));
            let (member, slot) = known.ok_or_else(|| self.unknown(name))?;
            let value = self.value(member.schema(), child, Names::of(member));
            *slot = Some(value.map_err(|error| error.within(name))?);
        }
        Ok(slots)
    }

    /// The node that holds the numbers of a list or map: itself when flattened, else its one child.
    fn wrapped<'n, 'a>(
        &self,
        schema: &Schema,
        node: &'n Node<'a>,
        names: Names,
        wrapper: &str,
    ) -> Result<Option<&'n Node<'a>>, WireError> {
        if node.is_empty() {
            return Ok(None);
        }
        if node.value.is_some_and(|value| !value.is_empty()) {
            return Err(cannot_convert("STRING_VALUE", schema));
        }
        if names.flattened {
            return Ok(Some(node));
        }
        match node.children.keys().find(|name| **name != wrapper) {
            Some(name) => Err(self.unknown(name)),
            None => Ok(node.children.get(wrapper)),
        }
    }

    fn list(
        &self,
        schema: &Schema,
        item: &'static Schema,
        node: &Node<'_>,
        names: Names,
    ) -> Result<Value, WireError> {
        let Some(node) = self.wrapped(schema, node, names, names.item)? else {
            return Ok(Value::List(Vec::new()));
        };
        let read = |(number, node): (u32, &Node<'_>)| {
            self.value(item, node, names.inner()).map_err(|error| error.within(number))
        };
        node.numbered()?.into_iter().map(read).collect::<Result<_, _>>().map(Value::List)
    }

    fn map(
        &self,
        schema: &Schema,
        item: &'static Schema,
        node: &Node<'_>,
        names: Names,
    ) -> Result<Value, WireError> {
        let Some(node) = self.wrapped(schema, node, names, "entry")? else {
            return Ok(Value::Map(Vec::new()));
        };
        let read = |(number, node): (u32, &Node<'_>)| {
            self.entry(item, node, names).map_err(|error| error.within(number))
        };
        node.numbered()?.into_iter().map(read).collect::<Result<_, _>>().map(Value::Map)
    }

    fn entry(
        &self,
        item: &'static Schema,
        node: &Node<'_>,
        names: Names,
    ) -> Result<(String, Value), WireError> {
        let strange = node.children.keys().find(|it| **it != names.key && **it != names.value);
        if let Some(strange) = strange {
            return Err(self.unknown(strange));
        }
        match (node.children.get(names.key), node.children.get(names.value)) {
            (Some(key), Some(value)) => {
                let value = self.value(item, value, names.inner());
                let value = value.map_err(|error| error.within(names.value))?;
                Ok((key.value.unwrap_or_default().to_owned(), value))
            }
            _ => Err(WireError::Malformed("A map entry needs a key and a value".into())),
        }
    }
}

pub(crate) fn encode(
    operation: &Signature,
    output: &Value,
    answering: &Answering,
) -> Response<Bytes> {
    let (name, schema) = (operation.name, (operation.output)());
    let mut body = String::with_capacity(256);
    let root = format!("{name}Response");
    xml::open_root(&mut body, &root, answering.xml_namespace);
    // An operation whose output has no shape in the model has no result element either.
    if schema.name != "Unit" {
        xml::element(&mut body, &format!("{name}Result"), |to| {
            xml::content(to, schema, output, |_| true);
        });
    }
    xml::element(&mut body, "ResponseMetadata", |to| {
        xml::text_element(to, "RequestId", answering.request_id);
    });
    body.push_str(&format!("</{root}>"));
    answer(200, body, answering)
}

pub(crate) fn encode_failure(failure: &Failure, answering: &Answering) -> Response<Bytes> {
    let mut body = String::new();
    xml::open_root(&mut body, "ErrorResponse", answering.xml_namespace);
    xml::element(&mut body, "Error", |to| {
        xml::text_element(to, "Type", error::fault(failure));
        error::elements(to, failure, failure.query_code());
    });
    xml::text_element(&mut body, "RequestId", answering.request_id);
    body.push_str("</ErrorResponse>");
    answer(failure.status, body, answering)
}

fn answer(status: u16, body: String, answering: &Answering) -> Response<Bytes> {
    let headers = [("content-type", "text/xml"), ("x-amzn-requestid", answering.request_id)];
    respond(status, headers, body)
}
