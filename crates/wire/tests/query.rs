//! AWS query.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use shape::{ErrorShape, Shape};
use wire::{Protocol, WireError, operation_name};

const QUERY: Protocol = Protocol::AwsQuery;

fn read(body: &str) -> Result<Rich, WireError> {
    request("POST /", &[], body.to_owned()).read(QUERY, "/")
}

#[test]
fn the_action_parameter_names_the_operation() {
    let form = request("POST /", &[], "Version=1&Action=Do%54hing");
    assert_eq!(operation_name(QUERY, &form.incoming()).as_deref(), Some("DoThing"));
    let url = request("GET /?Action=DoThing&Text=a+b%26&X-Amz-Signature=1", &[], "");
    assert_eq!(operation_name(QUERY, &url.incoming()).as_deref(), Some("DoThing"));
    assert_eq!(url.read::<Rich>(QUERY, "/").unwrap().text.as_deref(), Some("a b&"));
}

#[test]
fn lists_and_maps_have_their_wrappers_and_names() {
    let rich = read(
        "Action=DoThing&Version=2020-01-08&Small=5&Flag=true&Ratio=1e3&Data=AP8%3D\
         &List.member.2=b&List.member.1=a&List.member.10=j\
         &Renamed.item.1.Hi=hello&Renamed.item.1.Inner.Hi=there\
         &FlatList.1=7&FlatList.2=8&FlatItem.1=A\
         &Map.entry.1.key=k.x&Map.entry.1.value=1\
         &Attribute.1.Name=n&Attribute.1.Value.Hi=v\
         &Lists.member.1.member.1=x&Value.S=s&At=2026-11-23T15%3A00%3A00Z",
    )
    .unwrap();
    assert_eq!(rich.list.unwrap(), ["a", "b", "j"]);
    let named = rich.named_list.unwrap();
    assert_eq!(named[0].inner.as_ref().unwrap().hi, "there");
    assert_eq!(rich.flat_list.unwrap(), [7, 8]);
    assert_eq!(rich.flat_named.unwrap(), ["A"]);
    assert_eq!(rich.map.unwrap()["k.x"], 1);
    assert_eq!(rich.flat_map.unwrap()["n"].hi, "v");
    assert_eq!(rich.lists.unwrap(), [["x"]]);
    assert_eq!(rich.value, Some(AttributeValue::S("s".into())));
    assert_eq!(rich.at.unwrap().to_string(), "2026-11-23T15:00:00Z");
}

#[test]
fn an_empty_parameter_is_an_empty_list() {
    let rich = read("List=&FlatList=&Map=&Text=").unwrap();
    assert_eq!(rich.list, Some(Vec::new()));
    assert_eq!(rich.flat_list, Some(Vec::new()));
    assert_eq!(rich.map.map(|map| map.len()), Some(0));
    assert_eq!(rich.text.as_deref(), Some(""));
}

#[test]
fn what_no_member_takes_is_refused_by_name() {
    for (body, path) in [
        ("Nobody=1", "Nobody"),
        ("Nested.Inner.Nobody.1=x&Nested.Hi=x", "Nested.Inner.Nobody"),
        ("List.entry.1=x", "List.entry"),
        ("Renamed.item.3.Nobody=x", "Renamed.3.Nobody"),
        ("Attribute.1.Name=a&Attribute.1.Value.Hi=b&Attribute.1.Type=c", "Attribute.1.Type"),
    ] {
        let unknown = WireError::UnknownMember { operation: "DoThing", path: path.into() };
        assert_eq!(read(body), Err(unknown), "{body}");
    }
    assert!(read("SignatureMethod=a&X-Amz-Date=b&AWSAccessKeyId=c&Timestamp=d").is_ok());
}

#[test]
fn what_does_not_fit_is_malformed() {
    for body in [
        "Small=x",
        "Small=1.0",
        "Flag=True",
        "Text.a=1",
        "List=x",
        "FlatList.0=1",
        "FlatList.x=1",
        "FlatList.10001=1",
        "Map.entry.1.key=k",
        "Nested=x",
        "At=noon",
        "Data=*",
        "%zz=1",
    ] {
        let error = read(body).unwrap_err();
        assert!(matches!(error, WireError::Malformed(_)), "{body}: {error:?}");
        assert_eq!(error.into_failure(QUERY, "").code, "MalformedInput");
    }
    let deep = format!("Nested{}=x", ".Inner".repeat(100_000));
    assert_eq!(read(&deep), Err(WireError::TooDeep));
}

#[test]
fn answers_wrap_the_result() {
    let mut output = read("").unwrap();
    output.text = Some("a<b>&\"\u{1}".into());
    output.list = Some(vec!["x".into()]);
    output.flat_named = Some(vec!["1".into(), "2".into()]);
    output.map = Some([("k".to_owned(), 1)].into());
    output.flat_map =
        Some([("n".to_owned(), Nested { hi: "h".into(), inner: None, secret: None })].into());
    let response = answer(QUERY, output);
    assert_eq!(
        text(&response),
        "<DoThingResponse xmlns=\"https://example.com/doc/\"><DoThingResult>\
         <Text>a&lt;b&gt;&amp;&quot;&#x1;</Text><List><member>x</member></List>\
         <FlatItem>1</FlatItem><FlatItem>2</FlatItem>\
         <Map><entry><key>k</key><value>1</value></entry></Map>\
         <Attribute><Name>n</Name><Value><Hi>h</Hi></Value></Attribute></DoThingResult>\
         <ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></DoThingResponse>"
    );
    assert_eq!(header(&response, "content-type"), Some("text/xml"));
    assert_eq!(
        text(&answer(QUERY, shape::Empty)),
        "<DoThingResponse xmlns=\"https://example.com/doc/\"><ResponseMetadata>\
         <RequestId>req-1</RequestId></ResponseMetadata></DoThingResponse>"
    );
}

#[derive(ErrorShape)]
enum Errors {
    #[error(status = 404, query = "NoSuchThing")]
    NoSuchThingException(String),
}

#[test]
fn errors_have_the_old_code_and_whose_fault_it_is() {
    let failure = Errors::NoSuchThingException("It's gone".into()).into_failure();
    let response = QUERY.encode_failure(&failure, &ANSWERING);
    assert_eq!(response.status(), 404);
    assert_eq!(
        text(&response),
        "<ErrorResponse xmlns=\"https://example.com/doc/\"><Error><Type>Sender</Type>\
         <Code>NoSuchThing</Code><Message>It's gone</Message></Error>\
         <RequestId>req-1</RequestId></ErrorResponse>"
    );
}

#[derive(Debug, PartialEq, Shape)]
struct Named {
    timestamp: String,
}

#[test]
fn a_member_may_have_the_name_of_a_signing_parameter() {
    let request = request("POST /", &[], "Timestamp=now");
    assert_eq!(request.read::<Named>(QUERY, "/").unwrap().timestamp, "now");
}
