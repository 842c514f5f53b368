//! Encryption of messages at rest: under the instance's root key, or under data keys of KMS.

use crate::{
    data_keys::{self, DataKey},
    error::SqsError,
    message::Message,
    queue::{Encryption, Queue},
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use service_kit::prelude::*;
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
                let nonce = cx.entropy().bytes::<NONCE_LEN>();
                let sealed = encrypt(&data_key.plain, nonce, id, plain)
                    .ok_or_else(|| Fault::internal("sealing a message failed"))?;
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
            decrypt(&key.plain, id, &message.payload)
        }
    };
    plain.ok_or_else(|| Fault::internal(format!("message {id} does not open")).into())
}

fn encrypt(key: &[u8], nonce: [u8; NONCE_LEN], id: &str, mut body: Vec<u8>) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let aad = Aad::from(id.as_bytes());
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body).ok()?;
    let mut sealed = nonce.to_vec();
    sealed.extend(body);
    Some(sealed)
}

fn decrypt(key: &[u8], id: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_at_checked(NONCE_LEN)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut body = body.to_vec();
    key.open_in_place(nonce, Aad::from(id.as_bytes()), &mut body).ok().map(|plain| plain.to_vec())
}

pub mod binary {
    //! Bytes in the store's binary form, not as an array of numbers.
    use serde::{Deserializer, Serializer, de::Visitor};

    /// Writes bytes.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    /// Reads bytes.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_opens_only_as_its_own_message() {
        let sealed = encrypt(&[1; 32], [2; NONCE_LEN], "m-1", b"hello".to_vec()).unwrap();
        assert_ne!(&sealed[NONCE_LEN..NONCE_LEN + 5], b"hello");
        assert_eq!(decrypt(&[1; 32], "m-1", &sealed).unwrap(), b"hello");
        assert_eq!(decrypt(&[1; 32], "m-2", &sealed), None);
        assert_eq!(decrypt(&[3; 32], "m-1", &sealed), None);
        assert_eq!(decrypt(&[1; 32], "m-1", &sealed[..5]), None);
    }
}
