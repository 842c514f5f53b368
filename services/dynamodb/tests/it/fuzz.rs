//! Requests that are nearly right: whatever stands in them, they are answered or refused, and the
//! table stays usable.

use bytes::Bytes;
use http::Request;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Map, Value, json};
use testkit::Cloud;

const TABLE: &str = "fuzzed";

async fn send(cloud: &Cloud, operation: &str, body: Vec<u8>) -> (u16, Value) {
    let request = Request::post("/")
        .header("host", "dynamodb.us-east-1.amazonaws.com")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .body(Bytes::from(body))
        .unwrap();
    let answer = cloud.send(cloud.admin().sign("dynamodb", request)).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
}

fn table() -> Value {
    let key = |hash: &str, range: &str| {
        json!([
            {"AttributeName": hash, "KeyType": "HASH"},
            {"AttributeName": range, "KeyType": "RANGE"},
        ])
    };
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    json!({
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("pk", "S"), attribute("sk", "N"), attribute("b", "B")],
        "KeySchema": key("pk", "sk"),
        "GlobalSecondaryIndexes": [{
            "IndexName": "global", "KeySchema": key("b", "sk"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["m"]},
        }],
        "LocalSecondaryIndexes": [{
            "IndexName": "local", "KeySchema": key("pk", "b"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    })
}

/// Requests that are right, of all that works with items and of some that works with tables.
fn requests() -> Vec<(&'static str, Value)> {
    let key = json!({"pk": {"S": "a"}, "sk": {"N": "1"}});
    let mut item = key.clone();
    item["b"] = json!({"B": "AAE="});
    item["m"] = json!({"M": {"l": {"L": [{"N": "1"}, {"NULL": true}, {"BOOL": false}]}}});
    item["sets"] = json!({"L": [{"SS": ["x", "y"]}, {"NS": ["1", "2.5"]}, {"BS": ["AA=="]}]});
    let values = json!({":n": {"N": "1"}, ":s": {"SS": ["z"]}});
    let named = json!({"#m": "m", "#n": "n"});
    let update = json!({
        "TableName": TABLE, "Key": key, "ReturnValues": "ALL_NEW",
        "UpdateExpression": "SET #m.x = if_not_exists(#n, :n) + :n ADD more :s REMOVE gone",
        "ConditionExpression": "attribute_exists(#m) AND NOT size(#m.l[0]) > :n",
        "ExpressionAttributeNames": named, "ExpressionAttributeValues": values,
    });
    let condition = json!({"AttributeValueList": [{"N": "0"}], "ComparisonOperator": "GT"});
    let expected = json!({"n": {"Exists": false}});
    let mut transacted = update.clone();
    transacted.as_object_mut().unwrap().remove("ReturnValues");
    let select = format!("SELECT m FROM \"{TABLE}\" WHERE pk = ? AND sk > 0 ORDER BY sk DESC");
    let insert = format!("INSERT INTO \"{TABLE}\" VALUE {{'pk': 'p', 'sk': ?, 's': <<1, 2>>}}");
    vec![
        (
            "PutItem",
            json!({
                "TableName": TABLE, "Item": item, "ReturnValues": "ALL_OLD",
                "ReturnConsumedCapacity": "INDEXES", "ReturnItemCollectionMetrics": "SIZE",
            }),
        ),
        ("PutItem", json!({"TableName": TABLE, "Item": item, "Expected": expected})),
        (
            "GetItem",
            json!({
                "TableName": TABLE, "Key": key, "ProjectionExpression": "#m.l[1], pk",
                "ExpressionAttributeNames": {"#m": "m"}, "ConsistentRead": true,
            }),
        ),
        ("UpdateItem", update),
        (
            "UpdateItem",
            json!({
                "TableName": TABLE, "Key": key,
                "AttributeUpdates": {"n": {"Action": "ADD", "Value": {"N": "1"}}},
            }),
        ),
        (
            "DeleteItem",
            json!({
                "TableName": TABLE, "Key": key, "ConditionExpression": "#n IN (:n) OR pk = :p",
                "ExpressionAttributeNames": {"#n": "n"},
                "ExpressionAttributeValues": {":n": {"N": "1"}, ":p": {"S": "p"}},
            }),
        ),
        (
            "Query",
            json!({
                "TableName": TABLE, "KeyConditionExpression": "pk = :p AND sk BETWEEN :a AND :b",
                "ExpressionAttributeValues": {":p": {"S": "a"}, ":a": {"N": "-1"}, ":b": {"N": "9"}},
                "FilterExpression": "contains(m, :p)", "Limit": 3, "ScanIndexForward": false,
                "ExclusiveStartKey": key, "Select": "ALL_ATTRIBUTES",
            }),
        ),
        (
            "Query",
            json!({
                "TableName": TABLE, "IndexName": "local", "KeyConditions": {
                    "pk": {"AttributeValueList": [{"S": "a"}], "ComparisonOperator": "EQ"},
                    "b": {"AttributeValueList": [{"B": "AA=="}], "ComparisonOperator": "BEGINS_WITH"},
                },
            }),
        ),
        (
            "Scan",
            json!({
                "TableName": TABLE, "IndexName": "global", "Segment": 1, "TotalSegments": 3,
                "ScanFilter": {"sk": condition}, "Limit": 2, "AttributesToGet": ["pk"],
            }),
        ),
        ("BatchGetItem", json!({"RequestItems": {TABLE: {"Keys": [key]}}})),
        (
            "BatchWriteItem",
            json!({"RequestItems": {TABLE: [
                {"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": {"pk": {"S": "b"}, "sk": {"N": "2"}}}},
            ]}}),
        ),
        ("TransactGetItems", json!({"TransactItems": [{"Get": {"TableName": TABLE, "Key": key}}]})),
        (
            "TransactWriteItems",
            json!({
                "ClientRequestToken": "token",
                "TransactItems": [
                    {"Update": transacted},
                    {"ConditionCheck": {
                        "TableName": TABLE, "Key": {"pk": {"S": "c"}, "sk": {"N": "1"}},
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }},
                ],
            }),
        ),
        (
            "ExecuteStatement",
            json!({
                "Statement": select, "Parameters": [{"S": "a"}], "ConsistentRead": true, "Limit": 1,
            }),
        ),
        (
            "BatchExecuteStatement",
            json!({"Statements": [
                {"Statement": insert, "Parameters": [{"N": "5"}]},
            ]}),
        ),
        (
            "ExecuteTransaction",
            json!({"TransactStatements": [
                {"Statement": insert, "Parameters": [{"N": "6"}]},
            ]}),
        ),
        ("CreateTable", table()),
        (
            "UpdateTimeToLive",
            json!({
                "TableName": TABLE,
                "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "ends"},
            }),
        ),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,8}",
        ".{0,8}",
        prop::sample::select(vec![
            "",
            TABLE,
            "pk",
            ":n",
            "#m",
            "-1",
            "1e999999999",
            "1e-131",
            "0x1",
            "NaN",
            "1_0",
            "AA==",
            "AA",
            "\0",
            "\u{10ffff}",
            "ALL_NEW",
            "arn:aws:dynamodb:us-east-1::table/x",
            "m.l[99999]",
        ])
        .prop_map(str::to_owned),
        (1..3000_usize).prop_map(|length| "9".repeat(length)),
        (1..3000_usize).prop_map(|length| "(".repeat(length)),
    ]
}

