//! Encryption at rest: the key that a table's data key is encrypted under, and who may use it.
//!
//! The data key is encrypted under a table key that KMS made, as AWS has it ("DynamoDB encryption
//! at rest usage notes"): another KMS key means another table key, not another data key, so that
//! rows stay as they are. KMS is asked in the name of whoever uses the table, at most every five
//! minutes; background work has a grant.

pub(crate) mod rekey;
pub(crate) mod reseal;
pub(crate) mod vault;

use crate::{
    encryption::vault::{DATA_KEY_BYTES, DataKey},
    error::{DynamoError, invalid},
    table::Table,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use service_kit::{binary, cipher, expiring::Expiring, prelude::*};
use shape::Failure;
use std::sync::Arc;

/// DynamoDB, as KMS knows it.
const PRINCIPAL: &str = "dynamodb.amazonaws.com";
/// The key that KMS manages for DynamoDB.
const MANAGED: &str = "alias/aws/dynamodb";
/// How long a principal's permission is relied on: "Table key caching".
const RELIED_ON: Duration = Duration::from_secs(300);
/// What the data key is sealed for while a table is under no KMS key any more.
const PURPOSE: &str = "dynamodb.data_key";

/// How a table is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum SSEType {
    /// Refused by AWS.
    #[shape(name = "AES256")]
    Aes256,
    /// Under a key of KMS.
    Kms,
}

/// How far encryption is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum SSEStatus {
    /// Older rows are being sealed.
    Enabling,
    /// All rows are sealed under the key.
    Enabled,
    /// The key is being taken away.
    Disabling,
    /// Under no key of KMS.
    Disabled,
    /// The key is being changed.
    Updating,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct SSESpecification {
    /// Whether a key of KMS is to be used.
    pub enabled: Option<bool>,
    /// The kind of encryption.
    #[shape(name = "SSEType")]
    pub sse_type: Option<SSEType>,
    /// The key: id, ARN, alias or alias ARN; DynamoDB's managed key without one.
    #[shape(name = "KMSMasterKeyId")]
    pub kms_master_key_id: Option<String>,
}

/// What a description says.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct SSEDescription {
    /// How far it is.
    pub status: Option<SSEStatus>,
    /// The kind of encryption.
    #[shape(name = "SSEType")]
    pub sse_type: Option<SSEType>,
    /// The key's ARN.
    #[shape(name = "KMSMasterKeyArn")]
    pub kms_master_key_arn: Option<String>,
    /// Since when the key cannot be used.
    pub inaccessible_encryption_date_time: Option<Timestamp>,
}

/// How a table's data key is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    /// The encrypted data key.
    #[serde(with = "binary")]
    data_key: Vec<u8>,
    under: Under,
    /// Whether all rows are sealed.
    pub(crate) complete: bool,
    /// Since when the key is known to be of no use.
    pub(crate) inaccessible_since: Option<Timestamp>,
}

/// What a data key is encrypted under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Under {
    /// The instance's root key: the table was under a KMS key once.
    Root,
    /// A table key.
    Kms {
        /// The KMS key's ARN.
        key: String,
        /// The table key as KMS encrypted it, in base64.
        table_key: String,
        /// The grant for background work.
        grant: String,
    },
}

/// Data keys that principals may use, by table, stored form and principal.
#[derive(Default)]
struct Known(Expiring<[String; 3], Arc<DataKey>>);

impl Live for Known {
    fn forget(&self, _: &str) {
        self.0.clear();
    }
}

/// The KMS key that `wanted` names, if any, for a table that is new or has another now.
///
/// # Errors
/// AWS's `ValidationException`.
fn key_named(wanted: &SSESpecification) -> Result<Option<&str>, DynamoError> {
    match (wanted.enabled.unwrap_or(false), wanted.sse_type, &wanted.kms_master_key_id) {
        (_, Some(SSEType::Aes256), _) => Err(invalid(
            "One or more parameter values were invalid: SSEType AES256 is not supported",
        )),
        (false, _, Some(_)) => Err(invalid(
            "One or more parameter values were invalid: KMSMasterKeyId can not be specified when \
             SSE is disabled",
        )),
        (false, ..) => Ok(None),
        (true, _, key) => Ok(Some(key.as_deref().unwrap_or(MANAGED))),
    }
}

