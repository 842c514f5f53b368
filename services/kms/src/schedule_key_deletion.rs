//! ScheduleKeyDeletion: destroy a key once a waiting period is over.

use crate::{
    alias::Alias,
    error::KmsError,
    grant::Grant,
    key::{Key, Listed},
    key_ref, last_use,
    material::Material,
    shapes::KeyState,
};
use service_kit::prelude::*;

const DEFAULT_WINDOW_DAYS: u32 = 30;
/// The window that AWS documents; the model's is wider.
const WINDOW_DAYS: std::ops::RangeInclusive<u32> = 7..=30;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes a key unusable now and destroys its material when the window ends.
pub(crate) enum ScheduleKeyDeletion {}

#[derive(Debug, Shape)]
pub struct ScheduleKeyDeletionInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(range = 1..=365)]
    pub pending_window_in_days: Option<u32>,
}

#[derive(Debug, Shape)]
pub struct ScheduleKeyDeletionOutput {
    #[shape(length = 1..=2048)]
    pub key_id: Option<String>,
    pub deletion_date: Option<Timestamp>,
    pub key_state: Option<KeyState>,
    #[shape(range = 1..=365)]
    pub pending_window_in_days: Option<u32>,
}

impl Operation for ScheduleKeyDeletion {
    const NAME: &'static str = "ScheduleKeyDeletion";
    type Input = ScheduleKeyDeletionInput;
    type Output = ScheduleKeyDeletionOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let days = input.pending_window_in_days.unwrap_or(DEFAULT_WINDOW_DAYS);
        key_ref::access("kms:ScheduleKeyDeletion", &input.key_id, at)
            .with("kms:ScheduleKeyDeletionPendingWindowInDays", days.to_string())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let days = input.pending_window_in_days.unwrap_or(DEFAULT_WINDOW_DAYS);
        check_window(days)?;
        let now = cx.now();
        key_ref::change(cx, &input.key_id, |tx, key| {
            key.require_kept()?;
            key.window_days = Some(days);
            let replicas = key.regions.as_ref().map_or(0, |regions| regions.replicas.len());
            // A primary key goes after all its replicas ("Deleting multi-Region keys").
            if key.is_replica() || replicas == 0 {
                begin_window(tx, key, now)?;
            }
            Ok(ScheduleKeyDeletionOutput {
                key_id: Some(key.arn()),
                deletion_date: key.deletion,
                key_state: Some(key.state()),
                pending_window_in_days: Some(days),
            })
        })
        .await
    }
}

/// Lets the waiting period of `key`, which the caller stores, begin.
fn begin_window(tx: &mut Tx<'_>, key: &mut Key, now: Timestamp) -> Result<(), Fault> {
    let due = now + DAY * key.window_days.unwrap_or(DEFAULT_WINDOW_DAYS);
    key.deletion = Some(due);
    tx.within(key.scope()).enqueue_at(due, &DestroyKey { key_id: key.id.clone(), due })
}

fn check_window(days: u32) -> Result<(), KmsError> {
    if WINDOW_DAYS.contains(&days) {
        return Ok(());
    }
    let wanted = match days < *WINDOW_DAYS.start() {
        true => "greater than or equal to 7",
        false => "less than or equal to 30",
    };
    Err(KmsError::invalid(format!(
        "1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy \
         constraint: Member must have value {wanted}"
    )))
}

/// Destroys a key whose window has ended, unless its deletion was cancelled or put off.
#[derive(Serialize, Deserialize)]
pub(crate) struct DestroyKey {
    key_id: String,
    due: Timestamp,
}

impl Job for DestroyKey {
    const KIND: &'static str = "kms.destroy_key";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match cx.write(|tx| self.destroy(tx)).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(60)),
        }
    }
}

impl DestroyKey {
    fn destroy(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let Some(key) = tx.get::<Key>(&self.key_id)? else { return Ok(()) };
        if key.deletion != Some(self.due) {
            return Ok(());
        }
        for material in tx.list::<Material>(&key.id)? {
            tx.delete::<Material>((&key.id, material.generation));
        }
        for grant in tx.list::<Grant>(&key.id)? {
            tx.delete::<Grant>((&key.id, &grant.id));
        }
        for alias in &key.aliases {
            tx.delete::<Alias>(alias);
        }
        last_use::forget(tx, &key);
        tx.delete::<Listed>((key.created, &key.id));
        tx.delete::<Key>(&key.id);
        leave_related(tx, &key)
    }
}

/// Tells the related keys that `gone` is no more; a primary key that waited for its last replica
/// begins its own window.
fn leave_related(tx: &mut Tx<'_>, gone: &Key) -> Result<(), Fault> {
    let now = tx.now();
    for scope in gone.scopes().into_iter().filter(|scope| *scope.region != *gone.region) {
        let mut tx = tx.within(scope);
        let Some(mut key) = tx.get::<Key>(&gone.id)? else { continue };
        let Some(regions) = &mut key.regions else { continue };
        regions.replicas.retain(|region| *region != gone.region);
        let last = regions.replicas.is_empty();
        if last && key.state() == KeyState::PendingReplicaDeletion {
            begin_window(&mut tx, &mut key, now)?;
        }
        tx.put(&key)?;
    }
    Ok(())
}
