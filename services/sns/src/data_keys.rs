//! Data keys from KMS for encrypted topics, reused for five minutes by their publisher.

use crate::{error::SnsError, topic::Topic};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use parking_lot::Mutex;
use serde_json::{Value, json};
use service_kit::prelude::*;
use std::{collections::HashMap, sync::Arc};

/// How long a data key is used.
const REUSE: Duration = Duration::from_secs(300);
/// The most data keys kept; the cache is emptied when full.
const MAX_CACHED: usize = 10_000;

/// By topic, key and publisher; each with the moment until which it is used.
type Cache = HashMap<[String; 3], (Arc<[u8]>, Timestamp)>;

#[derive(Default)]
struct DataKeys(Mutex<Cache>);

/// The data key that the caller's messages to `topic` are encrypted with, `key` being the topic's.
///
/// # Errors
/// What KMS refuses: a publisher needs `kms:GenerateDataKey` and `kms:Decrypt`.
pub async fn data_key(cx: &Context, topic: &Topic, key: &str) -> Result<Arc<[u8]>, SnsError> {
    let keys = cx.platform().live::<DataKeys>();
    let name = [topic.arn(), key.to_owned(), cx.caller().principal.arn()];
    let known = keys.0.lock().get(&name).filter(|(_, until)| *until > cx.now()).cloned();
    if let Some((known, _)) = known {
        return Ok(known);
    }
    let context = json!({ "aws:sns:topicArn": topic.arn() });
    let input = json!({ "KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context });
    let made = kms(cx, topic, "GenerateDataKey", input).await?;
    let input = json!({ "CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context });
    let opened = kms(cx, topic, "Decrypt", input).await?;
    let plain = opened["Plaintext"].as_str().and_then(|text| STANDARD.decode(text).ok());
    let plain: Arc<[u8]> = plain.ok_or_else(|| Fault::internal("KMS gave no plaintext"))?.into();
    let mut cache = keys.0.lock();
    if cache.len() >= MAX_CACHED {
        cache.clear();
    }
    cache.insert(name, (plain.clone(), cx.now() + REUSE));
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
