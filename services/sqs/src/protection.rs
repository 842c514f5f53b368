//! Encryption of messages at rest: under the instance's root key, or under data keys of KMS.

use crate::{
    data_keys::{self, DataKey},
    error::SqsError,
    message::Message,
    queue::{Encryption, Queue},
};
use service_kit::{cipher, prelude::*};
use std::sync::Arc;

const PURPOSE: &str = "sqs.message";

/// What is needed to read a stored payload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Protection {
    /// Nothing.
    None,
    /// The instance's root key.
    Managed,
    /// A data key, itself encrypted by KMS.
    Kms {
        /// The encrypted data key, in base64.
        data_key: String,
        /// The queue it was sent to: the encryption context. A dead letter keeps it.
        queue_arn: String,
    },
}

/// Seals the payloads of one send.
pub enum Sealer {
    None,
    Managed,
    Kms { data_key: Arc<DataKey>, queue_arn: String },
}

impl Sealer {
    /// What `queue` asks for; a data key is made or reused in the sender's name.
    ///
    /// # Errors
    /// What KMS refuses.
    pub async fn of(cx: &Context, queue: &Queue) -> Result<Self, SqsError> {
        match &queue.encryption {
            Encryption::None => Ok(Self::None),
            Encryption::Managed => Ok(Self::Managed),
            Encryption::Kms { key, reuse_seconds } => {
                let data_key = data_keys::sealing(cx, queue, key, *reuse_seconds).await?;
                Ok(Self::Kms { data_key, queue_arn: queue.arn() })
            }
        }
    }

    /// Seals the payload of the message `id`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when the cipher refuses.
    pub fn seal(
        &self,
        cx: &Context,
        id: &str,
        plain: Vec<u8>,
    ) -> Result<(Protection, Vec<u8>), Fault> {
        match self {
            Self::None => Ok((Protection::None, plain)),
            Self::Managed => {
                let sealed = cx.platform().seal().seal(PURPOSE, id.as_bytes(), &plain)?;
                Ok((Protection::Managed, sealed))
            }
            Self::Kms { data_key, queue_arn } => {
                let sealed = cipher::encrypt(cx.entropy(), &data_key.plain, id.as_bytes(), plain)?;
                let (data_key, queue_arn) = (data_key.blob.clone(), queue_arn.clone());
                Ok((Protection::Kms { data_key, queue_arn }, sealed))
            }
        }
    }
}

/// The payload of `message`; its data key is decrypted in the receiver's name.
///
/// # Errors
/// What KMS refuses.
pub async fn open(cx: &Context, queue: &Queue, message: &Message) -> Result<Vec<u8>, SqsError> {
    let id = &message.key.id;
    let plain = match &message.protection {
        Protection::None => Some(message.payload.clone()),
        Protection::Managed => cx.platform().seal().open(PURPOSE, id.as_bytes(), &message.payload),
        Protection::Kms { data_key, queue_arn } => {
            let key = data_keys::opening(cx, queue, data_key, queue_arn).await?;
            cipher::decrypt(&key.plain, id.as_bytes(), &message.payload)
        }
    };
    plain.ok_or_else(|| Fault::internal(format!("message {id} does not open")).into())
}
