//! A key: its record, its states, and its material, sealed.

use crate::{cipher, error::KmsError, shapes::KeyState};
use service_kit::{entropy::hex, key::Key as RowKey, prelude::*, tags};

/// The bytes of a key's material.
pub const MATERIAL_BYTES: usize = 32;

/// A KMS key, without its material.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    pub id: String,
    pub account: String,
    pub region: String,
    pub created: Timestamp,
    pub description: String,
    pub enabled: bool,
    /// When it is to be destroyed, if that was asked for.
    pub deletion: Option<Timestamp>,
    /// For a key that AWS manages, the service it is for, such as `sns`.
    pub service: Option<String>,
    /// The key policy, naming users and roles by unique id.
    pub policy: String,
    pub tags: BTreeMap<String, String>,
    /// Names of its aliases, with `alias/`.
    pub aliases: Vec<String>,
    /// The material that encrypts now; earlier ones still decrypt.
    pub generation: u32,
    pub material_id: String,
    pub rotation: Option<Rotation>,
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

/// One generation of a key's material.
#[derive(Serialize, Deserialize)]
pub struct Material {
    pub key_id: String,
    pub generation: u32,
    pub id: String,
    /// Sealed under the instance's root key, bound to key and generation.
    pub sealed: Vec<u8>,
}

impl Record for Material {
    const TABLE: &'static str = "kms.material";

    fn key(&self) -> impl RowKey {
        (&self.key_id, self.generation)
    }
}

impl Material {
    /// New random material, with the id that tells it from others.
    ///
    /// # Errors
    /// [`Fault::Internal`] when sealing fails.
    pub fn generate(cx: &Context, key_id: &str, generation: u32) -> Result<Self, Fault> {
        let plain = cx.entropy().bytes::<MATERIAL_BYTES>();
        let bound_to = cipher::material_context(key_id, generation);
        let sealed = cx.platform().seal().seal("kms.material", &bound_to, &plain)?;
        let id = hex(&cx.entropy().bytes::<32>());
        Ok(Self { key_id: key_id.into(), generation, id, sealed })
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
    /// A key that is enabled and has no aliases yet, in the context's scope.
    pub fn new(cx: &Context, id: String, material: &Material, policy: String) -> Self {
        Self {
            id,
            account: cx.account().into(),
            region: cx.region().into(),
            created: cx.now(),
            description: String::new(),
            enabled: true,
            deletion: None,
            service: None,
            policy,
            tags: BTreeMap::new(),
            aliases: Vec::new(),
            generation: material.generation,
            material_id: material.id.clone(),
            rotation: None,
        }
    }

    pub fn scope(&self) -> Scope {
        Scope::new(&*self.account, &*self.region)
    }

    pub fn arn(&self) -> String {
        self.scope().arn("kms", format_args!("key/{}", self.id))
    }

    pub fn state(&self) -> KeyState {
        match (self.deletion, self.enabled) {
            (Some(_), _) => KeyState::PendingDeletion,
            (None, true) => KeyState::Enabled,
            (None, false) => KeyState::Disabled,
        }
    }

    /// Refuses a key that cannot be used now.
    ///
    /// # Errors
    /// [`KmsError::DisabledException`] or [`KmsError::KmsInvalidStateException`].
    pub fn require_enabled(&self) -> Result<(), KmsError> {
        match self.state() {
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => {
                Err(KmsError::DisabledException(format!("{} is disabled.", self.arn())))
            }
            _ => self.require_kept(),
        }
    }

    /// Refuses a key that is about to be deleted.
    ///
    /// # Errors
    /// [`KmsError::KmsInvalidStateException`].
    pub fn require_kept(&self) -> Result<(), KmsError> {
        if self.deletion.is_none() {
            return Ok(());
        }
        let message = format!("{} is pending deletion.", self.arn());
        Err(KmsError::KmsInvalidStateException(message))
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
