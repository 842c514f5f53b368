//! The range journal: one entry for each request that touches a watched account.
//!
//! It is the range's own evidence: independent of the audit trail that an account sees and may
//! stop, out of every account's reach (its rows belong to an account that none can be), and
//! append-only, but for what is dropped when it is full or when an account is torn down. An entry
//! says who asked, which statements decided, and what left. Entries are durable before the request
//! is answered, and sorted by commit, so that whoever reads on behind the last one misses none.
//!
//! While no account is watched a request pays for one look at an atomic number.

mod entry;
mod notes;
mod search;

use crate::{
    access::Scope,
    fault::Fault,
    key::{Encoded, Key},
    page,
    platform::Platform,
    record::Record,
    tx::{ReadTx, Tx},
};
use parking_lot::{Mutex, RwLock};
use ring::digest;
use search::{Mark, Search};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, HashMap},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};
use store::Order;

pub use entry::{
    JournalAccess, JournalCaller, JournalDecision, JournalEntry, JournalHttp, JournalMarker,
    JournalMatch, JournalStatement,
};
pub use notes::{Noted, Notes, Served};

/// The most entries of one account; the oldest are dropped.
pub const MAX_ENTRIES: usize = 200_000;
/// How many entries one transaction drops.
const DROP_ENTRIES: usize = 1_000;
/// The most accounts that are watched.
const MAX_WATCHED: usize = 1_000;
/// The most texts that are searched for.
const MAX_MARKS: usize = 5_000;
/// The order of an account's entries: the ids of requests below the account's number.
const LOG: &str = "platform.journal_log";

/// An account whose requests are journaled.
#[derive(Serialize, Deserialize)]
struct Watched {
    account: String,
}

impl Record for Watched {
    const TABLE: &'static str = "platform.journal_watched";

    fn key(&self) -> impl Key {
        &self.account
    }
}

/// An entry, and its position in the journal of one account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Logged {
    /// What to go on behind.
    pub position: String,
    /// The entry.
    pub entry: JournalEntry,
}

/// What is known of the journal without reading the store.
#[derive(Default)]
pub(crate) struct State {
    /// [`UNREAD`], [`IDLE`] or [`WATCHING`].
    mode: AtomicU8,
    watched: RwLock<Arc<BTreeSet<String>>>,
    /// Built when first needed after a change.
    search: RwLock<Option<Arc<Option<Search>>>>,
    /// How many entries accounts have, for those of which that is known.
    counts: Mutex<HashMap<String, usize>>,
    /// Changes of what is watched and searched for come one after the other.
    changing: tokio::sync::Mutex<()>,
}

const UNREAD: u8 = 0;
const IDLE: u8 = 1;
const WATCHING: u8 = 2;

/// The journal of an instance.
#[derive(Clone, Copy)]
pub struct Journal<'a>(&'a Platform);

impl Platform {
    /// The journal. Nothing that accounts can call may read it, but for one request's entry by
    /// the parties to it.
    pub fn journal(&self) -> Journal<'_> {
        Journal(self)
    }
}

