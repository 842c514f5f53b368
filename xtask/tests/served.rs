//! The comparison with the models and the coverage page, on a small sample of what is served.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use xtask::{
    conformance::{Exception, differences, unexplained},
    coverage,
    model::Model,
    served::{self, Service},
};

/// DynamoDB's ListTables as it is, and one error.
fn list_tables() -> Value {
    let name = json!({
        "name": "TableName",
        "kind": "string",
        "limits": { "length": [3, 255], "pattern": "[a-zA-Z0-9_.-]+" },
    });
    json!({
        "service": "dynamodb",
        "protocols": ["awsJson1.0"],
        "operations": [{
            "name": "ListTables",
            "http": null,
            "input": { "name": "ListTablesInput", "kind": "structure", "members": [
                { "name": "ExclusiveStartTableName", "schema": name },
                {
                    "name": "Limit",
                    "limits": { "range": [1, 100] },
                    "schema": { "kind": "integer" },
                },
            ] },
            "output": { "name": "ListTablesOutput", "kind": "structure", "members": [
                { "name": "TableNames", "schema": { "kind": "list", "item": name } },
                { "name": "LastEvaluatedTableName", "schema": name },
            ] },
        }],
        "errors": [{ "code": "ResourceNotFoundException", "status": 400, "queryCode": null }],
    })
}

fn service(json: Value) -> Service {
    served::read(&json!([json]).to_string()).unwrap().remove(0)
}

/// The aspects that differ after `change`.
fn aspects(pointer: &str, change: Value) -> Vec<&'static str> {
    let mut json = list_tables();
    *json.pointer_mut(pointer).unwrap() = change;
    let found = differences(&service(json), &Model::load("dynamodb").unwrap());
    found.into_iter().map(|difference| difference.aspect).collect()
}

#[test]
fn what_is_as_in_the_model_does_not_differ() {
    let found = differences(&service(list_tables()), &Model::load("dynamodb").unwrap());
    assert_eq!(found, []);
}

#[test]
fn every_kind_of_mistake_is_found() {
    let input = "/operations/0/input/members";
    let at = |rest: &str| format!("{input}{rest}");
    assert_eq!(aspects("/operations/0/name", json!("LsTables")), ["name"]);
    assert_eq!(aspects(&at("/0/name"), json!("StartTable")), ["name"]);
    assert_eq!(aspects(&at("/1/schema/kind"), json!("long")), ["type"]);
    assert_eq!(aspects(&at("/1/limits"), json!({ "range": [1, 99] })), ["range"]);
    assert_eq!(aspects(&at("/1/limits"), json!({})), ["range"]);
    assert_eq!(aspects(&at("/0/schema/limits"), json!({})), ["length", "pattern"]);
    let broken = json!({ "length": [3, 255], "pattern": "[a-z" });
    assert_eq!(aspects(&at("/0/schema/limits"), broken), ["pattern", "pattern"]);
    let required = json!({ "name": "Limit", "required": true, "schema": { "kind": "integer" } });
    assert_eq!(aspects(&at("/1"), required), ["range", "required"]);
    let bound = json!({ "name": "TableNames", "location": "header", "wireName": "x",
        "schema": { "kind": "list" } });
    assert_eq!(aspects("/operations/0/output/members/0", bound), ["location", "wire name"]);
    assert_eq!(aspects("/errors/0/status", json!(404)), ["status"]);
    assert_eq!(aspects("/errors/0/code", json!("NotThere")), ["code"]);
    assert!(aspects("/errors/0/code", json!("ValidationException")).is_empty());
}

#[test]
fn exceptions_cover_what_differs_and_nothing_else() {
    let mut json = list_tables();
    json["errors"][0]["status"] = json!(404);
    let found = differences(&service(json), &Model::load("dynamodb").unwrap());
    let right = Exception { at: "dynamodb error *", aspect: "status", reason: "a test" };
    assert!(unexplained(&found, &[right]).is_empty());
    let idle = Exception { at: "dynamodb ListTables", aspect: "uri", reason: "a test" };
    let open = unexplained(&found, &[idle]);
    assert_eq!(open.len(), 2);
    assert!(open[0].contains("status is 404, in the model 400"), "{}", open[0]);
    assert!(open[1].contains("remove it"), "{}", open[1]);
}

#[test]
fn the_page_names_what_is_missing() {
    let mut json = list_tables();
    json["operations"][0]["input"]["members"].as_array_mut().unwrap().pop();
    let models = BTreeMap::from([("dynamodb".to_owned(), Model::load("dynamodb").unwrap())]);
    let page = coverage::page(&[service(json)], &models);
    assert!(page.contains("| [dynamodb](#dynamodb) | 1 | 57 |"), "{page}");
    assert!(page.contains("| ListTables | Limit |  |"), "{page}");
    assert!(page.contains("Not there: BatchExecuteStatement, BatchGetItem,"), "{page}");
}

#[test]
fn paths_lead_through_lists_and_stop_at_recursion() {
    let value = json!({ "name": "AttributeValue", "kind": "union", "members": [
        { "name": "S", "schema": { "kind": "string" } },
        { "name": "L", "schema": { "kind": "list", "item": {
            "name": "AttributeValue", "kind": "recursive",
        } } },
    ] });
    let items = json!({ "kind": "structure", "members": [
        { "name": "Items", "schema": { "kind": "list", "item": { "kind": "map", "item": value } } },
    ] });
    let model = Model::load("dynamodb").unwrap();
    let schema = serde_json::from_value(items).unwrap();
    let lacking = coverage::lacking(&schema, Some("ScanOutput"), &model);
    assert!(lacking.contains(&"Count".to_owned()), "{lacking:?}");
    assert!(lacking.contains(&"Items.*.*.BOOL".to_owned()), "{lacking:?}");
    assert!(!lacking.iter().any(|path| path.contains(".L.")), "{lacking:?}");
}

#[test]
fn a_table_of_another_form_is_refused() {
    let error = served::read("[{\"service\": \"sqs\", \"operation\": []}]").unwrap_err();
    assert!(error.contains("served.rs"), "{error}");
}
