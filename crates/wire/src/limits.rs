//! What keeps small requests from becoming large values.

use crate::WireError;
use shape::{Member, Value};
use std::cell::Cell;

/// The most structure members, present or not, in one request: a structure of thirty members takes
/// two bytes on the wire and a kilobyte in memory.
const MAX_SLOTS: usize = 2_000_000;
/// The most elements of lists and maps in one request, which take a byte or two each on the wire.
const MAX_ELEMENTS: usize = 1_000_000;

/// What one request may still have.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    slots: Cell<usize>,
    elements: Cell<usize>,
}

impl Limits {
    /// Room for the members of a structure.
    ///
    /// # Errors
    /// [`WireError::Malformed`] when the request has too many of them.
    pub(crate) fn slots(&self, members: &[Member]) -> Result<Vec<Option<Value>>, WireError> {
        add(&self.slots, members.len(), MAX_SLOTS, "structures")?;
        Ok(vec![None; members.len()])
    }

    /// Room for one more element of a list or map.
    ///
    /// # Errors
    /// [`WireError::Malformed`] when the request has too many of them.
    pub(crate) fn element(&self) -> Result<(), WireError> {
        add(&self.elements, 1, MAX_ELEMENTS, "elements")
    }
}

fn add(used: &Cell<usize>, more: usize, most: usize, what: &str) -> Result<(), WireError> {
    used.set(used.get() + more);
    if used.get() > most {
        return Err(WireError::Malformed(format!("The request has too many {what}")));
    }
    Ok(())
}
