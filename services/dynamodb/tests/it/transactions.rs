//! Transactions through the API: all or none, once, allowed item by item.

use serde_json::{Value, json};
use shape::Failure;
use testkit::{Client, Cloud};

async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE]).await;
    for name in ["accounts", "log"] {
        let table = json!({
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        });
        cloud.admin().call("dynamodb", "CreateTable", table).await.unwrap();
    }
    for id in ["a", "b"] {
        let item = json!({"id": {"S": id}, "sum": {"N": "10"}});
        put(&cloud.admin(), item).await;
    }
    cloud
}

async fn put(client: &Client<'_>, item: Value) {
    let put = json!({"TableName": "accounts", "Item": item});
    client.call("dynamodb", "PutItem", put).await.unwrap();
}

fn key(id: &str) -> Value {
    json!({"id": {"S": id}})
}

fn add(id: &str, sum: i64) -> Value {
    json!({"Update": {
        "TableName": "accounts", "Key": key(id), "UpdateExpression": "SET #s = #s + :n",
        "ConditionExpression": "#s >= :least", "ExpressionAttributeNames": {"#s": "sum"},
        "ExpressionAttributeValues": {
            ":n": {"N": sum.to_string()}, ":least": {"N": (-sum).max(0).to_string()},
        },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }})
}

fn entry(id: &str) -> Value {
    json!({"Put": {
        "TableName": "log", "Item": key(id), "ConditionExpression": "attribute_not_exists(id)",
    }})
}

async fn write(client: &Client<'_>, items: Value) -> Result<Value, Failure> {
    client.call("dynamodb", "TransactWriteItems", json!({"TransactItems": items})).await
}

async fn sums(client: &Client<'_>) -> Vec<String> {
    let get = |id| json!({"Get": {"TableName": "accounts", "Key": key(id)}});
    let input = json!({"TransactItems": [get("a"), get("b")]});
    let answer = client.call("dynamodb", "TransactGetItems", input).await.unwrap();
    let sum = |one: &Value| one["Item"]["sum"]["N"].as_str().unwrap().to_owned();
    answer["Responses"].as_array().unwrap().iter().map(sum).collect()
}

/// The reasons a cancellation gives, as JSON would have them.
fn reasons(failure: &Failure) -> String {
    assert_eq!(failure.code, "TransactionCanceledException");
    let (name, _, value) = &failure.fields[0];
    assert_eq!(*name, "CancellationReasons");
    format!("{value:?}")
}

#[tokio::test]
async fn all_is_done_or_nothing() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    write(&admin, json!([add("a", -4), add("b", 4), entry("1")])).await.unwrap();
    assert_eq!(sums(&admin).await, ["6", "14"]);
    let failure = write(&admin, json!([add("b", 7), entry("2"), add("a", -7)])).await.unwrap_err();
    assert_eq!(
        failure.message,
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, \
         None, ConditionalCheckFailed]"
    );
    let told = reasons(&failure);
    assert!(told.contains("The conditional request failed") && told.contains("\"6\""), "{told}");
    assert_eq!(sums(&admin).await, ["6", "14"]);
    let get = json!({"TableName": "log", "Key": key("2")});
    assert_eq!(admin.call("dynamodb", "GetItem", get).await.unwrap(), json!({}));
    let check = |id: &str| {
        json!({"ConditionCheck": {
            "TableName": "log", "Key": key(id), "ConditionExpression": "attribute_exists(id)",
        }})
    };
    let delete = json!({"Delete": {"TableName": "accounts", "Key": key("a")}});
    let failure = write(&admin, json!([check("2"), delete])).await.unwrap_err();
    assert!(failure.message.ends_with("[ConditionalCheckFailed, None]"));
    write(&admin, json!([check("1"), delete])).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let twice = "Transaction request cannot include multiple operations on one item";
    let cancelled = "Transaction cancelled, please refer cancellation reasons for specific \
                     reasons [None, ValidationError]";
    let bad_key = json!({"Delete": {"TableName": "log", "Key": {"id": {"N": "1"}}}});
    let mut both = entry("1");
    both["Delete"] = json!({"TableName": "log", "Key": key("1")});
    let mut syntax = add("a", 1);
    syntax["Update"]["UpdateExpression"] = "SET".into();
    let cases = [
        (json!([add("a", 1), add("a", 2)]), twice),
        (json!([add("a", 1), bad_key]), cancelled),
        (json!([both]), "TransactItems can only contain one of Check, Put, Update or Delete"),
        (
            json!([entry("1"), syntax]),
            "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"SET\"",
        ),
        (
            json!([{"Delete": {"TableName": "nowhere", "Key": key("1")}}]),
            "Requested resource not found",
        ),
    ];
    for (items, wanted) in cases {
        assert_eq!(write(&admin, items).await.unwrap_err().message, wanted);
    }
    let get = json!({"Get": {"TableName": "log", "Key": key("1")}});
    let gets = json!({"TransactItems": [get, get]});
    let failure = admin.call("dynamodb", "TransactGetItems", gets).await.unwrap_err();
    assert_eq!(failure.message, twice);
}

