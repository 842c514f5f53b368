//! Applies CloudFormation-shaped templates from outside, by the calls that CloudFormation makes.
//!
//! [`Template::parse`] reads a template and says all that is wrong with it, with lines.
//! [`deploy()`] makes a [`Stack`] of it through a [`client::Cloud`], which knows nothing of
//! stacks; [`delete()`] takes it down. What resource types there are, and what each knows, is in
//! `resources`.

mod assets;
mod check;
mod delete;
mod deploy;
mod evaluate;
mod expression;
mod faults;
mod form;
mod kind;
mod name;
mod order;
mod parameter;
mod resources;
mod stack;
mod sub;
mod template;

pub use assets::{Assets, File, Folder, archive};
pub use delete::{DeleteError, Undeleted, delete};
pub use deploy::{DeployError, Plan, deploy};
pub use faults::Faults;
pub use kind::Cause;
pub use stack::{Stack, StackResource};
pub use template::Template;

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The resource's name in the template.
    pub logical_id: &'a str,
    /// Its type.
    pub kind: &'a str,
    /// What happens.
    pub status: Status,
}

/// What can happen to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is being made.
    Creating,
    /// It was made.
    Created,
    /// It was not made, or not deleted.
    Failed,
    /// It is being deleted.
    Deleting,
    /// It was deleted.
    Deleted,
}
