//! What a queue says about access to it: its policy and tags.

use crate::queue_ref::QueueRef;
use policy::Principal;
use service_kit::{access::Access, context::Caller, prelude::*};

/// The facts of the queue that `access` names.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn facts(tx: &ReadTx<'_>, access: &Access, caller: &Caller) -> Result<Facts, Fault> {
    let Some(named) = QueueRef::of_arn(&access.resource) else { return Ok(Facts::default()) };
    let found = tx.within(named.scope.clone()).get::<crate::queue::Queue>(&named.name)?;
    let Some(queue) = found else { return Ok(Facts::default()) };
    let policy = queue.policy.filter(|_| !unlocks(access, &named.scope, caller));
    Ok(Facts {
        policy: policy.map(|text| (access.resource.as_str().into(), text.into())),
        tags: queue.tags.into_iter().collect(),
        ..Facts::default()
    })
}

/// Whether this is about the policy of a queue and the caller is the root user of its account, whom
/// no queue policy locks out (IAM User Guide, "AWS account root user").
fn unlocks(access: &Access, queue: &Scope, caller: &Caller) -> bool {
    const ACTIONS: [&str; 3] =
        ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SetQueueAttributes"];
    let is_root = matches!(caller.principal, Principal::Root { .. });
    is_root && caller.account() == Some(&*queue.account) && ACTIONS.contains(&&*access.action)
}
