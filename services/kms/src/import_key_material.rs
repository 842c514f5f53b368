//! ImportKeyMaterial: give a key material that was made elsewhere.

use crate::{
    crypto::{
        beside,
        pair::{Pair, Private},
        wrapping,
    },
    error::KmsError,
    import_token::ImportToken,
    imported::{ExpireMaterial, settle},
    key::Key,
    key_ref,
    material::{Import, Material, Opened, imported_id},
    regions::change_related,
    shapes::{ExpirationModelType, KeySpec},
};
use service_kit::prelude::*;

/// The longest time that imported material may be said to last.
const MAX_VALIDITY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Unwraps key material and keeps it, for a time or for ever.
pub(crate) enum ImportKeyMaterial {}

#[derive(Debug, Shape)]
pub struct ImportKeyMaterialInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 1..=6144)]
    pub import_token: Bytes,
    #[shape(length = 1..=6144)]
    pub encrypted_key_material: Bytes,
    pub valid_to: Option<Timestamp>,
    pub expiration_model: Option<ExpirationModelType>,
    pub import_type: Option<ImportType>,
    #[shape(length = 0..=256, pattern = r"^[a-zA-Z0-9:/_\s.-]+$")]
    pub key_material_description: Option<String>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ImportKeyMaterialOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ImportType {
    NewKeyMaterial,
    ExistingKeyMaterial,
}

impl Operation for ImportKeyMaterial {
    const NAME: &'static str = "ImportKeyMaterial";
    type Input = ImportKeyMaterialInput;
    type Output = ImportKeyMaterialOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let model = input.expiration_model.unwrap_or(ExpirationModelType::KeyMaterialExpires);
        key_ref::access("kms:ImportKeyMaterial", &input.key_id, at)
            .with("kms:ExpirationModel", model.as_str())
            .with_some("kms:ValidTo", input.valid_to.map(Timestamp::date_time))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::by_id(cx, &input.key_id)?;
        key.require_external()?;
        key.require_kept()?;
        check_kind(&key, &input)?;
        let expires = expiry(&input, cx.now())?;
        let token = ImportToken::open(cx, &key.arn(), &input.import_token)?;
        let wrapped = input.encrypted_key_material.clone();
        let unwrapped = beside(move || {
            Some(wrapping::unwrap(token.wrapping, token.bits, &token.private, &wrapped))
        });
        let plain = unwrapped.await?.ok_or(KmsError::InvalidCiphertextException)?;
        let opened = read(key.spec, plain)?;
        let id = imported_id(&key.id, &opened.secret);
        if input.key_material_id.as_ref().is_some_and(|wanted| *wanted != id) {
            return Err(incorrect("The key material is not the one of that KeyMaterialId."));
        }
        let import = Import { description: input.key_material_description.clone(), expires };
        let brought = Brought { id, opened, import, kind: input.import_type };
        let id = key_ref::change(cx, &input.key_id, |tx, key| {
            key.require_kept()?;
            brought.take_in(cx, tx, key)
        });
        let shown = |id| (key.spec == KeySpec::SymmetricDefault).then_some(id);
        let key_material_id = shown(id.await?);
        Ok(ImportKeyMaterialOutput { key_id: Some(key.arn()), key_material_id })
    }
}

/// Several materials, and so their ids and descriptions, are for symmetric encryption keys.
fn check_kind(key: &Key, input: &ImportKeyMaterialInput) -> Result<(), KmsError> {
    let several = input.import_type.is_some()
        || input.key_material_id.is_some()
        || input.key_material_description.is_some();
    if several && key.spec != KeySpec::SymmetricDefault {
        return Err(KmsError::invalid(
            "ImportType, KeyMaterialId and KeyMaterialDescription are supported only with \
             symmetric encryption keys.",
        ));
    }
    let is_new = input.import_type == Some(ImportType::NewKeyMaterial);
    match is_new && input.key_material_id.is_some() {
        true => Err(KmsError::invalid(
            "KeyMaterialId must not be set when ImportType is NEW_KEY_MATERIAL.",
        )),
        false => Ok(()),
    }
}

