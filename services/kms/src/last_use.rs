//! When a key was last used, and GetKeyLastUsage, which tells it.

use crate::{error::KmsError, key::Key, key_ref};
use parking_lot::Mutex;
use service_kit::{key::Key as RowKey, prelude::*};
use shape::Value;
use std::collections::HashMap;

/// How old what is stored may be: a kill loses no more than this.
const STORED_WITHIN: Duration = Duration::from_secs(60);
/// How many keys' latest uses are remembered between two writes; further ones are written at once.
const MAX_REMEMBERED: usize = 10_000;

/// The latest cryptographic operation with a key.
#[derive(Clone, Serialize, Deserialize)]
struct LastUse {
    key_id: String,
    operation: String,
    at: Timestamp,
    request_id: String,
}

impl Record for LastUse {
    const TABLE: &'static str = "kms.last_use";

    fn key(&self) -> impl RowKey {
        &self.key_id
    }
}

/// The latest uses, and when each key's was last written.
#[derive(Default)]
struct Uses(Mutex<HashMap<(Scope, String), (LastUse, Timestamp)>>);

impl Live for Uses {
    fn forget(&self, account: &str) {
        self.0.lock().retain(|(scope, _), _| *scope.account != *account);
    }
}

/// Notes that `operation` was done with `key`, now.
///
/// # Errors
/// [`Fault`] when storage fails.
pub async fn note(cx: &Context, key: &Key, operation: &str) -> Result<(), Fault> {
    let (key_id, now) = (key.id.clone(), cx.now());
    let request_id = cx.request_id().to_owned();
    let used = LastUse { key_id, operation: operation.into(), at: now, request_id };
    {
        let uses = cx.platform().live::<Uses>();
        let mut uses = uses.0.lock();
        let place = (key.scope(), key.id.clone());
        if let Some((known, stored)) = uses.get_mut(&place) {
            *known = used.clone();
            if now.since(*stored) < STORED_WITHIN {
                return Ok(());
            }
            *stored = now;
        } else if uses.len() < MAX_REMEMBERED {
            uses.insert(place, (used.clone(), now));
        }
    }
    cx.write(|tx| tx.within(key.scope()).put(&used)).await
}

fn latest(cx: &Context, key: &Key) -> Result<Option<LastUse>, KmsError> {
    let uses = cx.platform().live::<Uses>();
    let remembered =
        uses.0.lock().get(&(key.scope(), key.id.clone())).map(|(used, _)| used.clone());
    if remembered.is_some() {
        return Ok(remembered);
    }
    cx.read(|tx| tx.within(key.scope()).get::<LastUse>(&key.id).map_err(KmsError::from))
}

/// Forgets a key that is destroyed.
pub fn forget(tx: &mut Tx<'_>, key: &Key) {
    tx.delete::<LastUse>(&key.id);
}

/// Tells when a key was last used, and for what.
pub(crate) enum GetKeyLastUsage {}

#[derive(Debug, Shape)]
pub struct GetKeyLastUsageInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
}

#[derive(Debug, Shape)]
pub struct GetKeyLastUsageOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub key_last_usage: Option<KeyLastUsageData>,
    pub tracking_start_date: Option<Timestamp>,
    pub key_creation_date: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct KeyLastUsageData {
    pub operation: Option<KeyLastUsageTrackingOperation>,
    pub timestamp: Option<Timestamp>,
    pub kms_request_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum KeyLastUsageTrackingOperation {
    #[shape(name = "Decrypt")]
    Decrypt,
    #[shape(name = "DeriveSharedSecret")]
    DeriveSharedSecret,
    #[shape(name = "Encrypt")]
    Encrypt,
    #[shape(name = "GenerateDataKey")]
    GenerateDataKey,
    #[shape(name = "GenerateDataKeyPair")]
    GenerateDataKeyPair,
    #[shape(name = "GenerateDataKeyPairWithoutPlaintext")]
    GenerateDataKeyPairWithoutPlaintext,
    #[shape(name = "GenerateDataKeyWithoutPlaintext")]
    GenerateDataKeyWithoutPlaintext,
    #[shape(name = "GenerateMac")]
    GenerateMac,
    #[shape(name = "ReEncrypt")]
    ReEncrypt,
    #[shape(name = "Sign")]
    Sign,
    #[shape(name = "Verify")]
    Verify,
    #[shape(name = "VerifyMac")]
    VerifyMac,
}

impl Operation for GetKeyLastUsage {
    const NAME: &'static str = "GetKeyLastUsage";
    type Input = GetKeyLastUsageInput;
    type Output = GetKeyLastUsageOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:GetKeyLastUsage", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::by_id(cx, &input.key_id)?;
        let used = latest(cx, &key)?.map(|used| KeyLastUsageData {
            operation: KeyLastUsageTrackingOperation::read(Value::String(used.operation)).ok(),
            timestamp: Some(used.at),
            kms_request_id: Some(used.request_id),
        });
        Ok(GetKeyLastUsageOutput {
            key_id: Some(key.arn()),
            key_last_usage: used,
            tracking_start_date: Some(key.created),
            key_creation_date: Some(key.created),
        })
    }
}
