//! Rotation: new material for a key, on a schedule or on demand; old material still decrypts.

use crate::{
    error::KmsError,
    key::{Key, Material, Rotation},
    key_ref::{self, KeyRef},
};
use service_kit::prelude::*;

/// How often a key rotates unless told otherwise.
pub const DEFAULT_PERIOD_DAYS: u32 = 365;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// AWS's quota of rotations on demand.
const MAX_GENERATIONS: u32 = 1_000;

/// Plans the next rotation of `key`, which the caller stores.
///
/// # Errors
/// [`Fault::Internal`] when the job cannot be stored.
pub fn schedule(
    tx: &mut Tx<'_>,
    key: &mut Key,
    now: Timestamp,
    period_days: u32,
) -> Result<(), Fault> {
    let next = now + DAY * period_days;
    key.rotation = Some(Rotation { period_days, next });
    tx.enqueue_at(next, &RotateKey { key_id: key.id.clone(), due: next })
}

/// Gives a key new material and plans the next time, unless that was called off.
#[derive(Serialize, Deserialize)]
pub(crate) struct RotateKey {
    key_id: String,
    due: Timestamp,
}

impl Job for RotateKey {
    const KIND: &'static str = "kms.rotate_key";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match self.rotate(cx).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(60)),
        }
    }
}

impl RotateKey {
    async fn rotate(&self, cx: &Context) -> Result<(), Fault> {
        let Some(key) = cx.read(|tx| tx.get::<Key>(&self.key_id))? else { return Ok(()) };
        let material = Material::generate(cx, &key.id, key.generation + 1)?;
        let now = cx.now();
        cx.write(|tx| {
            let Some(mut key) = tx.get::<Key>(&self.key_id)? else { return Ok(()) };
            let Some(rotation) = key.rotation.clone().filter(|it| it.next == self.due) else {
                return Ok(());
            };
            // A key that is disabled or about to go keeps its material this time.
            if key.enabled && key.deletion.is_none() && key.generation + 1 == material.generation {
                adopt(tx, &mut key, &material)?;
            }
            schedule(tx, &mut key, now, rotation.period_days)?;
            tx.put(&key)
        })
        .await
    }
}

fn adopt(tx: &mut Tx<'_>, key: &mut Key, material: &Material) -> Result<(), Fault> {
    key.generation = material.generation;
    key.material_id.clone_from(&material.id);
    tx.put(material)
}

/// Turns automatic rotation on.
pub(crate) enum EnableKeyRotation {}

#[derive(Debug, Shape)]
pub struct EnableKeyRotationInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(range = 90..=2560)]
    pub rotation_period_in_days: Option<u32>,
}

impl Operation for EnableKeyRotation {
    const NAME: &'static str = "EnableKeyRotation";
    type Input = EnableKeyRotationInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let days = input.rotation_period_in_days.unwrap_or(DEFAULT_PERIOD_DAYS);
        key_ref::access("kms:EnableKeyRotation", &input.key_id, at)
            .with("kms:RotationPeriodInDays", days.to_string())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let (days, now) = (input.rotation_period_in_days, cx.now());
        key_ref::change(cx, &input.key_id, |tx, key| {
            key.require_enabled()?;
            let current = key.rotation.as_ref().map(|rotation| rotation.period_days);
            let wanted = days.or(current).unwrap_or(DEFAULT_PERIOD_DAYS);
            if current != Some(wanted) {
                schedule(tx, key, now, wanted)?;
            }
            Ok(Empty)
        })
        .await
    }
}

/// Turns automatic rotation off.
pub(crate) enum DisableKeyRotation {}

#[derive(Debug, Shape)]
pub struct DisableKeyRotationInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
}

impl Operation for DisableKeyRotation {
    const NAME: &'static str = "DisableKeyRotation";
    type Input = DisableKeyRotationInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:DisableKeyRotation", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |_, key| {
            key.require_enabled()?;
            key.rotation = None;
            Ok(Empty)
        })
        .await
    }
}

/// Tells whether and when a key rotates.
pub(crate) enum GetKeyRotationStatus {}

#[derive(Debug, Shape)]
pub struct GetKeyRotationStatusInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
}

#[derive(Debug, Shape)]
pub struct GetKeyRotationStatusOutput {
    pub key_rotation_enabled: Option<bool>,
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    #[shape(range = 90..=2560)]
    pub rotation_period_in_days: Option<u32>,
    pub next_rotation_date: Option<Timestamp>,
}

impl Operation for GetKeyRotationStatus {
    const NAME: &'static str = "GetKeyRotationStatus";
    type Input = GetKeyRotationStatusInput;
    type Output = GetKeyRotationStatusOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:GetKeyRotationStatus", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = cx.read(|tx| KeyRef::parse(&input.key_id, cx.scope()).get(tx))?;
        let rotation = key.rotation.as_ref().filter(|_| key.deletion.is_none());
        Ok(GetKeyRotationStatusOutput {
            key_rotation_enabled: Some(rotation.is_some()),
            key_id: Some(key.arn()),
            rotation_period_in_days: rotation.map(|rotation| rotation.period_days),
            next_rotation_date: rotation.map(|rotation| rotation.next),
        })
    }
}

/// Gives a key new material now.
pub(crate) enum RotateKeyOnDemand {}

#[derive(Debug, Shape)]
pub struct RotateKeyOnDemandInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
}

#[derive(Debug, Shape)]
pub struct RotateKeyOnDemandOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
}

impl Operation for RotateKeyOnDemand {
    const NAME: &'static str = "RotateKeyOnDemand";
    type Input = RotateKeyOnDemandInput;
    type Output = RotateKeyOnDemandOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:RotateKeyOnDemand", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = cx.read(|tx| KeyRef::parse(&input.key_id, cx.scope()).get(tx))?;
        if key.generation >= MAX_GENERATIONS {
            let message = "You have exceeded the limit of on-demand rotations.";
            return Err(KmsError::LimitExceededException(message.into()));
        }
        let material = Material::generate(cx, &key.id, key.generation + 1)?;
        key_ref::change(cx, &input.key_id, |tx, key| {
            key.require_enabled()?;
            // Somebody else rotated meanwhile: the key has new material, as was asked for.
            if key.generation + 1 == material.generation {
                adopt(tx, key, &material)?;
            }
            Ok(RotateKeyOnDemandOutput { key_id: Some(key.id.clone()) })
        })
        .await
    }
}
