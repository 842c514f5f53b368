//! What IAM does for a whole organization.

pub(crate) mod root_features;
