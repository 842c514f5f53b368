//! Copies of tables as they were at some moment, made while the tables are used: backups, and
//! tables restored.
//!
//! First all rows are copied as they are found. Then what was changed since that moment is put
//! back from the history, down to the first row that belongs to a later moment: an item changed
//! meanwhile ends as it was, whatever was copied of it; one that was not, was copied right. How
//! far a copy is stands in its record, which each step reads and writes with the rows, so that a
//! step may be done twice.

use crate::{
    backup::{
        Backup, BackupStatus,
        batch::Batch,
        history::{self, Entry, SLOWEST, What},
        hold,
    },
    encryption::{
        self,
        vault::{CarriedKey, moved},
    },
    item::ITEMS,
    table::{self, Table, id_bytes},
    value::key::Whole,
};
use service_kit::{
    binary,
    key::{Encoded, Key},
    prelude::*,
};
use std::ops::ControlFlow;

/// The most steps of one attempt.
const PER_ATTEMPT: usize = 50;
/// The most rows of one step, and the most bytes of them but for the last one's.
const MAX_ROWS: usize = 1_000;
const MAX_BYTES: usize = 4 << 20;
/// The same, for rows that may have entries in 25 indexes.
const MAX_INDEXED_BYTES: usize = 1 << 20;
/// The most rows of a history that one step looks at without writing any.
const MAX_LOOKED_AT: usize = 10_000;
/// How long to wait for requests that keep no history yet.
const SETTLING: Duration = Duration::from_millis(100);
/// How long to wait after a failure.
const FAILED: Duration = Duration::from_secs(60);

/// How far a copy is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Copy {
    /// The id of the rows that are made: a new table's or backup's, or that of a deleted table
    /// that becomes a backup itself.
    pub(crate) to: String,
    /// What is made.
    pub(crate) made: Made,
    /// What of.
    pub(crate) from: Source,
    /// How far it is.
    pub(crate) phase: Phase,
}

/// What is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Made {
    /// A backup.
    Backup {
        /// Its id.
        id: String,
        /// The name of its table.
        table: String,
    },
    /// A table.
    Table {
        /// Its name.
        name: String,
    },
}

/// What is copied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Source {
    /// The account it is in.
    pub(crate) account: String,
    /// The region it is in.
    pub(crate) region: String,
    /// The id of its rows.
    pub(crate) rows: String,
    /// Whose changes are put back; nothing changes in a backup.
    pub(crate) undo: Option<Undo>,
    /// The key to its rows, where they get another one.
    pub(crate) key: Option<CarriedKey>,
}

/// Which changes are put back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Undo {
    /// The history.
    pub(crate) history: String,
    /// Those begun after this moment; none for those behind the copy's mark in the history.
    /// Never is anything kept that stands behind the mark.
    pub(crate) to: Option<Timestamp>,
}

/// What a copy does next. Rows and stamps are those that were last done; empty before the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Wait until all requests keep the history, then mark the moment in it.
    Settle,
    /// Copy rows.
    Rows {
        #[serde(with = "binary")]
        after: Vec<u8>,
    },
    /// Look for the first change to be put back, from the newest on.
    Find {
        #[serde(with = "binary")]
        before: Vec<u8>,
        /// The oldest one found.
        #[serde(with = "binary")]
        cut: Vec<u8>,
        /// Whether the mark was found.
        marked: bool,
    },
    /// Put back, from the newest on, down to `cut`.
    Undo {
        #[serde(with = "binary")]
        before: Vec<u8>,
        #[serde(with = "binary")]
        cut: Vec<u8>,
    },
    /// Make the entries of indexes.
    Entries {
        #[serde(with = "binary")]
        after: Vec<u8>,
    },
}

impl Record for Copy {
    const TABLE: &'static str = "dynamodb.copy";

    fn key(&self) -> impl Key {
        &self.to
    }
}

impl Source {
    /// Where it is.
    pub(crate) fn scope(&self) -> Scope {
        Scope::new(self.account.as_str(), self.region.as_str())
    }
}

