//! ReplicateKey: the same key in another region.

use crate::{
    error::KmsError,
    key::{Key, Kind, Listed},
    key_policy,
    key_ref::{self, KeyRef},
    material::Material,
    regions::change_related,
    shapes::{KeyMetadata, MultiRegionKeyType, OriginType, Tag},
};
use service_kit::prelude::*;

/// Makes a replica of a multi-Region primary key.
pub(crate) enum ReplicateKey {}

#[derive(Debug, Shape)]
pub struct ReplicateKeyInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=32, pattern = r"^([a-z]+-){2,3}\d+$")]
    pub replica_region: String,
    #[shape(length = 1..=131_072, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    pub bypass_policy_lockout_safety_check: Option<bool>,
    #[shape(length = 0..=8192)]
    pub description: Option<String>,
    pub tags: Option<Vec<Tag>>,
}

#[derive(Debug, Shape)]
pub struct ReplicateKeyOutput {
    pub replica_key_metadata: Option<KeyMetadata>,
    #[shape(length = 1..=131_072, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub replica_policy: Option<String>,
    pub replica_tags: Option<Vec<Tag>>,
}

impl Operation for ReplicateKey {
    const NAME: &'static str = "ReplicateKey";
    type Input = ReplicateKeyInput;
    type Output = ReplicateKeyOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false).to_string();
        let tags = input.tags.iter().flatten().map(|tag| (&*tag.tag_key, &*tag.tag_value));
        let mut needed = vec![
            key_ref::access("kms:ReplicateKey", &input.key_id, at)
                .with("kms:ReplicaRegion", &input.replica_region),
        ];
        let create = Access::any("kms:CreateKey")
            .with("kms:BypassPolicyLockoutSafetyCheck", bypass)
            .with("kms:MultiRegion", "true")
            .with("kms:MultiRegionKeyType", MultiRegionKeyType::Replica.as_str());
        needed.extend(create.and_tagging(Access::any("kms:TagResource"), tags));
        needed
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let key = KeyRef::parse(&input.key_id, tx.scope()).find(tx)?;
        if let (Some(create), Some(key)) = (access.get_mut(1), key) {
            create.keys.set("kms:KeySpec", key.spec.as_str());
            create.keys.set("kms:KeyUsage", key.usage.as_str());
            create.keys.set("kms:KeyOrigin", key.origin.as_str());
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let there = Scope::new(cx.account(), &*input.replica_region);
        let primary = key_ref::by_id(cx, &input.key_id)?;
        let replica = replica(&cx.within(there.clone()), &primary, &input)?;
        let made = key_ref::change(cx, &input.key_id, |tx, key| {
            check(key)?;
            if tx.within(there.clone()).get::<Key>(&key.id)?.is_some() {
                let arn = replica.arn();
                let message = format!("The key {arn} already exists.");
                return Err(KmsError::AlreadyExistsException(message));
            }
            copy(tx, key, replica.clone())
        });
        let made = made.await?;
        let tags = made
            .tags
            .iter()
            .map(|(key, value)| Tag { tag_key: key.clone(), tag_value: value.clone() });
        Ok(ReplicateKeyOutput {
            replica_key_metadata: Some(KeyMetadata::of(&made)),
            replica_tags: Some(tags.collect()),
            replica_policy: Some(
                input.policy.unwrap_or_else(|| key_policy::default_policy(cx.account())),
            ),
        })
    }
}

/// Only a multi-Region primary key that can be used has replicas made of it.
fn check(key: &Key) -> Result<(), KmsError> {
    if key.regions.is_none() {
        return Err(key.unsupported("is not a multi-Region key"));
    }
    key.require_leading()?;
    key.require_kept()?;
    match key.enabled {
        true => Ok(()),
        false => Err(KmsError::DisabledException(format!("{} is disabled.", key.arn()))),
    }
}

/// The replica, but for what it shares with its primary key; `there` is its scope.
fn replica(there: &Context, primary: &Key, input: &ReplicateKeyInput) -> Result<Key, KmsError> {
    let arn = there.scope().arn("kms", format_args!("key/{}", primary.id));
    let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
    let document = key_policy::given_or_default(there, &arn, input.policy.as_deref(), bypass)?;
    let kind = Kind { spec: primary.spec, usage: primary.usage, origin: primary.origin };
    let mut key = Key::new(there, primary.id.clone(), kind, None, document);
    key.description = input.description.clone().unwrap_or_default();
    let tags = input.tags.iter().flatten();
    key.add_tags(tags.map(|tag| (tag.tag_key.clone(), tag.tag_value.clone())))?;
    Ok(key)
}

/// Stores `replica` with what `primary` shares, and tells all related keys of it.
fn copy(tx: &mut Tx<'_>, primary: &mut Key, replica: Key) -> Result<Key, KmsError> {
    let imported = primary.origin == OriginType::External;
    let mut replica = Key {
        generation: primary.generation,
        material_id: primary.material_id.clone(),
        rotation: primary.rotation.clone(),
        pending: primary.pending,
        incomplete: imported,
        ..replica
    };
    let region = replica.region.clone();
    change_related(tx, primary, |_, key| {
        if let Some(regions) = &mut key.regions {
            regions.replicas.push(region.clone());
        }
        Ok(())
    })?;
    replica.regions.clone_from(&primary.regions);
    let materials = tx.list::<Material>(&primary.id)?;
    let mut tx = tx.within(replica.scope());
    for mut material in materials {
        if imported {
            // Imported material is imported into each region by its owner.
            material.erase();
        }
        tx.put(&material)?;
    }
    tx.put(&Listed { created: replica.created, id: replica.id.clone() })?;
    tx.put(&replica)?;
    Ok(replica)
}
