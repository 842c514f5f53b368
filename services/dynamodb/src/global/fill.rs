//! Copies what a table holds to its new replicas, while requests go on.

use super::group::{Group, MemberState};
use crate::{
    item::{
        ITEMS, Stored,
        change::{Cause, Change},
    },
    streams::stream::{self, LatestStream, StreamViewType},
    table::{
        self, Table,
        purge::{PER_TRANSACTION, purge},
    },
    value::{codec, key::Whole},
};
use service_kit::{key::Encoded, prelude::*};
use std::{ops::ControlFlow, sync::Arc};

/// The most items copied by one transaction. Few, since writes of the same items clash with it.
const ITEMS_AT_ONCE: usize = 200;
/// The most transactions of one attempt.
const PER_ATTEMPT: usize = 50;
/// How long to wait for requests that still work with the table as it was.
const SETTLING: Duration = Duration::from_millis(100);
/// How long to wait after a failure.
const FAILED: Duration = Duration::from_secs(60);

/// One way of items between regions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Copying {
    /// The region they are in.
    pub(crate) from: String,
    /// The region they go to.
    pub(crate) to: String,
}

/// Fills replicas. From the moment they are known, writes go to all, so that only older items are
/// missing, and what requests wrote that did not know them yet.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FillReplica {
    /// The name of all the tables.
    pub(crate) table: String,
    /// The global table's id.
    pub(crate) group: String,
    /// What is to be copied, in this order.
    pub(crate) copies: Vec<Copying>,
    /// The last item done of the first copy.
    pub(crate) after: Vec<u8>,
}

impl Job for FillReplica {
    const KIND: &'static str = "dynamodb.replicate";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match self.attempt(cx).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Again(FAILED),
        }
    }
}

impl FillReplica {
    async fn attempt(&self, cx: &Context) -> Result<Outcome, Fault> {
        let Some(copying) = self.copies.first() else { return self.finish(cx).await };
        let at = |region: &str| cx.within(Scope::new(cx.scope().account.clone(), region));
        let here = at(&copying.from);
        let Some(group) = self.group(&here)? else { return Ok(Outcome::Done) };
        for member in &group.members {
            let knows = |table: &Table| self.is_known(&group, table);
            if !table::settled(&at(&member.region), &self.table, &member.table_id, knows)? {
                return Ok(Outcome::Again(SETTLING));
            }
        }
        let from = table::find_unlocked(&here, &self.table).await?;
        let to = from.as_ref().and_then(|from| from.replication.peer(&copying.to));
        let (Some(from), Some(to)) = (&from, to) else { return self.go_on(cx, None).await };
        let is_new = to.table.replication.is_making(&to.table.id);
        if is_new && self.after.is_empty() && !is_cleared(&at(&copying.to), &to.table).await? {
            return Ok(Outcome::Again(Duration::ZERO));
        }
        let is_first = group.members.first().is_some_and(|first| first.region == copying.from);
        let copy = Copier { here: &here, from, there: &to.at, to: &to.table, is_new, is_first };
        let mut after = Some(self.after.clone());
        for _ in 0..PER_ATTEMPT {
            let Some(last) = &after else { break };
            after = copy.step(last).await?;
        }
        self.go_on(cx, after).await
    }

    /// The global table, if it is still there.
    fn group(&self, cx: &Context) -> Result<Option<Group>, Fault> {
        let table = cx.read(|tx| tx.get::<Table>(&self.table))?;
        let group = table.and_then(|table| table.replication.group);
        Ok(group.filter(|group| group.id == self.group))
    }

    /// Whether whoever works with `table` writes to all replicas of `group`.
    fn is_known(&self, group: &Group, table: &Table) -> bool {
        let known = table.replication.group.as_ref();
        known
            .is_some_and(|known| known.id == group.id && known.members.len() == group.members.len())
    }

    /// Leaves what is behind `after`, or the next copy, to another job.
    async fn go_on(&self, cx: &Context, after: Option<Vec<u8>>) -> Result<Outcome, Fault> {
        let done = usize::from(after.is_none());
        let copies: Vec<Copying> = self.copies.iter().skip(done).cloned().collect();
        let (table, group) = (self.table.clone(), self.group.clone());
        let next = Self { table, group, copies, after: after.unwrap_or_default() };
        if next.copies.is_empty() {
            return next.finish(cx).await;
        }
        cx.write(|tx| tx.enqueue(&next)).await?;
        Ok(Outcome::Done)
    }

