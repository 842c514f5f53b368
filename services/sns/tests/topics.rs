//! Topics through the whole pipeline, with real queues behind them.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use testkit::{ACCOUNT, Client, Cloud};

const QUEUE_ARN: &str = "arn:aws:sqs:us-east-1:000000000000:q";

async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE, &kms::SERVICE, &sns::SERVICE, &sqs::SERVICE]).await
}

async fn call(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("sns", operation, input).await.unwrap()
}

async fn code(client: &Client<'_>, operation: &'static str, input: Value) -> &'static str {
    client.call("sns", operation, input).await.err().map_or("", |failure| failure.code)
}

async fn topic(client: &Client<'_>, name: &str) -> String {
    let made = call(client, "CreateTopic", json!({"Name": name})).await;
    made["TopicArn"].as_str().unwrap().to_owned()
}

/// A queue that lets the topic send to it.
async fn queue(client: &Client<'_>, topic: &str) -> String {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": QUEUE_ARN,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }]});
    let input = json!({"QueueName": "q", "Attributes": {"Policy": policy.to_string()}});
    let made = client.call("sqs", "CreateQueue", input).await.unwrap();
    made["QueueUrl"].as_str().unwrap().to_owned()
}

async fn subscribe(client: &Client<'_>, topic: &str, attributes: Value) -> String {
    let input = json!({
        "TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE_ARN, "Attributes": attributes,
    });
    let made = call(client, "Subscribe", input).await;
    made["SubscriptionArn"].as_str().unwrap().to_owned()
}

async fn receive(client: &Client<'_>, url: &str) -> Option<Value> {
    let input = json!({"QueueUrl": url, "MessageAttributeNames": ["All"]});
    let answer = client.call("sqs", "ReceiveMessage", input).await.unwrap();
    answer["Messages"].get(0).cloned()
}

#[tokio::test]
async fn a_message_reaches_a_queue_in_its_envelope() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let topic = topic(&admin, "t").await;
    let url = queue(&admin, &topic).await;
    let subscription = subscribe(&admin, &topic, json!({})).await;
    assert!(subscription.starts_with(&format!("{topic}:")));
    assert_eq!(subscribe(&admin, &topic, json!({})).await, subscription, "it is made once");
    let publish = json!({
        "TopicArn": topic, "Subject": "s", "Message": "hello",
        "MessageAttributes": {"a": {"DataType": "String", "StringValue": "b"}},
    });
    let id = call(&admin, "Publish", publish).await["MessageId"].clone();
    let message = cloud.eventually(async || receive(&admin, &url).await).await;
    let envelope: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
    assert_eq!(envelope["Type"], "Notification");
    assert_eq!((&envelope["MessageId"], &envelope["Message"]), (&id, &json!("hello")));
    assert_eq!(envelope["Timestamp"], "2026-11-23T15:00:00.000Z");
    assert_eq!(envelope["MessageAttributes"]["a"], json!({"Type": "String", "Value": "b"}));
}

#[tokio::test]
async fn filters_choose_and_raw_messages_come_bare() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let topic = topic(&admin, "t").await;
    let url = queue(&admin, &topic).await;
    let filter = json!({"kind": [{"prefix": "or"}]}).to_string();
    subscribe(&admin, &topic, json!({"RawMessageDelivery": "true", "FilterPolicy": filter})).await;
    let publish = |kind: &str| {
        json!({
            "TopicArn": topic, "Message": kind,
            "MessageAttributes": {"kind": {"DataType": "String", "StringValue": kind}},
        })
    };
    call(&admin, "Publish", publish("song")).await;
    call(&admin, "Publish", publish("order")).await;
    let message = cloud.eventually(async || receive(&admin, &url).await).await;
    assert_eq!(message["Body"], "order");
    assert_eq!(message["MessageAttributes"]["kind"]["StringValue"], "order");
    assert_eq!(receive(&admin, &url).await, None);
}

