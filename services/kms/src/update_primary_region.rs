//! UpdatePrimaryRegion: let a replica and its primary key change places.

use crate::{
    error::KmsError,
    key::Key,
    key_ref::{self, KeyRef},
    regions::change_related,
    rotation,
};
use service_kit::prelude::*;

/// Makes a replica the primary key; it needs permission on both.
pub(crate) enum UpdatePrimaryRegion {}

#[derive(Debug, Shape)]
pub struct UpdatePrimaryRegionInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=32, pattern = r"^([a-z]+-){2,3}\d+$")]
    pub primary_region: String,
}

impl Operation for UpdatePrimaryRegion {
    const NAME: &'static str = "UpdatePrimaryRegion";
    type Input = UpdatePrimaryRegionInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let named = KeyRef::parse(&input.key_id, at);
        let there = named.in_region(&input.primary_region);
        [named, there]
            .map(|key| {
                Access::on("kms:UpdatePrimaryRegion", key.arn())
                    .with("kms:PrimaryRegion", &input.primary_region)
                    .anywhere()
            })
            .into()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |tx, key| {
            check(tx, key, &input.primary_region)?;
            let (old, new) = (key.region.clone(), input.primary_region.clone());
            change_related(tx, key, |tx, key| {
                if let Some(regions) = &mut key.regions {
                    regions.replicas.retain(|region| *region != new);
                    regions.replicas.push(old.clone());
                    regions.primary.clone_from(&new);
                }
                match key.region == new {
                    true => rotation::plan(tx, key),
                    false => Ok(()),
                }
            })?;
            Ok(Empty)
        })
        .await
    }
}

/// Both keys must be usable, and the other one a replica of this one.
fn check(tx: &Tx<'_>, key: &Key, region: &str) -> Result<(), KmsError> {
    let Some(regions) = &key.regions else {
        return Err(key.unsupported("is not a multi-Region key"));
    };
    key.require_leading()?;
    key.require_enabled(tx.now())?;
    if !regions.replicas.iter().any(|replica| replica == region) {
        let arn = key.related(region).arn();
        return Err(KmsError::NotFoundException(format!("Key '{arn}' does not exist")));
    }
    let replica = tx.reader().within(Scope::new(&*key.account, region)).get::<Key>(&key.id)?;
    replica.map_or(Ok(()), |replica| replica.require_enabled(tx.now()))
}
