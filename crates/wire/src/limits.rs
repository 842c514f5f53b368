//! What keeps small requests from becoming large values.

use crate::WireError;
use shape::{Member, Value};
use std::cell::Cell;

/// The most structure members, present or not, in one request: a structure of thirty members takes
/// two bytes on the wire and a kilobyte in memory.
const MAX_SLOTS: usize = 2_000_000;

/// Makes room for the members of structures, within a limit for the whole request.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    used: Cell<usize>,
}

impl Slots {
    /// Room for these members.
    pub(crate) fn of(&self, members: &[Member]) -> Result<Vec<Option<Value>>, WireError> {
        let used = self.used.get() + members.len();
        self.used.set(used);
        if used > MAX_SLOTS {
            return Err(WireError::Malformed("The request has too many structures".into()));
        }
        Ok(vec![None; members.len()])
    }
}
