//! Chapter: a topic, a queue, and what may pass from one to the other.

use super::{
    answer::{Answer, Problem},
    cloud::Cloud,
    journey::{QUEUE, TOPIC},
    step::{Chapter, Report},
};
use serde_json::{Value, json};

/// Plays the chapter.
pub async fn play(cloud: &Cloud, report: &mut Report) -> Chapter {
    report.chapter("Messages");
    report.need("create topic StreamUpdates", create_topic(cloud)).await?;
    let queue = report.need("create a queue", create_queue(cloud)).await?;
    report.need("subscribe the queue to the topic", subscribe(cloud)).await?;
    let lost = nothing_arrives(cloud, &queue, "nobody hears this");
    report.check("without a queue policy nothing arrives", lost).await;
    report.need("the queue policy lets the topic send", allow(cloud, &queue)).await?;
    let heard = arrives(cloud, cloud, &queue, "the doors are open");
    report.check("a message arrives in SNS's envelope", heard).await;
    Ok(())
}

/// The topic's ARN.
pub fn topic(cloud: &Cloud) -> String {
    cloud.arn("sns", TOPIC)
}

/// The queue's URL.
pub async fn queue_url(cloud: &Cloud) -> Result<String, Problem> {
    let answer = cloud.json("sqs", "GetQueueUrl", json!({"QueueName": QUEUE})).await?;
    answer.success()?.text("/QueueUrl")
}

/// Publishes to the topic.
pub async fn publish(cloud: &Cloud, message: &str) -> Result<Answer, Problem> {
    let topic = topic(cloud);
    let input = [("TopicArn", &*topic), ("Message", message), ("Subject", "News")];
    cloud.query("sns", "Publish", &input).await
}

/// Sets one attribute of the queue.
pub async fn set(cloud: &Cloud, queue: &str, name: &str, value: &str) -> Result<(), Problem> {
    let input = json!({"QueueUrl": queue, "Attributes": {name: value}});
    cloud.json("sqs", "SetQueueAttributes", input).await?.success()?;
    Ok(())
}

/// Waits up to so many seconds for a message, and takes it off the queue.
pub async fn receive(cloud: &Cloud, queue: &str, seconds: u32) -> Result<Option<Value>, Problem> {
    let input = json!({
        "QueueUrl": queue, "WaitTimeSeconds": seconds, "MaxNumberOfMessages": 1,
    });
    let answer = cloud.json("sqs", "ReceiveMessage", input).await?.success()?;
    let Some(message) = answer.json().pointer("/Messages/0").cloned() else { return Ok(None) };
    let receipt = answer.text("/Messages/0/ReceiptHandle")?;
    let input = json!({"QueueUrl": queue, "ReceiptHandle": receipt});
    cloud.json("sqs", "DeleteMessage", input).await?.success()?;
    Ok(Some(message))
}

/// Publishes `text` as `publisher` and expects it in the queue, in the real envelope.
pub async fn arrives(
    publisher: &Cloud,
    cloud: &Cloud,
    queue: &str,
    text: &str,
) -> Result<(), Problem> {
    let answer = publish(publisher, text).await?.success()?;
    let id = answer.xml("MessageId")?;
    let message = receive(cloud, queue, 10).await?;
    let message = message.ok_or_else(|| Problem::new(format_args!("{text:?}"), "no message"))?;
    let body = message["Body"].as_str().unwrap_or("");
    let envelope: Value = serde_json::from_str(body).unwrap_or_default();
    let wanted = [
        ("Type", "Notification"),
        ("MessageId", &id),
        ("TopicArn", &topic(cloud)),
        ("Subject", "News"),
        ("Message", text),
        ("SignatureVersion", "1"),
    ];
    for (member, value) in wanted {
        if envelope[member] != value {
            return Err(Problem::new(format_args!("{member} = {value:?}"), body));
        }
    }
    let further = ["Timestamp", "Signature", "SigningCertURL", "UnsubscribeURL"];
    match further.into_iter().find(|member| !envelope[*member].is_string()) {
        Some(missing) => Err(Problem::new(format_args!("a member {missing}"), body)),
        None => Ok(()),
    }
}

/// Publishes `text` and expects that it does not come within a second.
async fn nothing_arrives(cloud: &Cloud, queue: &str, text: &str) -> Result<(), Problem> {
    publish(cloud, text).await?.success()?;
    match receive(cloud, queue, 1).await? {
        None => Ok(()),
        Some(message) => Err(Problem::new("no message", message)),
    }
}

async fn create_topic(cloud: &Cloud) -> Result<(), Problem> {
    let answer = cloud.query("sns", "CreateTopic", &[("Name", TOPIC)]).await?.success()?;
    let (found, wanted) = (answer.xml("TopicArn")?, topic(cloud));
    answer.check(found == wanted, wanted)?;
    Ok(())
}

async fn create_queue(cloud: &Cloud) -> Result<String, Problem> {
    let answer = cloud.json("sqs", "CreateQueue", json!({"QueueName": QUEUE})).await?;
    let queue = answer.success()?.text("/QueueUrl")?;
    let input = json!({"QueueUrl": queue, "AttributeNames": ["QueueArn"]});
    let answer = cloud.json("sqs", "GetQueueAttributes", input).await?.success()?;
    answer.has("/Attributes/QueueArn", cloud.arn("sqs", QUEUE))?;
    Ok(queue)
}

async fn subscribe(cloud: &Cloud) -> Result<(), Problem> {
    let (topic, queue) = (topic(cloud), cloud.arn("sqs", QUEUE));
    let input = [("TopicArn", &*topic), ("Protocol", "sqs"), ("Endpoint", &*queue)];
    let answer = cloud.query("sns", "Subscribe", &input).await?.success()?;
    answer.says(&format!("<SubscriptionArn>{topic}:"))?;
    let answer = cloud.query("sns", "ListSubscriptionsByTopic", &[("TopicArn", &*topic)]).await?;
    answer.success()?.says(&format!("<Endpoint>{queue}</Endpoint>"))?;
    Ok(())
}

async fn allow(cloud: &Cloud, queue: &str) -> Result<(), Problem> {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": cloud.arn("sqs", QUEUE),
        "Condition": {"ArnEquals": {"aws:SourceArn": topic(cloud)}},
    }]});
    set(cloud, queue, "Policy", &policy.to_string()).await
}
