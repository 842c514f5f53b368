//! Holds: who still reads rows that would otherwise go.

use service_kit::{key::Key, prelude::*};

/// That something is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hold {
    /// The id of the table, backup or history that is read.
    of: String,
    /// The id of the rows that are made from it.
    by: String,
    /// For histories, from which moment on they are needed.
    pub(crate) from: Timestamp,
}

impl Record for Hold {
    const TABLE: &'static str = "dynamodb.hold";

    fn key(&self) -> impl Key {
        (&self.of, &self.by)
    }
}

/// Keeps the rows of `of`, for `by`; of a history only those `from` some moment on.
///
/// # Errors
/// [`Fault::Internal`] when it cannot be stored.
pub(crate) fn hold(tx: &mut Tx<'_>, of: &str, by: &str, from: Timestamp) -> Result<(), Fault> {
    tx.put(&Hold { of: of.to_owned(), by: by.to_owned(), from })
}

/// Ends what [`hold`] began.
pub(crate) fn release(tx: &mut Tx<'_>, of: &str, by: &str) {
    tx.delete::<Hold>((&of.to_owned(), &by.to_owned()));
}

/// All that keeps the rows of `of`.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn holds(tx: &ReadTx<'_>, of: &str) -> Result<Vec<Hold>, Fault> {
    tx.list((of.to_owned(),))
}
