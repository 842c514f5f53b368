//! CreateKey: make a key with material of its own.

use crate::{
    error::KmsError,
    key::{Key, Kind, Listed},
    key_policy,
    material::Material,
    regions::{self, Regions},
    shapes::{
        CustomerMasterKeySpec, KeyMetadata, KeySpec, KeyUsageType, MultiRegionKeyType, OriginType,
        Tag,
    },
    spec,
};
use service_kit::prelude::*;
use shape::Value;

/// Makes a key, with material of its own or for material that is imported later.
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
        let Kind { spec, usage, origin } = kind(input);
        let multi_region = input.multi_region.unwrap_or(false);
        let region_kind = multi_region.then(|| MultiRegionKeyType::Primary.as_str());
        Access::any("kms:CreateKey")
            .with("kms:BypassPolicyLockoutSafetyCheck", bypass.to_string())
            .with("kms:KeySpec", spec.as_str())
            .with("kms:KeyUsage", usage.as_str())
            .with("kms:KeyOrigin", origin.as_str())
            .with("kms:MultiRegion", multi_region.to_string())
            .with_some("kms:MultiRegionKeyType", region_kind)
            .and_tagging(Access::any("kms:TagResource"), tags)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        check_kind(&input)?;
        let kind = kind(&input);
        let multi_region = input.multi_region == Some(true);
        let id = match multi_region {
            true => regions::new_id(cx),
            false => cx.entropy().uuid(),
        };
        let arn = cx.scope().arn("kms", format_args!("key/{id}"));
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        let document = key_policy::given_or_default(cx, &arn, input.policy.as_deref(), bypass)?;
        let material = match kind.origin {
            OriginType::AwsKms => Some(Material::generate(cx, kind.spec, &id, 0).await?),
            _ => None,
        };
        let mut key = Key::new(cx, id, kind, material.as_ref(), document);
        key.regions = multi_region.then(|| Regions::only(cx.region()));
        key.description = input.description.unwrap_or_default();
        let tags = input.tags.unwrap_or_default();
        key.add_tags(tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)))?;
        cx.write(|tx| {
            tx.put(&key)?;
            if let Some(material) = &material {
                tx.put(material)?;
            }
            tx.put(&Listed { created: key.created, id: key.id.clone() })
        })
        .await?;
        Ok(CreateKeyOutput { key_metadata: Some(KeyMetadata::of(&key)) })
    }
}

/// The kind of key that is asked for, under the spec's present name or its former one.
fn kind(input: &CreateKeyInput) -> Kind {
    let named = |old: CustomerMasterKeySpec| KeySpec::read(Value::String(old.as_str().into())).ok();
    let before = input.customer_master_key_spec.and_then(named);
    Kind {
        spec: input.key_spec.or(before).unwrap_or_default(),
        usage: input.key_usage.unwrap_or_default(),
        origin: input.origin.unwrap_or_default(),
    }
}

fn check_kind(input: &CreateKeyInput) -> Result<(), KmsError> {
    let old = input.customer_master_key_spec.map(|spec| spec.as_str());
    let new = input.key_spec.map(|spec| spec.as_str());
    if old.is_some() && new.is_some() && old != new {
        let message = "You cannot specify KeySpec and CustomerMasterKeySpec in the same request.";
        return Err(KmsError::invalid(message));
    }
    let Kind { spec, usage, origin } = kind(input);
    if spec != KeySpec::SymmetricDefault && input.key_usage.is_none() {
        let message = "You must specify a KeyUsage value for all KMS keys except for symmetric \
                       encryption keys.";
        return Err(KmsError::invalid(message));
    }
    spec::check(spec, usage)?;
    match origin {
        OriginType::AwsKms | OriginType::External => Ok(()),
        // A key store of one's own is an HSM cluster or a proxy to one.
        other => {
            let origin = other.as_str();
            Err(Fault::unsupported(format_args!("the KMS key origin {origin}")).into())
        }
    }
}
