//! Encryption at rest under keys of KMS.

use crate::support::ok;
use serde_json::{Value, json};
use service_kit::{key::Encoded, prelude::*};
use std::ops::ControlFlow;
use testkit::{Client, Cloud};

const SECRET: &str = "a title that nobody may read";

async fn cloud() -> Cloud {
    Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE, &kms::SERVICE]).await
}

async fn ask_kms(cloud: &Cloud, operation: &'static str, input: Value) -> Value {
    cloud.admin().call("kms", operation, input).await.unwrap()
}

async fn new_key(cloud: &Cloud) -> String {
    let made = ask_kms(cloud, "CreateKey", json!({})).await;
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

fn table(sse: Value) -> Value {
    let mut table = json!({
        "TableName": "music",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-year", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "year", "KeyType": "HASH"}],
        }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    if !sse.is_null() {
        table["SSESpecification"] = sse;
    }
    table
}

fn item(id: &str) -> Value {
    json!({"id": {"S": id}, "year": {"N": "1995"}, "title": {"S": SECRET}})
}

async fn put(client: &Client<'_>, id: &str) {
    ok(client, "PutItem", json!({"TableName": "music", "Item": item(id)})).await;
}

fn get(id: &str) -> Value {
    json!({"TableName": "music", "Key": {"id": {"S": id}}})
}

/// How many stored rows show the secret, and how many there are.
fn rows(cloud: &Cloud) -> (usize, usize) {
    let (mut legible, mut all) = (0, 0);
    let read = cloud.context().read(|tx| {
        let none: (&[u8], Option<&[u8]>) = (&[], None);
        tx.visit_bytes("dynamodb.item", Encoded(&[]), none, Order::Ascending, |_, row| {
            all += 1;
            legible += usize::from(row.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
            ControlFlow::Continue(())
        })
    });
    let _: () = read.unwrap();
    (legible, all)
}

async fn described(cloud: &Cloud) -> Value {
    ok(&cloud.admin(), "DescribeTable", json!({"TableName": "music"})).await["Table"].clone()
}

#[tokio::test]
async fn rows_under_a_key_are_not_legible_and_read_as_ever() {
    let cloud = cloud().await;
    let (admin, key) = (cloud.admin(), new_key(&cloud).await);
    let sse = json!({"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": key});
    let made = ok(&admin, "CreateTable", table(sse)).await;
    let wanted = json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key});
    assert_eq!(made["TableDescription"]["SSEDescription"], wanted);
    put(&admin, "1").await;
    assert_eq!(rows(&cloud), (0, 2));
    assert_eq!(ok(&admin, "GetItem", get("1")).await["Item"]["title"]["S"], SECRET);
    let query = json!({
        "TableName": "music", "IndexName": "by-year", "KeyConditionExpression": "#y = :y",
        "ExpressionAttributeNames": {"#y": "year"}, "ExpressionAttributeValues": {":y": {"N": "1995"}},
    });
    assert_eq!(ok(&admin, "Query", query).await["Items"][0]["title"]["S"], SECRET);
    let update = json!({
        "TableName": "music", "Key": {"id": {"S": "1"}}, "UpdateExpression": "SET #y = #y + :one",
        "ExpressionAttributeNames": {"#y": "year"}, "ExpressionAttributeValues": {":one": {"N": "1"}},
        "ReturnValues": "ALL_NEW",
    });
    assert_eq!(ok(&admin, "UpdateItem", update).await["Attributes"]["year"]["N"], "1996");
    assert_eq!(rows(&cloud), (0, 2));
}

#[tokio::test]
async fn a_disabled_key_makes_the_table_inaccessible() {
    let cloud = cloud().await;
    let (admin, key) = (cloud.admin(), new_key(&cloud).await);
    let sse = json!({"Enabled": true, "KMSMasterKeyId": key});
    ok(&admin, "CreateTable", table(sse)).await;
    put(&admin, "1").await;
    ask_kms(&cloud, "DisableKey", json!({"KeyId": key})).await;
    let table = described(&cloud).await;
    assert_eq!(table["TableStatus"], "INACCESSIBLE_ENCRYPTION_CREDENTIALS");
    assert!(table["SSEDescription"]["InaccessibleEncryptionDateTime"].is_number());
    // What was allowed is relied on for five minutes.
    ok(&admin, "GetItem", get("1")).await;
    cloud.clock().advance(Duration::from_secs(301));
    let refused = admin.call("dynamodb", "GetItem", get("1")).await.unwrap_err();
    assert_eq!(refused.code, "AccessDeniedException");
    assert!(refused.message.starts_with("KMS key access denied error: "), "{}", refused.message);
    ask_kms(&cloud, "EnableKey", json!({"KeyId": key})).await;
    assert_eq!(ok(&admin, "GetItem", get("1")).await["Item"]["title"]["S"], SECRET);
    let table = described(&cloud).await;
    assert_eq!(table["TableStatus"], "ACTIVE");
    assert!(table["SSEDescription"].get("InaccessibleEncryptionDateTime").is_none());
}

#[tokio::test]
async fn whoever_may_not_use_the_key_may_not_use_the_table() {
    let cloud = cloud().await;
    let (admin, key) = (cloud.admin(), new_key(&cloud).await);
    ok(&admin, "CreateTable", table(json!({"Enabled": true, "KMSMasterKeyId": key}))).await;
    put(&admin, "1").await;
    let tables = json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"});
    let ana = cloud.user("ana", json!([tables])).await;
    let refused = ana.call("dynamodb", "GetItem", get("1")).await.unwrap_err();
    assert_eq!(refused.code, "AccessDeniedException");
    assert!(refused.message.contains("kms:Decrypt"), "{}", refused.message);
    let through = json!({
        "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key,
        "Condition": {"StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}},
    });
    let ben = cloud.user("ben", json!([tables, through])).await;
    assert_eq!(ok(&ben, "GetItem", get("1")).await["Item"]["title"]["S"], SECRET);
}

#[tokio::test]
async fn a_table_comes_under_a_key_and_from_one_to_another() {
    const ITEMS: u32 = 10_100;
    let cloud = cloud().await;
    let (admin, key) = (cloud.admin(), new_key(&cloud).await);
    ok(&admin, "CreateTable", table(Value::Null)).await;
    // More than one attempt of the job seals.
    let put = |id: u32| json!({"PutRequest": {"Item": item(&id.to_string())}});
    for batch in 0..ITEMS / 25 {
        let puts: Vec<Value> = (batch * 25..batch * 25 + 25).map(put).collect();
        ok(&admin, "BatchWriteItem", json!({"RequestItems": {"music": puts}})).await;
    }
    let all = 2 * ITEMS as usize;
    assert_eq!(rows(&cloud), (all, all));
    let update = |sse: Value| json!({"TableName": "music", "SSESpecification": sse});
    let updated = ok(&admin, "UpdateTable", update(json!({"Enabled": true}))).await;
    let sse = &updated["TableDescription"]["SSEDescription"];
    assert_eq!(sse["Status"], "ENABLING");
    let managed = sse["KMSMasterKeyArn"].as_str().unwrap().to_owned();
    cloud
        .eventually(async || {
            let described = described(&cloud).await;
            (described["SSEDescription"]["Status"] == "ENABLED").then_some(())
        })
        .await;
    assert_eq!(rows(&cloud), (0, all));
    let grants = async |key: &str| {
        let listed = ask_kms(&cloud, "ListGrants", json!({"KeyId": key})).await;
        listed["Grants"].as_array().unwrap().len()
    };
    assert_eq!(grants(&managed).await, 1);
    let other = json!({"Enabled": true, "KMSMasterKeyId": key});
    ok(&admin, "UpdateTable", update(other)).await;
    assert_eq!((grants(&managed).await, grants(&key).await), (0, 1));
    assert_eq!(ok(&admin, "GetItem", get("7")).await["Item"]["title"]["S"], SECRET);
    ok(&admin, "UpdateTable", update(json!({"Enabled": false}))).await;
    assert_eq!(grants(&key).await, 0);
    ask_kms(&cloud, "DisableKey", json!({"KeyId": key})).await;
    assert_eq!(ok(&admin, "GetItem", get("7")).await["Item"]["title"]["S"], SECRET);
    assert!(described(&cloud).await.get("SSEDescription").is_none());
    assert_eq!(rows(&cloud), (0, all));
}

#[tokio::test]
async fn items_expire_under_a_key_and_a_deleted_table_keeps_no_grant() {
    let cloud = cloud().await;
    let (admin, key) = (cloud.admin(), new_key(&cloud).await);
    ok(&admin, "CreateTable", table(json!({"Enabled": true, "KMSMasterKeyId": key}))).await;
    let ttl = json!({"Enabled": true, "AttributeName": "until"});
    let ttl = json!({"TableName": "music", "TimeToLiveSpecification": ttl});
    ok(&admin, "UpdateTimeToLive", ttl).await;
    let until = (testkit::START.as_secs() + 60).to_string();
    let item = json!({"id": {"S": "1"}, "until": {"N": until}});
    ok(&admin, "PutItem", json!({"TableName": "music", "Item": item})).await;
    cloud
        .eventually(async || {
            // Again and again: a job that looked before the clock moved looks later.
            cloud.clock().advance(Duration::from_secs(60));
            let got = ok(&cloud.admin(), "GetItem", get("1")).await;
            got.get("Item").is_none().then_some(())
        })
        .await;
    ok(&admin, "DeleteTable", json!({"TableName": "music"})).await;
    let listed = ask_kms(&cloud, "ListGrants", json!({"KeyId": key})).await;
    assert_eq!(listed["Grants"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let key = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000";
    for (sse, part) in [
        (json!({"Enabled": true, "SSEType": "AES256"}), "AES256"),
        (json!({"Enabled": false, "KMSMasterKeyId": key}), "KMSMasterKeyId"),
        (json!({"Enabled": true, "KMSMasterKeyId": key}), "does not exist"),
    ] {
        let refused = admin.call("dynamodb", "CreateTable", table(sse)).await.unwrap_err();
        assert!(refused.message.contains(part), "{}", refused.message);
    }
}
