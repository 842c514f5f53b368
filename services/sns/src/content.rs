//! What a published message holds, and how it is kept until it is delivered.

use crate::{
    data_keys::data_key, error::SnsError, message_attribute::Attribute, subscription::Protocol,
    topic::Topic,
};
use service_kit::{cipher, prelude::*};

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
        #[serde(with = "service_kit::binary")]
        data_key: Vec<u8>,
        #[serde(with = "service_kit::binary")]
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
                let body = cipher::encrypt(cx.entropy(), plain, id.as_bytes(), body)?;
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
        key.and_then(|key| cipher::decrypt(&key, self.id.as_bytes(), body))
            .and_then(|plain| serde_json::from_slice(&plain).ok())
            .ok_or_else(|| Fault::internal(format!("message {} does not open", self.id)))
    }
}
