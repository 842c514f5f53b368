//! Multi-Region keys: one id and one material in several regions of the instance.

use crate::{
    error::KmsError,
    key::Key,
    key_ref::KeyRef,
    shapes::{MultiRegionConfiguration, MultiRegionKey, MultiRegionKeyType},
};
use service_kit::prelude::*;

/// What the id of every multi-Region key begins with.
const PREFIX: &str = "mrk-";

/// Where a multi-Region key and its replicas are; each of them knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regions {
    pub primary: String,
    pub replicas: Vec<String>,
}

/// A new id of a multi-Region key.
pub fn new_id(cx: &Context) -> String {
    format!("{PREFIX}{}", cx.entropy().hex(32))
}

/// Whether `id` has the form of a multi-Region key's.
pub fn is_multi_region_id(id: &str) -> bool {
    let hex =
        |digits: &str| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    id.strip_prefix(PREFIX).is_some_and(hex)
}

impl Regions {
    /// Of a primary key without replicas.
    pub fn only(primary: &str) -> Self {
        Self { primary: primary.into(), replicas: Vec::new() }
    }

    /// All of them, the primary's first.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.primary).chain(&self.replicas)
    }
}

impl Key {
    /// Which of the related keys it is.
    pub fn multi_region_type(&self) -> Option<MultiRegionKeyType> {
        self.regions.as_ref().map(|regions| match regions.primary == self.region {
            true => MultiRegionKeyType::Primary,
            false => MultiRegionKeyType::Replica,
        })
    }

    /// Whether it is the replica of a key in another region.
    pub fn is_replica(&self) -> bool {
        self.multi_region_type() == Some(MultiRegionKeyType::Replica)
    }

    /// Refuses replicas: their material and its rotation are the primary key's.
    ///
    /// # Errors
    /// [`KmsError::UnsupportedOperationException`].
    pub fn require_leading(&self) -> Result<(), KmsError> {
        match self.is_replica() {
            true => Err(self.unsupported("is a multi-Region replica key")),
            false => Ok(()),
        }
    }

    /// What metadata says of its related keys.
    pub fn multi_region_configuration(&self) -> Option<MultiRegionConfiguration> {
        let regions = self.regions.as_ref()?;
        let shown = |region: &String| MultiRegionKey {
            arn: Some(self.related(region).arn()),
            region: Some(region.clone()),
        };
        Some(MultiRegionConfiguration {
            multi_region_key_type: self.multi_region_type(),
            primary_key: Some(shown(&regions.primary)),
            replica_keys: Some(regions.replicas.iter().map(shown).collect()),
        })
    }

    /// The key of the same id in `region`.
    pub fn related(&self, region: &str) -> KeyRef {
        KeyRef::of_id(Scope::new(&*self.account, region), &self.id)
    }

    /// The scopes of the key and of all that share its material.
    pub fn scopes(&self) -> Vec<Scope> {
        match &self.regions {
            Some(regions) => {
                regions.all().map(|region| Scope::new(&*self.account, &**region)).collect()
            }
            None => vec![self.scope()],
        }
    }
}

/// Changes `key`, which the caller stores, and those that share its material, which are stored.
///
/// # Errors
/// The change's, or [`Fault`] when storage fails.
pub fn change_related(
    tx: &mut Tx<'_>,
    key: &mut Key,
    mut change: impl FnMut(&mut Tx<'_>, &mut Key) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for scope in key.scopes() {
        let mut tx = tx.within(scope.clone());
        if *scope.region == *key.region {
            change(&mut tx, key)?;
        } else if let Some(mut other) = tx.get::<Key>(&key.id)? {
            change(&mut tx, &mut other)?;
            tx.put(&other)?;
        }
    }
    Ok(())
}
