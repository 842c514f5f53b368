//! When access keys and roles were last used.
//!
//! As on AWS only the first use in a span of fifteen minutes is recorded (IAM User Guide, "Get
//! credential reports"). What a request pays is one look at a slot in memory; the first request of
//! a span leaves a note there that is stored with the rest of telemetry.

use crate::{
    access::Scope,
    context::Caller,
    fault::Fault,
    key::Key,
    owner::Owner,
    platform::Platform,
    record::{Reach, Record},
};
use parking_lot::Mutex;
use policy::Principal;
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicU64, Ordering},
};

/// The length of a span.
const SPAN_SECS: i64 = 15 * 60;
/// How many keys and roles are told apart without a look at what is pending. More only cost time.
const SLOTS: usize = 4_096;
/// An odd number whose multiples differ in many bits: two to the 64th by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// The most uses that wait to be stored.
const MAX_PENDING: usize = 100_000;

/// The last use of an access key or a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUse {
    /// The key's id, or the role's unique id.
    pub id: String,
    /// When, to the second.
    pub at: Timestamp,
    /// The service called, as it is named in signatures.
    pub service: String,
    /// The region called.
    pub region: String,
    /// The account whose key or role it is.
    #[serde(default)]
    pub account: String,
}

impl LastUse {
    fn span(&self) -> i64 {
        span(self.at)
    }
}

impl Record for LastUse {
    const TABLE: &'static str = "identity.use";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|used| Owner::Account(used.account.clone()));

    fn key(&self) -> impl Key {
        &self.id
    }
}

fn span(at: Timestamp) -> i64 {
    at.as_secs().div_euclid(SPAN_SECS)
}

/// Uses that are not stored yet, and a filter before them.
pub struct Uses {
    /// At the place that an id hashes to: what was noted there last, as one number of id and span.
    noted: Box<[AtomicU64]>,
    pending: Mutex<HashMap<String, LastUse>>,
}

impl Default for Uses {
    fn default() -> Self {
        let noted = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { noted, pending: Mutex::default() }
    }
}

impl Uses {
    /// Forgets the uses of what `account` has.
    pub(crate) fn forget(&self, account: &str) {
        // A key or role to come has another id, so what was noted in slots does not matter.
        self.pending.lock().retain(|_, used| used.account != account);
    }

    /// Notes that `caller` signed a request to `service` in `region`.
    pub fn note(&self, caller: &Caller, service: &str, region: &str, now: Timestamp) {
        let id = match (&caller.principal, &caller.access_key_id) {
            (Principal::Role { id, .. }, _) => &**id,
            // The keys that sessions of users come with are nobody's to look at.
            (_, Some(key)) if caller.session.is_none() => &**key,
            _ => return,
        };
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let hash = hasher.finish();
        let slot = usize::try_from(hash % self.noted.len().max(1) as u64).unwrap_or(0);
        let Some(slot) = self.noted.get(slot) else { return };
        // Another span, another number; never the one that slots start with.
        let print = hash.wrapping_add(span(now).cast_unsigned().wrapping_mul(SPREAD)) | 1;
        if slot.load(Ordering::Relaxed) == print {
            return;
        }
        slot.store(print, Ordering::Relaxed);
        let mut pending = self.pending.lock();
        let is_first = pending.get(id).is_none_or(|known| known.span() < span(now));
        if is_first && pending.len() < MAX_PENDING {
            let (service, region) = (service.to_owned(), region.to_owned());
            let account = caller.account().unwrap_or_default().to_owned();
            let (id, at) = (id.to_owned(), now.whole_seconds());
            let used = LastUse { id, at, service, region, account };
            pending.insert(used.id.clone(), used);
        }
    }
}

impl Platform {
    /// Makes the uses that were noted before this call readable in the store.
    ///
    /// # Errors
    /// [`Fault`] when storage fails; they stay pending then.
    pub async fn flush_uses(&self) -> Result<(), Fault> {
        let (uses, era) = (self.uses(), self.store().era());
        let pending: Vec<LastUse> = uses.pending.lock().values().cloned().collect();
        if pending.is_empty() {
            return Ok(());
        }
        let nowhere = Scope::new("", "");
        let stored = self.write_admitted(era, &nowhere, |tx| {
            for used in pending.iter().filter(|used| self.admits(&used.account, era)) {
                let known = tx.get::<LastUse>(&used.id)?;
                if known.is_none_or(|known| known.span() < used.span()) {
                    tx.put(used)?;
                }
            }
            Ok::<_, Fault>(())
        });
        stored.await?;
        let mut left = uses.pending.lock();
        for used in &pending {
            // What was noted meanwhile is another use.
            if left.get(&used.id) == Some(used) {
                left.remove(&used.id);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_with(key: &str) -> Caller {
        let user = Principal::Root { account: "111122223333".into() };
        Caller { access_key_id: Some(key.into()), ..Caller::new(user) }
    }

    #[test]
    fn the_first_use_of_a_span_is_noted_and_the_next_one_again() {
        let (uses, caller) = (Uses::default(), signed_with("AKIA1"));
        let at = |secs: i64| Timestamp::from_secs(900_000 + secs);
        uses.note(&caller, "sqs", "us-east-1", at(5));
        uses.note(&caller, "sns", "eu-west-1", at(899));
        let noted = std::mem::take(&mut *uses.pending.lock());
        assert_eq!((&*noted["AKIA1"].service, noted["AKIA1"].at), ("sqs", at(5)));
        uses.note(&caller, "sns", "eu-west-1", at(899));
        assert!(uses.pending.lock().is_empty());
        uses.note(&caller, "sns", "eu-west-1", at(900));
        assert_eq!(uses.pending.lock()["AKIA1"].at, at(900));
        // Nothing was stored meanwhile: the newer one is what counts.
        uses.note(&caller, "sns", "eu-west-1", at(1_800));
        assert_eq!(uses.pending.lock()["AKIA1"].at, at(1_800));
    }

    #[test]
    fn keys_that_share_a_slot_are_not_mixed_up() {
        let uses = Uses { noted: Box::new([const { AtomicU64::new(0) }; 1]), ..Uses::default() };
        for _ in 0..3 {
            for key in ["AKIA1", "AKIA2"] {
                uses.note(&signed_with(key), "sqs", "us-east-1", Timestamp::from_secs(1_000));
            }
        }
        assert_eq!(uses.pending.lock().len(), 2);
    }
}
