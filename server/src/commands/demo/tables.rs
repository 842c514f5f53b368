//! Chapter: a table, and items in it.

use super::{
    answer::{Answer, Problem},
    cloud::Cloud,
    journey::TABLE,
    step::{Chapter, Report},
};
use serde_json::{Value, json};

/// Plays the chapter.
pub async fn play(cloud: &Cloud, report: &mut Report) -> Chapter {
    report.chapter("A table");
    report.need("create table StreamItems (id S, 5/5)", create(cloud)).await?;
    report.need("describe it until it is ACTIVE; list it", describe(cloud)).await?;
    report.need("put an item; a second put on condition is refused", put(cloud)).await?;
    report.check("get it, consistently", get(cloud)).await;
    report.check("update it by an expression", update(cloud)).await;
    report.check("query and scan find it", find(cloud)).await;
    report.check("delete it; the table is empty", delete(cloud)).await;
    Ok(())
}

/// Calls DynamoDB for the table.
async fn call(cloud: &Cloud, operation: &str, mut input: Value) -> Result<Answer, Problem> {
    input["TableName"] = TABLE.into();
    cloud.json("dynamodb", operation, input).await
}

async fn create(cloud: &Cloud) -> Result<(), Problem> {
    let input = json!({
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    });
    let arn = cloud.arn("dynamodb", &format!("table/{TABLE}"));
    let answer = call(cloud, "CreateTable", input.clone()).await?;
    answer.success()?.has("/TableDescription/TableArn", arn)?;
    call(cloud, "CreateTable", input).await?.refused(400, "ResourceInUseException")?;
    Ok(())
}

async fn describe(cloud: &Cloud) -> Result<(), Problem> {
    let describe =
        async || call(cloud, "DescribeTable", json!({})).await?.has("/Table/TableStatus", "ACTIVE");
    cloud
        .eventually(describe)
        .await?
        .has("/Table/ProvisionedThroughput/ReadCapacityUnits", 5)?
        .has("/Table/ProvisionedThroughput/WriteCapacityUnits", 5)?
        .has("/Table/KeySchema/0/AttributeName", "id")?;
    let tables = cloud.json("dynamodb", "ListTables", json!({})).await?.success()?;
    tables.has("/TableNames", json!([TABLE]))?;
    Ok(())
}

async fn put(cloud: &Cloud) -> Result<(), Problem> {
    let item = json!({"id": {"S": "first"}, "title": {"S": "The job"}, "views": {"N": "1"}});
    call(cloud, "PutItem", json!({"Item": item})).await?.success()?;
    let again = json!({"Item": item, "ConditionExpression": "attribute_not_exists(id)"});
    let answer = call(cloud, "PutItem", again).await?;
    answer.refused(400, "ConditionalCheckFailedException")?;
    Ok(())
}

async fn get(cloud: &Cloud) -> Result<(), Problem> {
    let input = json!({"Key": {"id": {"S": "first"}}, "ConsistentRead": true});
    let answer = call(cloud, "GetItem", input).await?.success()?;
    answer.has("/Item/title/S", "The job")?.has("/Item/views/N", "1")?;
    Ok(())
}

async fn update(cloud: &Cloud) -> Result<(), Problem> {
    let input = json!({
        "Key": {"id": {"S": "first"}},
        "UpdateExpression": "SET #title = :title ADD #views :one",
        "ExpressionAttributeNames": {"#title": "title", "#views": "views"},
        "ExpressionAttributeValues": {":title": {"S": "The plan"}, ":one": {"N": "1"}},
        "ReturnValues": "ALL_NEW",
    });
    let answer = call(cloud, "UpdateItem", input).await?.success()?;
    answer.has("/Attributes/title/S", "The plan")?.has("/Attributes/views/N", "2")?;
    Ok(())
}

async fn find(cloud: &Cloud) -> Result<(), Problem> {
    let input = json!({
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "first"}},
    });
    let answer = call(cloud, "Query", input).await?.success()?;
    answer.has("/Count", 1)?.has("/Items/0/title/S", "The plan")?;
    let input = json!({
        "FilterExpression": "begins_with(title, :start)",
        "ExpressionAttributeValues": {":start": {"S": "The"}},
    });
    call(cloud, "Scan", input).await?.success()?.has("/Count", 1)?;
    Ok(())
}

async fn delete(cloud: &Cloud) -> Result<(), Problem> {
    let input = json!({"Key": {"id": {"S": "first"}}, "ReturnValues": "ALL_OLD"});
    let answer = call(cloud, "DeleteItem", input).await?.success()?;
    answer.has("/Attributes/id/S", "first")?;
    call(cloud, "Scan", json!({})).await?.success()?.has("/Count", 0)?;
    Ok(())
}
