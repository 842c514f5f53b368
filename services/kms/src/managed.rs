//! Keys that AWS manages: made when a service first asks for one by its alias.

use crate::{
    alias::Alias,
    error::KmsError,
    key::{Key, Kind, Listed},
    key_ref::KeyRef,
    material::Material,
    rotation,
};
use serde_json::json;
use service_kit::prelude::*;

/// The services that have a key of their own here.
const SERVICES: [&str; 6] = ["dynamodb", "lambda", "s3", "secretsmanager", "sns", "sqs"];

/// The service whose own key `alias` (with `alias/`) is.
pub fn service_of(alias: &str) -> Option<&'static str> {
    let name = alias.strip_prefix("alias/aws/")?;
    SERVICES.into_iter().find(|service| *service == name)
}

/// The policy of the key of `service`: whoever the service works for may use it through the
/// service, and the account may look at it (KMS Developer Guide, "AWS managed keys").
pub fn policy(service: &str, at: &Scope) -> String {
    let (region, account) = (&at.region, &at.account);
    let upper = service.to_uppercase();
    json!({
        "Version": "2012-10-17",
        "Id": format!("auto-{service}-1"),
        "Statement": [
            {
                "Sid": format!("Allow access through {upper} for all principals in the account \
                                that are authorized to use {upper}"),
                "Effect": "Allow",
                "Principal": { "AWS": "*" },
                "Action": [
                    "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                    "kms:CreateGrant", "kms:DescribeKey",
                ],
                "Resource": "*",
                "Condition": { "StringEquals": {
                    "kms:ViaService": format!("{service}.{region}.amazonaws.com"),
                    "kms:CallerAccount": &**account,
                } },
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                "Resource": "*",
            },
        ],
    })
    .to_string()
}

/// The key of `service`, made now if this is the first time that it is named.
///
/// # Errors
/// [`Fault`] when storage fails.
pub async fn ensure(cx: &Context, named: &KeyRef, service: &str) -> Result<Key, KmsError> {
    if let Some(key) = cx.read(|tx| named.find(tx))? {
        return Ok(key);
    }
    let id = cx.entropy().uuid();
    let kind = Kind::default();
    let material = Material::generate(cx, kind.spec, &id, 0).await?;
    let mut key = Key::new(cx, id, kind, Some(&material), policy(service, cx.scope()));
    let alias = format!("alias/aws/{service}");
    key.service = Some(service.into());
    let upper = service.to_uppercase();
    key.description =
        format!("Default key that protects my {upper} data when no other key is defined");
    key.aliases = vec![alias.clone()];
    cx.write(|tx| {
        if let Some(key) = named.find(&tx.reader())? {
            return Ok(key);
        }
        let mut key = key.clone();
        let (name, key_id, created) = (alias.clone(), key.id.clone(), key.created);
        tx.put(&Alias { name, key_id, created, updated: created })?;
        tx.put(&material)?;
        tx.put(&Listed { created, id: key.id.clone() })?;
        rotation::schedule(tx, &mut key, created, rotation::DEFAULT_PERIOD_DAYS)?;
        tx.put(&key)?;
        Ok(key)
    })
    .await
}
