//! Queues through the whole pipeline, on both protocols.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use service_kit::prelude::Bytes;
use std::time::Duration;
use testkit::{ACCOUNT, Client, Cloud};

async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE, &kms::SERVICE, &sqs::SERVICE]).await
}

async fn call(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("sqs", operation, input).await.unwrap()
}

async fn code(client: &Client<'_>, operation: &'static str, input: Value) -> &'static str {
    client.call("sqs", operation, input).await.err().map_or("", |failure| failure.code)
}

async fn queue(client: &Client<'_>, name: &str, attributes: Value) -> String {
    let input = json!({"QueueName": name, "Attributes": attributes});
    call(client, "CreateQueue", input).await["QueueUrl"].as_str().unwrap().to_owned()
}

async fn send(client: &Client<'_>, url: &str, body: &str) {
    call(client, "SendMessage", json!({"QueueUrl": url, "MessageBody": body})).await;
}

async fn receive(client: &Client<'_>, url: &str) -> Vec<Value> {
    let input = json!({
        "QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
    });
    let answer = call(client, "ReceiveMessage", input).await;
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_message_is_hidden_while_it_is_dealt_with() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let url = queue(&admin, "q", json!({})).await;
    assert_eq!(url, format!("http://localhost:4566/{ACCOUNT}/q"));
    let input = json!({
        "QueueUrl": url, "MessageBody": "hello",
        "MessageAttributes": {"timestamp": {"DataType": "Number", "StringValue": "1493147359900"}},
    });
    let sent = call(&admin, "SendMessage", input).await;
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(sent["MD5OfMessageAttributes"], "235c5c510d26fb653d073faed50ae77c");

    let first = receive(&admin, &url).await.remove(0);
    assert_eq!(first["Body"], "hello");
    assert_eq!(first["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(first["MessageAttributes"]["timestamp"]["StringValue"], "1493147359900");
    assert!(receive(&admin, &url).await.is_empty());
    let handle =
        |message: &Value| json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
    let mut longer = handle(&first);
    longer["VisibilityTimeout"] = json!(60);
    call(&admin, "ChangeMessageVisibility", longer.clone()).await;
    cloud.clock().advance(Duration::from_secs(31));
    assert!(receive(&admin, &url).await.is_empty());
    cloud.clock().advance(Duration::from_secs(30));
    let second = receive(&admin, &url).await.remove(0);
    assert_eq!(second["Attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(code(&admin, "ChangeMessageVisibility", longer).await, "MessageNotInflight");
    call(&admin, "DeleteMessage", handle(&first)).await;
    let count = json!({"QueueUrl": url, "AttributeNames": ["All"]});
    let counts = call(&admin, "GetQueueAttributes", count.clone()).await["Attributes"].clone();
    assert_eq!(counts["ApproximateNumberOfMessagesNotVisible"], "1", "an old handle is void");
    call(&admin, "DeleteMessage", handle(&second)).await;
    let counts = call(&admin, "GetQueueAttributes", count).await["Attributes"].clone();
    assert_eq!(counts["ApproximateNumberOfMessagesNotVisible"], "0");
    let forged = json!({"QueueUrl": url, "ReceiptHandle": "AAAA"});
    assert_eq!(code(&admin, "DeleteMessage", forged).await, "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn a_long_poll_wakes_for_a_message_and_ends_without_one() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let url = queue(&admin, "q", json!({})).await;
    let poll = || json!({"QueueUrl": url, "WaitTimeSeconds": 20});
    let (polled, ()) = tokio::join!(call(&admin, "ReceiveMessage", poll()), async {
        tokio::task::yield_now().await;
        send(&admin, &url, "late").await;
    });
    assert_eq!(polled["Messages"][0]["Body"], "late");
    let (polled, ()) = tokio::join!(call(&admin, "ReceiveMessage", poll()), async {
        tokio::task::yield_now().await;
        cloud.clock().advance(Duration::from_secs(20));
    });
    assert!(polled.get("Messages").is_none());
}

#[tokio::test]
async fn delays_retention_and_dead_letters() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let dead = queue(&admin, "dead", json!({})).await;
    let arn = format!("arn:aws:sqs:us-east-1:{ACCOUNT}:dead");
    let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": "2"}).to_string();
    let url = queue(
        &admin,
        "q",
        json!({"DelaySeconds": "5", "VisibilityTimeout": "1", "RedrivePolicy": redrive}),
    )
    .await;
    send(&admin, &url, "m").await;
    assert!(receive(&admin, &url).await.is_empty());
    cloud.clock().advance(Duration::from_secs(5));
    for _ in 0..2 {
        assert_eq!(receive(&admin, &url).await.len(), 1);
        cloud.clock().advance(Duration::from_secs(1));
    }
    assert!(receive(&admin, &url).await.is_empty());
    let buried = receive(&admin, &dead).await.remove(0);
    assert_eq!(buried["Body"], "m");
    let source = format!("arn:aws:sqs:us-east-1:{ACCOUNT}:q");
    assert_eq!(buried["Attributes"]["DeadLetterQueueSourceArn"], source);
    let sources = call(&admin, "ListDeadLetterSourceQueues", json!({"QueueUrl": dead})).await;
    assert_eq!(sources["queueUrls"], json!([url]));

    cloud.clock().advance(Duration::from_secs(4 * 24 * 60 * 60));
    assert!(receive(&admin, &dead).await.is_empty(), "its age came with it");
    send(&admin, &url, "x").await;
    call(&admin, "PurgeQueue", json!({"QueueUrl": url})).await;
    cloud.clock().advance(Duration::from_secs(5));
    assert!(receive(&admin, &url).await.is_empty());
    let soon = json!({"QueueUrl": url});
    assert_eq!(code(&admin, "PurgeQueue", soon).await, "PurgeQueueInProgress");
}

#[tokio::test]
async fn batches_fail_entry_by_entry() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let url = queue(&admin, "q", json!({"MaximumMessageSize": "1024"})).await;
    let entries = json!([
        {"Id": "a", "MessageBody": "1"},
        {"Id": "b", "MessageBody": "x".repeat(2_000)},
        {"Id": "c", "MessageBody": "3"},
    ]);
    let batch = json!({"QueueUrl": url, "Entries": entries});
    let answer = call(&admin, "SendMessageBatch", batch).await;
    assert_eq!(answer["Successful"].as_array().unwrap().len(), 2);
    assert_eq!(answer["Failed"][0]["Id"], "b");
    let bodies: Vec<Value> =
        receive(&admin, &url).await.iter().map(|message| message["Body"].clone()).collect();
    assert_eq!(bodies, ["1", "3"]);
    let twice = json!([{"Id": "a", "MessageBody": "1"}, {"Id": "a", "MessageBody": "2"}]);
    let twice = json!({"QueueUrl": url, "Entries": twice});
    assert_eq!(code(&admin, "SendMessageBatch", twice).await, "BatchEntryIdsNotDistinct");
    let empty = json!({"QueueUrl": url, "Entries": []});
    assert_eq!(code(&admin, "SendMessageBatch", empty).await, "EmptyBatchRequest");
}

#[tokio::test]
async fn a_fifo_queue_keeps_the_order_of_each_group() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let url =
        queue(&admin, "q.fifo", json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"}))
            .await;
    let send = async |body: &str, group: &str| {
        let input = json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": group});
        call(&admin, "SendMessage", input).await
    };
    let bodies = |messages: &[Value]| -> Vec<String> {
        messages.iter().map(|it| it["Body"].as_str().unwrap().to_owned()).collect()
    };
    let first = send("a1", "a").await;
    let again = send("a1", "a").await;
    assert_eq!(first["MessageId"], again["MessageId"], "a duplicate is no new message");
    assert_eq!(first["SequenceNumber"], again["SequenceNumber"]);
    send("a2", "a").await;
    send("b1", "b").await;
    let messages = receive(&admin, &url).await;
    assert_eq!(bodies(&messages), ["a1", "a2", "b1"]);
    assert_eq!(messages[0]["Attributes"]["SequenceNumber"], first["SequenceNumber"]);
    assert_eq!(messages[0]["Attributes"]["MessageGroupId"], "a");
    send("a3", "a").await;
    send("c1", "c").await;
    assert_eq!(bodies(&receive(&admin, &url).await), ["c1"], "a waits for what is in flight");
    let delete =
        |message: &Value| json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
    call(&admin, "DeleteMessage", delete(&messages[0])).await;
    let mut hidden = delete(&messages[1]);
    hidden["VisibilityTimeout"] = json!(0);
    call(&admin, "ChangeMessageVisibility", hidden).await;
    assert_eq!(bodies(&receive(&admin, &url).await), ["a2", "a3"], "it comes back in its place");
    cloud.clock().advance(Duration::from_secs(301));
    assert_ne!(send("a1", "a").await["MessageId"], first["MessageId"]);
    let without = json!({"QueueUrl": url, "MessageBody": "x"});
    let refused = code(&admin, "SendMessage", without).await;
    assert_eq!(refused, "MissingRequiredParameterException");
    let plain = queue(&admin, "plain", json!({})).await;
    let fair = json!({"QueueUrl": plain, "MessageBody": "x", "MessageGroupId": "g"});
    assert_eq!(code(&admin, "SendMessage", fair).await, "NotImplemented");
}

#[tokio::test]
async fn many_receivers_get_each_message_once() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let url = queue(&admin, "q", json!({})).await;
    for number in 0..40 {
        send(&admin, &url, &number.to_string()).await;
    }
    let one = async || {
        let mut got = Vec::new();
        for _ in 0..20 {
            let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 3});
            let answer = call(&admin, "ReceiveMessage", input).await;
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            got.extend(messages.iter().map(|it| it["Body"].as_str().unwrap().to_owned()));
        }
        got
    };
    let (a, b, c) = tokio::join!(one(), one(), one());
    let mut all = [a, b, c].concat();
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    assert_eq!((count, all.len()), (40, 40));
}

