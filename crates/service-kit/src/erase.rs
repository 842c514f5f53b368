//! Erasing an account: every row, every blob, all that is kept in memory for it.
//!
//! First it is noted that the account is being erased and its rows are fenced off: requests are
//! refused from then on, and what is already being worked on cannot write any more. Then the rows
//! go, a piece at a time, until a look at the whole store finds none. A crash in between leaves
//! the note, and the erasing is gone on with at the next start, or at the next call.

use crate::{
    access::{RANGE, Scope},
    fault::Fault,
    key::Key,
    organization::{Account, Organization},
    owner::{Owner, SHARED, SharedTable},
    platform::Platform,
    record::{Reach, Record},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};
use store::{Era, Order, Range};

/// The rows that one transaction removes.
const BATCH: usize = 4_096;
/// Tables of the store's own.
const OF_THE_STORE: &[u8] = b"store.";

/// That an account is being erased.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Erasure {
    account: String,
    /// Blobs that its rows referred to before they went.
    blobs: BTreeSet<String>,
    /// The organizations that it managed.
    organizations: BTreeSet<String>,
}

impl Record for Erasure {
    const TABLE: &'static str = "platform.erasure";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|_| Owner::Instance);

    fn key(&self) -> impl Key {
        &self.account
    }
}

/// What went with an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// The rows, by table.
    pub rows: BTreeMap<String, u64>,
    /// The blobs that no other account refers to.
    pub blobs: u64,
}

/// Rows found, each with its table, and the last of them if there may be more behind it.
struct Found {
    keys: Vec<(String, Bytes)>,
    next: Option<Vec<u8>>,
}

/// Whose rows are looked for.
enum Wanted<'a> {
    /// Those of an account and of the organizations that it manages.
    Of(&'a str, &'a BTreeSet<String>),
    /// What organizations say of a member.
    About(&'a str),
}

impl Wanted<'_> {
    fn takes(&self, owner: &Owner) -> bool {
        match (self, owner) {
            (Self::Of(account, _), Owner::Account(owner)) => owner == account,
            (
                Self::Of(_, organizations),
                Owner::Organization(organization) | Owner::Member { organization, .. },
            ) => organizations.contains(organization),
            (Self::About(member), Owner::Member { account, .. }) => account == member,
            (_, Owner::Instance) | (Self::About(_), _) => false,
        }
    }
}

impl Platform {
    /// Removes all that there is of `account`, and gives what went. Its requests are refused
    /// meanwhile; afterwards it is as if it had never been, except that it stays a member of its
    /// organization: [`Platform::dismiss_account`]. Goes on with an erasing that was interrupted.
    /// It ends in any case, whoever waits for it.
    ///
    /// # Errors
    /// [`Fault::Validation`] for what is no account, the instance's own account, or one that
    /// manages an organization with other members. [`Fault`] when storage fails: the account then
    /// stays closed until this is called again, or the instance started.
    pub async fn erase_account(&self, account: &str) -> Result<Erased, Fault> {
        let (platform, account) = (self.clone(), account.to_owned());
        let erasing = tokio::spawn(async move { platform.erase(&account).await });
        erasing.await.unwrap_or_else(|defect| Err(Fault::internal(defect)))
    }

    /// Removes what organizations say of `account`: its membership and what is attached to it
    /// there, how it was made, invitations. RemoveAccountFromOrganization leaves the account its
    /// name and cannot take out one that was made less than seven days ago.
    ///
    /// # Errors
    /// [`Fault::Validation`] when it manages an organization. [`Fault`] when storage fails.
    pub async fn dismiss_account(&self, account: &str) -> Result<(), Fault> {
        if !self.managed_by(account)?.is_empty() {
            return Err(Fault::invalid(format!("account {account} manages an organization")));
        }
        self.remove(&Wanted::About(account)).await?;
        self.guardrails().forget(account);
        Ok(())
    }

    /// How many rows there are of `account`, by table: none in those that are not named.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails, or for a table that does not say whose its rows are.
    pub fn rows_of(&self, account: &str) -> Result<BTreeMap<String, u64>, Fault> {
        let organizations = self.managed_by(account)?;
        let (mut rows, mut from) = (BTreeMap::new(), Some(Vec::new()));
        while let Some(start) = from {
            let found = self.find(&Wanted::Of(account, &organizations), &start)?;
            tally(&mut rows, &found.keys);
            from = found.next;
        }
        Ok(rows)
    }

    /// Whether `account` is being erased.
    pub fn is_erasing(&self, account: &str) -> bool {
        !self.admits(account, self.store().era())
    }

