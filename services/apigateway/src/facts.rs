//! What the state says of APIs to those who judge requests: tags, and policies as deployed.

use crate::{api::Api, deployment::Deployment, permission, stage::Stage};
use service_kit::{access::Access, context::Caller, prelude::*};

/// The tags of the API or stage that a control-plane call is about.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn of_control(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let Some((api, stage)) = permission::named(&access.resource) else { return Ok(facts) };
    let tags = match stage {
        Some(stage) => tx.get::<Stage>((api, stage))?.map(|stage| stage.tags),
        None => tx.get::<Api>(api)?.map(|api| api.tags),
    };
    facts.tags = tags.into_iter().flatten().collect();
    Ok(facts)
}

/// The resource policy that is deployed to the stage that
/// `arn:aws:execute-api:region:account:api/stage/METHOD/path` names. What has changed since the
/// deployment does not count ("API Gateway resource policies": redeploy for it to take effect).
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn of_execution(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let Some(arn) = policy::Arn::parse(&access.resource) else { return Ok(facts) };
    let mut segments = arn.resource.split('/');
    let (Some(api), Some(stage)) = (segments.next(), segments.next()) else { return Ok(facts) };
    let Some(stage) = tx.get::<Stage>((api, stage))? else { return Ok(facts) };
    let deployment = tx.get::<Deployment>((api, &stage.deployment_id))?;
    if let Some(policy) = deployment.and_then(|deployment| deployment.policy) {
        let id = permission::arn(&tx.scope().region, format_args!("/restapis/{api}"));
        facts.policy = Some((id.into(), policy.into()));
    }
    Ok(facts)
}
