//! What Organizations answers when it refuses.

use service_kit::prelude::*;

/// Organizations's errors; a variant's name is the code that clients see.
#[derive(ErrorShape)]
pub enum OrganizationsError {
    /// What any service answers.
    #[error(transparent)]
    Fault(Fault),
}
