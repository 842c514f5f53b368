//! Table classes: what a table's storage costs next to its requests. Heist bills nothing; the class
//! is kept and described, and changes as rarely as on AWS.

use crate::error::DynamoError;
use service_kit::prelude::*;

/// How long a change counts against [`MAX_CHANGES`].
const WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);
/// The most changes in [`WINDOW`].
const MAX_CHANGES: usize = 2;

/// A table's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum TableClass {
    /// Requests are cheap.
    Standard,
    /// Storage is cheap.
    StandardInfrequentAccess,
}

/// A table's class, if it was ever given one, and when it changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// The class.
    pub class: Option<TableClass>,
    /// The last changes, no more than matter, the oldest first.
    pub changes: Vec<Timestamp>,
}

/// A table's class as described.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TableClassSummary {
    /// The class.
    pub table_class: Option<TableClass>,
    /// When it was last changed.
    pub last_update_date_time: Option<Timestamp>,
}

impl Class {
    /// The class of a new table.
    pub(crate) fn new(class: Option<TableClass>) -> Self {
        Self { class, changes: Vec::new() }
    }

    /// Changes it.
    ///
    /// # Errors
    /// AWS's `LimitExceededException` when it was changed too often.
    pub(crate) fn change(&mut self, to: TableClass, now: Timestamp) -> Result<(), DynamoError> {
        let recent = self.changes.iter().filter(|change| now.since(**change) < WINDOW);
        if recent.count() >= MAX_CHANGES {
            return Err(DynamoError::LimitExceeded(format!(
                "Subscriber limit exceeded: Updates to TableClass are limited to {MAX_CHANGES} \
                 times in 30 day(s)."
            )));
        }
        if to != self.class.unwrap_or(TableClass::Standard) {
            self.class = Some(to);
            self.changes.push(now);
            self.changes.drain(..self.changes.len().saturating_sub(MAX_CHANGES));
        }
        Ok(())
    }

    /// As a table's description tells it.
    pub(crate) fn summary(&self) -> Option<TableClassSummary> {
        self.class.map(|class| TableClassSummary {
            table_class: Some(class),
            last_update_date_time: self.changes.last().copied(),
        })
    }
}
