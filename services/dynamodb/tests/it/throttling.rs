//! Throttling through the API: what is reserved, what bursts, what is left for later.

use serde_json::{Value, json};
use service_kit::{
    metrics::{Point, Series, minute},
    platform::Throttling,
};
use shape::Failure;
use std::time::Duration;
use testkit::{Client, Cloud};

const EXCEEDED: &str = "The level of configured provisioned throughput for the table was exceeded. \
     Consider increasing your provisioning level with the UpdateTable API.";
const INDEX_EXCEEDED: &str = "The level of configured provisioned throughput for one or more \
     global secondary indexes of the table was exceeded. Consider increasing your provisioning \
     level for the under-provisioned global secondary indexes with the UpdateTable API.";

fn units(read: u64, write: u64) -> Value {
    json!({"ReadCapacityUnits": read, "WriteCapacityUnits": write})
}

/// A table with a global index `by-kind`.
fn table(name: &str, read: u64, write: u64, index_write: u64) -> Value {
    let definition = |name| json!({"AttributeName": name, "AttributeType": "S"});
    let element = |name, kind| json!({"AttributeName": name, "KeyType": kind});
    json!({
        "TableName": name,
        "AttributeDefinitions": [definition("id"), definition("at"), definition("kind")],
        "KeySchema": [element("id", "HASH"), element("at", "RANGE")],
        "ProvisionedThroughput": units(read, write),
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-kind", "KeySchema": [element("kind", "HASH")],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": units(read, index_write),
        }],
    })
}

async fn cloud(read: u64, write: u64, index_write: u64) -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    call(&cloud.admin(), "CreateTable", table("tab", read, write, index_write)).await.unwrap();
    cloud
}

async fn call(
    client: &Client<'_>,
    operation: &'static str,
    input: Value,
) -> Result<Value, Failure> {
    client.call("dynamodb", operation, input).await
}

fn key(id: &str, at: &str) -> Value {
    json!({"id": {"S": id}, "at": {"S": at}})
}

/// An item of about so many kilobytes.
fn item(id: &str, at: &str, kilobytes: usize) -> Value {
    let mut item = key(id, at);
    item["text"] = json!({"S": "x".repeat((kilobytes * 1024).saturating_sub(100))});
    item
}

async fn put(client: &Client<'_>, item: Value) -> Result<Value, Failure> {
    call(client, "PutItem", json!({"TableName": "tab", "Item": item})).await
}

async fn get(client: &Client<'_>, id: &str) -> Result<Value, Failure> {
    let input = json!({"TableName": "tab", "Key": key(id, "1"), "ConsistentRead": true});
    call(client, "GetItem", input).await
}

/// The only reason and resource of a throttled request.
fn reason(failure: &Failure) -> String {
    let name = if failure.code == "ThrottlingException" {
        "throttlingReasons"
    } else {
        "ThrottlingReasons"
    };
    let (_, _, value) = failure.fields.iter().find(|(field, ..)| *field == name).unwrap();
    format!("{value:?}")
}

/// The sum of a metric of this minute.
async fn metric(cloud: &Cloud, name: &'static str, dimensions: &[(&str, &str)]) -> f64 {
    cloud.platform().flush().await.unwrap();
    let series = Series::new("AWS/DynamoDB", name, dimensions);
    let at = minute(cloud.clock().now());
    let unit = "Count".to_owned();
    let point: Option<Point> = cloud.context().read(|tx| tx.get((series, at, &unit))).unwrap();
    point.map_or(0.0, |point| point.sum)
}

#[tokio::test]
async fn writes_burst_for_five_minutes_and_are_throttled_then() {
    let cloud = cloud(1, 2, 1).await;
    let admin = cloud.admin();
    // 600 units were never used.
    for at in ["1", "2", "3"] {
        put(&admin, item("a", at, 200)).await.unwrap();
    }
    let failure = put(&admin, item("a", "4", 1)).await.unwrap_err();
    assert_eq!(failure.code, "ProvisionedThroughputExceededException");
    assert_eq!((failure.status, failure.message.as_str()), (400, EXCEEDED));
    let reason = reason(&failure);
    assert!(reason.contains("TableWriteProvisionedThroughputExceeded"), "{reason}");
    assert!(reason.contains("arn:aws:dynamodb:us-east-1:000000000000:table/tab"), "{reason}");
    let of_table = [("TableName", "tab")];
    assert_eq!(metric(&cloud, "WriteThrottleEvents", &of_table).await, 1.0);
    assert_eq!(metric(&cloud, "WriteProvisionedThroughputThrottleEvents", &of_table).await, 1.0);
    let of_operation = [("TableName", "tab"), ("Operation", "PutItem")];
    assert_eq!(metric(&cloud, "ThrottledRequests", &of_operation).await, 1.0);
    assert_eq!(metric(&cloud, "ProvisionedWriteCapacityUnits", &of_table).await, 2.0);
    // Reads have a capacity of their own.
    get(&admin, "a").await.unwrap();
    cloud.clock().advance(Duration::from_secs(1));
    put(&admin, item("a", "4", 1)).await.unwrap();
    put(&admin, item("a", "5", 1)).await.unwrap();
    put(&admin, item("a", "6", 1)).await.unwrap_err();
}

