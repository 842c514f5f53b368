//! How many items a table holds and how large they are, without a counter that all writes share.
//!
//! Small tables are counted when they are described. Larger ones are counted in the background
//! when the last count is six hours old, as AWS does.

use crate::{
    item::ITEMS,
    table::{Table, id_bytes},
    value::{codec, key::Whole},
};
use service_kit::{key::Key, prelude::*};
use std::ops::ControlFlow;

/// The most items counted while a description waits.
const AT_ONCE: u64 = 10_000;
/// The most items counted by one attempt of the job.
const PER_ATTEMPT: u64 = 100_000;
/// How old a count may grow.
const FRESH: Duration = Duration::from_secs(6 * 3600);

/// A count of items and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    /// Items.
    pub(crate) items: u64,
    /// Bytes as AWS counts them.
    pub(crate) bytes: u64,
}

/// The last count of a table too large to be counted at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Statistics {
    table_id: String,
    counted: Counted,
    /// When the count was begun.
    at: Timestamp,
}

impl Record for Statistics {
    const TABLE: &'static str = "dynamodb.statistics";

    fn key(&self) -> impl Key {
        &self.table_id
    }
}

/// What a table and each of its indexes hold, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    counted: BTreeMap<String, Counted>,
    /// When somebody wanted to know.
    pub(crate) at: Timestamp,
}

impl Counts {
    /// The count of the table or index with `id`.
    pub(crate) fn of(&self, id: &str) -> Counted {
        self.counted.get(id).copied().unwrap_or_default()
    }
}

/// The counts for a description of `table`.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) async fn counted(cx: &Context, table: &Table) -> Result<Counts, Fault> {
    let mut counts = Counts { at: cx.now(), ..Counts::default() };
    for id in std::iter::once(&table.id).chain(table.indexes.iter().map(|index| &index.id)) {
        counts.counted.insert(id.clone(), count_of(cx, id).await?);
    }
    Ok(counts)
}

async fn count_of(cx: &Context, id: &str) -> Result<Counted, Fault> {
    let mut counted = Counted::default();
    let rest = cx.read(|tx| count(tx, id_bytes(id), &[], AT_ONCE, &mut counted))?;
    let Some(after) = rest else { return Ok(counted) };
    let known: Option<Statistics> = cx.read(|tx| tx.get(id))?;
    if known.as_ref().is_none_or(|known| cx.now().since(known.at) >= FRESH) {
        let table_id = || id.to_owned();
        let job = CountItems { table_id: table_id(), after, counted, begun: cx.now() };
        // The old count stands in until the new one is there; it also keeps others from starting.
        let stand_in = known.as_ref().map_or(counted, |known| known.counted);
        let row = Statistics { table_id: table_id(), counted: stand_in, at: cx.now() };
        cx.write(|tx| {
            tx.put(&row)?;
            tx.enqueue(&job)
        })
        .await?;
    }
    Ok(known.map_or(counted, |known| known.counted))
}

/// Adds up to `most` items behind the row `after`; gives the last row if there may be more.
fn count(
    tx: &ReadTx<'_>,
    table: [u8; 16],
    after: &[u8],
    most: u64,
    counted: &mut Counted,
) -> Result<Option<Vec<u8>>, Fault> {
    let from = if after.is_empty() { Vec::new() } else { [after, &[0]].concat() };
    let (mut seen, mut last, mut damaged) = (0, None, None);
    tx.visit_bytes(ITEMS, Whole(table), (&from, None), Order::Ascending, |key, row| {
        match codec::size(row) {
            Ok(size) => counted.bytes += size as u64,
            Err(fault) => damaged = Some(fault),
        }
        counted.items += 1;
        seen += 1;
        if damaged.is_none() && seen < most {
            return ControlFlow::Continue(());
        }
        last = Some(key.to_vec());
        ControlFlow::Break(())
    })?;
    damaged.map_or(Ok(last), Err)
}

/// Counts a large table, some of it at each attempt.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CountItems {
    table_id: String,
    /// The last row counted.
    after: Vec<u8>,
    counted: Counted,
    begun: Timestamp,
}

impl Job for CountItems {
    const KIND: &'static str = "dynamodb.count";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match self.step(cx).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(60)),
        }
    }
}

impl CountItems {
    async fn step(&self, cx: &Context) -> Result<(), Fault> {
        let table = id_bytes(&self.table_id);
        let mut counted = self.counted;
        let rest = cx.read(|tx| count(tx, table, &self.after, PER_ATTEMPT, &mut counted))?;
        let table_id = self.table_id.clone();
        match rest {
            Some(after) => {
                let next = Self { table_id, after, counted, begun: self.begun };
                cx.write(|tx| tx.enqueue(&next)).await
            }
            None => {
                let row = Statistics { table_id, counted, at: self.begun };
                cx.write(|tx| tx.put(&row)).await
            }
        }
    }
}