#[tokio::test]
async fn a_queue_is_made_once_and_its_attributes_are_checked() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let url = queue(&admin, "q", json!({"DelaySeconds": "1"})).await;
    assert_eq!(queue(&admin, "q", json!({"DelaySeconds": "1"})).await, url);
    let other = json!({"QueueName": "q", "Attributes": {"DelaySeconds": "2"}});
    assert_eq!(code(&admin, "CreateQueue", other).await, "QueueNameExists");
    for (name, value, wanted) in [
        ("DelaySeconds", "901", "InvalidAttributeValue"),
        ("Policy", "{", "InvalidAttributeValue"),
        ("Colour", "red", "InvalidAttributeName"),
        ("RedrivePolicy", "{}", "InvalidParameterValueException"),
    ] {
        let set = json!({"QueueUrl": url, "Attributes": {name: value}});
        assert_eq!(code(&admin, "SetQueueAttributes", set).await, wanted, "{name}");
    }
    let fifo = json!({"QueueName": "q.fifo", "Attributes": {}});
    assert_eq!(code(&admin, "CreateQueue", fifo).await, "InvalidParameterValueException");
    for number in 0..3 {
        queue(&admin, &format!("list-{number}"), json!({})).await;
    }
    let page = json!({"QueueNamePrefix": "list-", "MaxResults": 2});
    let page = call(&admin, "ListQueues", page).await;
    assert_eq!(page["QueueUrls"].as_array().unwrap().len(), 2);
    let rest = json!({"QueueNamePrefix": "list-", "NextToken": page["NextToken"], "MaxResults": 2});
    let rest = call(&admin, "ListQueues", rest).await;
    assert!(rest["QueueUrls"][0].as_str().unwrap().ends_with("/list-2"));
    call(&admin, "DeleteQueue", json!({"QueueUrl": url})).await;
    let gone = json!({"QueueUrl": url, "MessageBody": "x"});
    assert_eq!(code(&admin, "SendMessage", gone).await, "QueueDoesNotExist");
}

