//! Key policies: the default one, what a new one must not do, and reading and replacing them.

use crate::{
    error::KmsError,
    key_ref::{self, KeyRef},
};
use policy::{Kind, Policy};
use serde_json::json;
use service_kit::{
    identity::{Unstorable, bind_principals, may_still, show_principals},
    prelude::*,
};

/// The one name that a key's policy has.
const NAME: &str = "default";
/// AWS's quota for a key policy's document.
const MAX_BYTES: usize = 32 * 1024;

/// The policy of a key that was given none: the account decides.
pub fn default_policy(account: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
            "Action": "kms:*",
            "Resource": "*",
        }],
    })
    .to_string()
}

/// The form of a key policy to store: users and roles by unique id, so that a later one of the
/// same name is not meant. Refuses a document that is no key policy, and one under which the
/// caller could not change it again, unless that check is waived.
///
/// # Errors
/// [`KmsError::MalformedPolicyDocumentException`] or [`KmsError::LimitExceededException`].
pub fn check(cx: &Context, arn: &str, document: &str, bypass: bool) -> Result<String, KmsError> {
    if document.len() > MAX_BYTES {
        return Err(KmsError::LimitExceededException("The key policy is too long.".into()));
    }
    let stored = cx.read(|tx| bind_principals(tx, document, Kind::Key).map_err(unstorable))?;
    let parsed = Policy::parse(&stored, Kind::Key)
        .map_err(|malformed| KmsError::MalformedPolicyDocumentException(malformed.message))?;
    if bypass || may_replace(cx, arn, parsed)? {
        return Ok(stored);
    }
    Err(KmsError::MalformedPolicyDocumentException(
        "The new key policy will not allow you to update the key policy in the future.".into(),
    ))
}

/// As [`check`], for a key that is about to be made; without a document the account decides.
///
/// # Errors
/// As [`check`].
pub fn given_or_default(
    cx: &Context,
    arn: &str,
    given: Option<&str>,
    bypass: bool,
) -> Result<String, KmsError> {
    match given {
        Some(document) => check(cx, arn, document, bypass),
        // The default policy leaves the key to the account, which never locks it out.
        None => check(cx, arn, &default_policy(cx.account()), true),
    }
}

fn unstorable(error: Unstorable) -> KmsError {
    match error {
        Unstorable::Malformed(message) => KmsError::MalformedPolicyDocumentException(message),
        Unstorable::Fault(fault) => fault.into(),
    }
}

fn may_replace(cx: &Context, arn: &str, parsed: Policy) -> Result<bool, Fault> {
    let mut keys = policy::Context::default();
    if let Some(account) = cx.caller().account() {
        keys.set("kms:CallerAccount", account);
    }
    may_still(cx, "kms:PutKeyPolicy", arn, parsed, true, keys)
}

fn check_name(name: Option<&str>) -> Result<(), KmsError> {
    match name {
        None | Some(NAME) => Ok(()),
        Some(_) => Err(KmsError::NotFoundException("No such policy exists".into())),
    }
}

/// Reads a key's policy.
pub(crate) enum GetKeyPolicy {}

#[derive(Debug, Shape)]
pub struct GetKeyPolicyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=128, pattern = r"[\w]+")]
    pub policy_name: Option<String>,
}

#[derive(Debug, Shape)]
pub struct GetKeyPolicyOutput {
    #[shape(length = 1..=131_072, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    #[shape(length = 1..=128, pattern = r"[\w]+")]
    pub policy_name: Option<String>,
}

impl Operation for GetKeyPolicy {
    const NAME: &'static str = "GetKeyPolicy";
    type Input = GetKeyPolicyInput;
    type Output = GetKeyPolicyOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:GetKeyPolicy", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check_name(input.policy_name.as_deref())?;
        let policy = cx.read(|tx| {
            let key = KeyRef::of_key(&input.key_id, cx.scope())?.get(tx)?;
            show_principals(tx, &key.policy, Kind::Key).map_err(KmsError::from)
        })?;
        Ok(GetKeyPolicyOutput { policy: Some(policy), policy_name: Some(NAME.into()) })
    }
}

/// Lists the names of a key's policies: there is one.
pub(crate) enum ListKeyPolicies {}

#[derive(Debug, Shape)]
pub struct ListKeyPoliciesInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub marker: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListKeyPoliciesOutput {
    pub policy_names: Option<Vec<PolicyNameType>>,
    pub truncated: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=128, pattern = r"[\w]+")]
pub struct PolicyNameType(pub String);

impl Operation for ListKeyPolicies {
    const NAME: &'static str = "ListKeyPolicies";
    type Input = ListKeyPoliciesInput;
    type Output = ListKeyPoliciesOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:ListKeyPolicies", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        if input.marker.is_some() {
            return Err(KmsError::InvalidMarkerException);
        }
        key_ref::by_id(cx, &input.key_id)?;
        let names = vec![PolicyNameType(NAME.into())];
        Ok(ListKeyPoliciesOutput { policy_names: Some(names), truncated: Some(false) })
    }
}

/// Replaces a key's policy.
pub(crate) enum PutKeyPolicy {}

#[derive(Debug, Shape)]
pub struct PutKeyPolicyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=128, pattern = r"[\w]+")]
    pub policy_name: Option<String>,
    #[shape(length = 1..=131_072, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: String,
    pub bypass_policy_lockout_safety_check: Option<bool>,
}

impl Operation for PutKeyPolicy {
    const NAME: &'static str = "PutKeyPolicy";
    type Input = PutKeyPolicyInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        key_ref::access("kms:PutKeyPolicy", &input.key_id, at)
            .with("kms:BypassPolicyLockoutSafetyCheck", bypass.to_string())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check_name(input.policy_name.as_deref())?;
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        let arn = KeyRef::parse(&input.key_id, cx.scope()).arn();
        let stored = check(cx, &arn, &input.policy, bypass)?;
        key_ref::change(cx, &input.key_id, |_, key| {
            key.policy.clone_from(&stored);
            Ok(Empty)
        })
        .await
    }
}
