//! Items through the API: put, got, updated, deleted, queried, scanned, in batches.

use serde_json::{Value, json};
use testkit::{Client, Cloud};

async fn ok(client: &Client<'_>, operation: &'static str, mut input: Value) -> Value {
    if input.get("RequestItems").is_none() {
        input["TableName"] = "music".into();
    }
    client.call("dynamodb", operation, input).await.unwrap()
}

async fn refused(client: &Client<'_>, operation: &'static str, mut input: Value) -> String {
    if input.get("RequestItems").is_none() {
        input["TableName"] = "music".into();
    }
    client.call("dynamodb", operation, input).await.unwrap_err().message
}

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
    cloud
}

fn key(artist: &str, year: i64) -> Value {
    json!({"artist": {"S": artist}, "year": {"N": year.to_string()}})
}

fn song(artist: &str, year: i64, title: &str) -> Value {
    let mut song = key(artist, year);
    song["title"] = json!({"S": title});
    song
}

#[tokio::test]
async fn an_item_of_every_type_comes_back_as_it_was() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let mut item = song("a", -5, "x");
    item["n"] = json!({"N": "3.140"});
    item["b"] = json!({"B": "AAEC"});
    item["grouped"] = json!({"L": [{"SS": ["x", "y"]}, {"NS": ["1", "-2.5"]}, {"BS": ["AQ=="]}]});
    item["m"] = json!({"M": {"null": {"NULL": true}, "yes": {"BOOL": true}, "e": {"S": ""}}});
    ok(&admin, "PutItem", json!({"Item": item})).await;
    item["n"] = json!({"N": "3.14"});
    let got = ok(&admin, "GetItem", json!({"Key": key("a", -5)})).await;
    assert_eq!(got, json!({"Item": item}));
    let absent = ok(&admin, "GetItem", json!({"Key": key("a", 5)})).await;
    assert_eq!(absent, json!({}));
    let part = json!({
        "Key": key("a", -5),
        "ProjectionExpression": "m.yes, grouped[1], #n",
        "ExpressionAttributeNames": {"#n": "n"},
    });
    let part = ok(&admin, "GetItem", part).await;
    assert_eq!(
        part["Item"],
        json!({
            "m": {"M": {"yes": {"BOOL": true}}}, "n": {"N": "3.14"},
            "grouped": {"L": [{"NS": ["1", "-2.5"]}]},
        })
    );
}

#[tokio::test]
async fn conditions_guard_writes_and_say_what_was_there() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let once = json!({
        "Item": song("a", 1, "x"), "ConditionExpression": "attribute_not_exists(artist)",
    });
    ok(&admin, "PutItem", once.clone()).await;
    let mut told = once;
    told["TableName"] = "music".into();
    told["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
    let failure = admin.call("dynamodb", "PutItem", told).await.unwrap_err();
    assert_eq!(failure.code, "ConditionalCheckFailedException");
    assert_eq!(failure.message, "The conditional request failed");
    assert_eq!(failure.fields[0].0, "Item");
    let delete = json!({
        "Key": key("a", 1), "ReturnValues": "ALL_OLD", "ConditionExpression": "title = :t",
        "ExpressionAttributeValues": {":t": {"S": "x"}},
    });
    let deleted = ok(&admin, "DeleteItem", delete.clone()).await;
    assert_eq!(deleted["Attributes"], song("a", 1, "x"));
    assert_eq!(refused(&admin, "DeleteItem", delete).await, "The conditional request failed");
}

#[tokio::test]
async fn updates_answer_with_the_state_asked_for() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let update = |values: &str| {
        json!({
            "Key": key("a", 1), "ReturnValues": values,
            "UpdateExpression": "SET stats.plays = if_not_exists(stats.plays, :zero) + :one",
            "ExpressionAttributeValues": {":zero": {"N": "0"}, ":one": {"N": "1"}},
        })
    };
    let nowhere = refused(&admin, "UpdateItem", update("NONE")).await;
    let text = "The document path provided in the update expression is invalid for update";
    assert_eq!(nowhere, text);
    let mut item = song("a", 1, "x");
    item["stats"] = json!({"M": {"likes": {"N": "7"}}});
    ok(&admin, "PutItem", json!({"Item": item})).await;
    let new = ok(&admin, "UpdateItem", update("UPDATED_NEW")).await;
    assert_eq!(new["Attributes"], json!({"stats": {"M": {"plays": {"N": "1"}}}}));
    let old = ok(&admin, "UpdateItem", update("UPDATED_OLD")).await;
    assert_eq!(old["Attributes"], json!({"stats": {"M": {"plays": {"N": "1"}}}}));
    item["stats"]["M"]["plays"] = json!({"N": "3"});
    let all = ok(&admin, "UpdateItem", update("ALL_NEW")).await;
    assert_eq!(all["Attributes"], item);
    let bare =
        ok(&admin, "UpdateItem", json!({"Key": key("b", 1), "ReturnValues": "ALL_NEW"})).await;
    assert_eq!(bare["Attributes"], key("b", 1));
    let part_of_key = json!({
        "Key": key("b", 1), "UpdateExpression": "REMOVE artist",
    });
    assert_eq!(
        refused(&admin, "UpdateItem", part_of_key).await,
        "One or more parameter values were invalid: Cannot update attribute artist. This \
         attribute is part of the key"
    );
}