#[tokio::test]
async fn reads_are_charged_once_their_size_is_known() {
    let cloud = cloud(1, 1_000, 1).await;
    let admin = cloud.admin();
    for at in 0..5 {
        put(&admin, item("a", &at.to_string(), 300)).await.unwrap();
        cloud.clock().advance(Duration::from_secs(1));
    }
    let query = json!({
        "TableName": "tab", "KeyConditionExpression": "id = :i", "ConsistentRead": true,
        "ExpressionAttributeValues": {":i": {"S": "a"}}, "ReturnConsumedCapacity": "TOTAL",
    });
    // A page of more than 1 MB costs nearly all; the next goes into debt.
    let page = call(&admin, "Query", query.clone()).await.unwrap();
    assert_eq!(page["ConsumedCapacity"]["CapacityUnits"], 300.0);
    for (operation, input) in [
        ("Query", query.clone()),
        ("Scan", json!({"TableName": "tab"})),
        ("GetItem", json!({"TableName": "tab", "Key": key("b", "1")})),
        ("ExecuteStatement", json!({"Statement": "SELECT * FROM tab WHERE id = 'a'"})),
    ] {
        let failure = call(&admin, operation, input).await.unwrap_err();
        assert_eq!(failure.message, EXCEEDED, "{operation}");
        assert!(reason(&failure).contains("TableReadProvisionedThroughputExceeded"));
    }
    cloud.clock().advance(Duration::from_secs(1));
    call(&admin, "Query", query.clone()).await.unwrap();
    cloud.clock().advance(Duration::from_secs(298));
    call(&admin, "Query", query.clone()).await.unwrap_err();
    cloud.clock().advance(Duration::from_secs(3));
    call(&admin, "Query", query).await.unwrap();
}

#[tokio::test]
async fn an_index_that_is_full_holds_up_the_table() {
    let cloud = cloud(1, 100, 1).await;
    let admin = cloud.admin();
    let of = |at: &str, kilobytes| {
        let mut item = item("a", at, kilobytes);
        item["kind"] = json!({"S": "k"});
        item
    };
    put(&admin, of("1", 300)).await.unwrap();
    let failure = put(&admin, of("2", 1)).await.unwrap_err();
    assert_eq!(failure.code, "ProvisionedThroughputExceededException");
    assert_eq!(failure.message, INDEX_EXCEEDED);
    assert!(reason(&failure).contains("IndexWriteProvisionedThroughputExceeded"));
    assert!(reason(&failure).contains("table/tab/index/by-kind"));
    let of_index = [("TableName", "tab"), ("GlobalSecondaryIndexName", "by-kind")];
    assert_eq!(metric(&cloud, "WriteThrottleEvents", &of_index).await, 1.0);
    // What the index does not hold goes on, and nothing was written of what did not.
    put(&admin, item("a", "3", 1)).await.unwrap();
    let found = call(&admin, "GetItem", json!({"TableName": "tab", "Key": key("a", "2")})).await;
    assert_eq!(found.unwrap().get("Item"), None);
    // In a batch, what cannot be written is left.
    let writes =
        json!([{"PutRequest": {"Item": of("4", 1)}}, {"PutRequest": {"Item": item("a", "5", 1)}}]);
    let answer =
        call(&admin, "BatchWriteItem", json!({"RequestItems": {"tab": writes}})).await.unwrap();
    let left = &answer["UnprocessedItems"]["tab"];
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["PutRequest"]["Item"]["at"]["S"], "4");
    cloud.clock().advance(Duration::from_secs(1));
    put(&admin, of("2", 1)).await.unwrap();
}

