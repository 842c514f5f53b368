//! Findings of access from outside the account, and what may be done with them.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud};

const ANALYZER: &str = "arn:aws:access-analyzer:us-east-1:000000000000:analyzer/a";
const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:q";
const OUTSIDER: &str = "999988887777";

async fn cloud() -> Cloud {
    let services = [
        &accessanalyzer::SERVICE,
        &dynamodb::SERVICE,
        &iam::SERVICE,
        &kms::SERVICE,
        &sns::SERVICE,
        &sqs::SERVICE,
        &sts::SERVICE,
    ];
    Cloud::start(&services).await
}

async fn call(client: &Client<'_>, name: (&'static str, &'static str), input: Value) -> Value {
    let answer = client.call(name.0, name.1, input).await;
    answer.unwrap_or_else(|failure| panic!("{name:?}: {} {}", failure.code, failure.message))
}

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    call(client, ("accessanalyzer", operation), input).await
}

fn policy(principal: Value, action: &str, resource: &str, condition: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "s", "Effect": "Allow",
        "Principal": principal, "Action": action, "Resource": resource, "Condition": condition}]})
    .to_string()
}

async fn open_queue(client: &Client<'_>, document: &str) {
    let queue = call(client, ("sqs", "CreateQueue"), json!({"QueueName": "q"})).await;
    let set = json!({"QueueUrl": queue["QueueUrl"], "Attributes": {"Policy": document}});
    call(client, ("sqs", "SetQueueAttributes"), set).await;
}

async fn analyzer(client: &Client<'_>, rules: Value) {
    let create = json!({"analyzerName": "a", "type": "ACCOUNT", "archiveRules": rules});
    let made = ok(client, "CreateAnalyzer", create).await;
    assert_eq!(made["arn"], ANALYZER);
}