    /// Goes on with what a crash interrupted, in the background; those accounts are closed when
    /// this returns. Called once, before requests are served.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails.
    pub fn resume_erasing(&self) -> Result<(), Fault> {
        let interrupted = self.read(&nowhere(), |tx| tx.list::<Erasure>(()))?;
        for Erasure { account, .. } in interrupted {
            self.store().raise_fence(account.as_bytes());
            let platform = self.clone();
            tokio::spawn(async move {
                if let Err(fault) = platform.erase(&account).await {
                    eprintln!("heist: account {account} could not be erased: {fault:?}");
                }
            });
        }
        Ok(())
    }

    async fn erase(&self, account: &str) -> Result<Erased, Fault> {
        self.check_erasable(account)?;
        // One after the other: an account of ordinary size is a matter of milliseconds.
        let _turn = self.0.erasing.lock().await;
        self.store().raise_fence(account.as_bytes());
        // What was committed before this is there to be found; nothing comes after it.
        let mut erasure = self.note_erasure(account).await?;
        self.forget(account).await;
        erasure.blobs.extend(self.blobs_of(Some(account))?);
        self.write_since(Era::BEYOND, &nowhere(), |tx| tx.put(&erasure)).await?;
        let rows = self.remove(&Wanted::Of(account, &erasure.organizations)).await?;
        let blobs = self.remove_blobs(&erasure.blobs).await?;
        self.forget(account).await;
        self.write_since(Era::BEYOND, &nowhere(), |tx| {
            tx.delete::<Erasure>(account);
            Ok::<_, Fault>(())
        })
        .await?;
        self.store().lower_fence(account.as_bytes());
        Ok(Erased { rows, blobs })
    }

    fn check_erasable(&self, account: &str) -> Result<(), Fault> {
        if !policy::is_account_id(account) {
            return Err(Fault::invalid(format!("{account:?} is no account: it has no 12 digits")));
        }
        if *account == self.settings().account {
            return Err(Fault::invalid("the account of the instance itself is not erased"));
        }
        let organizations = self.managed_by(account)?;
        let of_it = |member: &Account| {
            let of = member.membership.as_ref().map(|it| &it.organization);
            member.id != account && of.is_some_and(|of| organizations.contains(of))
        };
        match self.read(&nowhere(), |tx| tx.list::<Account>(()))?.iter().any(of_it) {
            true => Err(Fault::invalid(format!(
                "account {account} manages an organization that has other members"
            ))),
            false => Ok(()),
        }
    }

    fn managed_by(&self, account: &str) -> Result<BTreeSet<String>, Fault> {
        let all = self.read(&nowhere(), |tx| tx.list::<Organization>(()))?;
        Ok(all.into_iter().filter(|it| it.management == account).map(|it| it.id).collect())
    }

    /// Makes it last that the account is being erased.
    async fn note_erasure(&self, account: &str) -> Result<Erasure, Fault> {
        let organizations = self.managed_by(account)?;
        self.write_since(Era::BEYOND, &nowhere(), |tx| {
            let known = tx.get::<Erasure>(account)?;
            let mut erasure = known.unwrap_or_else(|| Erasure {
                account: account.to_owned(),
                blobs: BTreeSet::new(),
                organizations: BTreeSet::new(),
            });
            erasure.organizations.extend(organizations.iter().cloned());
            tx.put(&erasure)?;
            Ok::<_, Fault>(erasure)
        })
        .await
    }

    /// Removes what is wanted until a look at the whole store finds nothing; counts it.
    async fn remove(&self, wanted: &Wanted<'_>) -> Result<BTreeMap<String, u64>, Fault> {
        let mut rows = BTreeMap::new();
        loop {
            let (mut from, mut clean) = (Some(Vec::new()), true);
            while let Some(start) = from {
                let found = self.find(wanted, &start)?;
                from = found.next;
                if found.keys.is_empty() {
                    continue;
                }
                clean = false;
                let removed = self.store().write_since(Era::BEYOND, |raw| {
                    found.keys.iter().for_each(|(_, key)| raw.delete(key.to_vec()));
                    Ok::<_, store::StoreError>(())
                });
                removed.await?;
                tally(&mut rows, &found.keys);
            }
            if clean {
                return Ok(rows);
            }
        }
    }

    /// The first wanted rows behind `from`.
    fn find(&self, wanted: &Wanted<'_>, from: &[u8]) -> Result<Found, Fault> {
        self.store().read(|raw| {
            let (mut keys, mut rest) = (Vec::new(), Range::from(from));
            while let Some(first) = first_key(raw, rest)? {
                let table = first.split(|byte| *byte == 0).next().unwrap_or_default();
                if self.find_in(raw, wanted, (table, &first), from, &mut keys)? {
                    let next = keys.last().map(|(_, key)| key.to_vec());
                    return Ok(Found { keys, next });
                }
                rest = Range::from([table, &[1]].concat());
            }
            Ok(Found { keys, next: None })
        })
    }

