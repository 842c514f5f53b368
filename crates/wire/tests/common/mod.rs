//! Shapes that have everything a protocol must carry, and shorthands for requests and answers.
#![allow(clippy::unwrap_used, dead_code)] // each test binary uses its own part

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use shape::{Http, Shape, Signature, Timestamp, Value};
use std::collections::BTreeMap;
use wire::{Answering, Incoming, Protocol, WireError};

#[derive(Clone, Debug, PartialEq, Shape)]
pub enum AttributeValue {
    #[shape(name = "S")]
    S(String),
    #[shape(name = "N")]
    N(String),
    #[shape(name = "B")]
    B(Bytes),
    #[shape(name = "SS")]
    Ss(Vec<String>),
    #[shape(name = "M")]
    M(BTreeMap<String, AttributeValue>),
    #[shape(name = "L")]
    L(Vec<AttributeValue>),
    #[shape(name = "NULL")]
    Null(bool),
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub enum Color {
    Red,
    Green,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Nested {
    pub hi: String,
    pub inner: Option<Box<Nested>>,
    #[shape(sensitive)]
    pub secret: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Rich {
    pub text: Option<String>,
    pub flag: Option<bool>,
    pub small: Option<i32>,
    pub large: Option<i64>,
    pub ratio: Option<f64>,
    pub data: Option<Bytes>,
    pub color: Option<Color>,
    pub at: Option<Timestamp>,
    #[shape(timestamp = HttpDate)]
    pub at_date: Option<Timestamp>,
    #[shape(timestamp = EpochSeconds)]
    pub at_epoch: Option<Timestamp>,
    pub list: Option<Vec<String>>,
    #[shape(item = "item", wire = "Renamed")]
    pub named_list: Option<Vec<Nested>>,
    #[shape(flattened)]
    pub flat_list: Option<Vec<i64>>,
    #[shape(flattened, item = "FlatItem")]
    pub flat_named: Option<Vec<String>>,
    pub map: Option<BTreeMap<String, i64>>,
    #[shape(flattened, item = "Name,Value", wire = "Attribute")]
    pub flat_map: Option<BTreeMap<String, Nested>>,
    pub lists: Option<Vec<Vec<String>>>,
    pub nested: Option<Nested>,
    pub value: Option<AttributeValue>,
}

/// An operation over `I` and `O` at `method` and `uri`.
pub fn operation<I: Shape, O: Shape>(method: &'static str, uri: &'static str) -> Signature {
    let http = Some(Http::new(method, uri, 200));
    Signature { name: "DoThing", http, input: I::schema, output: O::schema }
}

pub struct Request {
    pub method: Method,
    pub target: &'static str,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A request: `POST /path?query`, with headers.
pub fn request(line: &'static str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request {
    let (method, target) = line.split_once(' ').unwrap();
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    Request { method: method.parse().unwrap(), target, headers: map, body: body.into() }
}

impl Request {
    pub fn incoming(&self) -> Incoming<'_> {
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let Self { method, headers, body, .. } = self;
        Incoming { method, path, query, headers, body }
    }

    pub fn decode(&self, protocol: Protocol, operation: &Signature) -> Result<Value, WireError> {
        protocol.decode(operation, &self.incoming())
    }

    /// The decoded input as the type it is.
    pub fn read<I: Shape>(&self, protocol: Protocol, uri: &'static str) -> Result<I, WireError> {
        let value = self.decode(protocol, &operation::<I, I>("POST", uri))?;
        Ok(I::read(value).unwrap())
    }
}

pub const ANSWERING: Answering<'static> = Answering {
    request_id: "req-1",
    xml_namespace: "https://example.com/doc/",
    query_compatible: false,
    error_namespace: None,
};

/// The encoded output.
pub fn answer<O: Shape>(protocol: Protocol, output: O) -> Response<Bytes> {
    protocol.encode(&operation::<O, O>("POST", "/"), &output.write(), &ANSWERING)
}

pub fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

pub fn header<'r>(response: &'r Response<Bytes>, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

pub fn rich() -> Rich {
    let nested = Nested { hi: "<&>\r\n\"é\"".into(), inner: None, secret: Some("s".into()) };
    let deep = Nested { hi: "x".into(), inner: Some(Box::new(nested.clone())), secret: None };
    let at = Some(Timestamp::from_millis(1_795_446_000_250));
    let whole = Some(Timestamp::from_secs(1_795_446_000));
    let map = BTreeMap::from([("a".into(), AttributeValue::L(vec![AttributeValue::Null(true)]))]);
    Rich {
        text: Some("héllo & <b>".into()),
        flag: Some(true),
        small: Some(-7),
        large: Some(1 << 60),
        ratio: Some(0.1),
        data: Some(Bytes::from_static(b"\x00\xffdata")),
        color: Some(Color::Green),
        at,
        at_date: whole,
        at_epoch: whole,
        list: Some(vec!["one".into(), String::new()]),
        named_list: Some(vec![nested.clone(), deep.clone()]),
        flat_list: Some(vec![1, 2, 3]),
        flat_named: Some(vec!["x".into()]),
        map: Some(BTreeMap::from([("k.1".into(), 1), ("k 2".into(), 2)])),
        flat_map: Some(BTreeMap::from([("k".into(), nested)])),
        lists: Some(vec![vec!["a".into()], vec!["b".into(), "c".into()]]),
        nested: Some(deep),
        value: Some(AttributeValue::M(map)),
    }
}
