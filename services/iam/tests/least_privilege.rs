//! The proof of generated policies: an administrator works, gets only the policy generated from
//! that, and can do the same work and nothing else.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use testkit::{Client, Cloud};

const USER: &str = "arn:aws:iam::000000000000:user/worker";

async fn generate(cloud: &Cloud, asked: Value) -> (u16, Value) {
    let request = Request::builder().method(Method::POST).uri("/_heist/policy");
    let request = request.header("host", "localhost").body(Bytes::from(asked.to_string()));
    let answer = cloud.send(cloud.admin().sign("heist", request.unwrap())).await;
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

async fn workload(client: &Client<'_>, key: &str) -> Result<(), String> {
    let call = async |service, operation, input| {
        let answer = client.call(service, operation, input).await;
        answer.map_err(|failure| format!("{operation}: {}", failure.message))
    };
    let made = call("sqs", "CreateQueue", json!({"QueueName": "jobs"})).await?;
    let url = &made["QueueUrl"];
    for n in 0..3 {
        call("sqs", "SendMessage", json!({"QueueUrl": url, "MessageBody": n.to_string()})).await?;
    }
    let entries = json!([{"Id": "a", "MessageBody": "x"}]);
    call("sqs", "SendMessageBatch", json!({"QueueUrl": url, "Entries": entries})).await?;
    call("sqs", "ReceiveMessage", json!({"QueueUrl": url})).await?;
    call("sqs", "ListQueues", json!({})).await?;
    let encrypted = json!({"KeyId": "alias/work", "Plaintext": "AAAA"});
    let encrypted = call("kms", "Encrypt", encrypted).await?;
    let decrypt = json!({"CiphertextBlob": encrypted["CiphertextBlob"]});
    call("kms", "Decrypt", decrypt).await?;
    call("kms", "DescribeKey", json!({"KeyId": key})).await?;
    call("iam", "GetUser", json!({"UserName": "worker"})).await?;
    Ok(())
}

#[tokio::test]
async fn a_generated_policy_allows_the_same_work_and_nothing_else() {
    let cloud = Cloud::start(&[&iam::SERVICE, &kms::SERVICE, &sqs::SERVICE]).await;
    let admin = cloud.admin();
    let made = admin.call("kms", "CreateKey", json!({})).await.unwrap();
    let key = made["KeyMetadata"]["Arn"].as_str().unwrap();
    let alias = json!({"AliasName": "alias/work", "TargetKeyId": key});
    admin.call("kms", "CreateAlias", alias).await.unwrap();
    admin.call("sqs", "CreateQueue", json!({"QueueName": "other"})).await.unwrap();
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let worker = cloud.user("worker", all).await;
    workload(&worker, key).await.unwrap();
    let begun = cloud.clock().now().as_secs();

    let (status, answer) = generate(&cloud, json!({"principal": USER})).await;
    assert_eq!(status, 200, "{answer}");
    let queue = "arn:aws:sqs:us-east-1:000000000000:jobs";
    let lists = "arn:aws:sqs:us-east-1:000000000000:*";
    let on_key = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"];
    let on_queue = ["sqs:CreateQueue", "sqs:ReceiveMessage", "sqs:SendMessage"];
    let expected = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:GetUser", "Resource": USER},
        {"Effect": "Allow", "Action": on_key, "Resource": key},
        {"Effect": "Allow", "Action": on_queue, "Resource": queue},
        {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": lists},
    ]});
    assert_eq!(sorted(&answer["policy"]), sorted(&expected));

    let put = json!({"UserName": "worker", "PolicyName": "p",
        "PolicyDocument": answer["policy"].to_string()});
    admin.call("iam", "PutUserPolicy", put).await.unwrap();
    workload(&worker, key).await.unwrap();
    let other = json!({"QueueUrl": "http://localhost:4566/000000000000/other"});
    let jobs = json!({"QueueUrl": "http://localhost:4566/000000000000/jobs"});
    for (service, operation, input) in [
        ("sqs", "DeleteQueue", jobs),
        ("sqs", "ReceiveMessage", other),
        ("sqs", "CreateQueue", json!({"QueueName": "third"})),
        ("kms", "ListKeys", json!({})),
        ("kms", "GetKeyPolicy", json!({"KeyId": key})),
        ("iam", "GetUser", json!({"UserName": "admin"})),
        ("iam", "ListUsers", json!({})),
    ] {
        let failure = worker.call(service, operation, input).await.unwrap_err();
        assert!(failure.code.starts_with("AccessDenied"), "{operation}: {failure:?}");
    }

    // What was refused grants nothing later; what was done before the time asked for neither.
    let again = generate(&cloud, json!({"principal": USER})).await.1;
    assert_eq!(again["policy"], answer["policy"]);
    let since = json!({"principal": USER, "since": begun + 60});
    assert_eq!(generate(&cloud, since.clone()).await, (200, json!({"policy": null})));
    cloud.clock().advance(std::time::Duration::from_secs(90));
    worker.call("sqs", "ListQueues", json!({})).await.unwrap();
    let late = generate(&cloud, since).await.1;
    let list = json!([{"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": lists}]);
    assert_eq!(late["policy"]["Statement"], list);
    let nobody = json!({"principal": "arn:aws:iam::000000000000:user/nobody"});
    assert_eq!(generate(&cloud, nobody).await.0, 404);
}

fn sorted(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    let mut statements: Vec<_> = statements.map(ToString::to_string).collect();
    statements.sort();
    statements
}
