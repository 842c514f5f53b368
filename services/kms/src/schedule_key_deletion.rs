//! ScheduleKeyDeletion: destroy a key once a waiting period is over.

use crate::{
    alias::Alias,
    error::KmsError,
    grant::Grant,
    key::{Key, Listed, Material},
    key_ref,
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
        let due = cx.now() + DAY * days;
        key_ref::change(cx, &input.key_id, |tx, key| {
            key.require_kept()?;
            key.deletion = Some(due);
            tx.enqueue_at(due, &DestroyKey { key_id: key.id.clone(), due })?;
            Ok(ScheduleKeyDeletionOutput {
                key_id: Some(key.arn()),
                deletion_date: Some(due),
                key_state: Some(key.state()),
                pending_window_in_days: Some(days),
            })
        })
        .await
    }
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
        tx.delete::<Listed>((key.created, &key.id));
        tx.delete::<Key>(&key.id);
        Ok(())
    }
}
