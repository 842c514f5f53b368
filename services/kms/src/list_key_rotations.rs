//! ListKeyRotations: the materials that a key had, has and is to have.

use crate::{
    error::KmsError,
    imported::is_everywhere,
    key::Key,
    key_ref,
    list_keys::marker_fault,
    material::Material,
    shapes::{ExpirationModelType, OriginType},
};
use service_kit::prelude::*;

/// Lists rotations, oldest first.
pub(crate) enum ListKeyRotations {}

#[derive(Debug, Shape)]
pub struct ListKeyRotationsInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub include_key_material: Option<IncludeKeyMaterial>,
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub marker: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListKeyRotationsOutput {
    pub rotations: Option<Vec<RotationsListEntry>>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub next_marker: Option<String>,
    pub truncated: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum IncludeKeyMaterial {
    AllKeyMaterial,
    RotationsOnly,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct RotationsListEntry {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub key_material_id: Option<String>,
    #[shape(length = 0..=256, pattern = r"^[a-zA-Z0-9:/_\s.-]+$")]
    pub key_material_description: Option<String>,
    pub import_state: Option<ImportState>,
    pub key_material_state: Option<KeyMaterialState>,
    pub expiration_model: Option<ExpirationModelType>,
    pub valid_to: Option<Timestamp>,
    pub rotation_date: Option<Timestamp>,
    pub rotation_type: Option<RotationType>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ImportState {
    Imported,
    PendingImport,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum KeyMaterialState {
    NonCurrent,
    Current,
    PendingRotation,
    PendingMultiRegionImportAndRotation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum RotationType {
    Automatic,
    OnDemand,
}

impl Operation for ListKeyRotations {
    const NAME: &'static str = "ListKeyRotations";
    type Input = ListKeyRotationsInput;
    type Output = ListKeyRotationsOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:ListKeyRotations", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let limit = input.limit.unwrap_or(100) as usize;
        let key = key_ref::by_id(cx, &input.key_id)?;
        key.require_rotatable()?;
        let page = cx
            .read(|tx| {
                tx.within(key.scope()).page::<Material>(&key.id, input.marker.as_deref(), limit)
            })
            .map_err(marker_fault)?;
        let all = input.include_key_material == Some(IncludeKeyMaterial::AllKeyMaterial);
        let shown = page.items.into_iter().filter(|material| all || material.rotated.is_some());
        let everywhere = match key.pending {
            Some(pending) => cx.read(|tx| is_everywhere(tx, &key, pending))?,
            None => true,
        };
        Ok(ListKeyRotationsOutput {
            rotations: Some(shown.map(|material| entry(&key, everywhere, material)).collect()),
            truncated: Some(page.next.is_some()),
            next_marker: page.next,
        })
    }
}

fn entry(key: &Key, everywhere: bool, material: Material) -> RotationsListEntry {
    let there = material.sealed.is_some();
    let imported = key.origin == OriginType::External;
    let state = if material.generation == key.generation {
        KeyMaterialState::Current
    } else if key.pending != Some(material.generation) {
        KeyMaterialState::NonCurrent
    } else if everywhere || key.regions.is_none() {
        KeyMaterialState::PendingRotation
    } else {
        KeyMaterialState::PendingMultiRegionImportAndRotation
    };
    let expires = material.expires();
    RotationsListEntry {
        key_id: Some(key.id.clone()),
        import_state: imported.then_some(match there {
            true => ImportState::Imported,
            false => ImportState::PendingImport,
        }),
        key_material_state: Some(state),
        expiration_model: (imported && there).then_some(match expires {
            Some(_) => ExpirationModelType::KeyMaterialExpires,
            None => ExpirationModelType::KeyMaterialDoesNotExpire,
        }),
        valid_to: expires,
        rotation_date: material.rotated.map(|rotated| rotated.at),
        rotation_type: material.rotated.map(|rotated| match rotated.on_demand {
            true => RotationType::OnDemand,
            false => RotationType::Automatic,
        }),
        key_material_description: material.import.and_then(|import| import.description),
        key_material_id: Some(material.id),
    }
}
