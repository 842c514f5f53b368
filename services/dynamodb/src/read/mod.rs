//! Query and Scan: items by the page, of a table or one of its indexes.

pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod scan;
pub(crate) mod source;
