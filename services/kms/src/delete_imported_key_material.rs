//! DeleteImportedKeyMaterial: make a key unusable until the same material is imported again.

use crate::{
    error::KmsError, imported::settle, key::Key, key_ref, material::Material,
    regions::change_related, shapes::KeySpec,
};
use service_kit::prelude::*;

/// Erases imported material.
pub(crate) enum DeleteImportedKeyMaterial {}

#[derive(Debug, Shape)]
pub struct DeleteImportedKeyMaterialInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

#[derive(Debug, Shape)]
pub struct DeleteImportedKeyMaterialOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 0..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
}

impl Operation for DeleteImportedKeyMaterial {
    const NAME: &'static str = "DeleteImportedKeyMaterial";
    type Input = DeleteImportedKeyMaterialInput;
    type Output = DeleteImportedKeyMaterialOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:DeleteImportedKeyMaterial", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |tx, key| {
            // Also of a key that is about to be deleted: its state stays as it is.
            key.require_external()?;
            let wanted = input.key_material_id.clone().unwrap_or_else(|| key.material_id.clone());
            let known = tx.list::<Material>(&key.id)?;
            let found = known.into_iter().find(|material| material.id == wanted);
            if let Some(material) = found {
                erase(tx, key, material)?;
            } else if input.key_material_id.is_some() {
                let message = format!("Key material {wanted} is not found");
                return Err(KmsError::NotFoundException(message));
            }
            let shown = key.spec == KeySpec::SymmetricDefault && !wanted.is_empty();
            let key_material_id = shown.then_some(wanted);
            settle(tx, key)?;
            Ok(DeleteImportedKeyMaterialOutput { key_id: Some(key.arn()), key_material_id })
        })
        .await
    }
}

/// Erases `material` of `key`. What waits in a primary key is not part of it yet, so it goes
/// altogether, from the replicas too (API Reference, "DeleteImportedKeyMaterial").
fn erase(tx: &mut Tx<'_>, key: &mut Key, mut material: Material) -> Result<(), Fault> {
    if key.pending != Some(material.generation) || key.is_replica() {
        material.erase();
        return tx.put(&material);
    }
    change_related(tx, key, |tx, key| {
        key.pending = None;
        tx.delete::<Material>((&key.id, material.generation));
        Ok(())
    })
}
