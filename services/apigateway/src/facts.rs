//! What the state says of APIs to those who judge requests: tags, and policies as deployed.

use crate::{api::Api, deployment::Deployment, permission, resource::Resource, stage::Stage};
use service_kit::{access::Access, context::Caller, prelude::*};

/// The tags of the API or stage that a control-plane call is about, and the condition keys of
/// what there is.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn of_control(tx: &ReadTx<'_>, access: &Access, _: &Caller) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let Some((api, stage)) = permission::named(&access.resource) else { return Ok(facts) };
    let Some(api) = tx.get::<Api>(api)? else { return Ok(facts) };
    let stage = match stage {
        Some(stage) => tx.get::<Stage>((&api.id, stage))?,
        None => None,
    };
    if let Some((api, resource, method)) = permission::named_method(&access.resource) {
        let resource = tx.get::<Resource>((api, resource))?;
        let method = resource.and_then(|mut resource| resource.methods.remove(method));
        let kind = method.and_then(|method| method.authorization_type);
        facts.keys.set_many("apigateway:Resource/RouteAuthorizationType", kind);
    }
    let endpoint = api.endpoint.as_str().to_owned();
    facts.keys.set("apigateway:Resource/ApiName", api.name);
    facts.keys.set_many("apigateway:Resource/EndpointType", [endpoint]);
    let disabled = api.disable_execute_api_endpoint.to_string();
    facts.keys.set("apigateway:Resource/DisableExecuteApiEndpoint", disabled);
    facts.tags = stage.map_or(api.tags, |stage| stage.tags).into_iter().collect();
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