impl Encryption {
    /// What `wanted` asks for a table called `name`; none for no KMS key.
    ///
    /// # Errors
    /// AWS's `ValidationException`, or what KMS refuses the caller.
    pub(crate) async fn new(
        cx: &Context,
        (id, name): (&str, &str),
        wanted: &SSESpecification,
    ) -> Result<Option<Self>, DynamoError> {
        let Some(key) = key_named(wanted)? else { return Ok(None) };
        let data_key = cx.entropy().bytes::<DATA_KEY_BYTES>();
        Self::under(cx, (id, name), key, &data_key).await.map(Some)
    }

    /// What `wanted` makes of the encryption of `table`, which must be unlocked.
    ///
    /// # Errors
    /// As [`Encryption::new`].
    pub(crate) async fn changed(
        cx: &Context,
        table: &Table,
        wanted: &SSESpecification,
    ) -> Result<Option<Self>, DynamoError> {
        let names = (table.id.as_str(), table.name.as_str());
        let Some(old) = &table.encryption else {
            // The rows that are there are not sealed yet.
            let new = Self::new(cx, names, wanted).await?;
            return Ok(new.map(|new| Self { complete: false, ..new }));
        };
        let data_key = old.open(cx, table).await?;
        let mut new = match key_named(wanted)? {
            Some(key) => Self::under(cx, names, key, &data_key).await?,
            None => {
                let sealed = cx.platform().seal().seal(PURPOSE, table.id.as_bytes(), &data_key)?;
                let under = Under::Root;
                Self { data_key: sealed, under, complete: true, inaccessible_since: None }
            }
        };
        new.complete = old.complete;
        Ok(Some(new))
    }

