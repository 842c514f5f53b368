//! The parameters from before expressions, through the API.

use serde_json::{Value, json};
use testkit::{Client, Cloud};

async fn ok(client: &Client<'_>, operation: &'static str, mut input: Value) -> Value {
    input["TableName"] = "music".into();
    client.call("dynamodb", operation, input).await.unwrap()
}

async fn refused(client: &Client<'_>, operation: &'static str, mut input: Value) -> String {
    input["TableName"] = "music".into();
    client.call("dynamodb", operation, input).await.unwrap_err().message
}

/// A cloud with a table that holds five songs by `a`.
async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let table = json!({
        "AttributeDefinitions": [
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "year", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
    });
    ok(&cloud.admin(), "CreateTable", table).await;
    for year in 1..=5 {
        let mut item = key(year);
        item["title"] = json!({"S": format!("song {year}")});
        item["moods"] = json!({"SS": ["calm", format!("mood{year}")]});
        if year > 3 {
            item["plays"] = json!({"N": (year * 10).to_string()});
        }
        ok(&cloud.admin(), "PutItem", json!({"Item": item})).await;
    }
    cloud
}

fn key(year: i64) -> Value {
    json!({"artist": {"S": "a"}, "year": {"N": year.to_string()}})
}

fn test(operator: &str, values: Value) -> Value {
    match values.is_null() {
        true => json!({"ComparisonOperator": operator}),
        false => json!({"ComparisonOperator": operator, "AttributeValueList": values}),
    }
}

async fn years(client: &Client<'_>, operation: &'static str, input: Value) -> Vec<i64> {
    let page = ok(client, operation, input).await;
    let year = |item: &Value| item["year"]["N"].as_str().unwrap().parse().unwrap();
    page["Items"].as_array().unwrap().iter().map(year).collect()
}

#[tokio::test]
async fn scan_filters_compare_in_every_way() {
    let cloud = cloud().await;
    let n = |text: &str| json!([{"N": text}]);
    let s = |text: &str| json!([{"S": text}]);
    let cases: [(&str, &str, Value, &[i64]); 14] = [
        ("plays", "EQ", n("40"), &[4]),
        ("plays", "NE", n("40"), &[1, 2, 3, 5]),
        ("plays", "LT", n("50"), &[4]),
        ("plays", "LE", n("50"), &[4, 5]),
        ("plays", "GT", n("40"), &[5]),
        ("plays", "GE", n("40"), &[4, 5]),
        ("plays", "IN", json!([{"N": "50"}, {"N": "60"}]), &[5]),
        ("plays", "BETWEEN", json!([{"N": "45"}, {"N": "60"}]), &[5]),
        ("plays", "NULL", Value::Null, &[1, 2, 3]),
        ("plays", "NOT_NULL", Value::Null, &[4, 5]),
        ("moods", "CONTAINS", s("mood2"), &[2]),
        ("moods", "NOT_CONTAINS", s("mood2"), &[1, 3, 4, 5]),
        ("absent", "NOT_CONTAINS", s("x"), &[]),
        ("title", "BEGINS_WITH", s("song 3"), &[3]),
    ];
    for (name, operator, values, wanted) in cases {
        let input = json!({"ScanFilter": {name: test(operator, values)}});
        assert_eq!(years(&cloud.admin(), "Scan", input).await, wanted, "{name} {operator}");
    }
    let either = json!({
        "ScanFilter": {"plays": test("EQ", n("40")), "title": test("EQ", s("song 1"))},
        "ConditionalOperator": "OR",
    });
    assert_eq!(years(&cloud.admin(), "Scan", either).await, [1, 4]);
}

