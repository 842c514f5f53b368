//! What a topic says about access to it: its policy and tags.

use crate::topic::{self, Topic};
use service_kit::{access::Access, context::Caller, prelude::*};

/// The facts of the topic that `access` names, or of the topic of the subscription that it names.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn facts(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    let Some((named, _)) = topic::split(&access.resource, tx.scope()) else {
        return Ok(Facts::default());
    };
    let found = tx.within(named.scope.clone()).get::<Topic>(&named.name)?;
    let Some(topic) = found else { return Ok(Facts::default()) };
    let arn = topic.arn();
    Ok(Facts {
        policy: topic.policy.map(|text| (arn.into(), text.into())),
        tags: topic.tags.into_iter().collect(),
        ..Facts::default()
    })
}
