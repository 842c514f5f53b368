//! A queue: its record and its address.

use crate::redrive::{AllowPolicy, RedrivePolicy};
use service_kit::{key::Key as RowKey, prelude::*};

/// A standard or FIFO queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Queue {
    pub name: String,
    pub account: String,
    pub region: String,
    /// What its messages are stored under; a purge gives the queue another one.
    pub uid: String,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub purged: Option<Timestamp>,
    pub settings: Settings,
    /// What a FIFO queue has besides.
    pub fifo: Option<Fifo>,
    /// With users and roles by unique id; none when its last statement was removed.
    pub policy: Option<String>,
    pub redrive: Option<RedrivePolicy>,
    pub redrive_allow: Option<AllowPolicy>,
    pub encryption: Encryption,
    pub tags: BTreeMap<String, String>,
}

/// The attributes that are plain numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    pub delay_seconds: u32,
    pub maximum_message_size: u32,
    pub message_retention_period: u32,
    pub receive_message_wait_time_seconds: u32,
    pub visibility_timeout: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delay_seconds: 0,
            maximum_message_size: 1_048_576,
            message_retention_period: 345_600,
            receive_message_wait_time_seconds: 0,
            visibility_timeout: 30,
        }
    }
}

/// The attributes of a FIFO queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fifo {
    /// Whether a message without a deduplication id has one from its body.
    pub content_based: bool,
    /// Whether ids tell messages apart within their group only.
    pub by_group: bool,
    /// Whether the quota is each group's; Heist limits neither.
    pub limit_by_group: bool,
}

/// How messages are kept at rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encryption {
    /// As they are.
    None,
    /// Under the instance's root key.
    Managed,
    /// Under data keys of a KMS key.
    Kms {
        /// As given: id, ARN or alias.
        key: String,
        /// How long a data key is used, in seconds.
        reuse_seconds: u32,
    },
}

impl Record for Queue {
    const TABLE: &'static str = "sqs.queue";

    fn key(&self) -> impl RowKey {
        &self.name
    }
}

impl Queue {
    /// A queue with AWS's defaults in the context's scope.
    pub fn new(cx: &Context, name: &str) -> Self {
        Self {
            name: name.into(),
            account: cx.account().into(),
            region: cx.region().into(),
            uid: cx.entropy().lower_id(16),
            created: cx.now(),
            modified: cx.now(),
            purged: None,
            settings: Settings::default(),
            fifo: None,
            policy: None,
            redrive: None,
            redrive_allow: None,
            encryption: Encryption::Managed,
            tags: BTreeMap::new(),
        }
    }

    pub fn scope(&self) -> Scope {
        Scope::new(&*self.account, &*self.region)
    }

    pub fn arn(&self) -> String {
        self.scope().arn("sqs", &self.name)
    }

    pub fn url(&self, cx: &Context) -> String {
        url(cx, &self.account, &self.name)
    }

    pub fn retention(&self) -> Duration {
        Duration::from_secs(self.settings.message_retention_period.into())
    }
}

/// The URL of a queue. Requests may name any host; only account and name count.
pub fn url(cx: &Context, account: &str, name: &str) -> String {
    format!("http://localhost:{}/{account}/{name}", cx.platform().settings().port)
}