#[tokio::test]
async fn batches_leave_what_is_too_much() {
    let cloud = cloud(1, 1, 1).await;
    let admin = cloud.admin();
    let requests = |count: usize| -> Value {
        let put = |at: usize| json!({"PutRequest": {"Item": item("a", &at.to_string(), 100)}});
        json!({"RequestItems": {"tab": (0..count).map(put).collect::<Vec<_>>()}})
    };
    let answer = call(&admin, "BatchWriteItem", requests(10)).await.unwrap();
    assert_eq!(answer["UnprocessedItems"]["tab"].as_array().unwrap().len(), 7);
    let failure = call(&admin, "BatchWriteItem", requests(10)).await.unwrap_err();
    assert_eq!(
        (failure.code, failure.message.as_str()),
        ("ProvisionedThroughputExceededException", EXCEEDED)
    );
    let keys: Vec<Value> = (0..10).map(|at| key("a", &at.to_string())).collect();
    let read = json!({"RequestItems": {"tab": {"Keys": keys, "ConsistentRead": true}}});
    for _ in 0..3 {
        let answer = call(&admin, "BatchGetItem", read.clone()).await.unwrap();
        assert_eq!(answer["UnprocessedKeys"], json!({}));
    }
    // 3 * (3 * 25 + 7) are gone; of the rest, 54, three items fit.
    let answer = call(&admin, "BatchGetItem", read.clone()).await.unwrap();
    let left = answer["UnprocessedKeys"]["tab"]["Keys"].as_array().unwrap().len();
    assert_eq!(answer["Responses"]["tab"].as_array().unwrap().len() + left, 3 + 7);
    assert_eq!(left, 7);
    assert_eq!(answer["UnprocessedKeys"]["tab"]["ConsistentRead"], true);
    let failure = call(&admin, "BatchGetItem", read).await.unwrap_err();
    assert_eq!(failure.code, "ProvisionedThroughputExceededException");
    let of = [("TableName", "tab"), ("Operation", "BatchGetItem")];
    assert_eq!(metric(&cloud, "ThrottledRequests", &of).await, 1.0);
    assert_eq!(metric(&cloud, "ReadThrottleEvents", &of[..1]).await, 17.0);
}

#[tokio::test]
async fn transactions_and_statements_say_why() {
    let cloud = cloud(1, 1, 1).await;
    let admin = cloud.admin();
    put(&admin, item("a", "1", 300)).await.unwrap();
    let write = json!({"TransactItems": [
        {"Put": {"TableName": "tab", "Item": key("a", "1")}},
        {"Delete": {"TableName": "tab", "Key": key("b", "1")}},
    ]});
    let failure = call(&admin, "TransactWriteItems", write).await.unwrap_err();
    assert_eq!(failure.code, "TransactionCanceledException");
    assert_eq!(
        failure.message,
        "Transaction cancelled, please refer cancellation reasons for specific reasons \
         [ProvisionedThroughputExceeded, ProvisionedThroughputExceeded]"
    );
    assert!(format!("{:?}", failure.fields).contains(EXCEEDED));
    let batch = async |statement: &str| {
        let statements = json!({"Statements": [{"Statement": statement}]});
        let answer = call(&admin, "BatchExecuteStatement", statements).await.unwrap();
        answer["Responses"][0].get("Error").cloned()
    };
    let error = batch("INSERT INTO tab VALUE {'id': 'c', 'at': '1'}").await.unwrap();
    assert_eq!(error["Code"], "ProvisionedThroughputExceeded");
    assert_eq!(error["Message"], EXCEEDED);
    let select = "SELECT * FROM tab WHERE id = 'a' AND \"at\" = '1'";
    assert_eq!(batch(select).await, None, "reads have capacity of their own");
}

#[tokio::test]
async fn one_partition_has_less_than_its_table() {
    let cloud = cloud(10_000, 5_000, 5_000).await;
    let admin = cloud.admin();
    for at in ["1", "2", "3"] {
        put(&admin, item("hot", at, 350)).await.unwrap();
    }
    let failure = put(&admin, item("hot", "4", 1)).await.unwrap_err();
    assert_eq!(failure.code, "ProvisionedThroughputExceededException");
    assert_eq!(failure.message, EXCEEDED);
    assert!(reason(&failure).contains("TableWriteKeyRangeThroughputExceeded"));
    put(&admin, item("cold", "1", 1)).await.unwrap();
    let events = metric(&cloud, "WriteKeyRangeThroughputThrottleEvents", &[("TableName", "tab")]);
    assert_eq!(events.await, 1.0);
    cloud.clock().advance(Duration::from_secs(1));
    put(&admin, item("hot", "4", 1)).await.unwrap();
}

