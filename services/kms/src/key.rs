//! A key: its record, its states, and what each state refuses.

use crate::{
    error::KmsError,
    material::Material,
    regions::Regions,
    shapes::{ExpirationModelType, KeySpec, KeyState, KeyUsageType, OriginType},
    spec::Algorithms,
};
use service_kit::{key::Key as RowKey, prelude::*, tags};

/// A KMS key, without its material.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    pub id: String,
    pub account: String,
    pub region: String,
    pub created: Timestamp,
    pub description: String,
    pub enabled: bool,
    /// When it is to be destroyed, if that was asked for and no replica is left.
    pub deletion: Option<Timestamp>,
    /// How many days it waits to be destroyed, once no replica is left.
    #[serde(default)]
    pub window_days: Option<u32>,
    /// For a key that AWS manages, the service it is for, such as `sns`.
    pub service: Option<String>,
    /// The key policy, naming users and roles by unique id.
    pub policy: String,
    pub tags: BTreeMap<String, String>,
    /// Names of its aliases, with `alias/`.
    pub aliases: Vec<String>,
    /// The material that encrypts now; earlier ones still decrypt.
    pub generation: u32,
    /// Empty as long as none was imported.
    pub material_id: String,
    pub rotation: Option<Rotation>,
    #[serde(default)]
    pub spec: KeySpec,
    #[serde(default)]
    pub usage: KeyUsageType,
    #[serde(default)]
    pub origin: OriginType,
    /// For a multi-Region key, where it and its replicas are.
    #[serde(default)]
    pub regions: Option<Regions>,
    /// Imported material that becomes the current one at the next rotation.
    #[serde(default)]
    pub pending: Option<u32>,
    /// Whether material that it needs has yet to be imported.
    #[serde(default)]
    pub incomplete: bool,
    /// When the first of its imported materials expires.
    #[serde(default)]
    pub expiry: Option<Timestamp>,
}

/// What kind of key is made.
#[derive(Clone, Copy, Default)]
pub struct Kind {
    pub spec: KeySpec,
    pub usage: KeyUsageType,
    pub origin: OriginType,
}

/// Automatic rotation of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rotation {
    pub period_days: u32,
    pub next: Timestamp,
}

impl Record for Key {
    const TABLE: &'static str = "kms.key";

    fn key(&self) -> impl RowKey {
        &self.id
    }
}

/// Keys in the order of their creation, as ListKeys shows them.
#[derive(Serialize, Deserialize)]
pub struct Listed {
    pub created: Timestamp,
    pub id: String,
}

impl Record for Listed {
    const TABLE: &'static str = "kms.listed";

    fn key(&self) -> impl RowKey {
        (self.created, &self.id)
    }
}

impl Key {
    /// A key of that id that is enabled, in the context's scope; without `material`, it waits for
    /// some to be imported.
    pub fn new(
        cx: &Context,
        id: String,
        kind: Kind,
        material: Option<&Material>,
        policy: String,
    ) -> Self {
        Self {
            id,
            account: cx.account().into(),
            region: cx.region().into(),
            created: cx.now(),
            description: String::new(),
            enabled: true,
            deletion: None,
            window_days: None,
            service: None,
            policy,
            tags: BTreeMap::new(),
            aliases: Vec::new(),
            generation: 0,
            material_id: material.map(|material| material.id.clone()).unwrap_or_default(),
            rotation: None,
            spec: kind.spec,
            usage: kind.usage,
            origin: kind.origin,
            regions: None,
            pending: None,
            incomplete: material.is_none(),
            expiry: None,
        }
    }

    pub fn scope(&self) -> Scope {
        Scope::new(&*self.account, &*self.region)
    }

    pub fn arn(&self) -> String {
        self.scope().arn("kms", format_args!("key/{}", self.id))
    }

    /// The algorithms it can be used with.
    pub fn algorithms(&self) -> Algorithms {
        self.spec.algorithms(self.usage)
    }

    /// The id of its material as metadata shows it: only symmetric encryption keys have several.
    pub fn shown_material_id(&self) -> Option<String> {
        let shown = self.spec == KeySpec::SymmetricDefault && !self.material_id.is_empty();
        shown.then(|| self.material_id.clone())
    }

    /// Whether its material expires, for a key that has imported all of it.
    pub fn expiration_model(&self) -> Option<ExpirationModelType> {
        let imported = self.origin == OriginType::External && !self.incomplete;
        imported.then_some(match self.expiry {
            Some(_) => ExpirationModelType::KeyMaterialExpires,
            None => ExpirationModelType::KeyMaterialDoesNotExpire,
        })
    }

    pub fn state(&self) -> KeyState {
        if self.deletion.is_some() {
            KeyState::PendingDeletion
        } else if self.window_days.is_some() {
            KeyState::PendingReplicaDeletion
        } else if self.incomplete {
            KeyState::PendingImport
        } else if self.enabled {
            KeyState::Enabled
        } else {
            KeyState::Disabled
        }
    }

    /// Refuses a key that cannot be used `now` ("Key states of AWS KMS keys").
    ///
    /// # Errors
    /// [`KmsError::DisabledException`] or [`KmsError::KmsInvalidStateException`].
    pub fn require_enabled(&self, now: Timestamp) -> Result<(), KmsError> {
        self.require_complete()?;
        if self.expiry.is_some_and(|expiry| expiry <= now) {
            // The job that says so is about to run.
            return Err(self.is_in("pending import"));
        }
        match self.enabled {
            true => Ok(()),
            false => Err(KmsError::DisabledException(format!("{} is disabled.", self.arn()))),
        }
    }

