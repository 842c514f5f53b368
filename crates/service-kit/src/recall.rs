//! Rows that nearly every request asks for, decoded once for as long as their table stays as it is.

use crate::{
    access::Scope,
    fault::Fault,
    key::Key,
    live::Live,
    platform::Platform,
    record::{Record, decode, full_key},
};
use foldhash::HashMap;
use parking_lot::RwLock;
use std::sync::{Arc, OnceLock};
use store::Version;

/// The most rows of one table that are remembered; all are forgotten when there would be more.
const MAX_ROWS: usize = 4_096;

/// A row, or that there is none, and the version of the table it was read at.
type Known<R> = (u64, Option<Arc<R>>);

/// What is remembered of one table, by full key.
struct Rows<R> {
    version: OnceLock<Version>,
    known: RwLock<HashMap<Vec<u8>, Known<R>>>,
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Self { version: OnceLock::new(), known: RwLock::default() }
    }
}

impl<R: Send + Sync + 'static> Live for Rows<R> {
    fn forget(&self, _: &str) {
        // All of them would be read anew anyway: their table has changed.
        self.known.write().clear();
    }
}

impl Platform {
    /// The row at `key` as it is now, as `scope` sees it. For rows that change seldom: each commit
    /// to their table makes all of them be read anew.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails or the row does not read.
    pub fn recall<R: Record + Send + Sync + 'static>(
        &self,
        scope: &Scope,
        key: impl Key,
    ) -> Result<Option<Arc<R>>, Fault> {
        let rows = self.live::<Rows<R>>();
        // Taken before the row is read: a change in between makes what is kept stale, not wrong.
        let follow = || self.store().follow_table(R::TABLE);
        let version = rows.version.get_or_init(follow).now();
        let key = full_key(R::TABLE, R::REACH, scope, &key);
        if let Some((then, row)) = rows.known.read().get(&key)
            && *then == version
        {
            return Ok(row.clone());
        }
        let stored = self.store().read(|raw| raw.get(&key))?;
        let row = stored.map(|bytes| decode(&bytes)).transpose()?.map(Arc::new);
        let mut known = rows.known.write();
        if known.len() >= MAX_ROWS {
            known.clear();
        }
        known.insert(key, (version, row.clone()));
        Ok(row)
    }
}