/// Sees to it that a copy is begun, should the request that waits for it end early.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SettleCopy {
    /// [`Copy::to`].
    pub(crate) to: String,
}

impl Job for SettleCopy {
    const KIND: &'static str = "dynamodb.copy.settle";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match settle(cx, &self.to).await {
            Ok(true) => Outcome::Done,
            Ok(false) => Outcome::Again(SETTLING),
            Err(_) => Outcome::Again(FAILED),
        }
    }
}

/// Begins the copy `to` once all requests keep the history that it needs; gives whether it is
/// begun.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) async fn settle(cx: &Context, to: &str) -> Result<bool, Fault> {
    let copy: Option<Copy> = cx.read(|tx| tx.get(to))?;
    let Some(copy) = copy.filter(|copy| copy.phase == Phase::Settle) else { return Ok(true) };
    let (Made::Backup { table, .. }, Some(undo)) = (&copy.made, &copy.from.undo) else {
        return Ok(true);
    };
    let (rows, history) = (&copy.from.rows, &undo.history);
    let is_settled = match copy.is_in_place() {
        // The table was deleted, and its deletion marked.
        true => table::settled(cx, table, rows, |_| false)?,
        false => history::is_kept(cx, table, rows, history)?,
    };
    if !is_settled {
        return Ok(false);
    }
    let next = match copy.is_in_place() {
        true => copy.behind_rows(),
        false => Some(Phase::Rows { after: Vec::new() }),
    };
    copy.advance(cx, next, |tx| {
        if !copy.is_in_place() {
            history::mark(tx, history, to);
        }
        tx.enqueue(&CopyRows { to: to.to_owned() })
    })
    .await?;
    Ok(true)
}

/// Makes a copy that was begun.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CopyRows {
    /// [`Copy::to`].
    pub(crate) to: String,
}

impl Job for CopyRows {
    const KIND: &'static str = "dynamodb.copy";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        for _ in 0..PER_ATTEMPT {
            match step(cx, &self.to).await {
                Ok(true) => {}
                Ok(false) => return Outcome::Done,
                Err(_) => return Outcome::Again(FAILED),
            }
        }
        Outcome::Again(Duration::ZERO)
    }
}

/// Takes one step; gives whether there may be more.
async fn step(cx: &Context, to: &str) -> Result<bool, Fault> {
    let copy: Option<Copy> = cx.read(|tx| tx.get(to))?;
    let Some(copy) = copy else { return Ok(false) };
    match (&copy.phase, &copy.from.undo) {
        (Phase::Settle, _) => return Ok(false),
        (Phase::Rows { after }, _) => copy.copy_rows(cx, after).await?,
        (Phase::Find { before, cut, marked }, Some(undo)) => {
            copy.find(cx, undo, (before, cut, *marked)).await?;
        }
        (Phase::Undo { before, cut }, Some(undo)) => copy.undo(cx, undo, (before, cut)).await?,
        (Phase::Entries { after }, _) => copy.make_entries(cx, after).await?,
        (Phase::Find { .. } | Phase::Undo { .. }, None) => {
            return Err(Fault::internal("dynamodb.copy: nothing to put back"));
        }
    }
    Ok(true)
}

/// What is known of the first change to be put back.
struct Found {
    cut: Vec<u8>,
    marked: bool,
    done: bool,
}

impl Copy {
    /// Whether the rows that are there already become the backup.
    fn is_in_place(&self) -> bool {
        self.to == self.from.rows
    }

    fn behind_rows(&self) -> Option<Phase> {
        let (before, cut) = (Vec::new(), Vec::new());
        match self.from.undo {
            Some(_) => Some(Phase::Find { before, cut, marked: false }),
            None => self.behind_undo(),
        }
    }

    fn behind_undo(&self) -> Option<Phase> {
        match self.made {
            Made::Backup { .. } => None,
            Made::Table { .. } => Some(Phase::Entries { after: Vec::new() }),
        }
    }

