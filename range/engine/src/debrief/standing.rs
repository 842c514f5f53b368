//! The documents that every debrief compares, beside those that the scenario names.

use crate::{query::find, scenario::Evidence};
use client::{Cloud, Remote};
use serde_json::{Value, json};

/// The policies of APIs, the code of functions, and which version each alias stands for, as
/// `auditor` reads them.
pub async fn standing(auditor: &Remote) -> Vec<Evidence> {
    let mut documents = vec![
        document(
            "The APIs and their policies",
            "apigateway.GetRestApis",
            json!({}),
            "items[].{api: name, policy: policy}",
        ),
        document(
            "The functions and their code",
            "lambda.ListFunctions",
            json!({}),
            "Functions[].{function: FunctionName, code: CodeSha256}",
        ),
    ];
    let functions = auditor.call("lambda", "ListFunctions", json!({})).await.unwrap_or_default();
    let names = find(&functions, "Functions[].FunctionName").unwrap_or_default();
    for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
        documents.push(document(
            &format!("The aliases of {name}"),
            "lambda.ListAliases",
            json!({"FunctionName": name}),
            "Aliases[].{alias: Name, version: FunctionVersion, routing: RoutingConfig}",
        ));
    }
    documents
}

fn document(title: &str, aws: &str, with: Value, query: &str) -> Evidence {
    Evidence {
        title: title.into(),
        aws: aws.into(),
        with: with.as_object().cloned().unwrap_or_default(),
        query: Some(query.into()),
    }
}
