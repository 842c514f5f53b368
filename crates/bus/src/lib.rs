//! Runs durable background jobs, at least once.
