//! The kms service.