#[tokio::test]
async fn a_queue_that_does_not_let_the_topic_in_gets_nothing() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (closed, open) = (topic(&admin, "closed").await, topic(&admin, "open").await);
    let url = queue(&admin, &open).await;
    subscribe(&admin, &closed, json!({})).await;
    subscribe(&admin, &open, json!({"RawMessageDelivery": "true"})).await;
    call(&admin, "Publish", json!({"TopicArn": closed, "Message": "no"})).await;
    call(&admin, "Publish", json!({"TopicArn": open, "Message": "yes"})).await;
    let message = cloud.eventually(async || receive(&admin, &url).await).await;
    assert_eq!(message["Body"], "yes");
    // Both deliveries were due; give the refused one the time to have come, had it been let in.
    let idle = async || {
        let jobs = cloud.context().read(|tx| tx.list::<service_kit::job::JobRecord>(()));
        jobs.unwrap().iter().all(|job| job.kind != "sns.deliver").then_some(())
    };
    cloud.eventually(idle).await;
    assert_eq!(receive(&admin, &url).await, None);
}

/// A user who may do `action` and nothing else.
async fn user<'c>(cloud: &'c Cloud, action: &str) -> Client<'c> {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    cloud.user("ann", statement).await
}

#[tokio::test]
async fn the_default_policy_gives_nothing_to_users_of_the_account() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let topic = topic(&admin, "t").await;
    let ann = user(&cloud, "sqs:*").await;
    let publish = json!({"TopicArn": topic, "Message": "x"});
    assert_eq!(code(&ann, "Publish", publish.clone()).await, "AuthorizationError");
    let delete = json!({"TopicArn": topic});
    assert_eq!(code(&ann, "DeleteTopic", delete).await, "AuthorizationError");
    let allow = json!({
        "TopicArn": topic, "Label": "all", "AWSAccountId": [ACCOUNT], "ActionName": ["Publish"],
    });
    call(&admin, "AddPermission", allow).await;
    let refused = code(&ann, "Publish", publish.clone()).await;
    assert_eq!(refused, "AuthorizationError", "an account delegates to its policies");
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/ann")},
        "Action": "sns:Publish", "Resource": topic,
    }});
    let set = json!({
        "TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy.to_string(),
    });
    call(&admin, "SetTopicAttributes", set).await;
    assert_eq!(code(&ann, "Publish", publish).await, "");
}

#[tokio::test]
async fn an_encrypted_topic_asks_kms_in_the_publishers_name() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let topic = topic(&admin, "t").await;
    let url = queue(&admin, &topic).await;
    subscribe(&admin, &topic, json!({"RawMessageDelivery": "true"})).await;
    let key = admin.call("kms", "CreateKey", json!({})).await.unwrap();
    let set = json!({
        "TopicArn": topic, "AttributeName": "KmsMasterKeyId",
        "AttributeValue": key["KeyMetadata"]["KeyId"],
    });
    call(&admin, "SetTopicAttributes", set).await;
    let ann = user(&cloud, "sns:Publish").await;
    let publish = json!({"TopicArn": topic, "Message": "secret"});
    assert_eq!(code(&ann, "Publish", publish.clone()).await, "KMSAccessDeniedException");
    call(&admin, "Publish", publish).await;
    let message = cloud.eventually(async || receive(&admin, &url).await).await;
    assert_eq!(message["Body"], "secret");
}

#[tokio::test]
async fn batches_lists_tags_and_refusals() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let topic = topic(&admin, "t").await;
    queue(&admin, &topic).await;
    let subscription = subscribe(&admin, &topic, json!({})).await;
    let entries = json!([{"Id": "a", "Message": "1"}, {"Id": "b", "Message": ""}]);
    let batch = json!({"TopicArn": topic, "PublishBatchRequestEntries": entries});
    let answer = call(&admin, "PublishBatch", batch).await;
    assert_eq!(answer["Successful"][0]["Id"], "a");
    assert_eq!(answer["Failed"][0]["Code"], "InvalidParameter");

    let named = || json!({"TopicArn": topic});
    let shown = call(&admin, "GetTopicAttributes", named()).await["Attributes"].clone();
    assert_eq!((&shown["Owner"], &shown["SubscriptionsConfirmed"]), (&json!(ACCOUNT), &json!("1")));
    let listed = call(&admin, "ListSubscriptionsByTopic", named()).await;
    assert_eq!(listed["Subscriptions"][0]["SubscriptionArn"], subscription);
    let tag = json!({"ResourceArn": topic, "Tags": [{"Key": "team", "Value": "a"}]});
    call(&admin, "TagResource", tag).await;
    let tags = call(&admin, "ListTagsForResource", json!({"ResourceArn": topic})).await;
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "a"}]));

    let http = json!({"TopicArn": topic, "Protocol": "http", "Endpoint": "http://example.com"});
    assert_eq!(code(&admin, "Subscribe", http).await, "NotImplemented");
    let filter = json!({
        "SubscriptionArn": subscription, "AttributeName": "FilterPolicy",
        "AttributeValue": r#"{"a":[{"like":"b"}]}"#,
    });
    let refused = code(&admin, "SetSubscriptionAttributes", filter).await;
    assert_eq!(refused, "InvalidParameterException");
    call(&admin, "DeleteTopic", named()).await;
    assert_eq!(code(&admin, "GetTopicAttributes", named()).await, "NotFoundException");
    let lost = json!({"SubscriptionArn": subscription});
    assert_eq!(code(&admin, "GetSubscriptionAttributes", lost).await, "NotFoundException");
}

