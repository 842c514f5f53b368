//! What holds for every value and every byte: round trips, and no panic.
#![allow(clippy::unwrap_used)]

mod common;

use bytes::Bytes;
use common::*;
use proptest::{collection, option, prelude::*};
use shape::{Kept, Schema, Shape, Timestamp, Value};
use std::sync::Arc;
use wire::{Incoming, Protocol, json, redacted_json};

const ALL: [Protocol; 6] = [
    Protocol::AwsJson10,
    Protocol::AwsJson11,
    Protocol::AwsQuery,
    Protocol::RestJson,
    Protocol::RestXml,
    Protocol::RpcV2Cbor,
];

/// Text that XML can carry; it has no form for NUL, and nothing is trimmed.
fn words() -> impl Strategy<Value = String> {
    "[^\0]{0,8}"
}

fn moments() -> impl Strategy<Value = Timestamp> {
    (0i64..4_000_000_000_000).prop_map(Timestamp::from_millis)
}

fn seconds() -> impl Strategy<Value = Timestamp> {
    (0i64..4_000_000_000).prop_map(Timestamp::from_secs)
}

fn data() -> impl Strategy<Value = Bytes> {
    collection::vec(any::<u8>(), 0..9).prop_map(Bytes::from)
}

fn values() -> impl Strategy<Value = AttributeValue> {
    let leaf = prop_oneof![
        words().prop_map(AttributeValue::S),
        words().prop_map(AttributeValue::N),
        data().prop_map(AttributeValue::B),
        collection::vec(words(), 0..3).prop_map(AttributeValue::Ss),
        any::<bool>().prop_map(AttributeValue::Null),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(AttributeValue::L),
            collection::btree_map(words(), inner, 0..3).prop_map(AttributeValue::M),
        ]
    })
}

fn nested() -> impl Strategy<Value = Nested> {
    let leaf =
        (words(), option::of(words())).prop_map(|(hi, secret)| Nested { hi, inner: None, secret });
    leaf.prop_recursive(3, 8, 1, |inner| {
        (words(), inner).prop_map(|(hi, inner)| Nested {
            hi,
            inner: Some(Box::new(inner)),
            secret: None,
        })
    })
}

prop_compose! {
    fn scalars()(
        text in option::of(words()),
        flag in option::of(any::<bool>()),
        small in option::of(any::<i32>()),
        large in option::of(any::<i64>()),
        ratio in option::of(any::<f64>()),
        data in option::of(data()),
        at in option::of(moments()),
        at_date in option::of(seconds()),
        at_epoch in option::of(moments()),
    ) -> Rich {
        Rich { text, flag, small, large, ratio, data, at, at_date, at_epoch, ..rich() }
    }
}

prop_compose! {
    fn riches()(
        scalars in scalars(),
        list in option::of(collection::vec(words(), 0..4)),
        named_list in option::of(collection::vec(nested(), 0..4)),
        // A flattened list or map that is empty leaves no trace in XML.
        flat_list in option::of(collection::vec(any::<i64>(), 1..4)),
        flat_map in option::of(collection::btree_map(words(), nested(), 1..4)),
        map in option::of(collection::btree_map(words(), any::<i64>(), 0..4)),
        lists in option::of(collection::vec(collection::vec(words(), 0..3), 0..3)),
        nested in option::of(nested()),
        value in option::of(values()),
    ) -> Rich {
        Rich { list, named_list, flat_list, flat_map, map, lists, nested, value, ..scalars }
    }
}

/// Reads back what was answered, as a client of the same protocol would send it.
fn round_trip(protocol: Protocol, rich: &Rich) -> Value {
    let operation = operation::<Rich, Rich>("POST", "/");
    let answer = protocol.encode(&operation, &rich.clone().write(), &ANSWERING);
    request("POST /", &[], answer.into_body()).decode(protocol, &operation).unwrap()
}

