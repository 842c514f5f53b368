//! Items as the range's journal names them.

use crate::support::ok;
use serde_json::{Value, json};
use testkit::{ACCOUNT, Cloud};

fn item(id: &str, title: &str) -> Value {
    json!({"id": {"S": id}, "at": {"N": "1"}, "title": {"S": title}})
}

fn last(cloud: &Cloud) -> Vec<String> {
    let entries = cloud.platform().journal().entries(ACCOUNT, None, 1_000).unwrap();
    entries.last().unwrap().entry.items.clone()
}

#[tokio::test]
async fn whatever_reads_or_writes_items_names_them_by_key() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    cloud.platform().journal().watch(ACCOUNT).await.unwrap();
    let admin = cloud.admin();
    let table = json!({
        "TableName": "Films", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
    });
    ok(&admin, "CreateTable", table).await;
    let key = json!({"id": {"S": "a"}, "at": {"N": "1"}});
    let of = |input: Value| {
        let mut input = input;
        input["TableName"] = "Films".into();
        input
    };
    ok(&admin, "PutItem", of(json!({"Item": item("a", "x")}))).await;
    assert_eq!(last(&cloud), ["Films/a/1"]);
    let requests = json!([{"PutRequest": {"Item": item("b", "y")}}]);
    ok(&admin, "BatchWriteItem", json!({"RequestItems": {"Films": requests}})).await;
    assert_eq!(last(&cloud), ["Films/b/1"]);
    ok(&admin, "GetItem", of(json!({"Key": key, "ProjectionExpression": "title"}))).await;
    assert_eq!(last(&cloud), ["Films/a/1"]);
    ok(&admin, "GetItem", of(json!({"Key": {"id": {"S": "none"}, "at": {"N": "1"}}}))).await;
    assert!(last(&cloud).is_empty());

    let mut both = vec!["Films/a/1".to_owned(), "Films/b/1".to_owned()];
    for scan in [json!({}), json!({"ProjectionExpression": "title"})] {
        ok(&admin, "Scan", of(scan)).await;
        let mut named = last(&cloud);
        named.sort();
        assert_eq!(named, both);
    }
    let some = json!({
        "FilterExpression": "title = :x", "ExpressionAttributeValues": {":x": {"S": "x"}},
    });
    ok(&admin, "Scan", of(some)).await;
    both.pop();
    assert_eq!(last(&cloud), both);
    let partition = json!({
        "KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "a"}},
    });
    ok(&admin, "Query", of(partition)).await;
    assert_eq!(last(&cloud), both);
    let select = json!({"Statement": "SELECT title FROM Films WHERE id = 'a'"});
    ok(&admin, "ExecuteStatement", select).await;
    assert_eq!(last(&cloud), both);
    let get = json!({"Get": {"TableName": "Films", "Key": key}});
    ok(&admin, "TransactGetItems", json!({"TransactItems": [get]})).await;
    assert_eq!(last(&cloud), both);
    let delete = json!({"Delete": {"TableName": "Films", "Key": key}});
    ok(&admin, "TransactWriteItems", json!({"TransactItems": [delete]})).await;
    assert_eq!(last(&cloud), both);
}

#[tokio::test]
async fn only_so_many_items_are_named() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let table = json!({
        "TableName": "Many", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    ok(&admin, "CreateTable", table).await;
    for index in 0..103 {
        let item = json!({"id": {"S": format!("i{index}")}});
        ok(&admin, "PutItem", json!({"TableName": "Many", "Item": item})).await;
    }
    cloud.platform().journal().watch(ACCOUNT).await.unwrap();
    ok(&admin, "Scan", json!({"TableName": "Many"})).await;
    let entries = cloud.platform().journal().entries(ACCOUNT, None, 10).unwrap();
    let entry = &entries.last().unwrap().entry;
    assert_eq!((entry.items.len(), entry.more_items), (100, 3));
}
