//! What a function says about access to it: its policy for the qualifier named, and its tags.

use crate::{function::Tags, resource_policy::ResourcePolicy};
use service_kit::{access::Access, context::Caller, prelude::*};

/// The facts of the function, version or alias that `access` names.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn facts(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let function =
        policy::Arn::parse(&access.resource).and_then(|arn| arn.resource.strip_prefix("function:"));
    let Some(function) = function else { return Ok(facts) };
    let (name, qualifier) = function.split_once(':').unwrap_or((function, ""));
    if let Some(found) = tx.get::<ResourcePolicy>((name, qualifier))? {
        facts.policy = Some((access.resource.as_str().into(), found.document.into()));
    }
    if let Some(found) = tx.get::<Tags>(name)? {
        facts.tags = found.tags.into_iter().collect();
    }
    Ok(facts)
}
