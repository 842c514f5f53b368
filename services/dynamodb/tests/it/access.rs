//! What policies can say about items: leading keys, attributes, tags.

use serde_json::{Value, json};
use testkit::{Client, Cloud};

/// A cloud with a table, and a user who may do what `statement` says.
async fn user<'c>(cloud: &'c Cloud, statement: Value) -> Client<'c> {
    let admin = cloud.admin();
    let table = json!({
        "TableName": "games",
        "AttributeDefinitions": [{"AttributeName": "player", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "player", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "Tags": [{"Key": "team", "Value": "red"}],
    });
    admin.call("dynamodb", "CreateTable", table).await.unwrap();
    for player in ["ann", "bob"] {
        let item = json!({"player": {"S": player}, "score": {"N": "1"}, "secret": {"S": "x"}});
        let put = json!({"TableName": "games", "Item": item});
        admin.call("dynamodb", "PutItem", put).await.unwrap();
    }
    cloud.user("ann", statement).await
}

async fn code(client: &Client<'_>, operation: &'static str, input: Value) -> &'static str {
    client.call("dynamodb", operation, input).await.err().map_or("", |failure| failure.code)
}

const DENIED: &str = "AccessDeniedException";

#[tokio::test]
async fn leading_keys_confine_a_user_to_a_partition() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE]).await;
    let ann = user(
        &cloud,
        json!({
            "Effect": "Allow", "Action": "dynamodb:*",
            "Resource": "arn:aws:dynamodb:*:*:table/games",
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        }),
    )
    .await;
    for (player, wanted) in [("ann", ""), ("bob", DENIED)] {
        let key = json!({"player": {"S": player}});
        let get = json!({"TableName": "games", "Key": key});
        assert_eq!(code(&ann, "GetItem", get.clone()).await, wanted);
        assert_eq!(code(&ann, "UpdateItem", get).await, wanted);
        let put = json!({"TableName": "games", "Item": key});
        assert_eq!(code(&ann, "PutItem", put).await, wanted);
        let query = json!({
            "TableName": "games", "KeyConditionExpression": "player = :p",
            "ExpressionAttributeValues": {":p": {"S": player}},
        });
        assert_eq!(code(&ann, "Query", query).await, wanted);
        let batch = json!({"RequestItems": {"games": {"Keys": [key, {"player": {"S": "ann"}}]}}});
        if player == "bob" {
            assert_eq!(code(&ann, "BatchGetItem", batch).await, wanted);
        }
    }
    // A scan has no leading keys, so nothing allows it.
    assert_eq!(code(&ann, "Scan", json!({"TableName": "games"})).await, DENIED);
}

#[tokio::test]
async fn attributes_confine_a_user_to_columns() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE]).await;
    let ann = user(
        &cloud,
        json!({
            "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            "Resource": "arn:aws:dynamodb:us-east-1:000000000000:table/games",
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:Attributes": ["player", "score"]},
                "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES",
                                         "dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]},
            },
        }),
    )
    .await;
    let get = |projection: &str| {
        json!({
            "TableName": "games", "Key": {"player": {"S": "bob"}},
            "ProjectionExpression": projection,
        })
    };
    assert_eq!(code(&ann, "GetItem", get("score")).await, "");
    assert_eq!(code(&ann, "GetItem", get("score, secret")).await, DENIED);
    let whole = json!({"TableName": "games", "Key": {"player": {"S": "bob"}}});
    assert_eq!(code(&ann, "GetItem", whole).await, DENIED);
    let update = |expression: &str, values: &str| {
        json!({
            "TableName": "games", "Key": {"player": {"S": "bob"}}, "ReturnValues": values,
            "UpdateExpression": expression, "ExpressionAttributeValues": {":v": {"N": "1"}},
        })
    };
    assert_eq!(code(&ann, "UpdateItem", update("SET score = :v", "NONE")).await, "");
    assert_eq!(code(&ann, "UpdateItem", update("SET score = :v", "ALL_OLD")).await, DENIED);
    let peek = update("SET score = if_not_exists(secret, :v)", "UPDATED_NEW");
    assert_eq!(code(&ann, "UpdateItem", peek).await, DENIED);
}

#[tokio::test]
async fn tags_of_the_table_decide() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE]).await;
    let ann = user(
        &cloud,
        json!({
            "Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}},
        }),
    )
    .await;
    assert_eq!(code(&ann, "Scan", json!({"TableName": "games"})).await, "");
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/games";
    let untag = json!({"ResourceArn": arn, "TagKeys": ["team"]});
    cloud.admin().call("dynamodb", "UntagResource", untag).await.unwrap();
    assert_eq!(code(&ann, "Scan", json!({"TableName": "games"})).await, DENIED);
}
