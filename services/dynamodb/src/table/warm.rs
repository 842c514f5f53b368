//! Warm throughput: what a table or index can serve at once. Heist has no partitions that grow
//! with the load, so it is described and raised as AWS has it, and nothing waits for it.

use crate::{
    error::{DynamoError, invalid_values},
    index::IndexStatus,
    table::{
        BillingMode, Throughput, describe_limits::MAX_TABLE_UNITS, description::TableStatus,
        on_demand::Asked,
    },
};
use service_kit::prelude::*;

/// What can be served at once, in units a second. It never falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warm {
    /// Reads.
    pub read: u64,
    /// Writes.
    pub write: u64,
}

/// What a table or index paid by request can serve from the first second.
const ON_DEMAND: Warm = Warm { read: 12_000, write: 4_000 };

/// Warm throughput to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Shape)]
pub struct WarmThroughput {
    /// Reads a second.
    pub read_units_per_second: Option<i64>,
    /// Writes a second.
    pub write_units_per_second: Option<i64>,
}

/// A table's warm throughput.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TableWarmThroughputDescription {
    /// Reads a second.
    #[shape(range = 1..)]
    pub read_units_per_second: Option<u64>,
    /// Writes a second.
    #[shape(range = 1..)]
    pub write_units_per_second: Option<u64>,
    /// Whether it is being raised.
    pub status: Option<TableStatus>,
}

/// An index's warm throughput.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalSecondaryIndexWarmThroughputDescription {
    /// Reads a second.
    #[shape(range = 1..)]
    pub read_units_per_second: Option<u64>,
    /// Writes a second.
    #[shape(range = 1..)]
    pub write_units_per_second: Option<u64>,
    /// Whether it is being raised.
    pub status: Option<IndexStatus>,
}

impl WarmThroughput {
    /// Whether nothing is asked.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Warm {
    /// What can be served at least with what is reserved; nothing is when paid by request.
    fn least(reserved: &Throughput) -> Self {
        match reserved.read {
            0 => ON_DEMAND,
            read => Self { read, write: reserved.write },
        }
    }

    /// The higher of both, for reads and writes each.
    fn raised(self, other: Self) -> Self {
        Self { read: self.read.max(other.read), write: self.write.max(other.write) }
    }

    /// What can be served with what is reserved; `self` is the highest there was.
    pub(crate) fn with(self, reserved: &Throughput) -> Self {
        self.raised(Self::least(reserved))
    }

    /// What can be served after a request for `given`; `self` is what can be now.
    ///
    /// # Errors
    /// AWS's `ValidationException` for less than now, `LimitExceededException` for more than an
    /// account may have.
    pub(crate) fn changed(
        self,
        given: Option<&WarmThroughput>,
        asked: Asked<'_>,
    ) -> Result<Self, DynamoError> {
        let given = given.copied().unwrap_or_default();
        let read = units(self.read, given.read_units_per_second, "Read", asked)?;
        let write = units(self.write, given.write_units_per_second, "Write", asked)?;
        Ok(Self { read, write })
    }

    /// As a table's description tells it.
    pub(crate) fn of_table(self, status: TableStatus) -> TableWarmThroughputDescription {
        TableWarmThroughputDescription {
            read_units_per_second: Some(self.read),
            write_units_per_second: Some(self.write),
            status: Some(status),
        }
    }

    /// As an index's description tells it.
    pub(crate) fn of_index(
        self,
        status: IndexStatus,
    ) -> GlobalSecondaryIndexWarmThroughputDescription {
        GlobalSecondaryIndexWarmThroughputDescription {
            read_units_per_second: Some(self.read),
            write_units_per_second: Some(self.write),
            status: Some(status),
        }
    }
}

fn units(now: u64, given: Option<i64>, kind: &str, asked: Asked<'_>) -> Result<u64, DynamoError> {
    let Some(given) = given else { return Ok(now) };
    let of = asked.index.map_or("table".to_owned(), |name| format!("index {name}"));
    let about = format!("Requested {kind}UnitsPerSecond for WarmThroughput for {of}");
    match u64::try_from(given).unwrap_or(0) {
        units if units < now => Err(invalid_values(match (asked.is_new, asked.billing) {
            (false, _) => format!(
                "{about} is lower than current WarmThroughput, decreasing WarmThroughput is not \
                 supported"
            ),
            (true, BillingMode::PayPerRequest) => format!(
                "{about} is lower than initial throughput for OnDemand. See: \
                 https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/\
                 on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
            ),
            (true, BillingMode::Provisioned) => {
                format!("{about} is lower than {kind}CapacityUnits of ProvisionedThroughput")
            }
        })),
        units if units > MAX_TABLE_UNITS => Err(DynamoError::LimitExceeded(format!(
            "Subscriber limit exceeded: {about} exceeds TableMax{kind}CapacityUnits of the account \
             in region {}",
            asked.region
        ))),
        units => Ok(units),
    }
}