    /// Refuses a key that is about to be deleted, or that waits for its material.
    ///
    /// # Errors
    /// [`KmsError::KmsInvalidStateException`].
    pub fn require_complete(&self) -> Result<(), KmsError> {
        self.require_kept()?;
        match self.incomplete {
            true => Err(self.is_in("pending import")),
            false => Ok(()),
        }
    }

    /// Refuses a key that is about to be deleted.
    ///
    /// # Errors
    /// [`KmsError::KmsInvalidStateException`].
    pub fn require_kept(&self) -> Result<(), KmsError> {
        match self.state() {
            KeyState::PendingDeletion => Err(self.is_in("pending deletion")),
            KeyState::PendingReplicaDeletion => Err(self.is_in("pending replica deletion")),
            _ => Ok(()),
        }
    }

    fn is_in(&self, state: &str) -> KmsError {
        KmsError::KmsInvalidStateException(format!("{} is {state}.", self.arn()))
    }

    /// Refuses a key that is for something else.
    ///
    /// # Errors
    /// [`KmsError::InvalidKeyUsageException`].
    pub fn require_usage(&self, usage: KeyUsageType, operation: &str) -> Result<(), KmsError> {
        if self.usage == usage {
            return Ok(());
        }
        let (arn, usage) = (self.arn(), self.usage.as_str());
        let message = format!("{arn} key usage is {usage} which is not valid for {operation}.");
        Err(KmsError::InvalidKeyUsageException(message))
    }

    /// Refuses a key that is no symmetric encryption key.
    ///
    /// # Errors
    /// [`KmsError::InvalidKeyUsageException`].
    pub fn require_symmetric(&self, operation: &str) -> Result<(), KmsError> {
        self.require_usage(KeyUsageType::EncryptDecrypt, operation)?;
        if self.spec == KeySpec::SymmetricDefault {
            return Ok(());
        }
        let (arn, spec) = (self.arn(), self.spec.as_str());
        let message = format!("{arn} key spec is {spec} which is not valid for {operation}.");
        Err(KmsError::InvalidKeyUsageException(message))
    }

    /// Refuses an algorithm that is not one of the key's.
    ///
    /// # Errors
    /// [`KmsError::InvalidKeyUsageException`].
    pub fn require_algorithm<T: PartialEq>(
        &self,
        known: &[T],
        (wanted, name): (T, &str),
    ) -> Result<(), KmsError> {
        if known.contains(&wanted) {
            return Ok(());
        }
        let spec = self.spec.as_str();
        let message = format!("Algorithm {name} and key spec {spec} are incompatible.");
        Err(KmsError::InvalidKeyUsageException(message))
    }

    /// The refusal of an operation for which the key is of the wrong kind, named by `what`.
    pub fn unsupported(&self, what: impl std::fmt::Display) -> KmsError {
        let arn = self.arn();
        let message = format!("{arn} {what} which is not valid for this operation.");
        KmsError::UnsupportedOperationException(message)
    }

    /// Refuses keys whose material is not imported.
    ///
    /// # Errors
    /// [`KmsError::UnsupportedOperationException`].
    pub fn require_external(&self) -> Result<(), KmsError> {
        match self.origin {
            OriginType::External => Ok(()),
            other => Err(self.unsupported(format_args!("origin is {}", other.as_str()))),
        }
    }

    /// Refuses keys that cannot have several materials.
    ///
    /// # Errors
    /// [`KmsError::UnsupportedOperationException`].
    pub fn require_rotatable(&self) -> Result<(), KmsError> {
        match self.spec {
            KeySpec::SymmetricDefault => Ok(()),
            other => Err(self.unsupported(format_args!("key spec is {}", other.as_str()))),
        }
    }

    /// Refuses keys that AWS manages, which nobody may change.
    ///
    /// # Errors
    /// The access-denied fault, in AWS's words.
    pub fn require_customer_managed(&self) -> Result<(), KmsError> {
        if self.service.is_none() {
            return Ok(());
        }
        let arn = self.arn();
        let message = format!("You cannot perform this operation on the AWS managed key {arn}.");
        Err(Fault::AccessDenied(message).into())
    }

    /// Adds tags, later ones replacing earlier ones of the same name.
    ///
    /// # Errors
    /// [`KmsError::TagException`], or [`KmsError::LimitExceededException`] beyond 50.
    pub fn add_tags(
        &mut self,
        tags: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), KmsError> {
        for (name, value) in tags {
            if tags::is_reserved(&name) {
                let message = "Tags beginning with aws: are reserved";
                return Err(KmsError::TagException(message.into()));
            }
            self.tags.insert(name, value);
        }
        if self.tags.len() > tags::MAX_TAGS {
            return Err(KmsError::LimitExceededException("Too many tags".into()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_and_materials_of_before_there_were_kinds_are_symmetric_encryption_keys() {
        let key = json!({
            "id": "k", "account": "111122223333", "region": "us-east-1",
            "created": Timestamp::default(), "description": "", "enabled": true,
            "deletion": null, "service": null, "policy": "{}", "tags": {}, "aliases": [],
            "generation": 0, "material_id": "ab", "rotation": null,
        });
        let key: Key = serde_json::from_value(key).unwrap();
        assert_eq!(
            (key.spec, key.usage),
            (KeySpec::SymmetricDefault, KeyUsageType::EncryptDecrypt)
        );
        assert_eq!(key.state(), KeyState::Enabled);
        assert!(key.require_enabled(Timestamp::default()).is_ok());
        let material = json!({"key_id": "k", "generation": 0, "id": "ab", "sealed": [1, 2]});
        let material: Material = serde_json::from_value(material).unwrap();
        assert_eq!(material.sealed, Some(vec![1, 2]));
        assert!(material.public.is_none() && material.rotated.is_none());
    }
}