#[tokio::test]
async fn key_conditions_choose_ranges_and_go_with_filters() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let hash = || test("EQ", json!([{"S": "a"}]));
    let query = |range: Value| json!({"KeyConditions": {"artist": hash(), "year": range}});
    let between = query(test("BETWEEN", json!([{"N": "2"}, {"N": "4"}])));
    assert_eq!(years(&admin, "Query", between).await, [2, 3, 4]);
    let mut above = query(test("GT", json!([{"N": "3"}])));
    above["QueryFilter"] = json!({"plays": test("NE", json!([{"N": "40"}]))});
    assert_eq!(years(&admin, "Query", above).await, [5]);
    let filtered = json!({
        "KeyConditions": {"artist": hash()}, "FilterExpression": "plays = :p",
        "ExpressionAttributeValues": {":p": {"N": "40"}},
    });
    assert_eq!(years(&admin, "Query", filtered).await, [4]);
    let chosen = json!({"KeyConditions": {"artist": hash()}, "AttributesToGet": ["year"]});
    let page = ok(&admin, "Query", chosen).await;
    assert_eq!(page["Items"][0], json!({"year": {"N": "1"}}));
    let on_key = json!({"KeyConditions": {"artist": hash()}, "QueryFilter": {"year": hash()}});
    let text = "QueryFilter can only contain non-primary key attributes: Primary key attribute: \
                year";
    assert_eq!(refused(&admin, "Query", on_key).await, text);
    let unordered = query(test("NOT_NULL", Value::Null));
    let text = "Attempted conditional constraint is not an indexable operation";
    assert_eq!(refused(&admin, "Query", unordered).await, text);
    let no_range = json!({"KeyConditions": {"artist": test("GT", json!([{"S": "a"}]))}});
    assert_eq!(refused(&admin, "Query", no_range).await, "Query key condition not supported");
}

#[tokio::test]
async fn expectations_guard_writes() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let failed = "The conditional request failed";
    let put = |expected: Value| json!({"Item": key(1), "Expected": expected});
    let absent = json!({"artist": {"Exists": false}});
    assert_eq!(refused(&admin, "PutItem", put(absent)).await, failed);
    let delete = |expected: Value| json!({"Key": key(1), "Expected": expected});
    let other = json!({"title": {"Value": {"S": "other"}}});
    assert_eq!(refused(&admin, "DeleteItem", delete(other)).await, failed);
    let mut either = delete(json!({
        "title": {"Exists": true, "Value": {"S": "other"}}, "plays": test("NULL", Value::Null),
    }));
    assert_eq!(refused(&admin, "DeleteItem", either.clone()).await, failed);
    either["ConditionalOperator"] = "OR".into();
    ok(&admin, "DeleteItem", either).await;
    assert_eq!(ok(&admin, "GetItem", json!({"Key": key(1)})).await, json!({}));
}

#[tokio::test]
async fn attribute_updates_put_add_and_delete() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let update = |updates: Value| json!({"Key": key(4), "AttributeUpdates": updates, "ReturnValues": "UPDATED_NEW"});
    let changes = json!({
        "plays": {"Action": "ADD", "Value": {"N": "2"}},
        "moods": {"Action": "DELETE", "Value": {"SS": ["calm"]}},
        "notes": {"Action": "ADD", "Value": {"L": [{"S": "x"}]}},
        "title": {"Action": "DELETE"},
        "label": {"Value": {"S": "y"}},
    });
    let answer = ok(&admin, "UpdateItem", update(changes)).await;
    let wanted = json!({
        "plays": {"N": "42"}, "moods": {"SS": ["mood4"]}, "notes": {"L": [{"S": "x"}]},
        "label": {"S": "y"},
    });
    assert_eq!(answer["Attributes"], wanted);
    let faults = [
        (
            json!({"a": {"Action": "ADD"}}),
            "One or more parameter values were invalid: Only DELETE action is allowed when no \
             attribute value is specified",
        ),
        (
            json!({"a": {"Action": "ADD", "Value": {"S": "x"}}}),
            "One or more parameter values were invalid: ADD action is not supported for the type S",
        ),
        (
            json!({"a": {"Action": "DELETE", "Value": {"N": "1"}}}),
            "One or more parameter values were invalid: DELETE action with value is not \
             supported for the type N",
        ),
        (
            json!({"label": {"Action": "ADD", "Value": {"N": "1"}}}),
            "Type mismatch for attribute to update",
        ),
        (
            json!({"year": {"Value": {"N": "1"}}}),
            "One or more parameter values were invalid: Cannot update attribute year. This \
             attribute is part of the key",
        ),
    ];
    for (updates, text) in faults {
        assert_eq!(refused(&admin, "UpdateItem", update(updates)).await, text);
    }
    let nothing = json!({"Key": key(9), "AttributeUpdates": {"x": {"Action": "DELETE"}}});
    ok(&admin, "UpdateItem", nothing).await;
    assert_eq!(ok(&admin, "GetItem", json!({"Key": key(9)})).await, json!({}));
}

