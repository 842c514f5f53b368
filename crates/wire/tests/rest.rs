//! REST with JSON and with XML documents, and the router.
#![allow(clippy::unwrap_used)]

mod common;

use bytes::Bytes;
use common::*;
use http::Method;
use shape::{Empty, Failure, Shape, Signature, Timestamp, Value};
use std::collections::BTreeMap;
use wire::{Protocol, Router, WireError, operation_name};

const JSON: Protocol = Protocol::RestJson;
const XML: Protocol = Protocol::RestXml;

#[derive(Clone, Debug, Default, PartialEq, Shape)]
struct Bound {
    #[shape(label = "thing_id")]
    thing: String,
    #[shape(label)]
    number: Option<i64>,
    #[shape(query = "max")]
    max_items: Option<u32>,
    #[shape(query = "tag")]
    tags: Option<Vec<String>>,
    #[shape(query = "since")]
    since: Option<Timestamp>,
    #[shape(header = "X-Amz-Flag")]
    flag: Option<bool>,
    #[shape(header = "X-List")]
    list: Option<Vec<String>>,
    #[shape(header = "X-Dates")]
    dates: Option<Vec<Timestamp>>,
    #[shape(header = "X-Date")]
    date: Option<Timestamp>,
    #[shape(prefix_headers = "x-meta-")]
    meta: Option<BTreeMap<String, String>>,
    #[shape(wire = "jsonName")]
    named: Option<String>,
    nested: Option<Nested>,
}

const URI: &str = "/things/{thing_id}/{Number}/x?mode=import";

#[test]
fn members_are_read_from_where_they_are_bound() {
    let line = "POST /things/a%2Fb+%C3%A9/42/x?mode=import&max=5&tag=a&tag=b%26\
                &since=2026-11-23T15%3A00%3A00Z&X-Amz-Date=1";
    let headers = [
        ("x-amz-flag", "true"),
        ("x-list", "a, \"b,\\\"c\""),
        ("x-list", "d"),
        ("x-dates", "Mon, 23 Nov 2026 15:00:00 GMT, Mon, 23 Nov 2026 15:00:01 GMT"),
        ("x-date", "Mon, 23 Nov 2026 15:00:00 GMT"),
        ("x-meta-Owner", "me"),
        ("host", "localhost"),
    ];
    let body = r#"{"jsonName":"n","Nested":{"Hi":"x"}}"#;
    let bound: Bound = request(line, &headers, body).read(JSON, URI).unwrap();
    let moment = Timestamp::from_secs(1_795_446_000);
    let expected = Bound {
        thing: "a/b+é".into(),
        number: Some(42),
        max_items: Some(5),
        tags: Some(vec!["a".into(), "b&".into()]),
        since: Some(moment),
        flag: Some(true),
        list: Some(vec!["a".into(), "b,\"c".into(), "d".into()]),
        dates: Some(vec![moment, Timestamp::from_secs(1_795_446_001)]),
        date: Some(moment),
        meta: Some([("owner".to_owned(), "me".to_owned())].into()),
        named: Some("n".into()),
        nested: Some(Nested { hi: "x".into(), inner: None, secret: None }),
    };
    assert_eq!(bound, expected);
    let body = "<Any><jsonName>n</jsonName><Nested><Hi>x</Hi></Nested></Any>";
    assert_eq!(request(line, &headers, body).read::<Bound>(XML, URI), Ok(expected));
}

