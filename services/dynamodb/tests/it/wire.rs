//! What only a real request shows: the form of errors, and how deep items may nest.

use crate::support::request;
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use testkit::Cloud;

async fn send(cloud: &Cloud, operation: &str, input: &Value) -> Response<Bytes> {
    cloud.send(request(&cloud.admin(), operation, input)).await
}

async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let table = json!({
        "TableName": "deep",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    assert_eq!(send(&cloud, "CreateTable", &table).await.status(), 200);
    cloud
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn errors_carry_dynamodbs_type() {
    let cloud = cloud().await;
    let response = send(&cloud, "DescribeTable", &json!({"TableName": "absent"})).await;
    assert_eq!(response.status(), 400);
    assert_eq!(
        body(&response),
        json!({
            "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            "message": "Requested resource not found: Table: absent not found",
        })
    );
}

#[tokio::test]
async fn a_failed_condition_shows_the_item() {
    let cloud = cloud().await;
    let put = json!({
        "TableName": "deep", "Item": {"id": {"S": "1"}},
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(send(&cloud, "PutItem", &put).await.status(), 200);
    let refused = body(&send(&cloud, "PutItem", &put).await);
    assert_eq!(refused["Item"], json!({"id": {"S": "1"}}));
    assert_eq!(refused["message"], "The conditional request failed");
}

#[tokio::test]
async fn items_nest_thirty_two_levels() {
    let cloud = cloud().await;
    for (levels, wanted) in [(32, 200), (33, 400)] {
        let deep = (0..levels).fold(json!({"S": "x"}), |inner, level| match level % 2 {
            0 => json!({"M": {"a": inner}}),
            _ => json!({"L": [inner]}),
        });
        let put = json!({"PutRequest": {"Item": {"id": {"S": "1"}, "deep": deep}}});
        let batch = json!({"RequestItems": {"deep": [put]}});
        let response = send(&cloud, "BatchWriteItem", &batch).await;
        assert_eq!(response.status(), wanted, "{:?}", response.body());
    }
}

#[tokio::test]
async fn an_empty_value_is_refused_in_awss_words() {
    let cloud = cloud().await;
    let put = json!({"TableName": "deep", "Item": {"id": {}}});
    let text = "Supplied AttributeValue is empty, must contain exactly one of the supported \
                datatypes";
    assert_eq!(body(&send(&cloud, "PutItem", &put).await)["message"], text);
}
