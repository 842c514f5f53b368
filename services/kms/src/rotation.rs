//! Rotation: new material for a key, on a schedule or on demand; old material still decrypts.

use crate::{
    error::KmsError,
    imported,
    key::{Key, Rotation},
    key_ref,
    material::{Material, Rotated},
    regions::change_related,
    shapes::{KeySpec, OriginType},
};
use service_kit::prelude::*;

/// How often a key rotates unless told otherwise.
pub const DEFAULT_PERIOD_DAYS: u32 = 365;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// AWS's quota of rotations on demand.
const MAX_ON_DEMAND: usize = 25;

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
    change_related(tx, key, |_, key| {
        key.rotation = Some(Rotation { period_days, next });
        Ok(())
    })?;
    plan(tx, key)
}

/// Stores the job for the next rotation of `key`, if one is planned.
///
/// # Errors
/// [`Fault::Internal`] when it cannot be stored.
pub fn plan(tx: &mut Tx<'_>, key: &Key) -> Result<(), Fault> {
    let Some(Rotation { next, .. }) = key.rotation else { return Ok(()) };
    let job = RotateKey { key_id: key.id.clone(), due: next };
    tx.within(key.scope()).enqueue_at(next, &job)
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
        let now = cx.now();
        let material = fresh(cx, &key, Rotated { at: now, on_demand: false }).await?;
        cx.write(|tx| {
            let Some(mut key) = tx.get::<Key>(&self.key_id)? else { return Ok(()) };
            let due = |rotation: &Rotation| rotation.next == self.due && !key.is_replica();
            let Some(rotation) = key.rotation.clone().filter(due) else { return Ok(()) };
            // A key that is disabled or about to go keeps its material this time.
            if key.require_enabled(now).is_ok() && key.generation + 1 == material.generation {
                adopt(tx, &mut key, &material)?;
            }
            schedule(tx, &mut key, now, rotation.period_days)?;
            tx.put(&key)
        })
        .await
    }
}

/// New material that `key` has from that moment on.
async fn fresh(cx: &Context, key: &Key, rotated: Rotated) -> Result<Material, Fault> {
    let made = Material::generate(cx, key.spec, &key.id, key.generation + 1).await?;
    Ok(Material { rotated: Some(rotated), ..made })
}

/// Lets `key` and those that share its material go on with `material`.
fn adopt(tx: &mut Tx<'_>, key: &mut Key, material: &Material) -> Result<(), Fault> {
    change_related(tx, key, |tx, key| {
        key.generation = material.generation;
        key.material_id.clone_from(&material.id);
        tx.put(material)
    })
}

/// Refuses keys that do not rotate by themselves.
fn require_automatic(key: &Key) -> Result<(), KmsError> {
    if key.spec != KeySpec::SymmetricDefault {
        return key.require_rotatable();
    }
    match key.origin {
        OriginType::AwsKms => key.require_leading(),
        other => Err(key.unsupported(format_args!("origin is {}", other.as_str()))),
    }
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
            require_automatic(key)?;
            key.require_enabled(tx.now())?;
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
        key_ref::change(cx, &input.key_id, |tx, key| {
            require_automatic(key)?;
            key.require_enabled(tx.now())?;
            change_related(tx, key, |_, key| {
                key.rotation = None;
                Ok(())
            })?;
            Ok(Empty)
        })
        .await
    }
}

/// Tells whether and when a key rotates; keys that cannot are told not to (KMS API Reference,
/// "GetKeyRotationStatus").
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
        let key = key_ref::by_id(cx, &input.key_id)?;
        let rotation = key.rotation.as_ref().filter(|_| key.require_kept().is_ok());
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
        let key = key_ref::by_id(cx, &input.key_id)?;
        key.require_rotatable()?;
        key.require_leading()?;
        key.require_enabled(cx.now())?;
        let rotated = Rotated { at: cx.now(), on_demand: true };
        let made = match key.origin {
            OriginType::AwsKms => Some(fresh(cx, &key, rotated).await?),
            _ => None,
        };
        key_ref::change(cx, &input.key_id, |tx, key| {
            key.require_enabled(cx.now())?;
            check_quota(tx, key)?;
            match &made {
                // Somebody else rotated meanwhile: the key has new material, as was asked for.
                Some(made) if key.generation + 1 != made.generation => {}
                Some(made) => adopt(tx, key, made)?,
                None => adopt_imported(tx, key, rotated)?,
            }
            Ok(RotateKeyOnDemandOutput { key_id: Some(key.id.clone()) })
        })
        .await
    }
}

fn check_quota(tx: &Tx<'_>, key: &Key) -> Result<(), KmsError> {
    let materials = tx.list::<Material>(&key.id)?;
    let on_demand = |material: &&Material| material.rotated.is_some_and(|it| it.on_demand);
    if materials.iter().filter(on_demand).count() < MAX_ON_DEMAND {
        return Ok(());
    }
    let message = format!("{} has reached the limit of on-demand rotations.", key.arn());
    Err(KmsError::LimitExceededException(message))
}

/// Makes imported material the current one, once every related key has it.
fn adopt_imported(tx: &mut Tx<'_>, key: &mut Key, rotated: Rotated) -> Result<(), KmsError> {
    let absent = |key: &Key| {
        let message =
            format!("No available key material pending rotation for the key: {}.", key.arn());
        KmsError::KmsInvalidStateException(message)
    };
    let pending = key.pending.ok_or_else(|| absent(key))?;
    if !imported::is_everywhere(&tx.reader(), key, pending)? {
        return Err(absent(key));
    }
    change_related(tx, key, |tx, key| {
        let Some(mut material) = tx.get::<Material>((&key.id, pending))? else { return Ok(()) };
        material.rotated = Some(rotated);
        key.generation = pending;
        key.material_id.clone_from(&material.id);
        key.pending = None;
        tx.put(&material)?;
        imported::settle(tx, key)
    })?;
    Ok(())
}
