//! On-demand maximums: the most that a table or index paid by request serves in a second.

use crate::{
    error::{DynamoError, invalid_values},
    table::{BillingMode, describe_limits::MAX_TABLE_UNITS},
};
use service_kit::prelude::*;

/// Takes a maximum away.
const REMOVED: i64 = -1;

/// The most that is served, in units a second; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnDemandMaximum {
    /// Reads.
    pub read: Option<u64>,
    /// Writes.
    pub write: Option<u64>,
}

/// Maximums as requests ask for them and descriptions tell them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Shape)]
pub struct OnDemandThroughput {
    /// Reads a second; -1 removes the limit.
    pub max_read_request_units: Option<i64>,
    /// Writes a second; -1 removes the limit.
    pub max_write_request_units: Option<i64>,
}

/// Who asks for maximums, and of what: messages tell.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The index; none is the table itself.
    pub(crate) index: Option<&'a str>,
    /// How the table is paid for.
    pub(crate) billing: BillingMode,
    /// Whether it is only being made.
    pub(crate) is_new: bool,
    /// The region, whose quotas hold.
    pub(crate) region: &'a str,
}

impl OnDemandThroughput {
    /// Whether nothing is asked.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is described of `maximum`, if there is one.
    pub(crate) fn of(maximum: OnDemandMaximum) -> Option<Self> {
        let signed = |units: Option<u64>| units.and_then(|units| i64::try_from(units).ok());
        let shown = Self {
            max_read_request_units: signed(maximum.read),
            max_write_request_units: signed(maximum.write),
        };
        Some(shown).filter(|shown| !shown.is_empty())
    }

    /// What UpdateTable answers that it was asked: this, over what `stands`, removals told.
    pub(crate) fn answered(self, stands: OnDemandMaximum) -> Self {
        let stands = Self::of(stands).unwrap_or_default();
        Self {
            max_read_request_units: self.max_read_request_units.or(stands.max_read_request_units),
            max_write_request_units: self
                .max_write_request_units
                .or(stands.max_write_request_units),
        }
    }
}

impl OnDemandMaximum {
    /// The maximums after a request for `given`; what it leaves out stays.
    ///
    /// # Errors
    /// AWS's `ValidationException` for tables with reserved capacity and for numbers that are none,
    /// `LimitExceededException` for more than an account may have.
    pub(crate) fn changed(
        self,
        given: Option<&OnDemandThroughput>,
        asked: Asked<'_>,
    ) -> Result<Self, DynamoError> {
        let given = given.copied().unwrap_or_default();
        let members =
            [(given.max_read_request_units, "Read"), (given.max_write_request_units, "Write")];
        for (units, kind) in members {
            if units.is_some() && asked.billing == BillingMode::Provisioned {
                return Err(reserved(kind, asked));
            }
        }
        let [read, write] = members.map(|(units, kind)| asked.units(units, kind));
        Ok(Self { read: read?.unwrap_or(self.read), write: write?.unwrap_or(self.write) })
    }
}

fn reserved(kind: &str, asked: Asked<'_>) -> DynamoError {
    let index = match (asked.index, asked.is_new) {
        (None, _) => String::new(),
        (Some(name), true) => format!(" for index: {name}"),
        (Some(name), false) => format!(" for index : {name}"),
    };
    // AWS says it so.
    let rule = match asked.is_new {
        true => "when table BillingMode is PROVISIONED.",
        false => "when the table BillingMode is PROVISIONED",
    };
    invalid_values(format_args!(
        "Max{kind}RequestUnits for OnDemandThroughput{index} cannot be specified {rule}"
    ))
}

impl Asked<'_> {
    /// The maximum to store: none if none is asked for, no limit if it is to be removed.
    fn units(self, given: Option<i64>, kind: &str) -> Result<Option<Option<u64>>, DynamoError> {
        let Some(units) = given else { return Ok(None) };
        if units == REMOVED && !self.is_new {
            return Ok(Some(None));
        }
        let of = self.index.map_or("table".to_owned(), |name| format!("index : {name}"));
        let about = format!("Requested Max{kind}RequestUnits for OnDemandThroughput for {of}");
        match u64::try_from(units) {
            Ok(units @ 1..=MAX_TABLE_UNITS) => Ok(Some(Some(units))),
            Ok(0) | Err(_) => {
                Err(invalid_values(format_args!("{about} is outside of valid range")))
            }
            Ok(_) => Err(DynamoError::LimitExceeded(format!(
                "Subscriber limit exceeded: {about} exceeds TableMax{kind}CapacityUnits of the \
                 account in region {}",
                self.region
            ))),
        }
    }
}
