//! Grants: permissions on one key for one principal, beside the key policy.

use crate::{cipher::EncryptionContext, error::KmsError, key::Key, shapes::GrantTokenType};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use policy::{Attached, Kind, Policy};
use serde_json::{Map, Value, json};
use service_kit::{key::Key as RowKey, prelude::*};

/// How many grants of a key are looked at in a decision; AWS's quota is larger, but nobody's.
pub const MAX_GRANTS: usize = 10_000;
const TOKEN_PURPOSE: &str = "kms.grant_token";

/// A grant as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    pub key_id: String,
    pub id: String,
    pub created: Timestamp,
    pub name: Option<String>,
    pub grantee: String,
    /// The unique id of a grantee that is a user or role: a later one of the same name is another.
    #[serde(default)]
    pub grantee_id: Option<String>,
    pub retiring: Option<String>,
    pub issuing_account: String,
    /// Names as in the API, such as `Decrypt`.
    pub operations: Vec<String>,
    /// The context must contain these pairs.
    pub subset: Option<EncryptionContext>,
    /// The context must be exactly this.
    pub equals: Option<EncryptionContext>,
}

impl Record for Grant {
    const TABLE: &'static str = "kms.grant";

    fn key(&self) -> impl RowKey {
        (&self.key_id, &self.id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum GrantOperation {
    #[shape(name = "Decrypt")]
    Decrypt,
    #[shape(name = "Encrypt")]
    Encrypt,
    #[shape(name = "GenerateDataKey")]
    GenerateDataKey,
    #[shape(name = "GenerateDataKeyWithoutPlaintext")]
    GenerateDataKeyWithoutPlaintext,
    #[shape(name = "ReEncryptFrom")]
    ReEncryptFrom,
    #[shape(name = "ReEncryptTo")]
    ReEncryptTo,
    #[shape(name = "Sign")]
    Sign,
    #[shape(name = "Verify")]
    Verify,
    #[shape(name = "GetPublicKey")]
    GetPublicKey,
    #[shape(name = "CreateGrant")]
    CreateGrant,
    #[shape(name = "RetireGrant")]
    RetireGrant,
    #[shape(name = "DescribeKey")]
    DescribeKey,
    #[shape(name = "GenerateDataKeyPair")]
    GenerateDataKeyPair,
    #[shape(name = "GenerateDataKeyPairWithoutPlaintext")]
    GenerateDataKeyPairWithoutPlaintext,
    #[shape(name = "GenerateMac")]
    GenerateMac,
    #[shape(name = "VerifyMac")]
    VerifyMac,
    #[shape(name = "DeriveSharedSecret")]
    DeriveSharedSecret,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GrantConstraints {
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
}

impl Grant {
    /// The token that names this grant in requests.
    ///
    /// # Errors
    /// [`Fault::Internal`] when sealing fails.
    pub fn token(&self, cx: &Context) -> Result<String, Fault> {
        let plain = format!("{}/{}", self.key_id, self.id);
        let sealed = cx.platform().seal().seal(TOKEN_PURPOSE, b"", plain.as_bytes())?;
        Ok(STANDARD.encode(sealed))
    }

    /// The policy statement that this grant amounts to, for decisions about `action`. Constraints
    /// concern only operations that have an encryption context, or pass the grant on.
    fn statement(&self, action: &str) -> Value {
        let mut conditions = Map::new();
        let mut equal = Map::new();
        let constrained = !matches!(action, "kms:DescribeKey" | "kms:RetireGrant");
        let (subset, equals) = match constrained {
            true => (self.subset.as_ref(), self.equals.as_ref()),
            false => (None, None),
        };
        for (key, value) in subset.into_iter().chain(equals).flatten() {
            equal.insert(format!("kms:EncryptionContext:{key}"), literal(value).into());
        }
        if let Some(exact) = equals {
            let keys: Vec<&String> = exact.keys().collect();
            conditions.insert(
                "ForAllValues:StringEquals".into(),
                json!({ "kms:EncryptionContextKeys": keys }),
            );
        }
        if action == "kms:CreateGrant" {
            // What is passed on may only be less (KMS Developer Guide, "Granting CreateGrant").
            let operations = json!({ "kms:GrantOperations": self.operations });
            merge(&mut conditions, "ForAllValues:StringEquals", operations);
            if self.equals.is_some() {
                equal.insert("kms:GrantConstraintType".into(), "EncryptionContextEquals".into());
            }
        }
        if !equal.is_empty() {
            conditions.insert("StringEquals".into(), equal.into());
        }
        let principal = match self.grantee.ends_with(".amazonaws.com") {
            true => json!({ "Service": self.grantee }),
            false => json!({ "AWS": self.grantee_id.as_ref().unwrap_or(&self.grantee) }),
        };
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": self.id,
                "Effect": "Allow",
                "Principal": principal,
                "Action": action,
                "Resource": "*",
                "Condition": conditions,
            }],
        })
    }
}

