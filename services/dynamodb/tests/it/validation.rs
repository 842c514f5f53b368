//! What is wrong with requests, in AWS's words and AWS's order: what breaks a member's limits, then
//! parameters that do not go together, then values, then what the table is needed for.

use serde_json::{Value, json};
use testkit::Cloud;

/// A table `range` with keys `a` and `b`, both text, and a local index by `c`.
async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let named = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let text = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let table = json!({
        "TableName": "range", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [text("a"), text("b"), text("c")],
        "KeySchema": [named("a", "HASH"), named("b", "RANGE")],
        "LocalSecondaryIndexes": [{
            "IndexName": "by-c", "KeySchema": [named("a", "HASH"), named("c", "RANGE")],
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    cloud.admin().call("dynamodb", "CreateTable", table).await.unwrap();
    cloud
}

/// Each case: the operation, its input, and what the refusal says.
async fn refuses(cases: &[(&'static str, Value, &str)]) {
    let cloud = cloud().await;
    for (operation, input, wanted) in cases {
        let answer = cloud.admin().call("dynamodb", operation, input.clone()).await;
        let failure = answer.expect_err(operation);
        assert_eq!((failure.code, failure.message.as_str()), ("ValidationException", *wanted));
    }
}

#[tokio::test]
async fn limits_come_first_and_all_at_once() {
    let long = "x".repeat(256);
    let too_long = format!(
        "1 validation error detected: Value '{long}' at 'tableName' failed to satisfy constraint: \
         Member must have length less than or equal to 255"
    );
    let values = "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]";
    let put = format!(
        "2 validation errors detected: Value null at 'item' failed to satisfy constraint: Member \
         must not be null; Value 'hi' at 'returnValues' failed to satisfy constraint: Member must \
         satisfy enum value set: {values}"
    );
    let missing = "The parameter 'TableName' is required but was not present in the request";
    refuses(&[
        ("PutItem", json!({"TableName": long, "Item": {}}), &too_long),
        ("PutItem", json!({"TableName": "none", "ReturnValues": "hi"}), &put),
        (
            "GetItem",
            json!({"TableName": "", "Key": {}}),
            "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: \
             Member must have length greater than or equal to 1",
        ),
        ("CreateTable", json!({"BillingMode": "x"}), missing),
        ("DescribeTable", json!({}), missing),
        ("UpdateTable", json!({}), missing),
        ("DeleteTable", json!({}), missing),
        ("DescribeTimeToLive", json!({}), missing),
        ("ListTagsOfResource", json!({}), "Invalid TableArn"),
        (
            "Query",
            json!({"TableName": "none", "Limit": 0}),
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member \
             must have value greater than or equal to 1",
        ),
        (
            "Query",
            json!({"TableName": "none", "Select": "x"}),
            "1 validation error detected: Value 'x' at 'select' failed to satisfy constraint: \
             Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, \
             ALL_PROJECTED_ATTRIBUTES]",
        ),
        (
            "CreateTable",
            json!({
                "TableName": "new", "AttributeDefinitions": [],
                "KeySchema": (["a", "b", "c"].map(|name| {
                    json!({"AttributeName": name, "KeyType": "HASH"})
                })),
            }),
            "1 validation error detected: Value '[KeySchemaElement(attributeName=a, \
             keyType=HASH), KeySchemaElement(attributeName=b, keyType=HASH), \
             KeySchemaElement(attributeName=c, keyType=HASH)]' at 'keySchema' failed to satisfy \
             constraint: Member must have length less than or equal to 2",
        ),
    ])
    .await;
}

#[tokio::test]
async fn maps_are_told_of_as_a_whole() {
    let names = "Map keys must satisfy constraint: [Member must have length less than or equal to \
                 255, Member must have length greater than or equal to 3, Member must satisfy \
                 regular expression pattern: [a-zA-Z0-9_.-]+]";
    let get = format!(
        "2 validation errors detected: Value '{{a=KeysAndAttributes(keys=[])}}' at 'requestItems' \
         failed to satisfy constraint: {names}; Value at 'RequestItems.a.member.Keys' failed to \
         satisfy constraint: Member must have length greater than or equal to 1"
    );
    refuses(&[
        ("BatchGetItem", json!({"RequestItems": {"a": {"Keys": []}}}), &get),
        (
            "BatchGetItem",
            json!({"RequestItems": {}}),
            "The requestItems parameter is required for BatchGetItem",
        ),
        (
            "BatchWriteItem",
            json!({"RequestItems": {"range": []}}),
            "1 validation error detected: Value '{range=[]}' at 'requestItems' failed to satisfy \
             constraint: Map value must satisfy constraint: [Member must have length less than or \
             equal to 25, Member must have length greater than or equal to 1]",
        ),
    ])
    .await;
}

#[tokio::test]
async fn parameters_come_before_values_and_values_before_tables() {
    let mixed = |legacy: &str, expression: &str| {
        format!(
            "Can not use both expression and non-expression parameters in the same request: \
             Non-expression parameters: {{{legacy}}} Expression parameters: {{{expression}}}"
        )
    };
    let nothing = json!({"a": {}});
    let (expected, to_get) = (
        mixed("Expected", "ConditionExpression"),
        mixed("AttributesToGet", "ProjectionExpression"),
    );
    let empty = "Supplied AttributeValue is empty, must contain exactly one of the supported \
                 datatypes";
    let duplicates = "One or more parameter values were invalid: Input collection [Yg==, Yg==]of \
                      type BS contains duplicates.";
    refuses(&[
        (
            "PutItem",
            json!({
                "TableName": "none", "Item": nothing, "Expected": {},
                "ConditionExpression": "", "ExpressionAttributeNames": {},
            }),
            &expected,
        ),
        (
            "GetItem",
            json!({
                "TableName": "none", "Key": nothing, "AttributesToGet": ["a"],
                "ProjectionExpression": "",
            }),
            &to_get,
        ),
        (
            "UpdateItem",
            json!({
                "TableName": "none", "Key": nothing, "ExpressionAttributeValues": {},
            }),
            "ExpressionAttributeValues can only be specified when using expressions: \
             UpdateExpression and ConditionExpression are null",
        ),
        (
            "DeleteItem",
            json!({
                "TableName": "none", "Key": {}, "ConditionExpression": "",
                "ExpressionAttributeValues": {"b": {}, ":b": {}},
            }),
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\"",
        ),
        (
            "GetItem",
            json!({
                "TableName": "none", "Key": nothing, "ProjectionExpression": "",
                "ExpressionAttributeNames": {},
            }),
            empty,
        ),
        ("PutItem", json!({"TableName": "none", "Item": {"a": {"X": "?"}}}), empty),
        (
            "PutItem",
            json!({"TableName": "none", "Item": {"a": {"S": "a", "N": "b"}}}),
            "The parameter cannot be converted to a numeric value: b",
        ),
        (
            "PutItem",
            json!({"TableName": "none", "Item": {"a": {"BS": ["Yg==", "Yg=="]}}}),
            duplicates,
        ),
        ("PutItem", json!({"TableName": "none", "Item": {"": {"S": "a"}}}), "Empty attribute name"),
        ("BatchWriteItem", json!({"RequestItems": {"none": [{}]}}), empty),
    ])
    .await;
}

#[tokio::test]
async fn expressions_have_limits() {
    let get = |projection: String| json!({"TableName": "none", "Key": {}, "ProjectionExpression": projection});
    let write = |condition: &str| {
        json!({
            "TableName": "none", "Key": {}, "UpdateExpression": "REMOVE x",
            "ConditionExpression": condition,
        })
    };
    refuses(&[
        (
            "GetItem",
            get(format!("a{}", ".b".repeat(32))),
            "Invalid ProjectionExpression: The document path has too many nesting levels; nesting \
             levels: 33",
        ),
        (
            "GetItem",
            get("a[99999999999]".into()),
            "Invalid ProjectionExpression: List index is not within the allowable range; index: \
             [99999999999]",
        ),
        (
            "UpdateItem",
            write("if_not_exists(a, b)"),
            "Invalid ConditionExpression: The function is not allowed in a condition expression; \
             function: if_not_exists",
        ),
        (
            "UpdateItem",
            json!({"TableName": "none", "Key": {}, "UpdateExpression": "REMOVE a.c SET a[1] = d"}),
            "Invalid UpdateExpression: Two document paths conflict with each other; must remove \
             or rewrite one of these paths; path one: [a, c], path two: [a, [1]]",
        ),
        (
            "GetItem",
            json!({"TableName": "range", "Key": {}, "ProjectionExpression": "a.c"}),
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
             allowed: Key: a",
        ),
        (
            "UpdateItem",
            json!({
                "TableName": "range", "Key": {"a": {"S": "1"}, "b": {"S": "1"}},
                "UpdateExpression": "REMOVE b.c",
            }),
            "One or more parameter values were invalid: Cannot update attribute b. This attribute \
             is part of the key",
        ),
    ])
    .await;
}

#[tokio::test]
async fn queries_go_on_only_where_they_can() {
    let query = |condition: &str, start: Value| {
        json!({
            "TableName": "range", "KeyConditionExpression": condition, "ExclusiveStartKey": start,
            "ExpressionAttributeValues": {":v": {"S": "v"}},
        })
    };
    let text = |names: &str| {
        let entries = names.chars().map(|name| (name.to_string(), json!({"S": "v"})));
        Value::Object(entries.collect())
    };
    let invalid = "The provided starting key is invalid";
    let mismatch = "The provided key element does not match the schema";
    let mut wrong = text("ab");
    wrong["b"] = json!({"N": "1"});
    let legacy = |names: &[(&str, &str)]| {
        let one = |(name, operator): &(&str, &str)| {
            let values = if *operator == "EQ" { json!([{"S": "v"}]) } else { json!([]) };
            let test = json!({"ComparisonOperator": operator, "AttributeValueList": values});
            ((*name).to_owned(), test)
        };
        json!({"TableName": "range", "KeyConditions": Value::Object(names.iter().map(one).collect())})
    };
    let unordered = "Attempted conditional constraint is not an indexable operation";
    refuses(&[
        ("Query", query("z = :v", text("a")), invalid),
        ("Query", query("z = :v", text("ab")), "Query condition missed key schema element: a"),
        ("Query", query("a = :v", text("az")), invalid),
        ("Query", query("a = :v", wrong), mismatch),
        (
            "Query",
            query("a = :v AND b = :v", text("ab")),
            "The query can return at most one row and cannot be restarted",
        ),
        (
            "Query",
            query("a = :v AND b > :v", text("ab")),
            "The provided starting key does not match the range key predicate",
        ),
        ("Query", legacy(&[("z", "NULL")]), "Query condition missed key schema element: a"),
        ("Query", legacy(&[("a", "NULL")]), unordered),
        ("Query", legacy(&[("a", "EQ"), ("b", "NULL")]), unordered),
        (
            "Query",
            legacy(&[("a", "EQ"), ("c", "NULL")]),
            "Query condition missed key schema element: b",
        ),
        (
            "Scan",
            json!({"TableName": "range", "IndexName": "by-c", "ExclusiveStartKey": text("ac")}),
            invalid,
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_only_taken_away_makes_no_item() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let key = json!({"a": {"S": "1"}, "b": {"S": "1"}});
    let update = json!({
        "TableName": "range", "Key": key, "UpdateExpression": "REMOVE x", "ReturnValues": "ALL_NEW",
    });
    assert_eq!(admin.call("dynamodb", "UpdateItem", update).await.unwrap(), json!({}));
    let get = json!({"TableName": "range", "Key": key});
    assert_eq!(admin.call("dynamodb", "GetItem", get.clone()).await.unwrap(), json!({}));
    let nothing = json!({"TableName": "range", "Key": key});
    admin.call("dynamodb", "UpdateItem", nothing).await.unwrap();
    assert_eq!(admin.call("dynamodb", "GetItem", get).await.unwrap()["Item"], key);
}
