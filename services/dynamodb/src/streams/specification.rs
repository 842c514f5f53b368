//! What requests on tables ask of streams.

use crate::{
    error::{DynamoError, invalid, invalid_values},
    streams::stream::{LatestStream, StreamViewType, begin, close},
    table::Table,
};
use service_kit::prelude::*;

/// Whether a table is to have a stream, and what the stream's records are to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub struct StreamSpecification {
    /// Whether it is to have one.
    pub stream_enabled: bool,
    /// What records are to hold.
    pub stream_view_type: Option<StreamViewType>,
}

impl StreamSpecification {
    /// What a table with this latest stream says of it: nothing, once it is switched off.
    pub(crate) fn of(latest: Option<&LatestStream>) -> Option<Self> {
        let latest = latest.filter(|latest| latest.is_on())?;
        Some(Self { stream_enabled: true, stream_view_type: Some(latest.view) })
    }

    /// The view that a new table's stream is to have, if it is to have a stream.
    ///
    /// # Errors
    /// AWS's `ValidationException` for a stream without a view, or the other way round.
    pub(crate) fn of_new(&self) -> Result<Option<StreamViewType>, DynamoError> {
        match (self.stream_enabled, self.stream_view_type) {
            (true, None) => Err(invalid_values(
                "Table is being created with a stream enabled, UpdateViewType is required",
            )),
            (false, Some(_)) => Err(invalid_values(
                "Table is being created with a stream disabled, UpdateViewType should not be \
                 specified",
            )),
            (_, view) => Ok(view),
        }
    }

    /// Switches the stream of `table` on or off; a new one gets `id`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what is so already, or cannot be.
    pub(crate) fn make(
        &self,
        tx: &mut Tx<'_>,
        table: &mut Table,
        id: &str,
    ) -> Result<(), DynamoError> {
        let is_on = table.stream.as_ref().is_some_and(LatestStream::is_on);
        let name = &table.name;
        match (self.stream_enabled, self.stream_view_type) {
            (true, None) => {
                Err(invalid_values("If stream is being enabled then UpdateViewType is required"))
            }
            (false, Some(_)) => Err(invalid_values(
                "If stream is being disabled, then UpdateViewType must not be specified",
            )),
            (true, Some(_)) if is_on => {
                Err(invalid(format!("Table already has an enabled stream: TableName: {name}")))
            }
            (false, None) if !is_on => {
                Err(invalid(format!("Table has no stream to disable: TableName: {name}")))
            }
            (true, Some(view)) => Ok(begin(tx, table, view, id, false)?),
            (false, None) => Ok(close(tx, table, false)?),
        }
    }
}
