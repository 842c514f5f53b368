//! What a published message holds, and how it is kept until it is delivered.

use crate::{
    data_keys::data_key, error::SnsError, message_attribute::Attribute, subscription::Protocol,
    topic::Topic,
};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use service_kit::prelude::*;

const PURPOSE: &str = "sns.data_key";

/// A message as published.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Content {
    pub subject: Option<String>,
    /// The message, or what a protocol without one of its own gets.
    pub default: String,
    /// By protocol, from a message of structure `json`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_protocol: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
}

impl Content {
    /// The text for subscriptions of `protocol`.
    pub fn text(&self, protocol: Protocol) -> &str {
        self.by_protocol.get(protocol.as_str()).unwrap_or(&self.default)
    }
}

/// A message waiting for its deliveries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    pub id: String,
    pub topic: String,
    pub topic_arn: String,
    pub published: Timestamp,
    content: Kept,
}

/// Content at rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Kept {
    Plain(Content),
    /// Under the publisher's data key, which is itself sealed under the instance's root key:
    /// deliveries go on after a restart without the publisher.
    Encrypted {
        #[serde(with = "binary")]
        data_key: Vec<u8>,
        #[serde(with = "binary")]
        body: Vec<u8>,
    },
}

/// Keeps messages as their topic asks for.
pub enum Keeper {
    Plain,
    Encrypted { plain: std::sync::Arc<[u8]>, sealed: Vec<u8> },
}

impl Keeper {
    /// What `topic` asks for; a data key is made or reused in the publisher's name.
    ///
    /// # Errors
    /// What KMS refuses.
    pub async fn of(cx: &Context, topic: &Topic) -> Result<Self, SnsError> {
        let Some(key) = &topic.kms_key else { return Ok(Self::Plain) };
        let plain = data_key(cx, topic, key).await?;
        let sealed = cx.platform().seal().seal(PURPOSE, topic.arn().as_bytes(), &plain)?;
        Ok(Self::Encrypted { plain, sealed })
    }

    /// A message ready to be written.
    ///
    /// # Errors
    /// [`Fault::Internal`] when the cipher refuses.
    pub fn keep(&self, cx: &Context, topic: &Topic, content: Content) -> Result<Message, Fault> {
        let id = cx.entropy().uuid();
        let content = match self {
            Self::Plain => Kept::Plain(content),
            Self::Encrypted { plain, sealed } => {
                let body = serde_json::to_vec(&content).map_err(Fault::internal)?;
                let nonce = cx.entropy().bytes::<NONCE_LEN>();
                let body = encrypt(plain, nonce, &id, body)
                    .ok_or_else(|| Fault::internal("encrypting a message failed"))?;
                Kept::Encrypted { data_key: sealed.clone(), body }
            }
        };
        let (topic, topic_arn) = (topic.name.clone(), topic.arn());
        Ok(Message { id, topic, topic_arn, published: cx.now(), content })
    }
}

impl Message {
    /// What was published.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it does not decrypt.
    pub fn open(&self, cx: &Context) -> Result<Content, Fault> {
        let (data_key, body) = match &self.content {
            Kept::Plain(content) => return Ok(content.clone()),
            Kept::Encrypted { data_key, body } => (data_key, body),
        };
        let key = cx.platform().seal().open(PURPOSE, self.topic_arn.as_bytes(), data_key);
        key.and_then(|key| decrypt(&key, &self.id, body))
            .and_then(|plain| serde_json::from_slice(&plain).ok())
            .ok_or_else(|| Fault::internal(format!("message {} does not open", self.id)))
    }
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

mod binary {
    //! Bytes in the store's binary form, not as an array of numbers.
    use serde::{Deserializer, Serializer, de::Visitor};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

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
    fn a_message_opens_only_as_itself() {
        let sealed = encrypt(&[1; 32], [2; NONCE_LEN], "m-1", b"hello".to_vec()).unwrap();
        assert_eq!(decrypt(&[1; 32], "m-1", &sealed).unwrap(), b"hello");
        assert_eq!(decrypt(&[1; 32], "m-2", &sealed), None);
    }
}
