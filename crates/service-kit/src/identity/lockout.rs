//! Whether somebody who replaces a resource's policy could do so again.

use crate::{context::Context, fault::Fault};
use policy::{Attached, Policies, Policy, Request};

/// Whether the caller of `cx` might do `action` on the resource with the ARN `arn`, which is where
/// `cx` works, if `policy` were the resource's. That policy is `exclusive` where identity policies
/// count for nothing without it. `keys` are condition keys beside those of the principal.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn may_still(
    cx: &Context,
    action: &str,
    arn: &str,
    policy: Policy,
    exclusive: bool,
    mut keys: policy::Context,
) -> Result<bool, Fault> {
    let caller = cx.caller();
    let own = cx.platform().directory().policies(cx.platform(), caller)?;
    caller.principal.context_keys(&mut keys);
    let request = Request {
        principal: &caller.principal,
        action,
        resource: arn,
        resource_account: Some(cx.account()),
        context: &keys,
    };
    let policies = Policies {
        resource: Some(Attached::new(arn, policy)),
        exclusive_resource: exclusive,
        identity: own.identity.clone(),
        boundary: own.boundary.clone(),
        session: own.session.clone(),
        ..Policies::default()
    };
    Ok(policy::decide(&request, &policies).is_allowed())
}
