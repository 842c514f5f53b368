//! Calls AWS APIs from outside, over the network and with real signatures, as any SDK does.

mod cloud;
mod connection;
mod remote;

pub use cloud::{CallError, Cloud};
pub use connection::{Connection, Unanswered, exchange};
pub use remote::{Apis, Remote};
pub use sigv4::Credentials;