/// Any JSON, much of it like attribute values.
fn any_json() -> impl Strategy<Value = Value> {
    let kind =
        prop::sample::select(vec!["S", "N", "B", "SS", "NS", "BS", "L", "M", "NULL", "BOOL"]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 24, 4, move |inner| {
        let name = prop_oneof![text(), kind.clone().prop_map(str::to_owned)];
        let members = prop::collection::vec((name, inner.clone()), 0..3);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(Map::from_iter(members))),
            (kind.clone(), inner).prop_map(|(kind, value)| json!({kind: value})),
        ]
    })
}

/// A change of a request: at a place, counted through all of it.
#[derive(Clone, Debug)]
enum Change {
    Replace(usize, Value),
    Remove(usize),
    Rename(usize, String),
    /// What stands there, inside so many lists of the attribute value.
    Nest(usize, usize),
    /// A byte of the text.
    Byte(usize, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>().prop_map(|place| place.index(64));
    prop_oneof![
        4 => (place.clone(), any_json()).prop_map(|(place, value)| Change::Replace(place, value)),
        1 => place.clone().prop_map(Change::Remove),
        1 => (place.clone(), text()).prop_map(|(place, name)| Change::Rename(place, name)),
        1 => (place, 1..200_usize).prop_map(|(place, depth)| Change::Nest(place, depth)),
        1 => (any::<usize>(), any::<u8>()).prop_map(|(place, byte)| Change::Byte(place, byte)),
    ]
}

/// All places in `value` below the top, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut visit = |name: &str, inner: &Value| {
        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        found.push(at.clone());
        places(inner, &at, found);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, inner)| visit(name, inner)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, inner)| visit(&index.to_string(), inner));
        }
        _ => {}
    }
}