#[tokio::test]
async fn a_counter_that_many_add_to_loses_nothing() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let add = || {
        let input = json!({
            "TableName": "music", "Key": key("a", 1), "UpdateExpression": "ADD plays :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        });
        admin.call("dynamodb", "UpdateItem", input)
    };
    for _ in 0..5 {
        let (a, b, c, d) = tokio::join!(add(), add(), add(), add());
        assert!([a, b, c, d].iter().all(Result::is_ok));
    }
    let got = ok(&admin, "GetItem", json!({"Key": key("a", 1)})).await;
    assert_eq!(got["Item"]["plays"], json!({"N": "20"}));
}

async fn years(client: &Client<'_>, condition: &str, more: Value) -> Vec<i64> {
    let mut input = json!({
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#y": "year"},
        "ExpressionAttributeValues": {
            ":a": {"S": "a"}, ":low": {"N": "-10"}, ":high": {"N": "10"},
        },
    });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    let text = input.to_string();
    for (part, name) in [
        ("ExpressionAttributeNames", "#y"),
        ("ExpressionAttributeValues", ":low"),
        ("ExpressionAttributeValues", ":high"),
    ] {
        // Only what is used may be given.
        if text.matches(name).count() < 2 {
            input[part].as_object_mut().unwrap().remove(name);
        }
    }
    if input["ExpressionAttributeNames"] == json!({}) {
        input.as_object_mut().unwrap().remove("ExpressionAttributeNames");
    }
    let answer = ok(client, "Query", input).await;
    let year = |item: &Value| item["year"]["N"].as_str().unwrap().parse().unwrap();
    answer["Items"].as_array().unwrap().iter().map(year).collect()
}

#[tokio::test]
async fn queries_read_one_partition_in_the_order_of_numbers() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for year in [100, -10, 9, 10, -1, 0] {
        ok(&admin, "PutItem", json!({"Item": song("a", year, "x")})).await;
        ok(&admin, "PutItem", json!({"Item": song("ab", year, "x")})).await;
    }
    let cases: [(&str, Value, &[i64]); 8] = [
        ("artist = :a", json!({}), &[-10, -1, 0, 9, 10, 100]),
        ("artist = :a", json!({"ScanIndexForward": false, "Limit": 2}), &[100, 10]),
        ("artist = :a AND #y > :low", json!({}), &[-1, 0, 9, 10, 100]),
        ("artist = :a AND #y <= :high", json!({}), &[-10, -1, 0, 9, 10]),
        ("artist = :a AND #y BETWEEN :low AND :high", json!({}), &[-10, -1, 0, 9, 10]),
        (":a = artist AND :high = #y", json!({}), &[10]),
        ("artist = :a AND #y < :high", json!({"ExclusiveStartKey": key("a", -1)}), &[0, 9]),
        (
            "artist = :a AND #y < :high",
            json!({"ExclusiveStartKey": key("a", 0), "ScanIndexForward": false}),
            &[-1, -10],
        ),
    ];
    for (condition, more, wanted) in cases {
        assert_eq!(years(&admin, condition, more.clone()).await, wanted, "{condition} {more}");
    }
}

#[tokio::test]
async fn pages_count_what_was_read_before_the_filter() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for year in 0..7 {
        let title = if year % 2 == 0 { "even" } else { "odd" };
        ok(&admin, "PutItem", json!({"Item": song("a", year, title)})).await;
    }
    let mut start = Value::Null;
    let (mut found, mut pages) = (Vec::new(), Vec::new());
    loop {
        let mut input = json!({
            "KeyConditionExpression": "artist = :a", "FilterExpression": "title = :even",
            "Limit": 3, "ReturnConsumedCapacity": "TOTAL",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":even": {"S": "even"}},
        });
        if !start.is_null() {
            input["ExclusiveStartKey"] = start;
        }
        let page = ok(&admin, "Query", input).await;
        pages.push((page["Count"].clone(), page["ScannedCount"].clone()));
        found.extend(page["Items"].as_array().unwrap().clone());
        assert_eq!(page["ConsumedCapacity"], json!({"TableName": "music", "CapacityUnits": 0.5}));
        start = page["LastEvaluatedKey"].clone();
        if start.is_null() {
            break;
        }
    }
    assert_eq!(pages, [(json!(2), json!(3)), (json!(1), json!(3)), (json!(1), json!(1))]);
    assert_eq!(found.len(), 4);
}

#[tokio::test]
async fn a_page_ends_at_a_megabyte() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for year in 0..5 {
        let item = song("a", year, &"x".repeat(300_000));
        ok(&admin, "PutItem", json!({"Item": item})).await;
    }
    let input = json!({"ReturnConsumedCapacity": "INDEXES", "ConsistentRead": true});
    let page = ok(&admin, "Scan", input).await;
    assert_eq!(page["Count"], 4);
    assert_eq!(page["LastEvaluatedKey"], key("a", 3));
    let units = 4_f64 * 300_020.0 / 4096.0;
    assert_eq!(page["ConsumedCapacity"]["Table"]["CapacityUnits"], units.ceil());
    let rest =
        ok(&admin, "Scan", json!({"ExclusiveStartKey": key("a", 3), "Select": "COUNT"})).await;
    assert_eq!(rest, json!({"Count": 1, "ScannedCount": 1}));
}

