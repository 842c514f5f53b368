//! What a topic says about access to it: its policy and tags.

use crate::topic::{self, Topic};
use service_kit::{access::Access, context::Caller, prelude::*};

/// The facts of the topic that `access` names, or of the topic of the subscription that it names.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn facts(tx: &ReadTx<'_>, access: &Access, caller: &Caller) -> Result<Facts, Fault> {
    let Some((named, _)) = topic::split(&access.resource) else { return Ok(Facts::default()) };
    let found = tx.within(named.scope.clone()).get::<Topic>(&named.name)?;
    let Some(topic) = found else { return Ok(Facts::default()) };
    let arn = topic.arn();
    let mut facts = Facts {
        policy: topic.policy.map(|text| (arn.into(), text.into())),
        tags: topic.tags.into_iter().collect(),
        ..Facts::default()
    };
    // Default policies ask for the owner of the resource that a service calls for. Somebody who
    // calls directly has none, or else the default policy would allow the whole account everything
    // (SNS Developer Guide: users need permission of their own to publish).
    facts.keys.set_many("aws:SourceOwner", Vec::new());
    if let Some(account) = &caller.source_account {
        facts.keys.set("aws:SourceOwner", &**account);
    }
    Ok(facts)
}
