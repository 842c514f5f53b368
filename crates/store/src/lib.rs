//! The storage contract, its optimistic transactions, and the suite each engine must pass.