    /// `data_key` under a new table key that the KMS key called `key` makes.
    async fn under(
        cx: &Context,
        (id, name): (&str, &str),
        key: &str,
        data_key: &[u8],
    ) -> Result<Self, DynamoError> {
        let described = kms(cx, "DescribeKey", json!({ "KeyId": key }), name).await?;
        let key = text(&described["KeyMetadata"]["Arn"])?;
        let context = context(cx, name);
        let grant = json!({
            "KeyId": key, "GranteePrincipal": PRINCIPAL, "RetiringPrincipal": PRINCIPAL,
            "Operations": ["Decrypt", "RetireGrant"],
            "Constraints": { "EncryptionContextSubset": context },
        });
        let grant = text(&kms(cx, "CreateGrant", grant, name).await?["GrantId"])?;
        let input = json!({ "KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context });
        let made = kms(cx, "GenerateDataKey", input, name).await?;
        let table_key = bytes(&made["Plaintext"])?;
        let sealed = cipher::encrypt(cx.entropy(), &table_key, id.as_bytes(), data_key.to_vec())?;
        let under = Under::Kms { key, table_key: text(&made["CiphertextBlob"])?, grant };
        Ok(Self { data_key: sealed, under, complete: true, inaccessible_since: None })
    }

    /// The data key, as KMS gives it to the caller.
    async fn open(&self, cx: &Context, table: &Table) -> Result<Vec<u8>, DynamoError> {
        let id = table.id.as_bytes();
        let opened = match &self.under {
            Under::Root => cx.platform().seal().open(PURPOSE, id, &self.data_key),
            Under::Kms { key, table_key, .. } => {
                let context = context(cx, &table.name);
                let input = json!({
                    "KeyId": key, "CiphertextBlob": table_key, "EncryptionContext": context,
                });
                let opened = kms(cx, "Decrypt", input, &table.name).await?;
                cipher::decrypt(&bytes(&opened["Plaintext"])?, id, &self.data_key)
            }
        };
        let failed = || Fault::internal(format!("the data key of {} does not open", table.name));
        opened.ok_or_else(|| failed().into())
    }

    /// What would be asked for to have another table encrypted like this; none for no KMS key.
    pub(crate) fn specification(&self) -> Option<SSESpecification> {
        let Under::Kms { key, .. } = &self.under else { return None };
        Some(SSESpecification {
            enabled: Some(true),
            sse_type: Some(SSEType::Kms),
            kms_master_key_id: Some(key.clone()),
        })
    }

    /// What a description says of it; nothing for a table under no KMS key.
    pub(crate) fn description(&self) -> Option<SSEDescription> {
        let Under::Kms { key, .. } = &self.under else { return None };
        let status = if self.complete { SSEStatus::Enabled } else { SSEStatus::Enabling };
        Some(SSEDescription {
            status: Some(status),
            sse_type: Some(SSEType::Kms),
            kms_master_key_arn: Some(key.clone()),
            inaccessible_encryption_date_time: self.inaccessible_since,
        })
    }

    /// The ARN of the KMS key, if it is one.
    pub(crate) fn key(&self) -> Option<&str> {
        match &self.under {
            Under::Kms { key, .. } => Some(key),
            Under::Root => None,
        }
    }

    /// Gives the grant for background work back, as far as KMS lets.
    pub(crate) async fn retire(&self, cx: &Context, name: &str) {
        let Under::Kms { key, grant, .. } = &self.under else { return };
        let cx = background(cx);
        // A grant on a key that is gone went with it.
        kms(&cx, "RetireGrant", json!({ "KeyId": key, "GrantId": grant }), name).await.ok();
    }
}

/// Makes the data key of `table` known, if the caller may use it.
///
/// # Errors
/// `AccessDeniedException` with what KMS says.
pub(crate) async fn unlock(cx: &Context, table: &Table) -> Result<(), DynamoError> {
    let Some(encryption) = &table.encryption else { return Ok(()) };
    let known = cx.platform().live::<Known>();
    let stored = service_kit::blob_key(&encryption.data_key);
    let name = [table.id.clone(), stored, cx.caller().principal.arn()];
    let key = match known.0.get(&name, cx.now()) {
        Some(key) => key,
        None => {
            let key = DataKey::new(encryption.open(cx, table).await?, cx.entropy());
            let key = Arc::new(key);
            known.0.keep(name, key.clone(), cx.now() + RELIED_ON);
            key
        }
    };
    table.vault.unlock(key);
    Ok(())
}

/// Whether the key of `table` can be used at this moment; notes in the table since when not.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) async fn check(cx: &Context, table: &mut Table) -> Result<bool, Fault> {
    let Some(encryption) = &table.encryption else { return Ok(true) };
    let is_usable = encryption.open(&background(cx), table).await.is_ok();
    if is_usable != encryption.inaccessible_since.is_some() {
        return Ok(is_usable);
    }
    let since = (!is_usable).then_some(cx.now());
    let noted = cx.write(|tx| {
        let stored = tx.get::<Table>(&table.name)?.filter(|stored| stored.id == table.id);
        let Some(mut stored) = stored else { return Ok(()) };
        if let Some(encryption) = &mut stored.encryption {
            encryption.inaccessible_since = since;
        }
        tx.put(&stored)
    });
    noted.await?;
    if let Some(encryption) = &mut table.encryption {
        encryption.inaccessible_since = since;
    }
    Ok(is_usable)
}

/// Whether the KMS key with the ARN `key` is managed by AWS.
///
/// # Errors
/// What KMS refuses the caller.
pub(crate) async fn is_managed(cx: &Context, key: &str, table: &str) -> Result<bool, DynamoError> {
    let described = kms(cx, "DescribeKey", json!({ "KeyId": key }), table).await?;
    Ok(described["KeyMetadata"]["KeyManager"] == "AWS")
}

/// The same place, worked in by DynamoDB itself.
pub(crate) fn background(cx: &Context) -> Context {
    Context::background(cx.platform().clone(), cx.scope().clone(), PRINCIPAL)
}

fn context(cx: &Context, name: &str) -> Value {
    json!({ "aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": cx.account() })
}

async fn kms(
    cx: &Context,
    operation: &'static str,
    input: Value,
    table: &str,
) -> Result<Value, DynamoError> {
    let name = match cx.caller().principal {
        policy::Principal::Service { .. } => As::Service {
            principal: PRINCIPAL,
            source_arn: cx.scope().arn("dynamodb", format_args!("table/{table}")),
            source_account: cx.account().to_owned(),
        },
        _ => As::Caller { via: PRINCIPAL },
    };
    cx.call("kms", operation, input, name).await.map_err(refused)
}

/// As DynamoDB tells what KMS refused. The code and the opening are AWS's; the rest is KMS's text.
fn refused(failure: Failure) -> DynamoError {
    match failure.code {
        "AccessDeniedException"
        | "DisabledException"
        | "KMSInvalidStateException"
        | "NotFoundException" => {
            let message = format!("KMS key access denied error: {}", failure.message);
            DynamoError::Common(Fault::AccessDenied(message))
        }
        _ => DynamoError::Common(failure.into()),
    }
}

fn text(value: &Value) -> Result<String, Fault> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| Fault::internal("KMS left out what was asked for"))
}

fn bytes(value: &Value) -> Result<Vec<u8>, Fault> {
    let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
    bytes.ok_or_else(|| Fault::internal("KMS left out what was asked for"))
}
