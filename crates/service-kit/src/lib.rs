//! All that a service author imports: operations, their declarations of access, and the context
//! through which they reach state, time, randomness and other services.
//!
//! A service is one [`Service`] table. One operation is one file with one [`Operation`] impl; from
//! its table entry follow routing on every protocol, validation, the authorization check, the
//! audit record, metrics and the coverage page.

pub mod access;
pub mod audit;
pub mod binary;
pub mod call;
pub mod cipher;
pub mod clock;
pub mod context;
pub mod entropy;
pub mod erase;
pub mod expiring;
pub mod fault;
pub mod front;
pub mod identity;
pub mod insights;
pub mod job;
pub mod journal;
pub mod key;
pub mod live;
pub mod metrics;
pub mod operation;
pub mod organization;
pub mod owner;
pub mod page;
pub mod platform;
pub mod recall;
pub mod record;
pub mod retention;
pub mod scopes;
pub mod seal;
pub mod service;
pub mod statements;
pub mod storage;
pub mod tags;
pub mod trace;
pub mod tx;
pub mod usage;

/// What nearly every file of a service uses.
pub mod prelude {
    pub use crate::{
        access::{Access, Facts, Scope},
        call::As,
        context::Context,
        fault::Fault,
        job::{Job, Outcome},
        live::Live,
        operation::{Operation, operation},
        owner::Owner,
        page::Page,
        record::{Reach, Record},
        service::Service,
        tx::{Order, ReadTx, Tx},
    };
    pub use bytes::Bytes;
    pub use serde::{Deserialize, Serialize};
    pub use shape::{Empty, ErrorShape, Http, Shape, Timestamp};
    pub use std::{collections::BTreeMap, time::Duration};
}

pub use shape;
pub use store::{STAMP_BYTES, Version, blob_key};
