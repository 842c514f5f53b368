//! Chapter: a key, and messages encrypted under it.

use super::{
    answer::Problem,
    cloud::Cloud,
    journey::{ALIAS, TOPIC},
    messages, roles,
    step::{Chapter, Report},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// The user who may publish.
const PUBLISHER: &str = "publisher";

/// Plays the chapter.
pub async fn play(cloud: &Cloud, report: &mut Report) -> Chapter {
    report.chapter("Keys");
    let key = report.need("create a key; list-keys has it first", create(cloud)).await?;
    report.need("give it the alias alias/stream", alias(cloud, &key)).await?;
    report.check("encrypt and decrypt under a context, no other", encrypt(cloud)).await;
    report.need("encrypt the topic under it", encrypt_topic(cloud)).await?;
    let publisher = report.need("a user who may publish", publisher(cloud)).await?;
    report.check("is refused without a permission for the key", refused(&publisher)).await;
    let queue = report.need("find the queue by its name", messages::queue_url(cloud)).await?;
    report.need("let the user use the key", permit(cloud)).await?;
    let heard = messages::arrives(&publisher, cloud, &queue, "in cipher");
    report.check("now the user's message is delivered", heard).await;
    let both = encrypt_queue(cloud, &key, &queue);
    report.need("encrypt the queue too; the key policy lets SNS in", both).await?;
    let heard = messages::arrives(&publisher, cloud, &queue, "in cipher, twice");
    report.check("a message passes through both", heard).await;
    Ok(())
}

async fn create(cloud: &Cloud) -> Result<String, Problem> {
    let input = json!({"Description": "the stream's"});
    let answer = cloud.json("kms", "CreateKey", input).await?.success()?;
    let answer = answer.has("/KeyMetadata/KeyState", "Enabled")?;
    let key = answer.text("/KeyMetadata/KeyId")?;
    let listed = cloud.json("kms", "ListKeys", json!({})).await?.success()?;
    listed.has("/Keys/0/KeyId", key.as_str())?;
    Ok(key)
}

async fn alias(cloud: &Cloud, key: &str) -> Result<(), Problem> {
    let input = json!({"AliasName": ALIAS, "TargetKeyId": key});
    cloud.json("kms", "CreateAlias", input).await?.success()?;
    let answer = cloud.json("kms", "DescribeKey", json!({"KeyId": ALIAS})).await?.success()?;
    answer.has("/KeyMetadata/KeyId", key)?;
    Ok(())
}

async fn encrypt(cloud: &Cloud) -> Result<(), Problem> {
    let plain = BASE64_STANDARD.encode("the combination");
    let context = json!({"vault": "north"});
    let input = json!({"KeyId": ALIAS, "Plaintext": plain, "EncryptionContext": context});
    let cipher = cloud.json("kms", "Encrypt", input).await?.success()?.text("/CiphertextBlob")?;
    let input = json!({"CiphertextBlob": cipher, "EncryptionContext": context});
    cloud.json("kms", "Decrypt", input).await?.success()?.has("/Plaintext", plain)?;
    let input = json!({"CiphertextBlob": cipher, "EncryptionContext": {"vault": "south"}});
    let answer = cloud.json("kms", "Decrypt", input).await?;
    answer.refused(400, "InvalidCiphertextException")?;
    Ok(())
}

async fn encrypt_topic(cloud: &Cloud) -> Result<(), Problem> {
    let topic = messages::topic(cloud);
    let input =
        [("TopicArn", &*topic), ("AttributeName", "KmsMasterKeyId"), ("AttributeValue", ALIAS)];
    cloud.query("sns", "SetTopicAttributes", &input).await?.success()?;
    let answer = cloud.query("sns", "GetTopicAttributes", &[("TopicArn", &*topic)]).await?;
    answer.success()?.says(ALIAS)?;
    Ok(())
}

async fn publisher(cloud: &Cloud) -> Result<Cloud, Problem> {
    let policy = roles::allowing(&["sns:Publish"], &cloud.arn("sns", TOPIC));
    roles::user(cloud, PUBLISHER, &policy).await
}

async fn refused(publisher: &Cloud) -> Result<(), Problem> {
    let answer = messages::publish(publisher, "overheard").await?;
    let well = answer.status == 400;
    let answer = answer.check(well, "status 400")?.says("<Code>KMSAccessDenied")?;
    answer.says("kms:GenerateDataKey")?;
    Ok(())
}

async fn permit(cloud: &Cloud) -> Result<(), Problem> {
    let actions = ["sns:Publish", "kms:GenerateDataKey*", "kms:Decrypt"];
    roles::user_policy(cloud, PUBLISHER, &roles::allowing(&actions, "*")).await
}

async fn encrypt_queue(cloud: &Cloud, key: &str, queue: &str) -> Result<(), Problem> {
    let root = json!({"AWS": cloud.iam_arn("root")});
    let sns = json!({"Service": "sns.amazonaws.com"});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        statement(&root, &["kms:*"]),
        statement(&sns, &["kms:GenerateDataKey*", "kms:Decrypt"]),
    ]});
    let input = json!({"KeyId": key, "PolicyName": "default", "Policy": policy.to_string()});
    cloud.json("kms", "PutKeyPolicy", input).await?.success()?;
    messages::set(cloud, queue, "KmsMasterKeyId", ALIAS).await
}

fn statement(principal: &Value, actions: &[&str]) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"})
}
