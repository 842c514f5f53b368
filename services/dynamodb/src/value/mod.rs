//! What items are made of: values, keys, and how both are stored.

pub(crate) mod attribute;
pub(crate) mod codec;
pub(crate) mod key;
pub(crate) mod number;
