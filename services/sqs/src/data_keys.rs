//! Data keys from KMS, reused for a while by the principal they were made for.

use crate::{
    error::SqsError,
    queue::{Encryption, Queue},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use service_kit::{expiring::Expiring, prelude::*};
use std::sync::Arc;

const DEFAULT_REUSE_SECONDS: u32 = 300;

/// A data key, plain and encrypted.
pub struct DataKey {
    pub plain: Vec<u8>,
    /// In base64.
    pub blob: String,
}

/// The data keys in use, for the life of the process.
#[derive(Default)]
struct DataKeys {
    sealing: Cache,
    opening: Cache,
}

impl Live for DataKeys {
    fn forget(&self, _: &str) {
        self.sealing.clear();
        self.opening.clear();
    }
}

type Cache = Expiring<[String; 3], Arc<DataKey>>;

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

/// The data key that the caller seals messages to `queue` with.
///
/// # Errors
/// What KMS refuses.
pub async fn sealing(
    cx: &Context,
    queue: &Queue,
    key: &str,
    reuse_seconds: u32,
) -> Result<Arc<DataKey>, SqsError> {
    let keys = cx.platform().live::<DataKeys>();
    let name = [queue.arn(), key.to_owned(), cx.caller().principal.arn()];
    if let Some(known) = keys.sealing.get(&name, cx.now()) {
        return Ok(known);
    }
    let context = json!({ "aws:sqs:arn": queue.arn() });
    let input = json!({ "KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context });
    let made = kms(cx, queue, "GenerateDataKey", input).await?;
    let blob = made["CiphertextBlob"].as_str().unwrap_or_default().to_owned();
    // SQS checks a new data key by decrypting it, so that senders need kms:Decrypt as well
    // (SQS Developer Guide, "Configuring AWS KMS permissions").
    let data_key = Arc::new(decrypt(cx, queue, &blob, &queue.arn()).await?);
    keys.sealing.keep(name, data_key.clone(), cx.now() + seconds(reuse_seconds));
    Ok(data_key)
}

/// The data key behind `blob`, for the caller to open messages with.
///
/// # Errors
/// What KMS refuses.
pub async fn opening(
    cx: &Context,
    queue: &Queue,
    blob: &str,
    queue_arn: &str,
) -> Result<Arc<DataKey>, SqsError> {
    let keys = cx.platform().live::<DataKeys>();
    let name = [queue_arn.to_owned(), blob.to_owned(), cx.caller().principal.arn()];
    if let Some(known) = keys.opening.get(&name, cx.now()) {
        return Ok(known);
    }
    let data_key = Arc::new(decrypt(cx, queue, blob, queue_arn).await?);
    let reuse = match queue.encryption {
        Encryption::Kms { reuse_seconds, .. } => reuse_seconds,
        _ => DEFAULT_REUSE_SECONDS,
    };
    keys.opening.keep(name, data_key.clone(), cx.now() + seconds(reuse));
    Ok(data_key)
}

async fn decrypt(
    cx: &Context,
    queue: &Queue,
    blob: &str,
    queue_arn: &str,
) -> Result<DataKey, SqsError> {
    let context = json!({ "aws:sqs:arn": queue_arn });
    let input = json!({ "CiphertextBlob": blob, "EncryptionContext": context });
    let opened = kms(cx, queue, "Decrypt", input).await?;
    let plain = opened["Plaintext"].as_str().and_then(|text| STANDARD.decode(text).ok());
    let plain = plain.ok_or_else(|| Fault::internal("KMS gave no plaintext"))?;
    Ok(DataKey { plain, blob: blob.to_owned() })
}

async fn kms(
    cx: &Context,
    queue: &Queue,
    operation: &'static str,
    input: Value,
) -> Result<Value, SqsError> {
    let name = As::Caller { via: "sqs.amazonaws.com" };
    cx.call_in(queue.scope(), "kms", operation, input, name).await.map_err(SqsError::kms)
}
