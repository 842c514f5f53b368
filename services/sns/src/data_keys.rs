//! Data keys from KMS for encrypted topics, reused for five minutes by their publisher.

use crate::{error::SnsError, topic::Topic};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use service_kit::{expiring::Expiring, prelude::*};
use std::sync::Arc;

/// How long a data key is used.
const REUSE: Duration = Duration::from_secs(300);

/// By topic, key and publisher.
type DataKeys = Expiring<[String; 3], Arc<[u8]>>;

/// The data key that the caller's messages to `topic` are encrypted with, `key` being the topic's.
///
/// # Errors
/// What KMS refuses: a publisher needs `kms:GenerateDataKey` and `kms:Decrypt`.
pub async fn data_key(cx: &Context, topic: &Topic, key: &str) -> Result<Arc<[u8]>, SnsError> {
    let keys = cx.platform().live::<DataKeys>();
    let name = [topic.arn(), key.to_owned(), cx.caller().principal.arn()];
    if let Some(known) = keys.get(&name, cx.now()) {
        return Ok(known);
    }
    let context = json!({ "aws:sns:topicArn": topic.arn() });
    let input = json!({ "KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context });
    let made = kms(cx, topic, "GenerateDataKey", input).await?;
    let input = json!({ "CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context });
    let opened = kms(cx, topic, "Decrypt", input).await?;
    let plain = opened["Plaintext"].as_str().and_then(|text| STANDARD.decode(text).ok());
    let plain: Arc<[u8]> = plain.ok_or_else(|| Fault::internal("KMS gave no plaintext"))?.into();
    keys.keep(name, plain.clone(), cx.now() + REUSE);
    Ok(plain)
}

async fn kms(
    cx: &Context,
    topic: &Topic,
    operation: &'static str,
    input: Value,
) -> Result<Value, SnsError> {
    let name = As::Caller { via: "sns.amazonaws.com" };
    cx.call_in(topic.scope(), "kms", operation, input, name).await.map_err(SnsError::kms)
}
