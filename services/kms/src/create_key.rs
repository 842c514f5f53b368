//! CreateKey: make a key with material of its own.

use crate::{
    error::KmsError,
    key::{Key, Listed, Material},
    key_policy,
    shapes::{CustomerMasterKeySpec, KeyMetadata, KeySpec, KeyUsageType, OriginType, Tag},
};
use service_kit::prelude::*;

/// Makes a symmetric encryption key; other kinds are refused by name.
pub(crate) enum CreateKey {}

#[derive(Debug, Shape)]
pub struct CreateKeyInput {
    #[shape(length = 1..=131_072, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    #[shape(length = 0..=8192)]
    pub description: Option<String>,
    pub key_usage: Option<KeyUsageType>,
    pub customer_master_key_spec: Option<CustomerMasterKeySpec>,
    pub key_spec: Option<KeySpec>,
    pub origin: Option<OriginType>,
    pub bypass_policy_lockout_safety_check: Option<bool>,
    pub tags: Option<Vec<Tag>>,
    pub multi_region: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct CreateKeyOutput {
    pub key_metadata: Option<KeyMetadata>,
}

impl Operation for CreateKey {
    const NAME: &'static str = "CreateKey";
    type Input = CreateKeyInput;
    type Output = CreateKeyOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        let tags = input.tags.iter().flatten().map(|tag| (&*tag.tag_key, &*tag.tag_value));
        let spec = input.key_spec.unwrap_or(KeySpec::SymmetricDefault);
        let usage = input.key_usage.unwrap_or(KeyUsageType::EncryptDecrypt);
        Access::any("kms:CreateKey")
            .with("kms:BypassPolicyLockoutSafetyCheck", bypass.to_string())
            .with("kms:KeySpec", spec.as_str())
            .with("kms:KeyUsage", usage.as_str())
            .with("kms:KeyOrigin", input.origin.unwrap_or(OriginType::AwsKms).as_str())
            .with("kms:MultiRegion", input.multi_region.unwrap_or(false).to_string())
            .and_tagging(Access::any("kms:TagResource"), tags)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check_kind(&input)?;
        let id = cx.entropy().uuid();
        let arn = cx.scope().arn("kms", format_args!("key/{id}"));
        let given = input.policy.is_some();
        let document = input.policy.unwrap_or_else(|| key_policy::default_policy(cx.account()));
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        // The default policy leaves the key to the account, which never locks it out.
        let document = key_policy::check(cx, &arn, &document, bypass || !given)?;
        let material = Material::generate(cx, &id, 0)?;
        let mut key = Key::new(cx, id, &material, document);
        key.description = input.description.unwrap_or_default();
        let tags = input.tags.unwrap_or_default();
        key.add_tags(tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)))?;
        cx.write(|tx| {
            tx.put(&key)?;
            tx.put(&material)?;
            tx.put(&Listed { created: key.created, id: key.id.clone() })
        })
        .await?;
        Ok(CreateKeyOutput { key_metadata: Some(KeyMetadata::of(&key)) })
    }
}

fn check_kind(input: &CreateKeyInput) -> Result<(), KmsError> {
    let old = input.customer_master_key_spec.map(|spec| spec.as_str());
    let spec = input.key_spec.map(|spec| spec.as_str());
    if old.is_some() && spec.is_some() && old != spec {
        let message = "You cannot specify KeySpec and CustomerMasterKeySpec in the same request.";
        return Err(KmsError::invalid(message));
    }
    let spec = spec.or(old).unwrap_or("SYMMETRIC_DEFAULT");
    if spec != "SYMMETRIC_DEFAULT" {
        return Err(Fault::unsupported(format_args!("the KMS key spec {spec}")).into());
    }
    let usage = input.key_usage.unwrap_or(KeyUsageType::EncryptDecrypt);
    if usage != KeyUsageType::EncryptDecrypt {
        let usage = usage.as_str();
        let message = format!("KeyUsage {usage} is not compatible with KeySpec {spec}");
        return Err(KmsError::invalid(message));
    }
    let origin = input.origin.unwrap_or(OriginType::AwsKms);
    if origin != OriginType::AwsKms {
        let origin = origin.as_str();
        return Err(Fault::unsupported(format_args!("the KMS key origin {origin}")).into());
    }
    if input.multi_region == Some(true) {
        return Err(Fault::unsupported("multi-Region KMS keys").into());
    }
    Ok(())
}
