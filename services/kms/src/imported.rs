//! Imported material: what a key becomes when some of it comes or goes.

use crate::{key::Key, material::Material};
use service_kit::prelude::*;

/// Works out from the materials of `key`, which the caller stores, whether it has all that it
/// needs, and when the first of it expires. `tx` is in the key's scope.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn settle(tx: &mut Tx<'_>, key: &mut Key) -> Result<(), Fault> {
    let mut needed = tx.list::<Material>(&key.id)?;
    needed.retain(|material| Some(material.generation) != key.pending);
    key.incomplete = needed.is_empty() || needed.iter().any(|material| material.sealed.is_none());
    key.expiry = needed.iter().filter_map(Material::expires).min();
    Ok(())
}

/// Whether `key` and all that share its material have that generation of it.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn is_everywhere(tx: &ReadTx<'_>, key: &Key, generation: u32) -> Result<bool, Fault> {
    for scope in key.scopes() {
        let row = tx.within(scope).get::<Material>((&key.id, generation))?;
        if row.is_none_or(|row| row.sealed.is_none()) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Material {
    /// When it expires, if it is there and does.
    pub fn expires(&self) -> Option<Timestamp> {
        let import = self.import.as_ref().filter(|_| self.sealed.is_some());
        import.and_then(|import| import.expires)
    }

    /// Takes the secret away; what is left knows the same material when it is imported again.
    pub fn erase(&mut self) {
        self.sealed = None;
        if let Some(import) = &mut self.import {
            import.expires = None;
        }
    }
}

/// Erases material whose time is over, unless it was imported again with another end.
#[derive(Serialize, Deserialize)]
pub(crate) struct ExpireMaterial {
    pub key_id: String,
    pub generation: u32,
    pub due: Timestamp,
}

impl Job for ExpireMaterial {
    const KIND: &'static str = "kms.expire_material";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match cx.write(|tx| self.expire(tx)).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(60)),
        }
    }
}

impl ExpireMaterial {
    fn expire(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Some(mut key) = tx.get::<Key>(&self.key_id)? else { return Ok(()) };
        let Some(mut material) = tx.get::<Material>((&self.key_id, self.generation))? else {
            return Ok(());
        };
        if material.expires() != Some(self.due) {
            return Ok(());
        }
        material.erase();
        tx.put(&material)?;
        settle(tx, &mut key)?;
        tx.put(&key)
    }
}