/// Removes a user whom the test kit made.
async fn delete_user(admin: &Client<'_>, name: &str) {
    let user = json!({"UserName": name});
    let keys = admin.call("iam", "ListAccessKeys", user.clone()).await.unwrap();
    let id = &keys["AccessKeyMetadata"][0]["AccessKeyId"];
    let key = json!({"UserName": name, "AccessKeyId": id});
    admin.call("iam", "DeleteAccessKey", key).await.unwrap();
    admin.call("iam", "DeleteUser", user).await.unwrap();
}

#[tokio::test]
async fn a_topics_policy_means_the_user_and_not_a_later_one_of_that_name() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let bob = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let topic_arn = topic(&admin, "t").await;
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Sid": "bob", "Effect": "Allow", "Principal": {"AWS": bob},
        "Action": "sns:Publish", "Resource": topic_arn,
    }});
    let policy = policy.to_string();
    let set = json!({
        "TopicArn": topic_arn, "AttributeName": "Policy", "AttributeValue": policy,
    });
    let refused = admin.call("sns", "SetTopicAttributes", set.clone()).await.unwrap_err();
    assert_eq!(refused.code, "InvalidParameterException");
    assert_eq!(refused.message, "Invalid parameter: Policy Error: PrincipalNotFound");
    let make = json!({"Name": "t", "Attributes": {"Policy": policy}});
    assert_eq!(code(&admin, "CreateTopic", make.clone()).await, "InvalidParameterException");

    let named = json!({"TopicArn": topic_arn});
    let shown = async || {
        let answer = call(&admin, "GetTopicAttributes", named.clone()).await;
        answer["Attributes"]["Policy"].as_str().unwrap().to_owned()
    };
    let publish = json!({"TopicArn": topic_arn, "Message": "x"});
    let first = cloud.user("bob", None).await;
    call(&admin, "SetTopicAttributes", set).await;
    assert_eq!(shown().await, policy, "what is shown is what was given");
    assert_eq!(call(&admin, "CreateTopic", make.clone()).await["TopicArn"], topic_arn);
    let other = json!({
        "TopicArn": topic_arn, "Label": "other", "AWSAccountId": ["111122223333"],
        "ActionName": ["Publish"],
    });
    call(&admin, "AddPermission", other).await;
    assert!(shown().await.contains(&bob));
    assert!(shown().await.contains("arn:aws:iam::111122223333:root"));
    assert_eq!(code(&first, "Publish", publish.clone()).await, "");

    delete_user(&admin, "bob").await;
    let second = cloud.user("bob", None).await;
    assert_eq!(code(&second, "Publish", publish).await, "AuthorizationError");
    assert!(shown().await.contains("\"AIDA"));
    assert_eq!(code(&admin, "CreateTopic", make).await, "InvalidParameterException");
    let forget = json!({"TopicArn": topic_arn, "Label": "bob"});
    call(&admin, "RemovePermission", forget).await;
    assert!(!shown().await.contains("\"AIDA"));
}

const FRIEND: &str = "111122223333";

/// A topic that account 111122223333 may subscribe to, and one of its users who may do it.
async fn shared<'c>(cloud: &'c Cloud) -> (String, Client<'c>) {
    let admin = cloud.admin();
    let topic = topic(&admin, "t").await;
    let allow = json!({
        "TopicArn": topic, "Label": "mail", "AWSAccountId": [FRIEND], "ActionName": ["Subscribe"],
    });
    call(&admin, "AddPermission", allow).await;
    let all = json!({"Effect": "Allow", "Action": "sns:*", "Resource": "*"});
    (topic, cloud.user_of(FRIEND, "mia", all).await)
}