    async fn finish(&self, cx: &Context) -> Result<Outcome, Fault> {
        cx.write(|tx| {
            let Some(table) = tx.get::<Table>(&self.table)? else { return Ok(()) };
            let group = table.replication.group.filter(|group| group.id == self.group);
            let Some(mut group) = group else { return Ok(()) };
            let members = || group.members.iter();
            let made: Vec<String> = members()
                .filter(|member| member.state == MemberState::Creating)
                .map(|member| member.region.clone())
                .collect();
            group.members.iter_mut().for_each(|member| member.state = MemberState::Active);
            group.publish(tx, &self.table)?;
            let Some(latest) = table.stream.filter(LatestStream::is_on) else { return Ok(()) };
            for region in made {
                let at = Scope::new(tx.scope().account.clone(), region);
                self.begin_stream(cx, &mut tx.within(at), latest.view)?;
            }
            Ok::<_, Fault>(())
        })
        .await?;
        Ok(Outcome::Done)
    }

    /// Begins the stream of a new replica, which others write to already.
    fn begin_stream(
        &self,
        cx: &Context,
        tx: &mut Tx<'_>,
        view: StreamViewType,
    ) -> Result<(), Fault> {
        let Some(mut table) = tx.get::<Table>(&self.table)? else { return Ok(()) };
        stream::begin(tx, &mut table, view, &cx.entropy().uuid(), false)?;
        tx.put(&table)
    }
}

/// Removes what was written to a new replica while some requests knew it and others did not: the
/// latter may have deleted or replaced items that the former put. Gives whether all is gone. What a
/// request writes meanwhile may go too; the copy to come brings it back.
async fn is_cleared(cx: &Context, table: &Table) -> Result<bool, Fault> {
    let indexes = table.indexes.iter().map(|index| &index.id);
    let expiry = table.expiry.iter().map(|expiry| &expiry.id);
    let mut left = PER_ATTEMPT;
    for id in std::iter::once(&table.id).chain(indexes).chain(expiry) {
        while purge(cx, id).await? >= PER_TRANSACTION {
            left -= 1;
            if left == 0 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Copies items from one replica to another.
struct Copier<'c> {
    here: &'c Context,
    from: &'c Arc<Table>,
    there: &'c Scope,
    to: &'c Arc<Table>,
    /// Whether nobody but this copy and other replicas' writes touches the target.
    is_new: bool,
    /// Whether the source prevails where both have different items under one key.
    is_first: bool,
}

impl Copier<'_> {
    /// Copies some items behind the row `after`; gives the last one if there are more.
    async fn step(&self, after: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let whole = Whole(self.from.id_bytes());
        let start = if after.is_empty() { Vec::new() } else { [after, &[0]].concat() };
        let mut rows = Vec::new();
        // Found outside the transaction, so that it clashes with writes of these items alone.
        self.here.read(|tx| {
            tx.visit_bytes(ITEMS, whole, (&start, None), Order::Ascending, |row, _| {
                rows.push(row.to_vec());
                if rows.len() < ITEMS_AT_ONCE {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
        })?;
        self.here
            .write(|tx| {
                let target: Option<Table> = tx.within(self.there.clone()).get(&self.to.name)?;
                if target.is_none_or(|target| target.id != self.to.id) {
                    return Ok(());
                }
                rows.iter().try_for_each(|row| self.copy(tx, row))
            })
            .await?;
        Ok(rows.pop().filter(|_| rows.len() + 1 >= ITEMS_AT_ONCE))
    }

    /// Copies the item at `row` as it is at this moment.
    fn copy(&self, tx: &mut Tx<'_>, row: &[u8]) -> Result<(), Fault> {
        let source = (Whole(self.from.id_bytes()), Encoded(row));
        let Some(found) = tx.reader().get_bytes(ITEMS, source)? else { return Ok(()) };
        let new = Stored { size: codec::size(&found)?, item: self.from.decode(&found)? };
        let mut tx = tx.within(self.there.clone());
        let target = (Whole(self.to.id_bytes()), Encoded(row));
        let old = match tx.reader().get_bytes(ITEMS, target)? {
            Some(old) => Some(Stored { size: codec::size(&old)?, item: self.to.decode(&old)? }),
            None => None,
        };
        let is_same = old.as_ref().is_some_and(|old| old.item == new.item);
        // The entries of a new replica's item may have been cleared after the item was written, so
        // they are made again.
        let old = old.filter(|_| !is_same);
        if is_same && !self.is_new || old.is_some() && !self.is_first {
            return Ok(());
        }
        let key = self.to.keys.of_key(&self.to.keys.extract(&new.item));
        let key = key.map_err(crate::access::authorization::fault)?;
        let (old, cause) = (old.as_ref(), Cause::Request);
        let change = Change { key: &key, old, new: Some(&new), cause };
        change.apply(&mut tx, self.to).map_err(crate::access::authorization::fault)?;
        Ok(())
    }
}