#[tokio::test]
async fn segments_share_a_scan() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for index in 0..40 {
        ok(&admin, "PutItem", json!({"Item": song(&format!("artist {index}"), 1, "x")})).await;
    }
    let mut all = Vec::new();
    for segment in 0..3 {
        let input = json!({"Segment": segment, "TotalSegments": 3});
        let page = ok(&admin, "Scan", input).await;
        let items = page["Items"].as_array().unwrap().clone();
        assert!(!items.is_empty());
        all.extend(items.into_iter().map(|item| item["artist"]["S"].as_str().unwrap().to_owned()));
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 40);
    let first = ok(&admin, "Scan", json!({"Segment": 0, "TotalSegments": 3, "Limit": 1})).await;
    let wrong = json!({
        "Segment": 2, "TotalSegments": 3, "ExclusiveStartKey": first["LastEvaluatedKey"],
    });
    let wrong = refused(&admin, "Scan", wrong).await;
    assert!(wrong.starts_with("The provided starting key is invalid: Invalid ExclusiveStartKey."));
}

#[tokio::test]
async fn batches_write_and_read() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let puts: Vec<Value> =
        (0..25).map(|year| json!({"PutRequest": {"Item": song("a", year, "x")}})).collect();
    let written = json!({"RequestItems": {"music": puts}, "ReturnConsumedCapacity": "TOTAL"});
    let written = ok(&admin, "BatchWriteItem", written).await;
    assert_eq!(written["UnprocessedItems"], json!({}));
    assert_eq!(written["ConsumedCapacity"][0]["CapacityUnits"], 25.0);
    let delete = json!({"DeleteRequest": {"Key": key("a", 3)}});
    ok(&admin, "BatchWriteItem", json!({"RequestItems": {"music": [delete]}})).await;
    let keys: Vec<Value> = (0..5).map(|year| key("a", year)).collect();
    let read = json!({"RequestItems": {"music": {"Keys": keys, "ProjectionExpression": "title"}}});
    let read = ok(&admin, "BatchGetItem", read).await;
    assert_eq!(read["Responses"]["music"].as_array().unwrap().len(), 4);
    assert_eq!(read["Responses"]["music"][0], json!({"title": {"S": "x"}}));
    assert_eq!(read["UnprocessedKeys"], json!({}));
    let twice = json!({"RequestItems": {"music": {"Keys": [key("a", 1), key("a", 1)]}}});
    let text = "Provided list of item keys contains duplicates";
    assert_eq!(refused(&admin, "BatchGetItem", twice).await, text);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_awss_words() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let opening = "One or more parameter values were invalid: ";
    let cases = [
        (
            "PutItem",
            json!({"Item": {"artist": {"S": "a"}}}),
            format!("{opening}Missing the key year in the item"),
        ),
        (
            "PutItem",
            json!({"Item": {"artist": {"N": "1"}, "year": {"N": "1"}}}),
            format!("{opening}Type mismatch for key artist expected: S actual: N"),
        ),
        (
            "PutItem",
            json!({"Item": {"artist": {"S": ""}, "year": {"N": "1"}}}),
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: artist"
                .into(),
        ),
        (
            "PutItem",
            json!({"Item": song("a", 1, &"x".repeat(410_000))}),
            "Item size has exceeded the maximum allowed size".into(),
        ),
        (
            "PutItem",
            json!({"Item": song("a", 1, "x"), "ReturnValues": "ALL_NEW"}),
            "ReturnValues can only be ALL_OLD or NONE".into(),
        ),
        (
            "GetItem",
            json!({"Key": {"artist": {"S": "a"}}}),
            "The provided key element does not match the schema".into(),
        ),
        (
            "PutItem",
            json!({"Item": {"artist": {"S": "a"}, "year": {"N": "one"}}}),
            "The parameter cannot be converted to a numeric value: one".into(),
        ),
        (
            "Query",
            json!({}),
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in \
             the request."
                .into(),
        ),
        (
            "Query",
            json!({
                "KeyConditionExpression": "title = :a",
                "ExpressionAttributeValues": {":a": {"S": "a"}},
            }),
            "Query condition missed key schema element: artist".into(),
        ),
        (
            "Query",
            json!({
                "KeyConditionExpression": "artist = :a", "IndexName": "index",
                "ExpressionAttributeValues": {":a": {"S": "a"}},
            }),
            "The table does not have the specified index: index".into(),
        ),
        (
            "UpdateItem",
            json!({
                "Key": key("a", 1), "UpdateExpression": "SET a = :a",
                "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"S": "b"}},
            }),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}".into(),
        ),
    ];
    for (operation, input, wanted) in cases {
        assert_eq!(refused(&admin, operation, input).await, wanted);
    }
}
