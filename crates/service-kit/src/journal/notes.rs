//! What is noted of a request on its way, in case that it is journaled.

use super::entry::{self, JournalAccess, JournalHttp, MAX_ACCESSES, MAX_ITEMS};
use crate::{access::Scope, context::Caller, trace::Trace};
use parking_lot::Mutex;
use std::{collections::BTreeSet, sync::Arc};

/// What a front says of a request that it serves.
pub struct Served {
    /// The account and region of what is asked for.
    pub scope: Scope,
    /// The service as in IAM actions: `execute-api`.
    pub service: &'static str,
    /// What is asked for.
    pub http: JournalHttp,
    /// The trace that it belongs to.
    pub trace: Option<Trace>,
}

/// The notes on one request. There are none while nobody is watched.
pub struct Notes {
    watched: Arc<BTreeSet<String>>,
    noted: Mutex<Noted>,
}

/// All that was noted.
#[derive(Default)]
pub struct Noted {
    /// The watched accounts that the request touches.
    pub accounts: BTreeSet<String>,
    /// The permissions asked for, and how many more.
    pub accesses: Vec<JournalAccess>,
    /// How many permissions more than can be kept.
    pub more_accesses: usize,
    /// What was read or written.
    pub items: Vec<String>,
    /// How many items more than can be kept.
    pub more_items: usize,
    /// What a front serves.
    pub served: Option<Served>,
    /// Who signed what a front serves.
    pub signer: Option<Caller>,
}

impl Notes {
    pub(super) fn new(watched: Arc<BTreeSet<String>>) -> Self {
        Self { watched, noted: Mutex::default() }
    }

    /// Notes that the request touches `account`; says whether it touches a watched one.
    pub fn touches<'a>(&self, accounts: impl IntoIterator<Item = &'a str>) -> bool {
        let mut noted = self.noted.lock();
        for account in accounts {
            if self.watched.contains(account) && !noted.accounts.contains(account) {
                noted.accounts.insert(account.to_owned());
            }
        }
        !noted.accounts.is_empty()
    }

    /// Whether the request touches a watched account, as far as that is known.
    pub fn is_journaled(&self) -> bool {
        !self.noted.lock().accounts.is_empty()
    }

    /// Notes a permission and how it came out.
    pub fn access(&self, access: JournalAccess) {
        let mut noted = self.noted.lock();
        if noted.accesses.len() < MAX_ACCESSES || access.is_refused() {
            noted.accesses.push(access);
        } else {
            noted.more_accesses += 1;
        }
    }

    /// Whether a permission was refused.
    pub fn is_refused(&self) -> bool {
        self.noted.lock().accesses.iter().any(JournalAccess::is_refused)
    }

    /// Notes what was read or written.
    pub fn items(&self, keys: impl IntoIterator<Item = String>) {
        let mut noted = self.noted.lock();
        for key in keys {
            if noted.items.len() < MAX_ITEMS {
                noted.items.push(entry::item(key));
            } else {
                noted.more_items += 1;
            }
        }
    }

    /// Notes what a front serves.
    pub fn served(&self, served: Served) {
        self.touches([&*served.scope.account]);
        self.noted.lock().served = Some(served);
    }

    /// Notes who signed what a front serves.
    pub fn signer(&self, caller: &Caller) {
        self.touches(caller.account());
        self.noted.lock().signer = Some(caller.clone());
    }

    /// All that was noted; the notes are empty then.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut *self.noted.lock())
    }
}