#[test]
fn what_no_member_takes_is_refused() {
    let unknown =
        |path: &str| Err(WireError::UnknownMember { operation: "DoThing", path: path.to_owned() });
    let read = |line, body: &'static str| request(line, &[], body).read::<Bound>(JSON, URI);
    assert!(read("POST /things/a/1/x?mode=import&x-id=DoThing", "").is_ok());
    assert_eq!(read("POST /things/a/1/x?mode=import&min=5", ""), unknown("min"));
    assert_eq!(read("POST /things/a/1/x?mode=import", r#"{"Named":"x"}"#), unknown("Named"));
    assert_eq!(read("POST /things/a/1/x?mode=import", r#"{"MaxItems":1}"#), unknown("MaxItems"));
    let xml = request("POST /things/a/1/x", &[], "<A><Nested><Hi>x</Hi><No/></Nested></A>");
    assert_eq!(xml.read::<Bound>(XML, URI), unknown("Nested.No"));
}

#[test]
fn what_does_not_fit_is_malformed() {
    for (line, headers, body) in [
        ("POST /things/a/x/x", [("a", "b")], ""),
        ("POST /things/%ff/1/x", [("a", "b")], ""),
        ("POST /things/a/1/x?max=1.0", [("a", "b")], ""),
        ("POST /things/a/1/x", [("x-amz-flag", "TRUE")], ""),
        ("POST /things/a/1/x", [("x-date", "noon")], ""),
        ("POST /things/a/1/x", [("a", "b")], "{"),
    ] {
        let error = request(line, &headers, body).read::<Bound>(JSON, URI).unwrap_err();
        assert!(matches!(error, WireError::Malformed(_)), "{line}: {error:?}");
        assert_eq!(error.into_failure(JSON, "").code, "SerializationException");
    }
}

#[derive(Clone, Debug, PartialEq, Shape)]
struct Everything {
    #[shape(query)]
    others: BTreeMap<String, Vec<String>>,
    #[shape(query = "a")]
    a: Option<String>,
}

#[test]
fn a_query_map_takes_what_others_leave() {
    let read: Everything = request("POST /?a=1&b=2&c=3&b=4", &[], "").read(JSON, "/").unwrap();
    assert_eq!(read.a.as_deref(), Some("1"));
    assert_eq!(read.others["b"], ["2", "4"]);
    assert_eq!(read.others.len(), 2);
}

#[derive(Clone, Debug, PartialEq, Shape)]
struct Invocation {
    #[shape(status)]
    status_code: Option<i32>,
    #[shape(header = "X-Amz-Function-Error")]
    function_error: Option<String>,
    #[shape(payload)]
    payload: Option<Bytes>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
struct Wrapped {
    #[shape(payload)]
    config: Option<Nested>,
}

#[test]
fn a_payload_is_the_whole_body() {
    let read: Invocation = request("POST /", &[], "not json").read(JSON, "/").unwrap();
    assert_eq!(read.payload.as_deref(), Some(&b"not json"[..]));
    let read: Invocation = request("POST /", &[], "").read(JSON, "/").unwrap();
    assert_eq!(read.payload, None);
    let response = answer(
        JSON,
        Invocation {
            status_code: Some(202),
            function_error: Some("Unhandled".into()),
            payload: Some(Bytes::from_static(b"\xff\x00")),
        },
    );
    assert_eq!((response.status().as_u16(), response.body().as_ref()), (202, &b"\xff\x00"[..]));
    assert_eq!(header(&response, "x-amz-function-error"), Some("Unhandled"));
    assert_eq!(header(&response, "content-type"), Some("application/octet-stream"));
}

#[test]
fn a_structured_payload_is_the_document() {
    let config = Some(Nested { hi: "x".into(), inner: None, secret: None });
    let expected = Ok(Wrapped { config: config.clone() });
    assert_eq!(request("POST /", &[], r#"{"Hi":"x"}"#).read(JSON, "/"), expected);
    let xml = request("POST /", &[], "<Nested xmlns=\"a\"><Hi>x</Hi></Nested>");
    assert_eq!(xml.read(XML, "/"), expected);
    let other = request("POST /", &[], "<Other><Hi>x</Hi></Other>").read::<Wrapped>(XML, "/");
    assert_eq!(other.unwrap_err().into_failure(XML, "").code, "MalformedXML");
    let wrapped = Wrapped { config };
    assert_eq!(text(&answer(JSON, wrapped.clone())), r#"{"Hi":"x"}"#);
    assert_eq!(
        text(&answer(XML, wrapped)),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Nested xmlns=\"https://example.com/doc/\"><Hi>x</Hi></Nested>"
    );
}

#[test]
fn answers_put_members_where_they_are_bound() {
    let moment = Timestamp::from_secs(1_795_446_000);
    let output = Bound {
        flag: Some(false),
        list: Some(vec!["a".into(), "b,\"c".into()]),
        dates: Some(vec![moment, moment]),
        meta: Some([("owner".to_owned(), "me".to_owned())].into()),
        named: Some("n".into()),
        ..Bound::default()
    };
    let response = answer(JSON, output);
    assert_eq!(text(&response), r#"{"jsonName":"n"}"#);
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    assert_eq!(header(&response, "x-amz-flag"), Some("false"));
    assert_eq!(header(&response, "x-list"), Some("a, \"b,\\\"c\""));
    let dates = "Mon, 23 Nov 2026 15:00:00 GMT, Mon, 23 Nov 2026 15:00:00 GMT";
    assert_eq!(header(&response, "x-dates"), Some(dates));
    assert_eq!(header(&response, "x-meta-owner"), Some("me"));
    let empty = answer(JSON, Empty);
    assert_eq!((text(&empty), header(&empty, "content-type")), ("", None));
    assert_eq!(text(&answer(JSON, Bound::default())), "{}");
}

#[test]
fn errors_have_their_code_in_a_header_or_element() {
    let mut failure = Failure::new("TooManyRequestsException", 429, "Slow & steady");
    failure.fields.push(("retryAfterSeconds", String::schema(), Value::String("3".into())));
    failure.fields.push(("Type", String::schema(), Value::String("User".into())));
    let response = JSON.encode_failure(&failure, &ANSWERING);
    assert_eq!(response.status(), 429);
    assert_eq!(text(&response), r#"{"message":"Slow & steady","Type":"User"}"#);
    assert_eq!(header(&response, "x-amzn-errortype"), Some("TooManyRequestsException"));
    assert_eq!(header(&response, "retry-after"), Some("3"));
    let response = XML.encode_failure(&Failure::new("NoSuchKey", 404, "a<b"), &ANSWERING);
    assert_eq!(
        text(&response),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
         <Message>a&lt;b</Message><RequestId>req-1</RequestId></Error>"
    );
    assert_eq!(header(&response, "x-amz-request-id"), Some("req-1"));
}

fn xml(body: &str) -> Result<Rich, WireError> {
    request("POST /", &[], body.to_owned()).read(XML, "/")
}

#[test]
fn xml_is_read_with_references_and_without_declarations() {
    let body = "<?xml version=\"1.0\"?><!-- c --><a:R xmlns:a=\"u\"> <a:Text>a&amp;&#x41;&#66;\
                <![CDATA[<c>]]></a:Text><FlatList>1</FlatList><Small>3</Small>\
                <FlatList>2</FlatList></a:R>\n";
    let rich = xml(body).unwrap();
    assert_eq!(rich.text.as_deref(), Some("a&AB<c>"));
    assert_eq!((rich.small, rich.flat_list), (Some(3), Some(vec![1, 2])));
    for body in [
        "<R>",
        "<R></S>",
        "<R/><R/>",
        "x",
        "<R>x</R>",
        "<R><Text>&b;</Text></R>",
        "<!DOCTYPE R [<!ENTITY b \"c\">]><R><Text>&b;</Text></R>",
        "<R><Text><b/></Text></R>",
        "<R><Small>1</Small><Small>2</Small></R>",
        "<R><Map><entry><key>k</key></entry></Map></R>",
        "<R><Small/></R>",
    ] {
        assert!(matches!(xml(body), Err(WireError::Malformed(_))), "{body}");
    }
    assert!(matches!(xml("<R><Text a=\"b\"/></R>"), Err(WireError::UnknownMember { .. })));
    assert!(matches!(xml(&"<R>".repeat(100_000)), Err(WireError::TooDeep)));
}

fn signature(name: &'static str, method: &'static str, uri: &'static str) -> Signature {
    Signature { name, ..operation::<Empty, Empty>(method, uri) }
}

#[test]
fn the_router_prefers_what_is_more_exact() {
    let operations = [
        signature("Object", "GET", "/{Bucket}/{Key+}"),
        signature("Bucket", "GET", "/{Bucket}"),
        signature("Acl", "GET", "/{Bucket}?acl"),
        signature("Import", "PUT", "/restapis?mode=import"),
        signature("List", "GET", "/restapis"),
        signature("Root", "GET", "/"),
        signature("Policy", "GET", "/{Bucket}/policy"),
        signature("Deep", "GET", "/tree/{Path+}/leaf"),
    ];
    let router = Router::new(&operations);
    for (method, path, query, name) in [
        ("GET", "/b/k/l", "", Some("Object")),
        ("GET", "/b/k/", "", Some("Object")),
        ("GET", "/b", "", Some("Bucket")),
        ("GET", "/b/", "x=y", Some("Bucket")),
        ("GET", "/b", "acl", Some("Acl")),
        ("GET", "/b", "a=b&acl=", Some("Acl")),
        ("GET", "/restapis", "", Some("List")),
        ("PUT", "/restapis", "mode=import", Some("Import")),
        ("PUT", "/restapis", "mode=merge", None),
        ("GET", "/", "", Some("Root")),
        ("GET", "/b/policy", "", Some("Policy")),
        ("GET", "/tree/a/b/leaf", "", Some("Deep")),
        ("GET", "/tree/leaf", "", Some("Object")),
        ("DELETE", "/b", "", None),
        ("GET", "//", "", None),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let found = router.route(&method, path, query);
        let found = found.map(|index| operations[index].name);
        assert_eq!(found, name, "{method} {path}?{query}");
    }
    assert_eq!(operation_name(JSON, &request("GET /b", &[], "").incoming()), None);
}

#[test]
#[should_panic(expected = "two operations are bound to GET")]
fn a_clash_of_routes_stops_the_start() {
    Router::new(&[signature("A", "GET", "/a/{B}"), signature("C", "GET", "/a/{D}/")]);
}
