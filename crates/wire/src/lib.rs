//! The AWS protocols, one file each.
