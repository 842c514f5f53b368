//! What policies see of log groups and streams.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use testkit::{Client, Cloud};

const GROUP: &str = "arn:aws:logs:us-east-1:000000000000:log-group:g";

/// A user with one statement that allows `action` on `resource`.
async fn user<'a>(cloud: &'a Cloud, name: &str, action: &str, resource: &str) -> Client<'a> {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
    cloud.user(name, statement).await
}

async fn allowed(client: &Client<'_>, operation: &'static str, input: Value) -> bool {
    match client.call("logs", operation, input).await {
        Ok(_) => true,
        Err(failure) => {
            assert_eq!(failure.code, "AccessDeniedException", "{}", failure.message);
            false
        }
    }
}

#[tokio::test]
async fn policies_on_groups_end_in_a_wildcard_except_for_tags() {
    let cloud = Cloud::start(&[&iam::SERVICE, &logs::SERVICE]).await;
    let admin = cloud.admin();
    admin.call("logs", "CreateLogGroup", json!({"logGroupName": "g"})).await.unwrap();
    let bare = user(&cloud, "bare", "logs:*", GROUP).await;
    let whole = user(&cloud, "whole", "logs:*", &format!("{GROUP}:*")).await;
    let one = user(&cloud, "one", "logs:*", &format!("{GROUP}:log-stream:s")).await;
    let tags = json!({"resourceArn": GROUP});
    assert!(allowed(&bare, "ListTagsForResource", tags.clone()).await);
    assert!(!allowed(&whole, "ListTagsForResource", tags).await);
    let streams = json!({"logGroupName": "g"});
    assert!(!allowed(&bare, "DescribeLogStreams", streams.clone()).await);
    assert!(allowed(&whole, "DescribeLogStreams", streams.clone()).await);
    assert!(!allowed(&one, "DescribeLogStreams", streams).await);
    let made = |name: &str| json!({"logGroupName": "g", "logStreamName": name});
    assert!(allowed(&one, "CreateLogStream", made("s")).await);
    assert!(!allowed(&one, "CreateLogStream", made("t")).await);
    assert!(allowed(&whole, "CreateLogStream", made("t")).await);
    let by_arn = json!({"logGroupIdentifier": GROUP, "logStreamName": "s"});
    assert!(allowed(&one, "GetLogEvents", by_arn.clone()).await);
    assert!(!allowed(&bare, "GetLogEvents", by_arn).await);
}
