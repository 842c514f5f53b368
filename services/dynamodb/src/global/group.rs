//! What the replicas of a global table know of each other.

use super::actions::MultiRegionConsistency;
use crate::{
    error::{DynamoError, invalid},
    index::IndexStatus,
    table::{Table, require_any},
};
use service_kit::{key::Key, prelude::*, record::Reach};
use std::sync::Arc;

/// Which rules a global table follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Version {
    /// 2017.11.29: tables of their own that were put together.
    Legacy,
    /// 2019.11.21: copies of one table.
    Current,
}

/// How far a replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberState {
    /// Being made: written to, but not yet there for anybody.
    Creating,
    /// A table of its own that is being put together with others, and used meanwhile.
    Joining,
    /// Ready.
    Active,
}

/// Where a replica was copied from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The region.
    pub region: String,
    /// When.
    pub at: Timestamp,
}

/// One replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its region; there is one at most in each.
    pub region: String,
    /// The id of its table.
    pub table_id: String,
    /// How far it is.
    pub state: MemberState,
    /// Where it was copied from, if it was.
    pub source: Option<Source>,
}

/// A global table. Each replica's table has the same description of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// A UUID.
    pub id: String,
    /// The rules it follows.
    pub version: Version,
    /// How consistent it promises to be. Reads are consistent in all regions either way.
    pub consistency: MultiRegionConsistency,
    /// The region of its witness, which holds no table.
    pub witness: Option<String>,
    /// All replicas, in the order they were added.
    pub members: Vec<Member>,
}

/// Another replica of a table, as it was when the table was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// Where it is.
    pub at: Scope,
    /// Its table.
    pub table: Arc<Table>,
}

/// A table's part in a global table, if it has one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// The global table.
    pub group: Option<Group>,
    /// The other replicas. They are read with the table and never stored.
    #[serde(skip)]
    pub peers: Vec<Peer>,
}

/// A global table of version 2017.11.29, which its account knows by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LegacyGlobalTable {
    /// Its name.
    pub(crate) name: String,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// The regions of its replicas.
    pub(crate) regions: Vec<String>,
}

impl Record for LegacyGlobalTable {
    const TABLE: &'static str = "dynamodb.global_table";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        &self.name
    }
}

impl Replication {
    /// The global table that keeps its replicas' settings the same, if there is one.
    pub(crate) fn current(&self) -> Option<&Group> {
        self.group.as_ref().filter(|group| group.version == Version::Current)
    }

    /// Whether all replicas are known to all requests, so that they are equal.
    pub(crate) fn is_settled(&self) -> bool {
        let mut members = self.group.iter().flat_map(|group| &group.members);
        members.all(|member| member.state == MemberState::Active)
    }

    /// Whether a replica is being made.
    pub(crate) fn is_changing(&self) -> bool {
        let members = self.group.iter().flat_map(|group| &group.members);
        members.into_iter().any(|member| member.state == MemberState::Creating)
    }

    /// Whether the replica whose table is `id` is still being made.
    pub(crate) fn is_making(&self, id: &str) -> bool {
        let mut members = self.group.iter().flat_map(|group| &group.members);
        members.any(|member| member.table_id == id && member.state == MemberState::Creating)
    }

    /// The replica in `region`.
    pub(crate) fn peer(&self, region: &str) -> Option<&Peer> {
        self.peers.iter().find(|peer| &*peer.at.region == region)
    }
}