fn merge(conditions: &mut Map<String, Value>, operator: &str, keys: Value) {
    match (conditions.get_mut(operator), keys) {
        (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
        (_, keys) => {
            conditions.insert(operator.into(), keys);
        }
    }
}

/// A value that policy variables do not expand in.
fn literal(value: &str) -> String {
    value.replace("${", "${$}{")
}

/// The grants of `key` that allow `action`, as policies for their grantees.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn allowing(tx: &ReadTx<'_>, key: &Key, action: &str) -> Result<Vec<Attached>, Fault> {
    let Some(operation) = action.strip_prefix("kms:") else { return Ok(Vec::new()) };
    let grants = tx.within(key.scope()).list::<Grant>(&key.id)?;
    let mut policies = Vec::new();
    for grant in grants.iter().filter(|grant| grant.operations.iter().any(|it| it == operation)) {
        let text = grant.statement(action).to_string();
        let parsed = Policy::parse(&text, Kind::Key).map_err(Fault::internal)?;
        policies.push(Attached::new(format!("grant/{}", grant.id), parsed));
    }
    Ok(policies)
}

/// Refuses grant tokens that we did not make. Grants hold at once here, so that a token adds
/// nothing beyond naming one.
///
/// # Errors
/// [`KmsError::InvalidGrantTokenException`].
pub fn check_tokens(cx: &Context, tokens: Option<&[GrantTokenType]>) -> Result<(), KmsError> {
    tokens.into_iter().flatten().try_for_each(|token| named_by(cx, &token.0).map(drop))
}

/// The ids of the key and of the grant that `token` names.
///
/// # Errors
/// [`KmsError::InvalidGrantTokenException`].
pub fn named_by(cx: &Context, token: &str) -> Result<(String, String), KmsError> {
    let sealed = STANDARD.decode(token).ok();
    let opened = sealed.and_then(|sealed| cx.platform().seal().open(TOKEN_PURPOSE, b"", &sealed));
    let text = opened.and_then(|bytes| String::from_utf8(bytes).ok());
    let ids = text.as_deref().and_then(|text| text.split_once('/'));
    let (key, grant) = ids.ok_or(KmsError::InvalidGrantTokenException)?;
    Ok((key.to_owned(), grant.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            key_id: "k".into(),
            id: "g".into(),
            created: Timestamp::default(),
            name: None,
            grantee: "arn:aws:iam::111122223333:role/app".into(),
            grantee_id: Some("AROAQABLZS4A3QDU576Q2".into()),
            retiring: None,
            issuing_account: "arn:aws:iam::111122223333:root".into(),
            operations: vec!["Decrypt".into(), "CreateGrant".into()],
            subset: Some([("a".to_owned(), "${x}".to_owned())].into()),
            equals: None,
        }
    }

    #[test]
    fn a_grant_is_a_policy_for_its_grantee() {
        let grant = grant();
        for action in ["kms:Decrypt", "kms:CreateGrant"] {
            let parsed = Policy::parse(&grant.statement(action).to_string(), Kind::Key).unwrap();
            assert_eq!(parsed.principals().count(), 1);
            assert!(parsed.context_keys().contains(&"kms:EncryptionContext:a"));
        }
    }

    #[test]
    fn what_is_passed_on_cannot_be_more() {
        let mut grant = grant();
        grant.subset = None;
        grant.equals = Some([("a".to_owned(), "1".to_owned())].into());
        let text = grant.statement("kms:CreateGrant").to_string();
        let parsed = Policy::parse(&text, Kind::Key).unwrap();
        let keys = parsed.context_keys();
        for key in ["kms:GrantOperations", "kms:GrantConstraintType", "kms:EncryptionContextKeys"] {
            assert!(keys.contains(&key), "{key}");
        }
    }
}