/// A value as a service might keep it.
#[derive(Debug)]
struct Boxed(&'static Schema, Value);

impl Kept for Boxed {
    fn value(&self) -> Value {
        self.1.clone()
    }

    fn write_json(&self, into: &mut Vec<u8>) {
        into.extend(json::to_json(self.0, &self.1).to_string().into_bytes());
    }
}

/// `rich` with all that has parts kept instead of spelled out.
fn keeping(rich: &Rich) -> Value {
    let Value::Structure(mut slots) = rich.clone().write() else { panic!("a structure") };
    for (slot, member) in slots.iter_mut().zip(Rich::schema().members()) {
        let is_composite = |value: &mut Value| {
            matches!(value, Value::List(_) | Value::Map(_) | Value::Structure(_) | Value::Union(..))
        };
        if let Some(value) = slot.take_if(is_composite) {
            *slot = Some(Value::Kept(Arc::new(Boxed(member.schema(), value))));
        }
    }
    Value::Structure(slots)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn values_survive_each_codec(rich in riches()) {
        for protocol in ALL.into_iter().filter(|it| *it != Protocol::AwsQuery) {
            prop_assert_eq!(Rich::read(round_trip(protocol, &rich)), Ok(rich.clone()));
        }
        let tree = json::to_json(Rich::schema(), &rich.clone().write());
        prop_assert_eq!(json::from_json(Rich::schema(), &tree), Ok(rich.write()));
    }

    #[test]
    fn clients_are_understood(rich in riches()) {
        let operation = operation::<Rich, Rich>("POST", "/");
        for protocol in ALL {
            let input = rich.clone().write();
            let sent = protocol.encode_input(&operation, &input, "Thing").unwrap();
            let (parts, body) = sent.into_parts();
            let incoming = Incoming {
                method: &parts.method,
                path: parts.uri.path(),
                query: parts.uri.query().unwrap_or(""),
                headers: &parts.headers,
                body: &body,
            };
            prop_assert_eq!(protocol.decode(&operation, &incoming), Ok(input.clone()));
            let answer = protocol.encode(&operation, &input, &ANSWERING);
            prop_assert_eq!(protocol.decode_output(&operation, &answer), Ok(input));
        }
    }

    #[test]
    fn bound_members_are_understood(
        id: i64,
        rest in "[^/\0]{1,5}(/[^/\0]{1,5})?",
        list in option::of(collection::vec("[!-~]([ -~]{0,5}[!-~])?", 1..4)),
    ) {
        let operation = operation::<Label, Label>("POST", "/a/{Id}/{Rest+}/b");
        let input = Label { id: Some(id), rest: Some(rest), list }.write();
        for protocol in [Protocol::RestJson, Protocol::RestXml] {
            let sent = protocol.encode_input(&operation, &input, "").unwrap();
            let (parts, body) = sent.into_parts();
            let incoming = Incoming {
                method: &parts.method,
                path: parts.uri.path(),
                query: parts.uri.query().unwrap_or(""),
                headers: &parts.headers,
                body: &body,
            };
            prop_assert_eq!(protocol.decode(&operation, &incoming), Ok(input.clone()));
        }
    }

    #[test]
    fn failures_are_understood(message in words().prop_map(|text| text.replace('\r', ""))) {
        let failure = shape::Failure::new("NoSuchThing", 404, message.clone());
        for protocol in ALL {
            let answer = protocol.encode_failure(&failure, &ANSWERING);
            let read = protocol.decode_failure(answer.headers(), answer.body());
            prop_assert_eq!(read, ("NoSuchThing".to_owned(), message.clone()), "{:?}", protocol);
        }
    }

    #[test]
    fn values_that_are_kept_look_the_same(rich in riches()) {
        let operation = operation::<Rich, Rich>("POST", "/");
        for protocol in ALL {
            let [spelled, kept] = [rich.clone().write(), keeping(&rich)]
                .map(|value| protocol.encode(&operation, &value, &ANSWERING).into_body());
            prop_assert_eq!(spelled, kept, "{:?}", protocol);
        }
        let redacted = |value| redacted_json(Rich::schema(), &value);
        prop_assert_eq!(redacted(rich.clone().write()), redacted(keeping(&rich)));
    }

    #[test]
    fn bytes_never_panic(body in collection::vec(any::<u8>(), 0..200)) {
        no_panic(body);
    }

    #[test]
    fn almost_documents_never_panic(
        rich in riches(),
        at in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        for protocol in ALL {
            let operation = operation::<Rich, Rich>("POST", "/");
            let answer = protocol.encode(&operation, &rich.clone().write(), &ANSWERING);
            let mut body = answer.into_body().to_vec();
            let at = at.index(body.len());
            body[at] = byte;
            no_panic(body);
        }
    }

    #[test]
    fn forms_never_panic(
        body in "([A-Za-z]{1,3}|List|FlatItem|Map|Value|member|entry|[.=&%+0-9]){0,30}",
    ) {
        no_panic(body.into_bytes());
    }

    #[test]
    fn targets_never_panic(path in "[/a-z%{}0-9]{0,20}", query in "[a-z=&%+.]{0,20}") {
        let target: &'static str = Box::leak(format!("POST /{path}?{query}").into_boxed_str());
        let operation = operation::<Label, Label>("POST", "/a/{Id}/{Rest+}/b");
        let request = request(target, &[("x-list", &query)], "");
        let router = wire::Router::new([&operation]);
        router.route(&request.method, &path, &query);
        if let Ok(value) = request.decode(Protocol::RestJson, &operation) {
            prop_assert!(matches!(value, Value::Structure(slots) if slots.len() == 3));
        }
    }
}

#[derive(Clone, Debug, PartialEq, Shape)]
struct Label {
    #[shape(label)]
    id: Option<i64>,
    #[shape(label)]
    rest: Option<String>,
    #[shape(header = "x-list")]
    list: Option<Vec<String>>,
}

/// Decodes by each protocol; a body either fits the schema or is refused.
fn no_panic(body: Vec<u8>) {
    let body = Bytes::from(body);
    for protocol in ALL {
        let operation = operation::<Rich, Rich>("POST", "/");
        match request("POST /", &[], body.clone()).decode(protocol, &operation) {
            Ok(value) => assert!(matches!(value, Value::Structure(slots) if slots.len() == 19)),
            Err(error) => assert!(!error.into_failure(protocol, "").message.is_empty()),
        }
    }
}

#[test]
fn the_rich_example_survives_each_codec() {
    for protocol in ALL.into_iter().filter(|it| *it != Protocol::AwsQuery) {
        assert_eq!(Rich::read(round_trip(protocol, &rich())), Ok(rich()), "{protocol:?}");
    }
}
