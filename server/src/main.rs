//! The `heist` binary.
fn main() {}
