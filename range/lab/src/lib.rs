//! The guided lab: a course whose steps are data, and a coach that checks each of them on the
//! running instance through its public API, never by what somebody typed.
//!
//! [`Course`] reads the steps, [`Progress`] says how far somebody is, [`Guide`] leads on from
//! there. What an instance is to the lab, [`Instance`] says.

mod action;
mod course;
mod expect;
mod fill;
mod guide;
mod instance;
mod path;
mod perform;
mod progress;
mod read;
mod running;

pub use action::Action;
pub use course::{Choice, Course, Question, Step, Task, Work};
pub use guide::{Guide, Judgement, Removed};
pub use instance::{Instance, Signer, Unwatched, Watcher};
pub use perform::{Failure, Report};
pub use progress::Progress;
pub use running::Running;
