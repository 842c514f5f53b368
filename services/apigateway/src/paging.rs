//! Pages as API Gateway numbers them: `position` and `limit`.

use crate::error::{Result, bad};
use service_kit::{key::Key, prelude::*};

/// How many are returned when the client does not say.
const DEFAULT: u32 = 25;
/// The most it may ask for.
const MAX: u32 = 500;

/// The page at `position` of the rows below `prefix`.
///
/// # Errors
/// `BadRequestException` for a position that is none.
pub fn page<R: Record>(
    tx: &ReadTx<'_>,
    prefix: impl Key,
    position: Option<&str>,
    limit: Option<i32>,
) -> Result<Page<R>> {
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(DEFAULT).min(MAX) as usize;
    tx.page(prefix, position, limit).map_err(|fault| match fault {
        Fault::Validation(_) => bad("Invalid position parameter specified"),
        other => other.into(),
    })
}
