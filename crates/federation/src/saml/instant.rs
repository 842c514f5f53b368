//! Moments as XML spells them: `2026-11-23T15:00:00Z`.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Whole seconds since 1970; without an offset UTC is meant.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let moment = parse(text).or_else(|| parse(&format!("{text}Z")))?;
    Some(moment.unix_timestamp())
}
