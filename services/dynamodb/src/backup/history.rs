//! Histories: what each change of an item replaced, in the order of commits.
//!
//! A history is a log of the store. Whoever puts back what the changes replaced, from the log's end
//! down to some row, has the items as they were just before that row's commit: each change stands
//! in the log by its own transaction, and the log is in the order of commits.

use crate::{
    backup::{
        hold,
        trim::{DropHistory, TrimHistory},
    },
    item::change::Change,
    table::{Table, id_bytes},
    value::{
        codec,
        key::{Whole, position},
    },
};
use service_kit::prelude::*;
use std::ops::ControlFlow;

/// The log.
pub(crate) const LOG: &str = "dynamodb.history";
/// A row tells when its transaction was begun. It is committed within this time, so that a row
/// this much older than some moment was certainly written before it.
pub(crate) const SLOWEST: Duration = Duration::from_secs(60);

const VERSION: u8 = 1;
const WAS_ABSENT: u8 = 0;
const WAS_THERE: u8 = 1;
const MARK: u8 = 2;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The history that a table keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// A UUID: its rows start with it.
    pub id: String,
    /// How far back the table can be restored; none if only backups in work need the history.
    pub recovery: Option<Recovery>,
}

/// How far back a table can be restored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// At most so many days.
    pub days: u32,
    /// Not before this moment; none while requests are in work that keep no history.
    pub since: Option<Timestamp>,
}

impl Recovery {
    /// The first second that can be restored, if any.
    pub(crate) fn earliest(&self, now: Timestamp) -> Option<Timestamp> {
        let kept = now - DAY * self.days;
        let first = self.since?.max(kept);
        let whole = first.whole_seconds();
        Some(if whole < first { whole + Duration::from_secs(1) } else { whole })
    }

    /// The last second that can be restored, if any.
    pub(crate) fn latest(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now.whole_seconds().max(self.earliest(now)?))
    }
}

/// One row.
pub(crate) struct Entry<'r> {
    /// When its transaction was begun.
    pub(crate) at: Timestamp,
    /// What it tells.
    pub(crate) what: What<'r>,
}

/// What a row tells.
pub(crate) enum What<'r> {
    /// That an item was changed.
    Replaced {
        /// Where in the table it stands.
        place: &'r [u8],
        /// Its row as it was stored before; none if it was not there.
        image: Option<&'r [u8]>,
    },
    /// That whoever has this id looks back to here.
    Mark([u8; 16]),
}

impl<'r> Entry<'r> {
    fn encode(&self) -> Vec<u8> {
        let mut into = vec![VERSION];
        let at = self.at.as_micros().to_be_bytes();
        match &self.what {
            What::Replaced { place, image } => {
                into.push(if image.is_some() { WAS_THERE } else { WAS_ABSENT });
                into.extend(at);
                into.extend((place.len() as u16).to_be_bytes());
                into.extend(*place);
                into.extend(image.unwrap_or_default());
            }
            What::Mark(by) => {
                into.push(MARK);
                into.extend(at);
                into.extend(by);
            }
        }
        into
    }

    fn decode(row: &'r [u8]) -> Option<Self> {
        let (head, rest) = row.split_first_chunk::<2>()?;
        let (at, rest) = rest.split_first_chunk()?;
        let at = Timestamp::from_micros(i64::from_be_bytes(*at));
        let what = match head {
            [VERSION, MARK] => What::Mark(rest.try_into().ok()?),
            [VERSION, kind @ (WAS_ABSENT | WAS_THERE)] => {
                let (length, rest) = rest.split_first_chunk()?;
                let (place, image) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
                What::Replaced { place, image: (*kind == WAS_THERE).then_some(image) }
            }
            _ => return None,
        };
        Some(Self { at, what })
    }
}

/// Notes what `change` replaces, if `table` keeps a history.
///
/// # Errors
/// As [`Table::seal`].
pub(crate) fn keep(tx: &mut Tx<'_>, table: &Table, change: &Change<'_>) -> Result<(), Fault> {
    let Some(history) = &table.history else { return Ok(()) };
    if change.old.is_none() && change.new.is_none() {
        return Ok(());
    }
    let old = change.old.map(|old| table.seal(codec::encode(&old.item, old.size))).transpose()?;
    let place = position(change.key);
    let what = What::Replaced { place: &place, image: old.as_deref() };
    append(tx, &history.id, what);
    Ok(())
}

/// Notes in a history that `by` looks back to here.
pub(crate) fn mark(tx: &mut Tx<'_>, history: &str, by: &str) {
    append(tx, history, What::Mark(id_bytes(by)));
}

fn append(tx: &mut Tx<'_>, history: &str, what: What<'_>) {
    let entry = Entry { at: tx.now(), what };
    tx.append_bytes(LOG, Whole(id_bytes(history)), entry.encode());
}