/// The SHA-256 of a policy document, in hexadecimal digits.
pub fn sha256(document: &str) -> String {
    let digest = digest::digest(&digest::SHA256, document.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn scope() -> Scope {
    Scope::range()
}

impl Journal<'_> {
    /// Watches `account` from now on, and after a restart.
    ///
    /// # Errors
    /// [`Fault::Validation`] when that is no account's number, or too many are watched; otherwise
    /// as storage fails.
    pub async fn watch(&self, account: &str) -> Result<(), Fault> {
        if !policy::is_account_id(account) {
            return Err(Fault::invalid("An account's number has twelve digits."));
        }
        let _turn = self.state().changing.lock().await;
        self.write(|tx| {
            let watched = tx.list::<Watched>(())?;
            if watched.len() >= MAX_WATCHED && watched.iter().all(|it| it.account != account) {
                return Err(Fault::invalid("No more accounts can be watched."));
            }
            tx.put(&Watched { account: account.into() })
        })
        .await?;
        self.learn()
    }

    /// No longer watches `account`. Its entries stay.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn unwatch(&self, account: &str) -> Result<(), Fault> {
        let _turn = self.state().changing.lock().await;
        self.write(|tx| {
            tx.delete::<Watched>(account);
            Ok(())
        })
        .await?;
        self.learn()
    }

    /// The accounts that are watched, sorted.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn watched(&self) -> Result<Vec<String>, Fault> {
        let watched = self.read(|tx| tx.list::<Watched>(()))?;
        Ok(watched.into_iter().map(|watched| watched.account).collect())
    }

    /// Searches the answers to all journaled requests for `text`, planted in the data of `account`,
    /// which is reported as `id`.
    ///
    /// # Errors
    /// [`Fault::Validation`] when the text is too short to be sure of or too long, or when there
    /// are too many; otherwise as storage fails.
    pub async fn mark(&self, account: &str, id: &str, text: &str) -> Result<(), Fault> {
        let mark = Mark::new(account, id, text)?;
        let _turn = self.state().changing.lock().await;
        self.write(|tx| {
            let known = tx.get::<Mark>(mark.key())?.is_some();
            if !known && tx.list::<Mark>(())?.len() >= MAX_MARKS {
                return Err(Fault::invalid("No more markers can be searched for."));
            }
            tx.put(&mark)
        })
        .await?;
        self.state().search.write().take();
        Ok(())
    }

    /// No longer searches for the text `id` of `account`.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn unmark(&self, account: &str, id: &str) -> Result<(), Fault> {
        let _turn = self.state().changing.lock().await;
        self.write(|tx| {
            tx.delete::<Mark>((account, id));
            Ok(())
        })
        .await?;
        self.state().search.write().take();
        Ok(())
    }

    /// The entries of `account` behind the position `after`, or from the first one, oldest first,
    /// at most `limit`.
    ///
    /// # Errors
    /// [`Fault::Validation`] when `after` is no position; otherwise as storage fails.
    pub fn entries(
        &self,
        account: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Logged>, Fault> {
        let mut from = after.map(page::decode).transpose()?.unwrap_or_default();
        if after.is_some() {
            from.push(0);
        }
        self.read(|tx| {
            let mut found = Vec::new();
            for (position, request_id) in logged(tx, account, &from, limit)? {
                if let Some(entry) = tx.get::<JournalEntry>(request_id)? {
                    found.push(Logged { position: page::encode(&position), entry });
                }
            }
            Ok(found)
        })
    }

    /// The entry of a request.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn find(&self, request_id: &str) -> Result<Option<JournalEntry>, Fault> {
        self.read(|tx| tx.get(request_id))
    }

    /// Drops the entries and the markers of `account`. Entries that other watched accounts share
    /// stay theirs. Stop watching first, or new ones follow.
    ///
    /// # Errors
    /// [`Fault`] when storage fails; what is gone by then stays so.
    pub async fn forget(&self, account: &str) -> Result<(), Fault> {
        while self.write(|tx| drop_oldest(tx, account)).await? == DROP_ENTRIES {}
        let _turn = self.state().changing.lock().await;
        self.write(|tx| {
            for mark in tx.list::<Mark>(account)? {
                tx.delete::<Mark>(mark.key());
            }
            Ok::<_, Fault>(())
        })
        .await?;
        self.state().search.write().take();
        self.state().counts.lock().remove(account);
        Ok(())
    }

    /// Writes `entry`; the request that it is about is answered after that. What is no longer
    /// watched by now is left out.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn enter(&self, entry: &JournalEntry) -> Result<(), Fault> {
        let accounts = self
            .write(|tx| {
                let mut entry = entry.clone();
                let mut watched = Vec::new();
                for account in entry.accounts {
                    if tx.get::<Watched>(&account)?.is_some() {
                        watched.push(account);
                    }
                }
                entry.accounts = watched;
                if entry.accounts.is_empty() {
                    return Ok(Vec::new());
                }
                for account in &entry.accounts {
                    tx.append_bytes(LOG, account, entry.request_id.as_bytes().to_vec());
                }
                tx.put(&entry)?;
                Ok::<_, Fault>(entry.accounts)
            })
            .await?;
        for account in accounts {
            if self.counted(&account)? {
                self.write(|tx| drop_oldest(tx, &account)).await?;
            }
        }
        Ok(())
    }

    /// Counts an entry that was written; whether some are to be dropped.
    fn counted(&self, account: &str) -> Result<bool, Fault> {
        let mut counts = self.state().counts.lock();
        let count = match counts.get_mut(account) {
            Some(count) => {
                *count += 1;
                count
            }
            None => {
                let count = self.read(|tx| {
                    let mut count = 0;
                    tx.visit_bytes(LOG, account, (&[], None), Order::Ascending, |_, _| {
                        count += 1;
                        ControlFlow::Continue(())
                    })?;
                    Ok(count)
                })?;
                counts.entry(account.to_owned()).or_insert(count)
            }
        };
        let full = *count >= MAX_ENTRIES;
        if full {
            *count -= DROP_ENTRIES;
        }
        Ok(full)
    }

    /// Notes for a request that begins; none while nobody is watched.
    pub(crate) fn notes(&self) -> Option<Arc<Notes>> {
        match self.state().mode.load(Ordering::Acquire) {
            IDLE => return None,
            UNREAD => {
                if let Err(fault) = self.learn() {
                    eprintln!("heist: the journal cannot be read: {fault:?}");
                    return None;
                }
                return self.notes();
            }
            _ => {}
        }
        Some(Arc::new(Notes::new(self.state().watched.read().clone())))
    }

    /// The markers in `body`, sorted.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn markers(&self, body: &[u8]) -> Result<Vec<JournalMarker>, Fault> {
        let known = self.state().search.read().clone();
        let search = match known {
            Some(search) => search,
            None => {
                // Under the lock, so that a change comes before the reading or after the writing.
                let mut place = self.state().search.write();
                let marks = self.read(|tx| tx.list::<Mark>(()))?;
                place.insert(Arc::new(Search::new(&marks)?)).clone()
            }
        };
        Ok((*search).as_ref().map_or_else(Vec::new, |search| search.find(body)))
    }

    /// Reads which accounts are watched.
    fn learn(&self) -> Result<(), Fault> {
        let mut place = self.state().watched.write();
        let watched: BTreeSet<_> = self.watched()?.into_iter().collect();
        let mode = if watched.is_empty() { IDLE } else { WATCHING };
        *place = Arc::new(watched);
        self.state().mode.store(mode, Ordering::Release);
        Ok(())
    }

    fn state(&self) -> &State {
        self.0.journal_state()
    }

    fn read<T>(&self, body: impl FnOnce(&ReadTx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.0.read(&scope(), body)
    }

    async fn write<T: Send>(
        &self,
        body: impl FnMut(&mut Tx<'_>) -> Result<T, Fault> + Send,
    ) -> Result<T, Fault> {
        self.0.write(&scope(), body).await
    }
}

/// Positions in the log of `account` from `from` on, with the ids of the requests there.
fn logged(
    tx: &ReadTx<'_>,
    account: &str,
    from: &[u8],
    limit: usize,
) -> Result<Vec<(Vec<u8>, String)>, Fault> {
    let mut found = Vec::new();
    if limit == 0 {
        return Ok(found);
    }
    tx.visit_bytes(LOG, account, (from, None), Order::Ascending, |position, id| {
        found.push((position.to_vec(), String::from_utf8_lossy(id).into_owned()));
        if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(found)
}

/// Drops some of the oldest entries of `account`; says how many.
fn drop_oldest(tx: &mut Tx<'_>, account: &str) -> Result<usize, Fault> {
    let oldest = logged(&tx.reader(), account, &[], DROP_ENTRIES)?;
    for (position, request_id) in &oldest {
        tx.delete_bytes(LOG, (account, Encoded(position)));
        let Some(mut entry) = tx.get::<JournalEntry>(request_id)? else { continue };
        entry.accounts.retain(|other| other != account);
        match entry.accounts.is_empty() {
            true => tx.delete::<JournalEntry>(request_id),
            false => tx.put(&entry)?,
        }
    }
    Ok(oldest.len())
}

#[cfg(test)]
mod tests;
