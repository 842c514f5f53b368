//! Which accounts belong together, and the policies that bound what their people and resources do.
//!
//! The records live here and not in a service because the gateway judges each request by them; the
//! Organizations service is operations over them.

mod guardrails;
mod records;

pub use guardrails::{Guardrails, Standing, is_resource_controlled};
pub use records::{
    Account, ControlPolicy, ControlType, Membership, Organization, ResourcePolicy, RootFeature,
    Target, Unit,
};
