//! What is kept of a table for those who judge calls: its tags and its resource policy.

use service_kit::{key::Key, prelude::*};

/// The tags and the policy of one table. Apart from the table's record: they are asked for at each
/// call, and most tables have none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TableAccess {
    table: String,
    /// Tags: values by key.
    pub(crate) tags: BTreeMap<String, String>,
    /// The policy.
    #[serde(default)]
    pub(crate) policy: Option<ResourcePolicy>,
}

/// A resource policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResourcePolicy {
    /// The document, with users and roles by unique id.
    pub(crate) document: String,
    /// When it was put, in milliseconds; a later one's is higher.
    pub(crate) revision: u64,
}

impl TableAccess {
    /// Nothing, of `table`.
    pub(crate) fn new(table: &str) -> Self {
        Self { table: table.to_owned(), tags: BTreeMap::new(), policy: None }
    }

    /// What is kept of `table`.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(crate) fn of(tx: &ReadTx<'_>, table: &str) -> Result<Self, Fault> {
        Ok(tx.get(table)?.unwrap_or_else(|| Self::new(table)))
    }

    /// Keeps it, if there is anything to keep.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(crate) fn keep(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        if self.tags.is_empty() && self.policy.is_none() {
            tx.delete::<Self>(&*self.table);
            return Ok(());
        }
        tx.put(self)
    }
}

impl Record for TableAccess {
    // It held nothing but tags once.
    const TABLE: &'static str = "dynamodb.tags";

    fn key(&self) -> impl Key {
        &self.table
    }
}

/// The resource policy of one stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StreamPolicy {
    /// The table it is a stream of.
    pub(crate) table: String,
    /// The stream's label.
    pub(crate) label: String,
    /// The policy.
    pub(crate) policy: ResourcePolicy,
}

impl Record for StreamPolicy {
    const TABLE: &'static str = "dynamodb.stream_policy";

    fn key(&self) -> impl Key {
        (&self.table, &self.label)
    }
}
