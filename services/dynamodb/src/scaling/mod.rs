//! Auto scaling: reserved capacity that follows what is consumed.

mod describe;
mod job;
mod settings;
mod track;
mod update;

pub(crate) use self::{
    describe::DescribeTableReplicaAutoScaling, job::ScaleTable,
    update::UpdateTableReplicaAutoScaling,
};

use crate::{table::Table, throttle::Direction};
use service_kit::{key::Key, prelude::*};

/// What of a table scales. As long as there is such a row, there is a [`ScaleTable`], which removes
/// it when nothing does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scaling {
    /// The table's id.
    table_id: String,
    targets: Vec<Target>,
}

impl Record for Scaling {
    const TABLE: &'static str = "dynamodb.scaling";

    fn key(&self) -> impl Key {
        &self.table_id
    }
}

/// One capacity that scales: the reads, or the writes, of the table or of an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Target {
    /// The global index, if it is one's capacity.
    index: Option<String>,
    writes: bool,
    /// The least units to reserve.
    minimum: u64,
    /// The most.
    maximum: u64,
    policy: Policy,
    /// Whether what is reserved has yet to be brought between both.
    is_new: bool,
    /// When more was reserved last.
    scaled_out: Option<Timestamp>,
    /// When less was.
    scaled_in: Option<Timestamp>,
}

/// How a capacity follows what is consumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Policy {
    name: String,
    /// Percent of what is reserved that is to be consumed.
    percent: f64,
    keeps: bool,
    in_cooldown: Option<i32>,
    out_cooldown: Option<i32>,
}

impl Target {
    fn direction(&self) -> Direction {
        if self.writes { Direction::Write } else { Direction::Read }
    }
}

impl Scaling {
    fn new(table_id: &str) -> Self {
        Self { table_id: table_id.to_owned(), targets: Vec::new() }
    }

    fn target(&self, index: Option<&str>, direction: Direction) -> Option<&Target> {
        let mut targets = self.targets.iter();
        targets.find(|one| one.index.as_deref() == index && one.direction() == direction)
    }

    /// Takes `target` in place of what scales the same capacity.
    fn set(&mut self, index: Option<&str>, direction: Direction, target: Option<Target>) {
        self.targets.retain(|one| one.index.as_deref() != index || one.direction() != direction);
        self.targets.extend(target);
    }
}

/// Whether what is reserved for writes to `table`, or to one of its indexes, follows them.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn scales_writes(
    tx: &ReadTx<'_>,
    table: &Table,
    index: Option<&str>,
) -> Result<bool, Fault> {
    let scaling: Option<Scaling> = tx.get(&table.id)?;
    Ok(scaling.is_some_and(|scaling| scaling.target(index, Direction::Write).is_some()))
}

/// Lets `to`, a new replica of a table with the settings `from`, scale its writes as that does.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn copy_writes(
    tx: &mut Tx<'_>,
    from: Option<&Scaling>,
    to: &Table,
) -> Result<(), Fault> {
    let targets = from.iter().flat_map(|from| &from.targets).filter(|target| target.writes);
    let targets: Vec<Target> = targets.cloned().collect();
    if targets.is_empty() {
        return Ok(());
    }
    tx.put(&Scaling { table_id: to.id.clone(), targets })?;
    tx.enqueue(&ScaleTable { table: to.name.clone(), table_id: to.id.clone() })
}
