//! The errors of CloudTrail.

use service_kit::prelude::*;

/// What CloudTrail answers when it does not do what was asked for.
#[derive(Debug, ErrorShape)]
pub enum CloudTrailError {
    /// More than one attribute, or a value that cannot be.
    InvalidLookupAttributesException(String),
    /// A token that is not ours.
    InvalidNextTokenException(String),
    /// The end is before the start.
    InvalidTimeRangeException(String),
    /// The platform's own.
    #[error(transparent)]
    Common(Fault),
}
