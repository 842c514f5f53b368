//! Smithy RPC v2 CBOR.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use minicbor::Encoder;
use shape::{Failure, Timestamp};
use wire::{Answering, Protocol, WireError, operation_name};

const CBOR: Protocol = Protocol::RpcV2Cbor;
const LINE: &str = "POST /service/Metrics/operation/DoThing";

fn read(body: &[u8]) -> Result<Rich, WireError> {
    request(LINE, &[], body.to_vec()).read(CBOR, "/")
}

/// `{key: value}` with the value as given.
fn entry(key: &str, value: &[u8]) -> Vec<u8> {
    let mut to = Encoder::new(Vec::new());
    to.map(1).unwrap().str(key).unwrap();
    [to.into_writer(), value.to_vec()].concat()
}

#[test]
fn the_path_names_the_operation() {
    let named = |line| {
        let request = request(line, &[], "");
        operation_name(CBOR, &request.incoming()).map(|name| name.into_owned())
    };
    assert_eq!(named(LINE).as_deref(), Some("DoThing"));
    assert_eq!(named("POST /prefix/service/S/operation/O").as_deref(), Some("O"));
    assert_eq!(named("POST /service/S/T/operation/O"), None);
    assert_eq!(named("POST /service/S"), None);
}

#[test]
fn every_form_of_a_number_is_read() {
    let ratio = |value: &[u8]| read(&entry("Ratio", value)).unwrap().ratio.unwrap();
    assert_eq!(ratio(&[0xf9, 0x3e, 0x00]), 1.5);
    assert_eq!(ratio(&[0xf9, 0xfc, 0x00]), f64::NEG_INFINITY);
    assert_eq!(ratio(&[0xf9, 0x00, 0x01]), 2f64.powi(-24));
    assert!(ratio(&[0xf9, 0x7e, 0x00]).is_nan());
    assert_eq!(ratio(&[0xfa, 0x3f, 0xc0, 0x00, 0x00]), 1.5);
    assert_eq!(ratio(&[0x05]), 5.0);
    assert_eq!(read(&entry("Large", &[0x38, 0x63])).unwrap().large, Some(-100));
    assert_eq!(read(&entry("Small", &[0xf9, 0x3c, 0x00])).unwrap().small, Some(1));
    let half = Timestamp::from_millis(1500);
    assert_eq!(read(&entry("At", &[0xc1, 0xf9, 0x3e, 0x00])).unwrap().at, Some(half));
}

#[test]
fn indefinite_lengths_are_read() {
    // {_ "Text": (_ "a", "b"), "List": [_ "x"], "Map": {_ "k": 1}, "Data": (_ h'01', h'02')}
    let mut body = vec![0xbf, 0x64];
    body.extend(b"Text\x7f\x61a\x61b\xff\x64List\x9f\x61x\xff\x63Map\xbf\x61k\x01\xff");
    body.extend(b"\x64Data\x5f\x41\x01\x41\x02\xff\xff");
    let rich = read(&body).unwrap();
    assert_eq!(rich.text.as_deref(), Some("ab"));
    assert_eq!(rich.list.unwrap(), ["x"]);
    assert_eq!(rich.map.unwrap()["k"], 1);
    assert_eq!(rich.data.as_deref(), Some(&[1u8, 2][..]));
}

#[test]
fn nothing_and_nulls_are_absent_members() {
    assert_eq!(read(&[]).unwrap(), read(&entry("Text", &[0xf6])).unwrap());
    assert_eq!(read(&[]).unwrap(), read(&entry("Nobody", &[0xf6])).unwrap());
}

#[test]
fn what_does_not_fit_is_refused() {
    let unknown = WireError::UnknownMember { operation: "DoThing", path: "Nested.No".into() };
    assert_eq!(read(&entry("Nested", &entry("No", &[1]))), Err(unknown));
    let several = [&[0xa2][..], b"\x61S\x61x\x61N\x611"].concat();
    let error = WireError::NotOneMember { shape: "AttributeValue", several: true };
    assert_eq!(read(&entry("Value", &several)), Err(error));
    for body in [
        entry("Text", &[1]),
        entry("Small", &[0x61, b'1']),
        entry("Small", &[0xf9, 0x3e, 0x00]),
        entry("Large", &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        entry("At", &[0xc2, 0x41, 0x01]),
        entry("List", &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        entry("List", &[0x81, 0xf6]),
        vec![0xa0, 0xa0],
        vec![0x80],
        vec![0xf6],
    ] {
        assert!(matches!(read(&body), Err(WireError::Malformed(_))), "{body:x?}");
    }
    let deep = entry("Value", &b"\xa1\x61L\x81".repeat(10_000));
    assert_eq!(read(&deep), Err(WireError::TooDeep));
}

#[test]
fn answers_and_errors_say_their_protocol() {
    let response = answer(CBOR, Nested { hi: "x".into(), inner: None, secret: None });
    assert_eq!(response.body().as_ref(), b"\xa1\x62Hi\x61x");
    assert_eq!(header(&response, "smithy-protocol"), Some("rpc-v2-cbor"));
    assert_eq!(header(&response, "content-type"), Some("application/cbor"));
    let answering =
        Answering { query_compatible: true, error_namespace: Some("com.example"), ..ANSWERING };
    let failure = Failure::new("Gone", 404, "no");
    let response = CBOR.encode_failure(&failure, &answering);
    assert_eq!(response.status(), 404);
    let body = b"\xa2\x66__type\x70com.example#Gone\x67message\x62no";
    assert_eq!(response.body().as_ref(), body);
    assert_eq!(header(&response, "x-amzn-query-error"), Some("Gone;Sender"));
}

#[test]
fn many_short_elements_do_not_fill_the_memory() {
    // {"FlatList": [1, 1, …]}, of an indefinite length.
    let list = |count: usize| {
        let ones = vec![1; count];
        read(&[b"\xa1\x68FlatList\x9f", &ones[..], b"\xff"].concat())
    };
    assert_eq!(list(2).unwrap().flat_list, Some(vec![1, 1]));
    assert!(list(1_000_001).unwrap_err().to_string().contains("too many elements"));
}