#[tokio::test]
async fn a_token_makes_a_request_count_once() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let request = |sum: i64| {
        json!({
            "TransactItems": [add("a", sum)], "ClientRequestToken": "token",
            "ReturnConsumedCapacity": "TOTAL",
        })
    };
    let first = admin.call("dynamodb", "TransactWriteItems", request(5)).await.unwrap();
    assert_eq!(
        first["ConsumedCapacity"],
        json!([{"TableName": "accounts", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}])
    );
    let again = admin.call("dynamodb", "TransactWriteItems", request(5)).await.unwrap();
    assert_eq!(again["ConsumedCapacity"][0]["ReadCapacityUnits"], 2.0);
    assert_eq!(sums(&admin).await, ["15", "10"]);
    let other = admin.call("dynamodb", "TransactWriteItems", request(6)).await.unwrap_err();
    assert_eq!(other.code, "IdempotentParameterMismatchException");
    cloud.clock().advance(std::time::Duration::from_secs(601));
    admin.call("dynamodb", "TransactWriteItems", request(6)).await.unwrap();
    assert_eq!(sums(&admin).await, ["21", "10"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transfers_at_once_are_done_or_told_of_each_other() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (mut moved, mut done) = (0_i64, 0);
    for _ in 0..10 {
        let there = || write(&admin, json!([add("a", -1), add("b", 1)]));
        let back = || write(&admin, json!([add("b", -2), add("a", 2)]));
        let (a, b, c, d) = tokio::join!(there(), back(), there(), back());
        for (outcome, sum) in [(a, 1), (b, -2), (c, 1), (d, -2)] {
            match outcome {
                Ok(_) => {
                    moved += sum;
                    done += 1;
                }
                Err(failure) => {
                    let conflicts = "[TransactionConflict, TransactionConflict]";
                    assert!(failure.message.ends_with(conflicts), "{}", failure.message);
                }
            }
        }
        write(&admin, json!([add("a", moved), add("b", -moved)])).await.unwrap();
        moved = 0;
    }
    assert!(done >= 10, "one of each four wins");
    assert_eq!(sums(&admin).await, ["10", "10"]);
}

#[tokio::test]
async fn each_item_needs_its_own_permission() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    admin.call("iam", "CreateUser", json!({"UserName": "ann"})).await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": "*",
            "Condition": {"StringEquals": {"dynamodb:EnclosingOperation": "TransactWriteItems"}},
        },
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*",
         "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "own-*"}}},
    ]});
    let put = json!({
        "UserName": "ann", "PolicyName": "p", "PolicyDocument": policy.to_string(),
    });
    admin.call("iam", "PutUserPolicy", put).await.unwrap();
    let made = admin.call("iam", "CreateAccessKey", json!({"UserName": "ann"})).await.unwrap();
    let text = |name: &str| made["AccessKey"][name].as_str().unwrap().to_owned();
    let ann = cloud.client(&text("AccessKeyId"), &text("SecretAccessKey"), None);
    write(&ann, json!([add("a", 1), entry("own-1")])).await.unwrap();
    let code = |answer: Result<Value, Failure>| answer.err().map_or("", |failure| failure.code);
    let denied = "AccessDeniedException";
    assert_eq!(code(write(&ann, json!([add("a", 1), entry("other")])).await), denied);
    let delete = json!({"Delete": {"TableName": "log", "Key": key("own-1")}});
    assert_eq!(code(write(&ann, json!([add("a", 1), delete])).await), denied);
    let update = add("a", 1)["Update"].clone();
    assert_eq!(code(ann.call("dynamodb", "UpdateItem", update).await), denied);
    assert_eq!(sums(&admin).await, ["11", "10"]);
}
