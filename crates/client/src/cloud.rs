//! What whoever calls AWS APIs needs of the one who carries the calls.

use serde_json::Value;
use std::{fmt, future::Future};

/// AWS APIs as one principal sees them, in one account and region.
pub trait Cloud: Sync {
    /// Calls `operation`, such as `CreateTopic`, of `service`, named as in `models/`, such as
    /// `sns`. Input and output are JSON with the members of the API model: blobs in base64,
    /// timestamps in seconds since 1970; an output without members is an empty object.
    ///
    /// # Errors
    /// [`CallError`]: what the service answered, or why no answer came.
    fn call(
        &self,
        service: &str,
        operation: &str,
        input: Value,
    ) -> impl Future<Output = Result<Value, CallError>> + Send;

    /// The account's twelve digits.
    fn account(&self) -> &str;

    /// The region, such as `us-east-1`.
    fn region(&self) -> &str;
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// The HTTP status; 0 when no answer came.
    pub status: u16,
    /// The error's code, such as `ResourceNotFoundException`; empty when no answer came.
    pub code: String,
    /// What the service said, or why no answer came.
    pub message: String,
}

impl CallError {
    /// A call that no answer came for.
    pub fn unanswered(why: impl fmt::Display) -> Self {
        Self { status: 0, code: String::new(), message: why.to_string() }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code.as_str() {
            "" => write!(f, "{}", self.message),
            code => write!(f, "{code} ({}): {}", self.status, self.message),
        }
    }
}

impl std::error::Error for CallError {}
