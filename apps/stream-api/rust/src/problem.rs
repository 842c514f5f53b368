//! What goes wrong, as clients are told.

/// An answer that is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: u16,
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// What our log says besides; clients never see it.
    pub cause: Option<String>,
}

impl Problem {
    /// A problem that clients can do something about, or at least know.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), cause: None }
    }

    /// The request makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidRequest", message)
    }

    /// The item is not there.
    pub fn missing() -> Self {
        Self::new(404, "NotFound", "There is no such item.")
    }

    /// The item is there in another version.
    pub fn conflict() -> Self {
        Self::new(412, "VersionConflict", "The item has changed; read it again.")
    }

    /// It would work at another time.
    pub fn busy() -> Self {
        Self::new(503, "Busy", "There are too many requests; try again shortly.")
    }

    /// Our fault, for a reason that only the log names.
    pub fn internal(cause: String) -> Self {
        let problem = Self::new(500, "InternalError", "Something went wrong here.");
        Self { cause: Some(cause), ..problem }
    }
}