async fn findings(client: &Client<'_>, filter: Value) -> Vec<Value> {
    let input = json!({"analyzerArn": ANALYZER, "filter": filter});
    ok(client, "ListFindings", input).await["findings"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_queue_opened_to_another_account_is_found_and_resolved() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let other = json!({"AWS": format!("arn:aws:iam::{OUTSIDER}:root")});
    let key = json!({"StringEquals": {"aws:username": "eve"}});
    open_queue(&admin, &policy(other.clone(), "sqs:SendMessage", QUEUE, key)).await;
    analyzer(&admin, json!([])).await;
    let found = findings(&admin, json!({})).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let finding = &found[0];
    assert_eq!((&finding["resource"], &finding["status"]), (&json!(QUEUE), &json!("ACTIVE")));
    assert_eq!(finding["resourceType"], "AWS::SQS::Queue");
    let shown = json!({"AWS": OUTSIDER});
    assert_eq!((&finding["principal"], &finding["isPublic"]), (&shown, &json!(false)));
    assert_eq!(finding["action"].as_array().unwrap().len(), 1);
    assert_eq!(finding["condition"], json!({"aws:username": "eve"}));
    let get = json!({"analyzerArn": ANALYZER, "id": finding["id"]});
    assert_eq!(ok(&admin, "GetFinding", get.clone()).await["finding"], *finding);
    let whole = ok(&admin, "GetFindingV2", get.clone()).await;
    assert_eq!(whole["findingDetails"][0]["externalAccessDetails"]["principal"], shown);
    let v2 = ok(&admin, "ListFindingsV2", json!({"analyzerArn": ANALYZER})).await;
    assert_eq!(v2["findings"][0]["findingType"], "ExternalAccess");

    cloud.clock().advance(Duration::from_secs(10));
    let url = json!({"QueueUrl": "http://localhost:4566/000000000000/q"});
    call(&admin, ("sqs", "DeleteQueue"), url).await;
    let gone = ok(&admin, "GetFinding", get.clone()).await;
    assert_eq!(gone["finding"]["status"], "RESOLVED");
    cloud.clock().advance(Duration::from_secs(90));
    let key = json!({"StringEquals": {"aws:username": "eve"}});
    open_queue(&admin, &policy(other, "sqs:SendMessage", QUEUE, key)).await;
    let again = ok(&admin, "GetFinding", get).await;
    assert_eq!(
        (&again["finding"]["status"], &again["finding"]["createdAt"]),
        (&json!("ACTIVE"), &finding["createdAt"]),
        "it is the same finding"
    );
}

#[tokio::test]
async fn what_stays_inside_is_no_finding() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    call(&admin, ("kms", "CreateKey"), json!({})).await;
    call(&admin, ("sns", "CreateTopic"), json!({"Name": "t"})).await;
    let source = json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:000000000000:*"}});
    open_queue(&admin, &policy(json!("*"), "sqs:SendMessage", QUEUE, source)).await;
    analyzer(&admin, json!([])).await;
    assert_eq!(findings(&admin, json!({})).await, Vec::<Value>::new());
    let list = ok(&admin, "ListAnalyzedResources", json!({"analyzerArn": ANALYZER})).await;
    let types: Vec<_> = list["analyzedResources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["resourceType"].as_str().unwrap())
        .collect();
    for wanted in ["AWS::KMS::Key", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::IAM::Role"] {
        assert!(types.contains(&wanted), "{wanted}: {types:?}");
    }
}

#[tokio::test]
async fn every_type_of_resource_is_looked_at() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let other = json!({"AWS": OUTSIDER});
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": other, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole"}]});
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
    call(&admin, ("iam", "CreateRole"), role).await;
    let own = json!({"AWS": "000000000000"});
    let statements = [own, other.clone()].map(|principal| {
        json!({"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"})
    });
    let key =
        json!({"Policy": json!({"Version": "2012-10-17", "Statement": statements}).to_string()});
    call(&admin, ("kms", "CreateKey"), key).await;
    let topic = call(&admin, ("sns", "CreateTopic"), json!({"Name": "t"})).await;
    let topic = topic["TopicArn"].as_str().unwrap();
    let open = policy(json!("*"), "sns:Publish", topic, json!({}));
    let set = json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": open});
    call(&admin, ("sns", "SetTopicAttributes"), set).await;
    let table = json!({"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]});
    call(&admin, ("dynamodb", "CreateTable"), table).await;
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/tab";
    cloud.clock().advance(Duration::from_secs(60));
    cloud
        .eventually(async || {
            let shared = policy(other.clone(), "dynamodb:GetItem", table, json!({}));
            let put = json!({"ResourceArn": table, "Policy": shared});
            admin.call("dynamodb", "PutResourcePolicy", put).await.ok()
        })
        .await;
    analyzer(&admin, json!([])).await;
    let found = findings(&admin, json!({})).await;
    let mut types: Vec<_> = found.iter().map(|it| it["resourceType"].as_str().unwrap()).collect();
    types.sort_unstable();
    let expected = ["AWS::DynamoDB::Table", "AWS::IAM::Role", "AWS::KMS::Key", "AWS::SNS::Topic"];
    assert_eq!(types, expected, "{found:?}");
    let public = findings(&admin, json!({"isPublic": {"eq": ["true"]}})).await;
    assert_eq!((public.len(), &public[0]["resource"]), (1, &json!(topic)));
    let others = json!({"principal.AWS": {"contains": [OUTSIDER]},
        "resourceType": {"neq": ["AWS::KMS::Key"]}});
    assert_eq!(findings(&admin, others).await.len(), 2);
    let get = json!({"analyzerArn": ANALYZER, "resourceArn": topic});
    let resource = ok(&admin, "GetAnalyzedResource", get).await;
    assert_eq!(resource["resource"]["isPublic"], true);
    assert_eq!(resource["resource"]["actions"], json!(["sns:Publish"]));
}

#[tokio::test]
async fn rules_archive_what_is_meant() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let other = json!({"AWS": OUTSIDER});
    open_queue(&admin, &policy(other, "sqs:SendMessage", QUEUE, json!({}))).await;
    let filter = json!({"resource": {"contains": [":sqs:"]}});
    analyzer(&admin, json!([{"ruleName": "meant", "filter": filter}])).await;
    let found = findings(&admin, json!({})).await;
    assert_eq!(found[0]["status"], "ARCHIVED");
    let update = json!({"analyzerArn": ANALYZER, "status": "ACTIVE", "ids": [found[0]["id"]]});
    ok(&admin, "UpdateFindings", update).await;
    assert_eq!(findings(&admin, json!({"status": {"eq": ["ACTIVE"]}})).await.len(), 1);
    let rule = json!({"analyzerArn": ANALYZER, "ruleName": "meant"});
    ok(&admin, "ApplyArchiveRule", rule).await;
    assert_eq!(findings(&admin, json!({"status": {"eq": ["ARCHIVED"]}})).await.len(), 1);
    let named = json!({"analyzerName": "a", "ruleName": "meant"});
    let shown = ok(&admin, "GetArchiveRule", named.clone()).await;
    assert_eq!(shown["archiveRule"]["filter"], filter);
    let change = json!({"analyzerName": "a", "ruleName": "meant", "filter": {}});
    ok(&admin, "UpdateArchiveRule", change.clone()).await;
    let failure = admin.call("accessanalyzer", "CreateArchiveRule", change).await.unwrap_err();
    assert_eq!((failure.code, failure.status), ("ConflictException", 409));
    ok(&admin, "DeleteArchiveRule", named.clone()).await;
    let failure = admin.call("accessanalyzer", "GetArchiveRule", named).await.unwrap_err();
    assert_eq!((failure.code, failure.status), ("ResourceNotFoundException", 404));
    let rules = ok(&admin, "ListArchiveRules", json!({"analyzerName": "a"})).await;
    assert_eq!(rules["archiveRules"], json!([]));
}