/// Shows `visitor` the rows of a history with their stamps, the newest first: those before the
/// stamp `before` (all, if it is empty), down to the stamp `to`.
///
/// # Errors
/// [`Fault`] when storage fails or a row does not read.
pub(crate) fn look_back(
    tx: &ReadTx<'_>,
    history: &str,
    (to, before): (&[u8], &[u8]),
    mut visitor: impl FnMut(&[u8], Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let range = (to, Some(before).filter(|before| !before.is_empty()));
    let mut is_damaged = false;
    tx.visit_bytes(LOG, Whole(id_bytes(history)), range, Order::Descending, |stamp, row| {
        match Entry::decode(row) {
            Some(entry) => visitor(stamp, entry),
            None => {
                is_damaged = true;
                ControlFlow::Break(())
            }
        }
    })?;
    if is_damaged {
        return Err(Fault::internal("dynamodb.history: a row does not read"));
    }
    Ok(())
}

/// The stamps of up to `most` rows of a history, the oldest first, that are older than `until`;
/// all are, if there is none.
///
/// # Errors
/// As [`look_back`].
pub(crate) fn older(
    tx: &ReadTx<'_>,
    history: &str,
    until: Option<Timestamp>,
    most: usize,
) -> Result<Vec<Vec<u8>>, Fault> {
    let mut stamps = Vec::new();
    let all: (&[u8], Option<&[u8]>) = (&[], None);
    tx.visit_bytes(LOG, Whole(id_bytes(history)), all, Order::Ascending, |stamp, row| {
        let at = Entry::decode(row).map(|entry| entry.at);
        // A row that does not read ends nothing but itself.
        if until.zip(at).is_some_and(|(until, at)| at >= until) {
            return ControlFlow::Break(());
        }
        stamps.push(stamp.to_vec());
        if stamps.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(stamps)
}

/// Lets `table` keep a history, with this `id` if it has none. The caller stores the table; until
/// [`is_kept`], changes may be missing from the history.
///
/// # Errors
/// [`Fault::Internal`] when it cannot be stored.
pub(crate) fn start<'t>(
    tx: &mut Tx<'_>,
    table: &'t mut Table,
    id: &str,
) -> Result<&'t mut History, Fault> {
    if table.history.is_none() {
        let (name, table_id) = (table.name.clone(), table.id.clone());
        tx.enqueue(&TrimHistory { table: name, table_id, history: id.to_owned() })?;
    }
    Ok(table.history.get_or_insert_with(|| History { id: id.to_owned(), recovery: None }))
}

/// Whether all requests in work on the table called `name`, whose id is `id`, keep `history`.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn is_kept(cx: &Context, name: &str, id: &str, history: &str) -> Result<bool, Fault> {
    let knows = |table: &Table| table.history.as_ref().is_some_and(|known| known.id == history);
    crate::table::settled(cx, name, id, knows)
}

/// Ends the history of `table` if nobody needs it. The caller stores the table.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn end_unneeded(tx: &mut Tx<'_>, table: &mut Table) -> Result<(), Fault> {
    let Some(History { id, recovery: None }) = &table.history else { return Ok(()) };
    if !hold::holds(&tx.reader(), id)?.is_empty() {
        return Ok(());
    }
    let (name, table_id) = (table.name.clone(), table.id.clone());
    tx.enqueue(&DropHistory { table: name, table_id, history: id.clone() })?;
    table.history = None;
    Ok(())
}

/// Waits a moment until `is_done` says so: for requests in work, which take milliseconds. Gives up
/// then; a job sees to the rest.
///
/// # Errors
/// Those of `is_done`.
pub(crate) async fn wait_for<F>(mut is_done: impl FnMut() -> F) -> Result<bool, Fault>
where
    F: Future<Output = Result<bool, Fault>>,
{
    const PAUSE: Duration = Duration::from_millis(5);
    const MAX_PAUSES: usize = 400;
    for _ in 0..MAX_PAUSES {
        if is_done().await? {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_round_trip(
            at in 0_i64..1 << 50,
            place in prop::collection::vec(any::<u8>(), 0..99),
            image in prop::option::of(prop::collection::vec(any::<u8>(), 0..99)),
        ) {
            let what = What::Replaced { place: &place, image: image.as_deref() };
            let row = Entry { at: Timestamp::from_micros(at), what }.encode();
            let read = Entry::decode(&row).unwrap();
            prop_assert_eq!(read.at.as_micros(), at);
            let What::Replaced { place: there, image: was } = read.what else {
                return Err(TestCaseError::fail("a mark"));
            };
            prop_assert_eq!((there, was), (&*place, image.as_deref()));
        }

        #[test]
        fn damaged_rows_are_refused_not_obeyed(row in prop::collection::vec(0_u8..4, 0..40)) {
            Entry::decode(&row);
        }
    }
}
