//! The Heist: weak stacks to steal from, and the machine that proves a fix.
//!
//! A scenario is a directory of data ([`scenario`]); a game of it is two or three accounts of the
//! instance ([`Engine::play`]). Whatever the range does in them goes over the network, with real
//! signatures, judged by real policies; all else that it may do is in `operator`.

mod accounts;
mod cast;
pub mod debrief;
mod engine;
mod evidence;
mod flag;
pub mod game;
mod names;
mod operator;
mod order;
mod query;
pub mod run;
pub mod scenario;
mod score;
mod secrets;
mod seen;
pub mod told;
mod variable;
pub mod visible;

pub use engine::{Engine, SOLO, Telling, Trouble};
pub use order::{Order, Verb};