fn expiry(input: &ImportKeyMaterialInput, now: Timestamp) -> Result<Option<Timestamp>, KmsError> {
    let expires = input.expiration_model != Some(ExpirationModelType::KeyMaterialDoesNotExpire);
    let refuse = |why: &str| Err(KmsError::invalid(why));
    match (expires, input.valid_to) {
        (false, None) => Ok(None),
        (false, Some(_)) => {
            refuse("ValidTo must not be set when ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE.")
        }
        (true, None) => refuse("ValidTo must be set when ExpirationModel is KEY_MATERIAL_EXPIRES."),
        (true, Some(valid_to)) if valid_to <= now => refuse("ValidTo must be in the future."),
        (true, Some(valid_to)) if valid_to > now + MAX_VALIDITY => {
            refuse("ValidTo must be within 365 days.")
        }
        (true, Some(valid_to)) => Ok(Some(valid_to)),
    }
}

fn incorrect(message: &str) -> KmsError {
    KmsError::IncorrectKeyMaterialException(message.into())
}

/// The material in `plain`, which must be that of a key of `spec`.
fn read(spec: KeySpec, plain: Vec<u8>) -> Result<Opened, KmsError> {
    let refused = || incorrect("The key material is not compatible with the key spec.");
    match spec.secret_bytes() {
        Some(length) if plain.len() == length => Ok(Opened { secret: plain, public: Vec::new() }),
        Some(_) => Err(refused()),
        None => {
            let pair = Private::read(spec, &plain).and_then(|private| private.pair());
            let Pair { private, public } = pair.ok_or_else(refused)?;
            Ok(Opened { secret: private, public })
        }
    }
}

/// Material on its way into a key.
struct Brought {
    id: String,
    opened: Opened,
    import: Import,
    kind: Option<ImportType>,
}

impl Brought {
    /// Puts the material where it belongs: its old place if it was there before, else a new one.
    fn take_in(&self, cx: &Context, tx: &mut Tx<'_>, key: &mut Key) -> Result<String, KmsError> {
        let known = tx.list::<Material>(&key.id)?;
        let place = known.iter().find(|material| material.id == self.id);
        let is_new = match self.kind {
            Some(kind) => kind == ImportType::NewKeyMaterial,
            None => known.is_empty(),
        };
        let generation = match place {
            // Bringing new material twice is bringing it once, as long as it did not rotate.
            Some(place) if !is_new || place.rotated.is_none() => place.generation,
            None if is_new => self.begin(tx, key, known.last())?,
            _ => {
                return Err(incorrect(
                    "The key material does not match any that was imported before.",
                ));
            }
        };
        let opened =
            Opened { secret: self.opened.secret.clone(), public: self.opened.public.clone() };
        let mut material = Material::seal(cx, &key.id, generation, self.id.clone(), opened)?;
        let before = place.and_then(|place| place.import.clone()).unwrap_or_default();
        let description = self.import.description.clone().or(before.description);
        material.import = Some(Import { description, expires: self.import.expires });
        material.rotated = place.and_then(|place| place.rotated);
        tx.put(&material)?;
        if let Some(due) = self.import.expires {
            let key_id = key.id.clone();
            tx.enqueue_at(due, &ExpireMaterial { key_id, generation, due })?;
        }
        settle(tx, key)?;
        Ok(self.id.clone())
    }

    /// Makes a place for new material in `key` and in those that share it: as the first one, or
    /// waiting for a rotation.
    fn begin(
        &self,
        tx: &mut Tx<'_>,
        key: &mut Key,
        last: Option<&Material>,
    ) -> Result<u32, KmsError> {
        key.require_leading()?;
        let generation = last.map_or(0, |last| last.generation + 1);
        if last.is_some() {
            if key.spec != KeySpec::SymmetricDefault {
                return Err(incorrect("The key material does not match what was imported before."));
            }
            key.require_complete()?;
            if key.pending.is_some() {
                let message = format!("{} has key material pending rotation.", key.arn());
                return Err(KmsError::KmsInvalidStateException(message));
            }
        }
        change_related(tx, key, |tx, key| {
            match generation {
                0 => key.material_id.clone_from(&self.id),
                _ => key.pending = Some(generation),
            }
            tx.put(&Material {
                key_id: key.id.clone(),
                generation,
                id: self.id.clone(),
                sealed: None,
                public: None,
                rotated: None,
                import: Some(Import::default()),
            })
        })?;
        Ok(generation)
    }
}
