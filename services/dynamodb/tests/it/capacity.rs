//! What requests say they consumed: "Capacity unit consumption", operation by operation.

use crate::support::ok;
use serde_json::{Value, json};
use testkit::{Client, Cloud};

/// A table with a local index of keys alone and a global one of everything.
async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let definition = |name| json!({"AttributeName": name, "AttributeType": "S"});
    let element = |name, kind| json!({"AttributeName": name, "KeyType": kind});
    let table = json!({
        "TableName": "music", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": Vec::from(["artist", "song", "year", "genre"].map(definition)),
        "KeySchema": [element("artist", "HASH"), element("song", "RANGE")],
        "LocalSecondaryIndexes": [{
            "IndexName": "by-year",
            "KeySchema": [element("artist", "HASH"), element("year", "RANGE")],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-genre", "KeySchema": [element("genre", "HASH")],
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    cloud.admin().call("dynamodb", "CreateTable", table).await.unwrap();
    cloud
}

fn key(song: &str) -> Value {
    json!({"artist": {"S": "a"}, "song": {"S": song}})
}

/// An item of exactly `bytes`, with `more` attributes of text.
fn item(song: &str, bytes: usize, more: &[(&str, &str)]) -> Value {
    let mut item = key(song);
    for (name, value) in more {
        item[*name] = json!({"S": value});
    }
    let used: usize = "artist".len() + 1 + "song".len() + song.len() + "text".len();
    let more: usize = more.iter().map(|(name, value)| name.len() + value.len()).sum();
    item["text"] = json!({"S": "x".repeat(bytes - used - more)});
    item
}

/// The total, the table's own, the local index's and the global index's units.
fn told(consumed: &Value) -> [f64; 4] {
    let units = |at: &Value| at["CapacityUnits"].as_f64().unwrap_or(0.0);
    [
        units(consumed),
        units(&consumed["Table"]),
        units(&consumed["LocalSecondaryIndexes"]["by-year"]),
        units(&consumed["GlobalSecondaryIndexes"]["by-genre"]),
    ]
}

/// What an operation on the table says of each part.
async fn consumed(client: &Client<'_>, operation: &'static str, mut input: Value) -> [f64; 4] {
    input["TableName"] = "music".into();
    input["ReturnConsumedCapacity"] = "INDEXES".into();
    told(&ok(client, operation, input).await["ConsumedCapacity"])
}

async fn put(client: &Client<'_>, item: Value) -> [f64; 4] {
    consumed(client, "PutItem", json!({"Item": item})).await
}

#[tokio::test]
async fn writes_cost_the_larger_item_and_what_changes_in_indexes() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    assert_eq!(put(&admin, item("1", 1024, &[])).await, [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(put(&admin, item("2", 1025, &[])).await, [2.0, 2.0, 0.0, 0.0]);
    let both = [("year", "1999"), ("genre", "pop")];
    assert_eq!(put(&admin, item("3", 3000, &both)).await, [7.0, 3.0, 1.0, 3.0]);
    // Unchanged entries cost nothing, although the item is written.
    assert_eq!(put(&admin, item("3", 3000, &both)).await, [3.0, 3.0, 0.0, 0.0]);
    // A change of what an index holds is one write, of its key a removal and a write.
    assert_eq!(put(&admin, item("3", 1500, &both)).await, [6.0, 3.0, 0.0, 3.0]);
    let others = [("year", "2000"), ("genre", "rock")];
    assert_eq!(put(&admin, item("3", 1500, &others)).await, [8.0, 2.0, 2.0, 4.0]);
    let update = json!({
        "Key": key("3"), "UpdateExpression": "REMOVE genre SET note = :n",
        "ExpressionAttributeValues": {":n": {"S": "n"}},
    });
    assert_eq!(consumed(&admin, "UpdateItem", update).await, [4.0, 2.0, 0.0, 2.0]);
    let delete = json!({"Key": key("3")});
    assert_eq!(consumed(&admin, "DeleteItem", delete.clone()).await, [3.0, 2.0, 1.0, 0.0]);
    assert_eq!(consumed(&admin, "DeleteItem", delete).await, [1.0, 1.0, 0.0, 0.0]);
    let update = json!({"Key": key("none"), "UpdateExpression": "REMOVE x"});
    assert_eq!(consumed(&admin, "UpdateItem", update).await, [1.0, 1.0, 0.0, 0.0]);
}

#[tokio::test]
async fn reads_round_items_alone_and_pages_as_a_whole() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for song in ["1", "2", "3"] {
        put(&admin, item(song, 3000, &[("year", "1999"), ("genre", "pop")])).await;
    }
    put(&admin, item("4", 4097, &[])).await;
    let get = |song: &str, consistent: bool| {
        json!({
            "Key": key(song), "ConsistentRead": consistent, "ProjectionExpression": "song",
        })
    };
    for (song, consistent, units) in [
        ("1", true, 1.0),
        ("1", false, 0.5),
        ("4", true, 2.0),
        ("4", false, 1.0),
        ("9", false, 0.5),
    ] {
        assert_eq!(consumed(&admin, "GetItem", get(song, consistent)).await[0], units, "{song}");
    }
    let query = |more: Value| {
        let mut query = json!({
            "KeyConditionExpression": "artist = :a", "Select": "COUNT",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        });
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        query
    };
    // 9,000 + 4,097 bytes are four times 4 KB.
    let all = consumed(&admin, "Query", query(json!({"ConsistentRead": true}))).await;
    assert_eq!(all, [4.0, 4.0, 0.0, 0.0]);
    assert_eq!(consumed(&admin, "Query", query(json!({}))).await[0], 2.0);
    let filtered = json!({"FilterExpression": "attribute_exists(nothing)"});
    assert_eq!(consumed(&admin, "Query", query(filtered)).await[0], 2.0);
    assert_eq!(consumed(&admin, "Query", query(json!({"Limit": 1}))).await[0], 0.5);
    assert_eq!(consumed(&admin, "Scan", json!({})).await, [2.0, 2.0, 0.0, 0.0]);
    // A local index of keys is one read, and each item fetched one of its own.
    let local = query(json!({"IndexName": "by-year"}));
    assert_eq!(consumed(&admin, "Query", local).await, [0.5, 0.0, 0.5, 0.0]);
    let fetching = query(json!({"IndexName": "by-year", "Select": "ALL_ATTRIBUTES"}));
    assert_eq!(consumed(&admin, "Query", fetching).await, [2.0, 1.5, 0.5, 0.0]);
    let global = json!({
        "IndexName": "by-genre", "KeyConditionExpression": "genre = :g",
        "ExpressionAttributeValues": {":g": {"S": "pop"}},
    });
    assert_eq!(consumed(&admin, "Query", global).await, [1.5, 0.0, 0.0, 1.5]);
    let none = json!({
        "IndexName": "by-genre", "KeyConditionExpression": "genre = :g",
        "ExpressionAttributeValues": {":g": {"S": "jazz"}},
    });
    assert_eq!(consumed(&admin, "Query", none).await, [0.5, 0.0, 0.0, 0.5]);
}

#[tokio::test]
async fn batches_count_each_item_and_transactions_twice() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let put = |item: Value| json!({"PutRequest": {"Item": item}});
    let delete = |song| json!({"DeleteRequest": {"Key": key(song)}});
    let batch = json!({
        "RequestItems": {"music": [
            put(item("1", 1025, &[])), put(item("2", 100, &[("genre", "pop")])), delete("9"),
        ]},
        "ReturnConsumedCapacity": "INDEXES",
    });
    let answer = ok(&admin, "BatchWriteItem", batch).await;
    assert_eq!(told(&answer["ConsumedCapacity"][0]), [5.0, 4.0, 0.0, 1.0]);
    let batch = json!({
        "RequestItems": {"music": {"Keys": [key("1"), key("2"), key("8"), key("9")]}},
        "ReturnConsumedCapacity": "TOTAL",
    });
    let answer = ok(&admin, "BatchGetItem", batch).await;
    assert_eq!(told(&answer["ConsumedCapacity"][0]), [2.0, 0.0, 0.0, 0.0]);
    let get = |song| json!({"Get": {"TableName": "music", "Key": key(song)}});
    let reads = json!({
        "TransactItems": [get("1"), get("8")], "ReturnConsumedCapacity": "TOTAL",
    });
    let answer = ok(&admin, "TransactGetItems", reads).await;
    assert_eq!(
        answer["ConsumedCapacity"],
        json!([
            {"TableName": "music", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0},
        ])
    );
    let check = json!({"ConditionCheck": {
        "TableName": "music", "Key": key("1"), "ConditionExpression": "attribute_exists(song)",
    }});
    let put = json!({"Put": {"TableName": "music", "Item": item("3", 1000, &[])}});
    let delete = json!({"Delete": {"TableName": "music", "Key": key("7")}});
    let writes = json!({
        "TransactItems": [check, put, delete], "ReturnConsumedCapacity": "TOTAL",
        "ClientRequestToken": "t",
    });
    let answer = ok(&admin, "TransactWriteItems", writes.clone()).await;
    assert_eq!(
        answer["ConsumedCapacity"],
        json!([
            {"TableName": "music", "CapacityUnits": 8.0, "WriteCapacityUnits": 8.0},
        ])
    );
    // Sent again, it only reads.
    let answer = ok(&admin, "TransactWriteItems", writes).await;
    assert_eq!(
        answer["ConsumedCapacity"],
        json!([
            {"TableName": "music", "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
        ])
    );
}

#[tokio::test]
async fn statements_cost_what_their_operations_do() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    put(&admin, item("1", 5000, &[("year", "1999"), ("genre", "pop")])).await;
    for (statement, units) in [
        ("SELECT * FROM music WHERE artist = 'a' AND song = '1'", [1.0, 1.0, 0.0, 0.0]),
        ("SELECT * FROM music", [1.0, 1.0, 0.0, 0.0]),
        ("SELECT * FROM music.\"by-genre\" WHERE genre = 'pop'", [1.0, 0.0, 0.0, 1.0]),
        ("INSERT INTO music VALUE {'artist': 'a', 'song': '2'}", [1.0, 1.0, 0.0, 0.0]),
        (
            "UPDATE music SET genre = 'rock' WHERE artist = 'a' AND song = '1'",
            [15.0, 5.0, 0.0, 10.0],
        ),
        ("DELETE FROM music WHERE artist = 'a' AND song = '1'", [11.0, 5.0, 1.0, 5.0]),
        ("DELETE FROM music WHERE artist = 'a' AND song = '1'", [1.0, 1.0, 0.0, 0.0]),
    ] {
        let input = json!({"Statement": statement, "ReturnConsumedCapacity": "INDEXES"});
        let answer = ok(&admin, "ExecuteStatement", input).await;
        assert_eq!(told(&answer["ConsumedCapacity"]), units, "{statement}");
    }
    let statement = "SELECT * FROM music WHERE artist = 'a' AND song = '2'";
    let input = json!({
        "Statements": [{"Statement": statement}, {"Statement": statement, "ConsistentRead": true}],
        "ReturnConsumedCapacity": "TOTAL",
    });
    let answer = ok(&admin, "BatchExecuteStatement", input).await;
    assert_eq!(told(&answer["ConsumedCapacity"][0])[0], 1.5);
}