    /// Commits one step: what `write` does, and what is `next`; none ends the copy. Nothing is
    /// done if the step was done before.
    async fn advance(
        &self,
        cx: &Context,
        next: Option<Phase>,
        write: impl Fn(&mut Tx<'_>) -> Result<(), Fault> + Sync,
    ) -> Result<(), Fault> {
        cx.write(|tx| {
            if tx.get::<Self>(&self.to)?.as_ref() != Some(self) {
                return Ok(());
            }
            write(tx)?;
            match &next {
                Some(phase) => tx.put(&Self { phase: phase.clone(), ..self.clone() }),
                None => self.finish(tx),
            }
        })
        .await
    }

    async fn copy_rows(&self, cx: &Context, after: &[u8]) -> Result<(), Fault> {
        let from = cx.within(self.from.scope());
        let batch = from.read(|tx| Batch::read(tx, &self.from.rows, after, MAX_ROWS, MAX_BYTES))?;
        let next = match &batch.last {
            Some(last) => Some(Phase::Rows { after: last.clone() }),
            None => self.behind_rows(),
        };
        let rows = batch.rows.into_iter().map(|(place, row)| (place, Some(row))).collect();
        let rows = self.converted(cx, rows).await?;
        self.advance(cx, next, |tx| self.put_rows(tx, &rows)).await
    }

    /// Rows as the copy stores them.
    async fn converted(
        &self,
        cx: &Context,
        mut rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    ) -> Result<BTreeMap<Vec<u8>, Option<Vec<u8>>>, Fault> {
        // A backup's rows stay under the key of its table.
        let Some(to) = self.target(cx).await? else { return Ok(rows) };
        let from = self.from.key.as_ref().map(|key| key.open(cx, &self.to)).transpose()?;
        if from.is_some() || to.encryption.is_some() {
            for row in rows.values_mut().flatten() {
                *row = moved(std::mem::take(row), from.as_ref(), &to)?;
            }
        }
        Ok(rows)
    }

    /// The table that is made, if it is one, unlocked.
    async fn target(&self, cx: &Context) -> Result<Option<Table>, Fault> {
        let Made::Table { name } = &self.made else { return Ok(None) };
        let table: Option<Table> = cx.read(|tx| tx.get(name))?;
        let table = table.filter(|table| table.id == self.to);
        let table = table.ok_or_else(|| Fault::internal("a table being restored is gone"))?;
        encryption::unlock(cx, &table).await.map_err(crate::access::authorization::fault)?;
        Ok(Some(table))
    }

    fn put_rows(
        &self,
        tx: &mut Tx<'_>,
        rows: &BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    ) -> Result<(), Fault> {
        for (place, row) in rows {
            let key = (Whole(id_bytes(&self.to)), Encoded(place));
            match row {
                Some(row) => tx.put_bytes(ITEMS, key, row.clone()),
                None => tx.delete_bytes(ITEMS, key),
            }
        }
        Ok(())
    }

    async fn find(
        &self,
        cx: &Context,
        undo: &Undo,
        (before, cut, marked): (&[u8], &[u8], bool),
    ) -> Result<(), Fault> {
        let mark = id_bytes(&self.to);
        let mut found = Found { cut: cut.to_vec(), marked, done: false };
        let (mut last, mut looked_at) = (Vec::new(), 0);
        cx.within(self.from.scope()).read(|tx| {
            history::look_back(tx, &undo.history, (&[], before), |stamp, entry| {
                found.look(stamp, &entry, mark, undo.to);
                last = stamp.to_vec();
                looked_at += 1;
                if found.done || looked_at >= MAX_LOOKED_AT {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        })?;
        let Found { cut, marked, done } = found;
        if !done && looked_at >= MAX_LOOKED_AT {
            let next = Phase::Find { before: last, cut, marked };
            return self.advance(cx, Some(next), |_| Ok(())).await;
        }
        if !marked {
            return Err(Fault::internal("dynamodb.copy: the mark is missing"));
        }
        let next = Phase::Undo { before: Vec::new(), cut };
        self.advance(cx, Some(next), |_| Ok(())).await
    }

    async fn undo(
        &self,
        cx: &Context,
        undo: &Undo,
        (before, cut): (&[u8], &[u8]),
    ) -> Result<(), Fault> {
        let (mut rows, mut last) = (BTreeMap::new(), None);
        let (mut count, mut bytes) = (0, 0);
        cx.within(self.from.scope()).read(|tx| {
            history::look_back(tx, &undo.history, (cut, before), |stamp, entry| {
                if let What::Replaced { place, image } = entry.what {
                    bytes += place.len() + image.map_or(0, <[u8]>::len);
                    // The older one counts, and comes later.
                    rows.insert(place.to_vec(), image.map(<[u8]>::to_vec));
                }
                count += 1;
                if count < MAX_ROWS && bytes < MAX_BYTES {
                    return ControlFlow::Continue(());
                }
                last = Some(stamp.to_vec());
                ControlFlow::Break(())
            })
        })?;
        let next = match last {
            Some(before) => Some(Phase::Undo { before, cut: cut.to_vec() }),
            None => self.behind_undo(),
        };
        let rows = self.converted(cx, rows).await?;
        self.advance(cx, next, |tx| self.put_rows(tx, &rows)).await
    }

    async fn make_entries(&self, cx: &Context, after: &[u8]) -> Result<(), Fault> {
        let Some(table) = self.target(cx).await? else { return Ok(()) };
        if table.indexes.is_empty() {
            return self.advance(cx, None, |_| Ok(())).await;
        }
        let batch = cx.read(|tx| Batch::read(tx, &self.to, after, MAX_ROWS, MAX_INDEXED_BYTES))?;
        let next = batch.last.map(|after| Phase::Entries { after });
        self.advance(cx, next, |tx| {
            for (_, row) in &batch.rows {
                let item = table.decode(row)?;
                let key = table.keys.of_key(&table.keys.extract(&item));
                let key = key.map_err(crate::access::authorization::fault)?;
                for index in &table.indexes {
                    // Items that cannot have an entry have none, as with a new index.
                    if let Some(entry) = index.entry(&table, &key, &item).ok().flatten() {
                        entry.put(tx, &table)?;
                    }
                }
            }
            Ok(())
        })
        .await
    }

    fn finish(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        tx.delete::<Self>(&self.to);
        let source = match &self.made {
            Made::Table { name } => {
                let table: Option<Table> = tx.get(name)?;
                if let Some(mut table) = table.filter(|table| table.id == self.to) {
                    table.restore = None;
                    tx.put(&table)?;
                }
                None
            }
            Made::Backup { id, table } => {
                if let Some(mut backup) = tx.get::<Backup>((id, table))? {
                    backup.status = BackupStatus::Available;
                    tx.put(&backup)?;
                }
                Some(table)
            }
        };
        let mut tx = tx.within(self.from.scope());
        hold::release(&mut tx, &self.from.rows, &self.to);
        let Some(undo) = &self.from.undo else { return Ok(()) };
        hold::release(&mut tx, &undo.history, &self.to);
        let Some(name) = source else { return Ok(()) };
        let table: Option<Table> = tx.get(name)?;
        if let Some(mut table) = table.filter(|table| table.id == self.from.rows) {
            history::end_unneeded(&mut tx, &mut table)?;
            if table.history.is_none() {
                tx.put(&table)?;
            }
        }
        Ok(())
    }
}

impl Found {
    /// Takes note of the next older row.
    fn look(&mut self, stamp: &[u8], entry: &Entry<'_>, mark: [u8; 16], to: Option<Timestamp>) {
        if matches!(entry.what, What::Mark(by) if by == mark) {
            self.cut = stamp.to_vec();
            self.marked = true;
            self.done = to.is_none();
        }
        let Some(to) = to else { return };
        if entry.at > to {
            self.cut = stamp.to_vec();
        }
        self.done = self.marked && entry.at + SLOWEST <= to;
    }
}