#[tokio::test]
async fn legacy_parameters_and_expressions_do_not_mix() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let opening = "Can not use both expression and non-expression parameters in the same \
                   request: Non-expression parameters: ";
    let eq = || test("EQ", json!([{"S": "a"}]));
    let cases = [
        (
            "UpdateItem",
            json!({
                "Key": key(1), "AttributeUpdates": {}, "Expected": {}, "ConditionalOperator": "OR",
                "UpdateExpression": "REMOVE a", "ConditionExpression": "a = b",
            }),
            "{AttributeUpdates, Expected, ConditionalOperator} Expression parameters: \
             {UpdateExpression, ConditionExpression}",
        ),
        (
            "Query",
            json!({
                "KeyConditions": {"artist": eq()}, "QueryFilter": {}, "KeyConditionExpression": "x",
                "ConditionalOperator": "AND", "FilterExpression": "x", "ProjectionExpression": "x",
            }),
            "{QueryFilter, ConditionalOperator, KeyConditions} Expression parameters: \
             {ProjectionExpression, FilterExpression, KeyConditionExpression}",
        ),
        (
            "Scan",
            json!({"ScanFilter": {}, "ProjectionExpression": "x"}),
            "{ScanFilter} Expression parameters: {ProjectionExpression}",
        ),
        (
            "GetItem",
            json!({"Key": key(1), "AttributesToGet": ["a"], "ProjectionExpression": "x"}),
            "{AttributesToGet} Expression parameters: {ProjectionExpression}",
        ),
    ];
    for (operation, input, lists) in cases {
        assert_eq!(refused(&admin, operation, input).await, format!("{opening}{lists}"));
    }
}

#[tokio::test]
async fn arguments_are_counted_and_typed() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let opening = "One or more parameter values were invalid: ";
    let faults = [
        (
            json!({"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"S": "a"}]}),
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            json!({"ComparisonOperator": "EQ", "Exists": true}),
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            json!({"ComparisonOperator": "LT", "Value": {"BOOL": true}}),
            "ComparisonOperator LT is not valid for BOOL AttributeValue type",
        ),
        (
            json!({"ComparisonOperator": "IN", "AttributeValueList": [{"S": "a"}, {"N": "1"}]}),
            "AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            json!({"ComparisonOperator": "GE"}),
            "Value or AttributeValueList must be used with ComparisonOperator: GE for Attribute: a",
        ),
        (
            json!({"AttributeValueList": [{"S": "a"}]}),
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            json!({"Value": {"S": "a"}, "AttributeValueList": []}),
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (json!({}), "Value must be provided when Exists is null for Attribute: a"),
        (
            json!({"Exists": false, "Value": {"S": "a"}}),
            "Value cannot be used when Exists is false for Attribute: a",
        ),
    ];
    for (expected, text) in faults {
        let put = json!({"Item": key(1), "Expected": {"a": expected}});
        assert_eq!(refused(&admin, "PutItem", put).await, format!("{opening}{text}"));
    }
    let lone = json!({"Item": key(1), "ConditionalOperator": "OR"});
    let text = "ConditionalOperator cannot be used without Filter or Expected";
    assert_eq!(refused(&admin, "PutItem", lone).await, text);
    let twice = json!({"Key": key(1), "AttributesToGet": ["a", "a"]});
    let text = format!("{opening}Duplicate value in attribute name: a");
    assert_eq!(refused(&admin, "GetItem", twice).await, text);
}
