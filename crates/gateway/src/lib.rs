//! One request's path: detect, authenticate, parse, authorize, run, record, respond.
//!
//! [`Gateway::handle`] is the whole path of a request that comes over the network, on one page;
//! calls between services join it after authentication. Nothing reaches an operation around it.

mod authenticate;
mod authorize;
mod catalog;
mod conditions;
mod detect;
mod explain;
mod finish;
mod journal;
mod journal_view;
mod listener;
mod own;
mod pipeline;
mod places;
mod record;
mod respond;
mod shares;
mod tls;
mod turns;
mod user_identity;
mod within;

pub use catalog::{Catalog, CatalogError};
pub use listener::{Listener, http};
pub use pipeline::{Gateway, Inbound};
pub use tls::{Authority, TlsError};