impl Group {
    /// The replica in `region`.
    pub(crate) fn member(&self, region: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.region == region)
    }

    /// Whether it promises strong consistency.
    pub(crate) fn is_strong(&self) -> bool {
        self.consistency == MultiRegionConsistency::Strong
    }

    /// The replicas of other regions than `here`, and where they are.
    pub(crate) fn others<'g>(&'g self, here: &Scope) -> impl Iterator<Item = (Scope, &'g Member)> {
        let (account, here) = (here.account.clone(), here.region.clone());
        let others = self.members.iter().filter(move |member| member.region != *here);
        others.map(move |member| (Scope::new(account.clone(), member.region.as_str()), member))
    }

    /// Lets the table of each replica, all called `name`, know the global table as it is now.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(crate) fn publish(&self, tx: &mut Tx<'_>, name: &str) -> Result<(), Fault> {
        for member in &self.members {
            let at = Scope::new(tx.scope().account.clone(), member.region.as_str());
            let mut tx = tx.within(at);
            let table = tx.get::<Table>(name)?.filter(|table| table.id == member.table_id);
            if let Some(mut table) = table {
                table.replication.group = Some(self.clone());
                tx.put(&table)?;
            }
        }
        Ok(())
    }

    /// Takes the replica in `region` out; what becomes of its table is the caller's matter. Of the
    /// current version, the last replica is a table like others.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(crate) fn leave(&mut self, tx: &mut Tx<'_>, name: &str, region: &str) -> Result<(), Fault> {
        self.members.retain(|member| member.region != region);
        if self.version == Version::Legacy {
            self.record(tx, name)?;
            return self.publish(tx, name);
        }
        let [last] = self.members.as_slice() else { return self.publish(tx, name) };
        let at = Scope::new(tx.scope().account.clone(), last.region.as_str());
        let mut tx = tx.within(at);
        if let Some(mut table) = tx.get::<Table>(name)? {
            table.replication = Replication::default();
            tx.put(&table)?;
        }
        Ok(())
    }

    /// Keeps the account's own record of a global table of version 2017.11.29 up to date.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(crate) fn record(&self, tx: &mut Tx<'_>, name: &str) -> Result<(), Fault> {
        if self.members.is_empty() {
            tx.delete::<LegacyGlobalTable>(name);
            return Ok(());
        }
        let known: Option<LegacyGlobalTable> = tx.get(name)?;
        let created = known.map_or(tx.now(), |known| known.created);
        let regions = self.members.iter().map(|member| member.region.clone()).collect();
        tx.put(&LegacyGlobalTable { name: name.to_owned(), created, regions })
    }
}

/// Reads the other replicas of `table` into it.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn attach(tx: &ReadTx<'_>, table: &mut Table) -> Result<(), Fault> {
    let Some(group) = &table.replication.group else { return Ok(()) };
    let mut peers = Vec::with_capacity(group.members.len());
    for (at, member) in group.others(tx.scope()) {
        let found: Option<Table> = tx.within(at.clone()).get(&table.name)?;
        if let Some(found) = found.filter(|found| found.id == member.table_id) {
            peers.push(Peer { at, table: Arc::new(found) });
        }
    }
    table.replication.peers = peers;
    Ok(())
}

/// What is said of a global table that is being changed already.
pub(crate) fn in_use() -> DynamoError {
    let text = "The resource which you are attempting to change is in use.";
    DynamoError::ResourceInUse(text.into())
}

/// The table called `name` with its replicas, all ready to be changed.
///
/// # Errors
/// `ResourceNotFoundException` when there is none; `ResourceInUseException` while replicas or
/// indexes are being made.
pub(crate) fn require_idle(tx: &ReadTx<'_>, name: &str) -> Result<Table, DynamoError> {
    let table = require_any(tx, name)?;
    if table.replication.is_making(&table.id) {
        return Err(invalid(format!(
            "Create/Update/Delete of replica is not allowed while the replica is being added to \
             table with name: {name} in region {}",
            tx.scope().region
        )));
    }
    let is_ready =
        |table: &Table| table.indexes.iter().all(|index| index.status() == IndexStatus::Active);
    let mut peers = table.replication.peers.iter();
    if table.replication.is_changing()
        || !is_ready(&table)
        || !peers.all(|peer| is_ready(&peer.table))
    {
        return Err(in_use());
    }
    Ok(table)
}
