//! Which capacity tables and indexes have.

use super::{bucket::Rate, reason::Why};
use crate::{
    index::{Index, IndexKind},
    table::{BillingMode, Table, describe_limits::MAX_TABLE_UNITS},
};
use service_kit::platform::Throttling;

/// For how long unused capacity is kept: "Burst capacity".
const BURST_SECONDS: f64 = 300.0;

/// What is done with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    /// It is read.
    Read,
    /// It is written.
    Write,
}

impl Direction {
    /// Of a number for each, the one for this.
    pub(crate) fn of<T>(self, read: T, write: T) -> T {
        match self {
            Self::Read => read,
            Self::Write => write,
        }
    }

    /// As AWS's names spell it.
    pub(crate) fn as_str(self) -> &'static str {
        self.of("Read", "Write")
    }

    /// What a partition does in a second at most.
    fn of_partition(self) -> f64 {
        self.of(3_000.0, 1_000.0)
    }
}

/// How much of something there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    /// Of the whole table or index.
    pub(crate) rate: Rate,
    /// Why there is no more.
    pub(crate) why: Why,
    /// Units a second of each partition; none is no limit.
    pub(crate) partition: Option<f64>,
}

/// The limit of `table`, or of its global `index`, under `throttling`; none where there is none.
pub(crate) fn limit(
    throttling: Throttling,
    table: &Table,
    index: Option<&Index>,
    direction: Direction,
) -> Option<Limit> {
    if throttling == Throttling::Off {
        return None;
    }
    if table.billing == BillingMode::PayPerRequest {
        return on_demand(throttling, maximum(table, index, direction), direction);
    }
    let throughput = match index.map(|index| &index.kind) {
        Some(IndexKind::Global { throughput, .. }) => throughput,
        _ => &table.throughput,
    };
    let per_second = direction.of(throughput.read, throughput.write) as f64;
    let rate = Rate { per_second, kept_seconds: BURST_SECONDS };
    // Where the table cannot give a partition so much, there is no need to look.
    let partition = Some(direction.of_partition()).filter(|most| rate.most() > *most);
    (per_second > 0.0).then_some(Limit { rate, why: Why::Provisioned, partition })
}

/// The most that the table or index is to serve, if its owner set a maximum.
fn maximum(table: &Table, index: Option<&Index>, direction: Direction) -> Option<u64> {
    let maximum = match index.map(|index| &index.kind) {
        Some(IndexKind::Global { on_demand, .. }) => on_demand,
        _ => &table.on_demand,
    };
    direction.of(maximum.read, maximum.write)
}

fn on_demand(throttling: Throttling, maximum: Option<u64>, direction: Direction) -> Option<Limit> {
    let quotas = throttling == Throttling::Quotas;
    let partition = quotas.then(|| direction.of_partition());
    if let Some(maximum) = maximum {
        let rate = Rate { per_second: maximum as f64, kept_seconds: BURST_SECONDS };
        return Some(Limit { rate, why: Why::MaxOnDemand, partition });
    }
    let rate = Rate { per_second: MAX_TABLE_UNITS as f64, kept_seconds: 1.0 };
    quotas.then_some(Limit { rate, why: Why::Account, partition })
}