#[tokio::test]
async fn analyzers_are_made_tagged_and_deleted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    analyzer(&admin, json!([])).await;
    let again = json!({"analyzerName": "b", "type": "ACCOUNT"});
    let failure = admin.call("accessanalyzer", "CreateAnalyzer", again).await.unwrap_err();
    assert_eq!(failure.code, "ServiceQuotaExceededException");
    let unused = json!({"analyzerName": "b", "type": "ACCOUNT_UNUSED_ACCESS"});
    let failure = admin.call("accessanalyzer", "CreateAnalyzer", unused).await.unwrap_err();
    assert_eq!(failure.status, 501);
    let tag = json!({"resourceArn": ANALYZER, "tags": {"a": "1", "b": "2"}});
    ok(&admin, "TagResource", tag).await;
    ok(&admin, "UntagResource", json!({"resourceArn": ANALYZER, "tagKeys": ["a"]})).await;
    let tags = ok(&admin, "ListTagsForResource", json!({"resourceArn": ANALYZER})).await;
    assert_eq!(tags["tags"], json!({"b": "2"}));
    let shown = ok(&admin, "GetAnalyzer", json!({"analyzerName": "a"})).await;
    assert_eq!(
        (&shown["analyzer"]["status"], &shown["analyzer"]["tags"]),
        (&json!("ACTIVE"), &json!({"b": "2"}))
    );
    let list = ok(&admin, "ListAnalyzers", json!({"type": "ACCOUNT"})).await;
    assert_eq!(list["analyzers"][0], shown["analyzer"]);
    let missing = json!({"analyzerArn": ANALYZER, "resourceArn": QUEUE});
    let failure = admin.call("accessanalyzer", "StartResourceScan", missing).await.unwrap_err();
    assert_eq!(failure.code, "ResourceNotFoundException");
    ok(&admin, "DeleteAnalyzer", json!({"analyzerName": "a"})).await;
    let failure = admin.call("accessanalyzer", "GetAnalyzer", json!({"analyzerName": "a"})).await;
    assert_eq!(failure.unwrap_err().code, "ResourceNotFoundException");
}

/// The service-linked role has no more power than its policy and the key's give it.
#[tokio::test]
async fn a_policy_that_cannot_be_read_says_so() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let only = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::000000000000:user/admin"}});
    let document = json!({"Version": "2012-10-17", "Statement": [only]}).to_string();
    let key = call(&admin, ("kms", "CreateKey"), json!({"Policy": document})).await;
    analyzer(&admin, json!([])).await;
    let arn = &key["KeyMetadata"]["Arn"];
    let get = json!({"analyzerArn": ANALYZER, "resourceArn": arn});
    let resource = ok(&admin, "GetAnalyzedResource", get).await;
    assert_eq!(resource["resource"]["error"], "ACCESS_DENIED");
}