    /// Adds the wanted rows of `table`, one of whose keys is `example`, that are behind `from`;
    /// whether that is enough.
    fn find_in(
        &self,
        raw: &store::Tx,
        wanted: &Wanted<'_>,
        (table, example): (&[u8], &[u8]),
        from: &[u8],
        keys: &mut Vec<(String, Bytes)>,
    ) -> Result<bool, Fault> {
        let name = String::from_utf8_lossy(table).into_owned();
        let shared = self.shared_table(&name);
        let mut prefix = [table, &[0]].concat();
        match (shared, wanted) {
            (Some(_), _) => {}
            (None, _) if !is_scoped(example) && !table.starts_with(OF_THE_STORE) => {
                return Err(Fault::internal(format!("{name} does not say whose its rows are")));
            }
            (None, Wanted::Of(account, _)) => account.encode(&mut prefix),
            (None, Wanted::About(_)) => return Ok(false),
        }
        let mut broken = None;
        let range = Range::prefix(prefix).after(from);
        raw.visit(range, Order::Ascending, |key, value| {
            match shared.map_or(Ok(true), |shared| Ok(wanted.takes(&(shared.owner)(value)?))) {
                Ok(true) => keys.push((name.clone(), Bytes::copy_from_slice(key))),
                Ok(false) => {}
                Err(fault) => broken = Some(fault),
            }
            match broken.is_some() || keys.len() >= BATCH {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        match broken {
            Some(fault) => Err(fault),
            None => Ok(keys.len() >= BATCH),
        }
    }

    /// The names of all tables that have rows.
    pub(crate) fn tables(&self) -> Result<Vec<Vec<u8>>, Fault> {
        self.store().read(|raw| {
            let (mut tables, mut rest) = (Vec::new(), Range::all());
            while let Some(first) = first_key(raw, rest)? {
                let table = first.split(|byte| *byte == 0).next().unwrap_or_default();
                rest = Range::from([table, &[1]].concat());
                tables.push(table.to_vec());
            }
            Ok(tables)
        })
    }

    fn shared_table(&self, name: &str) -> Option<SharedTable> {
        let services = self.services().iter().flat_map(|service| service.shared);
        SHARED.iter().chain(services).find(|shared| shared.table == name).copied()
    }

    /// The blobs that rows of `account`, or of all accounts, refer to.
    fn blobs_of(&self, account: Option<&str>) -> Result<BTreeSet<String>, Fault> {
        let mut all = BTreeSet::new();
        for blobs in self.services().iter().filter_map(|service| service.blobs) {
            all.extend(blobs(self, account)?);
        }
        Ok(all)
    }

    /// Removes those of `blobs` that no row refers to any more. Whoever deletes the rows calls this
    /// afterwards, without [`Platform::keep_blobs`].
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails.
    pub async fn remove_blobs(&self, blobs: &BTreeSet<String>) -> Result<u64, Fault> {
        if blobs.is_empty() {
            return Ok(0);
        }
        let _held = self.hold_blobs().await;
        let kept = self.blobs_of(None)?;
        let mut removed = 0;
        for blob in blobs.difference(&kept) {
            removed += u64::from(self.store().delete_blob(blob.clone()).await?);
        }
        Ok(removed)
    }
}

fn nowhere() -> Scope {
    Scope::new("", "")
}

fn tally(rows: &mut BTreeMap<String, u64>, keys: &[(String, Bytes)]) {
    for (table, _) in keys {
        *rows.entry(table.clone()).or_default() += 1;
    }
}

fn first_key(raw: &store::Tx, range: Range) -> Result<Option<Bytes>, Fault> {
    Ok(raw.scan(range, Order::Ascending, 1)?.into_iter().next().map(|(key, _)| key))
}

/// Whether an account, or the range, follows the table's name in `key`.
fn is_scoped(key: &[u8]) -> bool {
    let rest = key.iter().position(|byte| *byte == 0).and_then(|end| key.get(end + 1..));
    if rest.is_some_and(|rest| rest.starts_with(&Key::bytes(&RANGE))) {
        return true;
    }
    let parts = rest.and_then(|rest| rest.split_at_checked(12));
    parts.is_some_and(|(digits, after)| {
        digits.iter().all(u8::is_ascii_digit) && after.starts_with(&[0, 0])
    })
}