#[tokio::test]
async fn a_refused_condition_consumes_what_is_there() {
    let cloud = cloud(1, 1, 1).await;
    let admin = cloud.admin();
    put(&admin, item("a", "1", 100)).await.unwrap();
    let new = json!({
        "TableName": "tab", "Item": key("a", "1"), "ConditionExpression": "attribute_not_exists(id)",
    });
    for _ in 0..2 {
        let failure = call(&admin, "PutItem", new.clone()).await.unwrap_err();
        assert_eq!(failure.code, "ConditionalCheckFailedException");
    }
    let of_table = [("TableName", "tab")];
    assert_eq!(metric(&cloud, "ConditionalCheckFailedRequests", &of_table).await, 2.0);
    assert_eq!(metric(&cloud, "ConsumedWriteCapacityUnits", &of_table).await, 300.0);
    let failure = call(&admin, "PutItem", new).await.unwrap_err();
    assert_eq!(failure.code, "ProvisionedThroughputExceededException");
}

#[tokio::test]
async fn nothing_is_throttled_where_throttling_is_off() {
    let cloud = Cloud::with_throttling(&[&dynamodb::SERVICE], Throttling::Off).await;
    let admin = cloud.admin();
    call(&admin, "CreateTable", table("tab", 1, 1, 1)).await.unwrap();
    for at in 0..20 {
        put(&admin, item("a", &at.to_string(), 350)).await.unwrap();
    }
}

#[tokio::test]
async fn tables_paid_by_request_are_held_to_quotas_alone_and_only_if_asked_for() {
    for throttling in [Throttling::Reserved, Throttling::Quotas] {
        let cloud = Cloud::with_throttling(&[&dynamodb::SERVICE], throttling).await;
        let admin = cloud.admin();
        let table = json!({
            "TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
        });
        call(&admin, "CreateTable", table).await.unwrap();
        for at in ["1", "2", "3"] {
            put(&admin, item("hot", at, 350)).await.unwrap();
        }
        let more = put(&admin, item("hot", "4", 1)).await;
        if throttling == Throttling::Reserved {
            more.unwrap();
            continue;
        }
        let failure = more.unwrap_err();
        assert_eq!(failure.code, "ThrottlingException");
        assert!(failure.message.starts_with("Throughput exceeds the current capacity of your"));
        assert!(reason(&failure).contains("TableWriteKeyRangeThroughputExceeded"));
        for partition in 0..112 {
            put(&admin, item(&partition.to_string(), "1", 350)).await.unwrap();
        }
        let failure = put(&admin, item("cold", "1", 1)).await.unwrap_err();
        assert_eq!(failure.code, "RequestLimitExceeded");
        assert!(reason(&failure).contains("TableWriteAccountLimitExceeded"));
    }
}

#[tokio::test]
async fn a_maximum_holds_tables_paid_by_request() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let mut table = table("tab", 1, 1, 1);
    let parts = table.as_object_mut().unwrap();
    parts.remove("ProvisionedThroughput");
    parts.insert("BillingMode".into(), "PAY_PER_REQUEST".into());
    parts.insert("OnDemandThroughput".into(), json!({"MaxWriteRequestUnits": 2}));
    let index = table["GlobalSecondaryIndexes"][0].as_object_mut().unwrap();
    index.remove("ProvisionedThroughput");
    index.insert("OnDemandThroughput".into(), json!({"MaxReadRequestUnits": 1}));
    call(&admin, "CreateTable", table).await.unwrap();
    let text = "Throughput exceeds the maximum OnDemandThroughput configured on table or index";
    let mut kept = item("a", "1", 390);
    kept["kind"] = json!({"S": "k"});
    put(&admin, kept.clone()).await.unwrap();
    put(&admin, item("a", "2", 300)).await.unwrap();
    let failure = put(&admin, item("a", "3", 1)).await.unwrap_err();
    assert_eq!((failure.code, failure.message.as_str()), ("ThrottlingException", text));
    assert!(reason(&failure).contains("TableWriteMaxOnDemandThroughputExceeded"));
    let write = json!({"TransactItems": [{"Put": {"TableName": "tab", "Item": key("a", "3")}}]});
    let failure = call(&admin, "TransactWriteItems", write).await.unwrap_err();
    assert!(failure.message.ends_with("[ThrottlingError]"), "{}", failure.message);
    // The table's reads are free, its index's are not.
    let query = json!({
        "TableName": "tab", "IndexName": "by-kind", "KeyConditionExpression": "kind = :k",
        "ExpressionAttributeValues": {":k": {"S": "k"}},
    });
    for _ in 0..7 {
        get(&admin, "a").await.unwrap();
        call(&admin, "Query", query.clone()).await.unwrap();
    }
    let failure = call(&admin, "Query", query).await.unwrap_err();
    assert_eq!(failure.message, text);
    assert!(reason(&failure).contains("IndexReadMaxOnDemandThroughputExceeded"));
    assert!(reason(&failure).contains("table/tab/index/by-kind"));
}
