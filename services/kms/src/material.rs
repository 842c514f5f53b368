//! The material of a key: sealed under the instance's root key, one row for each generation.

use crate::{
    crypto::{beside, pair},
    error::KmsError,
    key::Key,
    shapes::KeySpec,
};
use ring::hmac;
use service_kit::{entropy::hex, key::Key as RowKey, prelude::*};

const PURPOSE: &str = "kms.material";

/// One generation of a key's material.
#[derive(Clone, Serialize, Deserialize)]
pub struct Material {
    pub key_id: String,
    pub generation: u32,
    pub id: String,
    /// Sealed under the instance's root key, bound to key and generation; none for imported
    /// material that expired, was deleted, or has yet to be imported in this region.
    pub sealed: Option<Vec<u8>>,
    /// The public half, for pairs of keys.
    #[serde(default)]
    pub public: Option<Vec<u8>>,
    /// When and how it became the current one, if not with the key.
    #[serde(default)]
    pub rotated: Option<Rotated>,
    /// What was said when it was imported.
    #[serde(default)]
    pub import: Option<Import>,
}

/// How a material became the current one.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Rotated {
    pub at: Timestamp,
    pub on_demand: bool,
}

/// What is known of imported material.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Import {
    pub description: Option<String>,
    pub expires: Option<Timestamp>,
}

impl Record for Material {
    const TABLE: &'static str = "kms.material";

    fn key(&self) -> impl RowKey {
        (&self.key_id, self.generation)
    }
}

/// A material in the clear.
pub struct Opened {
    /// The secret, or the private half in PKCS #8.
    pub secret: Vec<u8>,
    /// The public half; empty for keys that have none.
    pub public: Vec<u8>,
}

/// What sealed material is bound to.
fn bound_to(key_id: &str, generation: u32) -> Vec<u8> {
    format!("{key_id}/{generation}").into_bytes()
}

/// The id that the material `secret` of a key has, however often it is imported.
pub fn imported_id(key_id: &str, secret: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hex(hmac::sign(&key, &[PURPOSE.as_bytes(), key_id.as_bytes()].concat()).as_ref())
}

impl Material {
    /// New random material for a key of `spec`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it cannot be made or sealed.
    pub async fn generate(
        cx: &Context,
        spec: KeySpec,
        key_id: &str,
        generation: u32,
    ) -> Result<Self, Fault> {
        let opened = match spec.secret_bytes() {
            Some(length) => {
                let mut secret = vec![0; length];
                cx.entropy().fill(&mut secret);
                Opened { secret, public: Vec::new() }
            }
            None => {
                let pair = beside(move || pair::generate(spec)).await?;
                Opened { secret: pair.private, public: pair.public }
            }
        };
        let id = hex(&cx.entropy().bytes::<32>());
        Self::seal(cx, key_id, generation, id, opened)
    }

    /// The stored form of `opened`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when sealing fails.
    pub fn seal(
        cx: &Context,
        key_id: &str,
        generation: u32,
        id: String,
        opened: Opened,
    ) -> Result<Self, Fault> {
        let bound_to = bound_to(key_id, generation);
        let sealed = cx.platform().seal().seal(PURPOSE, &bound_to, &opened.secret)?;
        Ok(Self {
            key_id: key_id.into(),
            generation,
            id,
            sealed: Some(sealed),
            public: Some(opened.public).filter(|public| !public.is_empty()),
            rotated: None,
            import: None,
        })
    }
}

/// The row of that generation of the material of `key`.
fn row(cx: &Context, key: &Key, generation: u32) -> Result<Option<Material>, Fault> {
    cx.read(|tx| tx.within(key.scope()).get::<Material>((&key.id, generation)))
}

/// The material of `key` of that generation, opened; none if it is not there.
///
/// # Errors
/// [`Fault::Internal`] when storage fails or it does not open.
pub fn find(cx: &Context, key: &Key, generation: u32) -> Result<Option<Opened>, Fault> {
    let Some(row) = row(cx, key, generation)? else { return Ok(None) };
    let Some(sealed) = row.sealed else { return Ok(None) };
    let bound_to = bound_to(&key.id, generation);
    let secret = cx.platform().seal().open(PURPOSE, &bound_to, &sealed).ok_or_else(|| {
        Fault::internal(format!("material {generation} of {} does not open", key.arn()))
    })?;
    Ok(Some(Opened { secret, public: row.public.unwrap_or_default() }))
}

/// The material of `key` of that generation, which must be there.
///
/// # Errors
/// As [`find`], and when there is none.
pub fn open(cx: &Context, key: &Key, generation: u32) -> Result<Opened, KmsError> {
    let found = find(cx, key, generation)?;
    found.ok_or_else(|| Fault::internal(format!("{} has no material", key.arn())).into())
}

/// The material that `key` uses now.
///
/// # Errors
/// As [`open`].
pub fn current(cx: &Context, key: &Key) -> Result<Opened, KmsError> {
    open(cx, key, key.generation)
}

/// The public half of the material that `key` uses now.
///
/// # Errors
/// [`Fault::Internal`] when storage fails or there is none.
pub fn public(cx: &Context, key: &Key) -> Result<Vec<u8>, KmsError> {
    let public = row(cx, key, key.generation)?.and_then(|row| row.public);
    public.ok_or_else(|| Fault::internal(format!("{} has no public key", key.arn())).into())
}

/// The id of the material of that generation.
///
/// # Errors
/// [`Fault::Internal`] when storage fails or the material is gone.
pub fn id(cx: &Context, key: &Key, generation: u32) -> Result<String, KmsError> {
    if generation == key.generation {
        return Ok(key.material_id.clone());
    }
    let row = row(cx, key, generation)?;
    row.map(|row| row.id).ok_or_else(|| Fault::internal("a key's material is gone").into())
}