#[tokio::test]
async fn an_encrypted_queue_asks_kms_in_the_callers_name() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let key = admin.call("kms", "CreateKey", json!({})).await.unwrap();
    let key = key["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    let url = queue(&admin, "q", json!({"KmsMasterKeyId": key})).await;
    let all = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
    let ann = cloud.user("ann", all).await;
    let message = json!({"QueueUrl": url, "MessageBody": "secret"});
    assert_eq!(code(&ann, "SendMessage", message.clone()).await, "KmsAccessDenied");
    send(&admin, &url, "secret").await;
    let get = json!({"QueueUrl": url});
    assert_eq!(code(&ann, "ReceiveMessage", get.clone()).await, "KmsAccessDenied");
    assert_eq!(receive(&admin, &url).await[0]["Body"], "secret", "nothing was taken");

    // The key that AWS manages is open to whoever may use the queue.
    let managed = json!({"KmsMasterKeyId": "alias/aws/sqs"});
    let managed = json!({"QueueUrl": url, "Attributes": managed});
    call(&admin, "SetQueueAttributes", managed).await;
    assert_eq!(code(&ann, "SendMessage", message).await, "");
    assert_eq!(receive(&ann, &url).await[0]["Body"], "secret");
}

#[tokio::test]
async fn the_query_protocol_says_the_same() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let post = async |form: String| {
        let form = format!("{form}&Version=2012-11-05");
        let request = http::Request::post("/").header("host", "localhost:4566");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Bytes::from(form)).unwrap();
        let answer = cloud.send(admin.sign("sqs", request)).await;
        let body = String::from_utf8(answer.body().to_vec()).unwrap();
        (answer.status().as_u16(), body)
    };
    let form = "Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=0";
    let (status, body) = post(form.into()).await;
    let url = format!("http://localhost:4566/{ACCOUNT}/q");
    assert_eq!(status, 200, "{body}");
    assert!(body.contains(&format!("<QueueUrl>{url}</QueueUrl>")), "{body}");
    let form = format!(
        "Action=SendMessage&QueueUrl={url}&MessageBody=hello&MessageAttribute.1.Name=a\
         &MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=b"
    );
    let (status, body) = post(form).await;
    assert!(status == 200 && body.contains("<MD5OfMessageBody>5d41402"), "{body}");
    let form = format!(
        "Action=ReceiveMessage&QueueUrl={url}&AttributeName.1=All&MessageAttributeName.1=All"
    );
    let (_, body) = post(form).await;
    assert!(body.contains("<Message><MessageId>"), "{body}");
    assert!(body.contains("<Attribute><Name>SenderId</Name>"), "{body}");
    assert!(body.contains("<MessageAttribute><Name>a</Name><Value>"), "{body}");
    let (status, body) = post("Action=GetQueueUrl&QueueName=none".into()).await;
    assert_eq!(status, 400);
    assert!(body.contains("<Code>AWS.SimpleQueueService.NonExistentQueue</Code>"), "{body}");
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
async fn a_queues_policy_means_the_user_and_not_a_later_one_of_that_name() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let bob = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Sid": "bob", "Effect": "Allow", "Principal": {"AWS": bob}, "Action": "sqs:SendMessage",
        "Resource": format!("arn:aws:sqs:us-east-1:{ACCOUNT}:q"),
    }});
    let policy = policy.to_string();
    let make = json!({"QueueName": "q", "Attributes": {"Policy": policy}});
    let refused = admin.call("sqs", "CreateQueue", make.clone()).await.unwrap_err();
    assert_eq!(refused.code, "InvalidAttributeValue");
    assert_eq!(refused.message, "Invalid value for the parameter Policy.");

    let first = cloud.user("bob", None).await;
    let url = queue(&admin, "q", json!({"Policy": policy})).await;
    assert_eq!(queue(&admin, "q", json!({"Policy": policy})).await, url, "it is made once");
    let get = json!({"QueueUrl": url, "AttributeNames": ["Policy"]});
    let shown = async || {
        let answer = call(&admin, "GetQueueAttributes", get.clone()).await;
        answer["Attributes"]["Policy"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(shown().await, policy, "what is shown is what was given");
    let other = json!({
        "QueueUrl": url, "Label": "other", "AWSAccountIds": ["111122223333"],
        "Actions": ["SendMessage"],
    });
    call(&admin, "AddPermission", other).await;
    assert!(shown().await.contains(&bob));
    assert!(shown().await.contains("arn:aws:iam::111122223333:root"));
    let message = json!({"QueueUrl": url, "MessageBody": "x"});
    assert_eq!(code(&first, "SendMessage", message.clone()).await, "");

    delete_user(&admin, "bob").await;
    let second = cloud.user("bob", None).await;
    assert_eq!(code(&second, "SendMessage", message).await, "AccessDeniedException");
    assert!(shown().await.contains("\"AIDA"));
    assert_eq!(code(&admin, "CreateQueue", make).await, "QueueNameExists");
    call(&admin, "RemovePermission", json!({"QueueUrl": url, "Label": "bob"})).await;
    assert!(!shown().await.contains("\"AIDA"));
}
