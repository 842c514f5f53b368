//! How much capacity tables may reserve, and how often they may take some back: "Quotas in Amazon
//! DynamoDB".

use crate::{
    error::DynamoError,
    index::IndexKind,
    table::{
        Table, Throughput,
        describe_limits::{MAX_ACCOUNT_UNITS, MAX_TABLE_UNITS},
    },
    throttle::Direction,
};
use service_kit::prelude::*;

/// How often a day capacity may be lowered without waiting.
const FREE_DECREASES: u32 = 4;
/// How long to wait between later decreases of the same day.
const BETWEEN_DECREASES: Duration = Duration::from_secs(3600);
/// How many tables are looked at together.
const PAGE: usize = 1_000;
const DAY_SECONDS: i64 = 24 * 3600;
const READ_ON: &str = "Refer to the Amazon DynamoDB Developer Guide for current limits and how to \
     request higher limits.";

/// Units reserved, reads and writes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reserved([u64; 2]);

impl Reserved {
    /// What `table` and its indexes reserve together.
    fn of(table: &Table) -> Self {
        let all = parts(table).map(|(_, throughput)| [throughput.read, throughput.write]);
        Self(all.fold([0, 0], |[read, write], [r, w]| [read + r, write + w]))
    }

    /// What all tables reserve but the one called `except`.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(crate) fn elsewhere(cx: &Context, except: &str) -> Result<Self, Fault> {
        let (mut sum, mut start) = ([0, 0], None);
        loop {
            let page: Page<Table> = cx.read(|tx| tx.page((), start.as_deref(), PAGE))?;
            for table in page.items.iter().filter(|table| table.name != except) {
                let [read, write] = Self::of(table).0;
                sum = [sum[0] + read, sum[1] + write];
            }
            start = page.next;
            if start.is_none() {
                return Ok(Self(sum));
            }
        }
    }
}

/// A table's throughput, and by name that of each of its global indexes.
fn parts(table: &Table) -> impl Iterator<Item = (Option<&str>, &Throughput)> {
    let indexes = table.indexes.iter().filter_map(|index| match &index.kind {
        IndexKind::Global { throughput, .. } => Some((Some(index.name.as_str()), throughput)),
        IndexKind::Local => None,
    });
    std::iter::once((None, &table.throughput)).chain(indexes)
}

/// Whether a table that is `old`, or is not there yet, may become `new`, where other tables reserve
/// what is `elsewhere`.
///
/// # Errors
/// AWS's `LimitExceededException`.
pub(crate) fn check(
    old: Option<&Table>,
    new: &Table,
    elsewhere: Reserved,
    at: &Scope,
    now: Timestamp,
) -> Result<(), DynamoError> {
    for (name, throughput) in parts(new) {
        let mut known = old.into_iter().flat_map(parts);
        let before = known.find(|(known, _)| *known == name).map(|(_, throughput)| throughput);
        if let Some(before) = before.filter(|before| before.is_lowered_by(throughput)) {
            check_decrease(before, now)?;
        }
        check_most(name, throughput, at)?;
    }
    let (before, after) = (old.map(Reserved::of).unwrap_or_default(), Reserved::of(new));
    for (index, direction) in [Direction::Read, Direction::Write].into_iter().enumerate() {
        let of = |reserved: Reserved| reserved.0.get(index).copied().unwrap_or_default();
        if of(after) > of(before) && of(elsewhere) + of(after) > MAX_ACCOUNT_UNITS {
            let (what, region) = (direction.as_str(), &at.region);
            let current = of(elsewhere) + of(before);
            let requested = of(after) - of(before);
            return Err(DynamoError::LimitExceeded(format!(
                "This request would have caused the {what}CapacityUnits limit to be exceeded for \
                 the account in {region}. Current {what}CapacityUnits reserved by the account: \
                 {current}. Limit: {MAX_ACCOUNT_UNITS}. Requested: {requested}. {READ_ON}"
            )));
        }
    }
    Ok(())
}

fn check_most(index: Option<&str>, given: &Throughput, at: &Scope) -> Result<(), DynamoError> {
    for direction in [Direction::Read, Direction::Write] {
        let units = direction.of(given.read, given.write);
        if units > MAX_TABLE_UNITS {
            let (what, region) = (direction.as_str(), &at.region);
            let of = index.map(|name| format!(" for index {name}")).unwrap_or_default();
            let unit = if index.is_some() { "index" } else { "table" };
            return Err(DynamoError::LimitExceeded(format!(
                "The requested {what}CapacityUnits{of}, {units}, is above the per {unit} maximum \
                 for the account in {region}. Per {unit} maximum: {MAX_TABLE_UNITS}. {READ_ON}"
            )));
        }
    }
    Ok(())
}

/// Capacity goes down freely only so often a day, and then once an hour. The day ends at midnight
/// in UTC.
fn check_decrease(before: &Throughput, now: Timestamp) -> Result<(), DynamoError> {
    let (count, Some(last)) = (before.decreases_on(now), before.decreased) else { return Ok(()) };
    if count < FREE_DECREASES || now.since(last) >= BETWEEN_DECREASES {
        return Ok(());
    }
    let midnight = (last.as_secs().div_euclid(DAY_SECONDS) + 1) * DAY_SECONDS;
    let next = (last + BETWEEN_DECREASES).min(Timestamp::from_secs(midnight));
    Err(DynamoError::LimitExceeded(format!(
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given \
         UTC day. After the first {FREE_DECREASES} decreases, each subsequent decrease in the same \
         UTC day can be performed at most once every 3600 seconds. Number of decreases today: \
         {count}. Last decrease at {}. Next decrease can be made at {}",
        last.in_words(),
        next.in_words()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_four_decreases_each_waits_an_hour_or_until_midnight() {
        let first = Timestamp::parse("2026-10-08T23:20:40Z").unwrap();
        let mut throughput = Throughput { read: 10, write: 10, ..Throughput::default() };
        let lower = |throughput: &mut Throughput, now| {
            check_decrease(throughput, now)?;
            let new = Throughput { read: throughput.read - 1, write: 10, ..Throughput::default() };
            assert!(throughput.is_lowered_by(&new));
            *throughput = throughput.changed_to(new, now);
            Ok::<_, DynamoError>(())
        };
        for seconds in [0, 2, 4, 8] {
            lower(&mut throughput, first + Duration::from_secs(seconds)).unwrap();
        }
        let DynamoError::LimitExceeded(text) =
            lower(&mut throughput, first + Duration::from_secs(60)).unwrap_err()
        else {
            panic!("it is a limit that is exceeded");
        };
        assert_eq!(
            text,
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a \
             given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC \
             day can be performed at most once every 3600 seconds. Number of decreases today: 4. \
             Last decrease at Thursday, October 8, 2026 at 11:20:48 PM Coordinated Universal Time. \
             Next decrease can be made at Friday, October 9, 2026 at 12:00:00 AM Coordinated \
             Universal Time"
        );
        // Another day, another four; then one each hour from the last one on.
        let next_day = Timestamp::parse("2026-10-09T00:00:01Z").unwrap();
        assert_eq!(throughput.decreases_on(next_day), 0);
        for _ in 0..4 {
            lower(&mut throughput, next_day).unwrap();
        }
        let later = |seconds| next_day + Duration::from_secs(seconds);
        assert!(lower(&mut throughput, later(3599)).is_err());
        lower(&mut throughput, later(3600)).unwrap();
        assert_eq!(throughput.decreases_on(later(3600)), 5);
        assert!(lower(&mut throughput, later(7199)).is_err());
    }
}