fn changed(mut request: Value, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let mut all = Vec::new();
        places(&request, "", &mut all);
        let (Change::Replace(place, _)
        | Change::Remove(place)
        | Change::Rename(place, _)
        | Change::Nest(place, _)) = change
        else {
            continue;
        };
        let Some(at) = all.get(place % all.len().max(1)) else { continue };
        if let (Change::Remove(_) | Change::Rename(..), Some((parent, name))) =
            (change, at.rsplit_once('/'))
            && let Some(Value::Object(members)) = request.pointer_mut(parent)
        {
            let name = name.replace("~1", "/").replace("~0", "~");
            if let (Some(value), Change::Rename(_, new)) = (members.remove(&name), change) {
                members.insert(new.clone(), value);
            }
        } else if let Some(there) = request.pointer_mut(at) {
            match change {
                Change::Replace(_, value) => *there = value.clone(),
                Change::Nest(_, depth) => {
                    *there = (0..*depth).fold(there.take(), |inner, _| json!({"L": [inner]}));
                }
                _ => {}
            }
        }
    }
    let mut bytes = request.to_string().into_bytes();
    for change in changes {
        if let Change::Byte(place, byte) = change {
            let length = bytes.len();
            bytes[place % length] = *byte;
        }
    }
    bytes
}

#[test]
fn nothing_that_is_sent_breaks_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cloud = runtime.block_on(Cloud::start(&[&dynamodb::SERVICE]));
    let all = requests();
    let made = runtime.block_on(send(&cloud, "CreateTable", table().to_string().into_bytes()));
    assert_eq!(made.0, 200, "{}", made.1);
    for (operation, request) in &all {
        let (status, body) =
            runtime.block_on(send(&cloud, operation, request.to_string().into_bytes()));
        let may_fail = ["CreateTable", "DeleteItem"].contains(operation);
        assert!(status == 200 || may_fail, "{operation} {request}: {body}");
    }
    let usual = ProptestConfig::default();
    let config = ProptestConfig { cases: 3 * usual.cases, failure_persistence: None, ..usual };
    let mut runner = TestRunner::new(config);
    let cases = (prop::sample::select(all), prop::collection::vec(change(), 1..4));
    let tried = runner.run(&cases, |((operation, request), changes)| {
        let bytes = changed(request, &changes);
        let (status, body) = runtime.block_on(send(&cloud, operation, bytes));
        let told = body["__type"].as_str().unwrap_or_default();
        // 501 is for members that nobody knows.
        let is_refusal = [400, 501].contains(&status) && !told.is_empty();
        prop_assert!(status == 200 || is_refusal, "{}: {} {}", operation, status, body);
        Ok(())
    });
    tried.unwrap();
}
