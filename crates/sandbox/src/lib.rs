//! Runs function code that it does not trust.
