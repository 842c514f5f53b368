//! What a queue says about access to it: its policy and tags.

use crate::queue_ref::QueueRef;
use service_kit::{access::Access, context::Caller, prelude::*};

/// The facts of the queue that `access` names.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn facts(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    let Some(named) = QueueRef::of_arn(&access.resource) else { return Ok(Facts::default()) };
    let found = tx.within(named.scope.clone()).get::<crate::queue::Queue>(&named.name)?;
    let Some(queue) = found else { return Ok(Facts::default()) };
    Ok(Facts {
        policy: queue.policy.map(|text| (access.resource.as_str().into(), text.into())),
        tags: queue.tags.into_iter().collect(),
        ..Facts::default()
    })
}
