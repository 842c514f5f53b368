//! Reports on what was last accessed, and which policies give access.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud, START};

const ANA: &str = "arn:aws:iam::000000000000:user/ana";

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("iam", operation, input).await.unwrap_or_else(|failure| {
        panic!("{operation}: {} {}", failure.code, failure.message);
    })
}

async fn report(client: &Client<'_>, arn: &str) -> (Value, Value) {
    let input = json!({"Arn": arn, "Granularity": "ACTION_LEVEL"});
    let job = ok(client, "GenerateServiceLastAccessedDetails", input).await;
    let job = json!({"JobId": job["JobId"]});
    (ok(client, "GetServiceLastAccessedDetails", job.clone()).await, job)
}

fn service<'v>(report: &'v Value, namespace: &str) -> Option<&'v Value> {
    let services = report["ServicesLastAccessed"].as_array().unwrap();
    services.iter().find(|service| service["ServiceNamespace"] == namespace)
}

#[tokio::test]
async fn a_report_says_what_was_used_when_and_by_whom() {
    let cloud = Cloud::start(&[&iam::SERVICE, &sqs::SERVICE, &sts::SERVICE]).await;
    let admin = cloud.admin();
    let allow = json!({"Effect": "Allow", "Action": ["sqs:*", "kms:Decrypt"], "Resource": "*"});
    let ana = cloud.user("ana", allow).await;
    let made = json!({"QueueName": "q"});
    ana.call("sqs", "CreateQueue", made).await.unwrap();
    cloud.clock().advance(Duration::from_secs(3_600));
    ana.call("sqs", "ListQueues", json!({})).await.unwrap();
    ana.call("iam", "ListUsers", json!({})).await.unwrap_err();
    let (details, job) = report(&admin, ANA).await;
    assert_eq!(
        (&details["JobStatus"], &details["JobType"]),
        (&json!("COMPLETED"), &json!("ACTION_LEVEL"))
    );
    let sqs = service(&details, "sqs").unwrap();
    assert_eq!(sqs["ServiceName"], "Amazon SQS");
    assert_eq!(sqs["LastAuthenticated"], START.as_secs() + 3_600);
    assert_eq!(sqs["LastAuthenticatedEntity"], ANA);
    assert_eq!(sqs["LastAuthenticatedRegion"], "us-east-1");
    assert_eq!(sqs["TotalAuthenticatedEntities"], 1);
    let actions = sqs["TrackedActionsLastAccessed"].as_array().unwrap();
    let times: Vec<_> = actions
        .iter()
        .map(|it| (it["ActionName"].as_str().unwrap(), it["LastAccessedTime"].as_i64().unwrap()))
        .collect();
    let start = START.as_secs();
    assert_eq!(times, [("CreateQueue", start), ("ListQueues", start + 3_600)]);
    assert_eq!(service(&details, "kms").unwrap()["LastAuthenticated"], Value::Null);
    assert!(service(&details, "iam").is_none(), "no policy gives it");

    let mut entities = job;
    entities["ServiceNamespace"] = "sqs".into();
    let who = ok(&admin, "GetServiceLastAccessedDetailsWithEntities", entities).await;
    let info = &who["EntityDetailsList"][0]["EntityInfo"];
    assert_eq!((&info["Arn"], &info["Type"]), (&json!(ANA), &json!("USER")));
    let missing = json!({"JobId": "00000000-0000-0000-0000-000000000000"});
    let failure = admin.call("iam", "GetServiceLastAccessedDetails", missing).await.unwrap_err();
    assert_eq!(failure.code, "NoSuchEntityException");
}

#[tokio::test]
async fn a_policys_report_is_of_all_who_have_it() {
    let cloud = Cloud::start(&[&iam::SERVICE, &sqs::SERVICE]).await;
    let admin = cloud.admin();
    let (ana, bob) = (cloud.user("ana", None).await, cloud.user("bob", None).await);
    let document = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}})
    .to_string();
    let policy = json!({"PolicyName": "queues", "PolicyDocument": document});
    let policy = ok(&admin, "CreatePolicy", policy).await;
    let arn = policy["Policy"]["Arn"].as_str().unwrap();
    ok(&admin, "AttachUserPolicy", json!({"UserName": "ana", "PolicyArn": arn})).await;
    ok(&admin, "CreateGroup", json!({"GroupName": "g"})).await;
    ok(&admin, "AttachGroupPolicy", json!({"GroupName": "g", "PolicyArn": arn})).await;
    ok(&admin, "AddUserToGroup", json!({"GroupName": "g", "UserName": "bob"})).await;
    ana.call("sqs", "ListQueues", json!({})).await.unwrap();
    cloud.clock().advance(Duration::from_secs(5));
    bob.call("sqs", "ListQueues", json!({})).await.unwrap();
    let (details, _) = report(&admin, arn).await;
    let sqs = service(&details, "sqs").unwrap();
    assert_eq!(sqs["TotalAuthenticatedEntities"], 2);
    assert_eq!(sqs["LastAuthenticatedEntity"], "arn:aws:iam::000000000000:user/bob");
    let (of_group, _) = report(&admin, "arn:aws:iam::000000000000:group/g").await;
    assert_eq!(service(&of_group, "sqs").unwrap()["TotalAuthenticatedEntities"], 1);
}

#[tokio::test]
async fn policies_are_listed_by_what_they_reach() {
    let cloud = Cloud::start(&[&iam::SERVICE]).await;
    let admin = cloud.admin();
    let allow = json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"});
    cloud.user("ana", allow).await;
    let managed = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    ok(&admin, "AttachUserPolicy", json!({"UserName": "ana", "PolicyArn": managed})).await;
    let input = json!({"Arn": ANA, "ServiceNamespaces": ["sqs", "s3", "iam"]});
    let answer = ok(&admin, "ListPoliciesGrantingServiceAccess", input).await;
    let entries = answer["PoliciesGrantingServiceAccess"].as_array().unwrap();
    let of = |namespace: &str| {
        let entry = entries.iter().find(|entry| entry["ServiceNamespace"] == namespace).unwrap();
        entry["Policies"].as_array().unwrap().clone()
    };
    assert_eq!(of("sqs"), Vec::<Value>::new());
    let inline = json!({"PolicyName": "p", "PolicyType": "INLINE", "EntityType": "USER",
        "EntityName": "ana"});
    assert_eq!(of("s3"), [inline]);
    assert_eq!(of("iam")[0]["PolicyArn"], managed);
    let wrong = json!({"Arn": "arn:aws:iam::000000000000:user/x", "ServiceNamespaces": ["s3"]});
    let failure = admin.call("iam", "ListPoliciesGrantingServiceAccess", wrong).await.unwrap_err();
    assert_eq!(failure.code, "NoSuchEntityException");
}