async fn subscribe_friend(friend: &Client<'_>, topic: &str, queue: usize) -> Value {
    let endpoint = format!("arn:aws:sqs:us-east-1:{FRIEND}:q{queue}");
    let input = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint});
    call(friend, "Subscribe", input).await["SubscriptionArn"].clone()
}

async fn subscriptions(client: &Client<'_>) -> Vec<Value> {
    let listed = call(client, "ListSubscriptions", json!({})).await;
    let arn = |it: &Value| it["SubscriptionArn"].clone();
    listed["Subscriptions"].as_array().unwrap().iter().map(arn).collect()
}

#[tokio::test]
async fn a_subscription_to_anothers_topic_is_its_owners() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (topic, mia) = shared(&cloud).await;
    let arn = subscribe_friend(&mia, &topic, 0).await;
    let of = json!({"SubscriptionArn": arn});
    assert_eq!((subscriptions(&mia).await, subscriptions(&admin).await), (vec![arn], vec![]));
    let listed = call(&admin, "ListSubscriptionsByTopic", json!({"TopicArn": topic})).await;
    assert_eq!(listed["Subscriptions"][0]["Owner"], FRIEND);

    let mut raw = of.clone();
    raw["AttributeName"] = "RawMessageDelivery".into();
    raw["AttributeValue"] = "true".into();
    call(&mia, "SetSubscriptionAttributes", raw.clone()).await;
    let shown = call(&mia, "GetSubscriptionAttributes", of.clone()).await;
    assert_eq!(shown["Attributes"]["RawMessageDelivery"], "true");
    for (operation, input) in
        [("GetSubscriptionAttributes", of.clone()), ("SetSubscriptionAttributes", raw)]
    {
        let refused = admin.call("sns", operation, input).await.unwrap_err();
        assert_eq!(refused.code, "AuthorizationError");
        assert_eq!(refused.message, "Not authorized to access this subscription");
    }

    let all = json!({"Effect": "Allow", "Action": "sns:*", "Resource": "*"});
    let stranger = cloud.user_of("444455556666", "eve", all).await;
    let tom = cloud.user_of(FRIEND, "tom", None).await;
    for (client, reason) in [
        (&stranger, ""),
        (&tom, " because no identity-based policy allows the SNS:Unsubscribe action"),
    ] {
        let refused = client.call("sns", "Unsubscribe", of.clone()).await.unwrap_err();
        assert_eq!(refused.code, "AuthorizationError");
        let end = format!("to perform: SNS:Unsubscribe on resource: {topic}{reason}");
        assert!(refused.message.ends_with(&end), "{}", refused.message);
    }
    call(&mia, "Unsubscribe", of.clone()).await;
    assert_eq!(subscriptions(&mia).await, Vec::<Value>::new());
    assert_eq!(code(&admin, "GetSubscriptionAttributes", of).await, "NotFoundException");
}

#[tokio::test]
async fn what_the_topics_owner_removes_its_subscribers_list_no_more() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (topic, mia) = shared(&cloud).await;
    let first = subscribe_friend(&mia, &topic, 0).await;
    let second = subscribe_friend(&mia, &topic, 1).await;
    assert_eq!(subscriptions(&mia).await.len(), 2);
    call(&admin, "Unsubscribe", json!({"SubscriptionArn": first})).await;
    assert_eq!(subscriptions(&mia).await, [second]);
    call(&admin, "DeleteTopic", json!({"TopicArn": topic})).await;
    assert_eq!(subscriptions(&mia).await, Vec::<Value>::new());
}

#[tokio::test]
async fn own_subscriptions_come_before_those_to_others_topics() {
    let cloud = cloud().await;
    let (foreign, mia) = shared(&cloud).await;
    let own = topic(&mia, "own").await;
    let abroad = subscribe_friend(&mia, &foreign, 0).await;
    for queue in 0..100 {
        subscribe_friend(&mia, &own, queue).await;
    }
    let first = call(&mia, "ListSubscriptions", json!({})).await;
    assert_eq!(first["Subscriptions"].as_array().unwrap().len(), 100);
    let next = json!({"NextToken": first["NextToken"]});
    let rest = call(&mia, "ListSubscriptions", next).await;
    assert_eq!(rest["Subscriptions"][0]["SubscriptionArn"], abroad);
    assert!(rest.get("NextToken").is_none());
}
