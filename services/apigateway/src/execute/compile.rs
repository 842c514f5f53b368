//! Turns what was deployed into what requests are matched with.

use super::{
    identity::Identity,
    lambda::Function,
    mock::Mock,
    router::Router,
    validate::{Place, Required},
};
use crate::{
    deployment::{Deployed, Deployment},
    integration::{self, Integration, IntegrationType},
    method::{self, Method},
    resource::Resource,
    stage::Stage,
};
use service_kit::prelude::*;

/// One method of one resource, ready to be called.
#[derive(Debug)]
pub struct Route {
    /// The resource's id.
    pub resource_id: String,
    /// The resource's path, as configured.
    pub resource_path: String,
    /// Whether callers must sign.
    pub iam: bool,
    /// What requests must have.
    pub required: Vec<Required>,
    /// What answers.
    pub behind: Behind,
}

/// What is behind a method.
#[derive(Debug)]
pub enum Behind {
    /// A function.
    Lambda(Function),
    /// Templates.
    Mock(Mock),
    /// An integration that AWS takes and then fails to call: a function asked with another method
    /// than POST, or a stage variable that leads nowhere.
    Misconfigured,
}

/// The routes of `stage`, which serves `deployment`, made of what was `deployed`.
pub fn routes(
    at: &Scope,
    stage: &Stage,
    deployment: &Deployment,
    deployed: &[Deployed],
) -> Router<Route> {
    let mut router = Router::default();
    for Deployed { resource, .. } in deployed {
        for (name, method) in &resource.methods {
            let route = Route {
                resource_id: resource.id.clone(),
                resource_path: resource.path.clone(),
                iam: method.needs_iam(),
                required: required(deployment, method),
                behind: behind(at, stage, resource, name, method),
            };
            router.add(&resource.path, name, route);
        }
    }
    router
}

fn required(deployment: &Deployment, method: &Method) -> Vec<Required> {
    let validated = method
        .request_validator_id
        .as_ref()
        .is_some_and(|id| deployment.parameter_validators.contains(id));
    let parameters = method.request_parameters.iter().flatten();
    let wanted = parameters.filter(|(_, required)| validated && **required);
    wanted
        .filter_map(|(parameter, _)| {
            let (place, name) = method::place(parameter)?;
            let (place, key) = match place {
                "header" => (Place::Header, name.to_ascii_lowercase()),
                "path" => (Place::Path, name.to_owned()),
                _ => (Place::Query, name.to_owned()),
            };
            Some(Required { place, name: key, shown: name.to_owned() })
        })
        .collect()
}

fn behind(at: &Scope, stage: &Stage, resource: &Resource, name: &str, method: &Method) -> Behind {
    let Some(integration) = &method.method_integration else { return Behind::Misconfigured };
    match integration.r#type {
        IntegrationType::Mock => Behind::Mock(Mock::new(integration)),
        _ => function(at, stage, resource, name, integration)
            .map_or(Behind::Misconfigured, Behind::Lambda),
    }
}

fn function(
    at: &Scope,
    stage: &Stage,
    resource: &Resource,
    name: &str,
    integration: &Integration,
) -> Option<Function> {
    if integration.http_method.as_deref() != Some("POST") {
        return None;
    }
    let uri = with_variables(integration.uri.as_deref()?, stage);
    let arn = integration::function(&uri)?;
    let (scope, _) = Scope::of_arn("lambda", arn)?;
    let (api, stage, path) = (&resource.api, &stage.name, &resource.path);
    Some(Function {
        arn: arn.to_owned(),
        scope,
        identity: Identity::new(integration.credentials.as_deref(), &at.account)?,
        source_arn: at.arn("execute-api", format_args!("{api}/{stage}/{name}{path}")),
        timeout: Duration::from_millis(u64::from(integration.timeout_in_millis)),
    })
}

/// `uri` with `${stageVariables.name}` replaced; unknown ones become nothing.
fn with_variables(uri: &str, stage: &Stage) -> String {
    const OPEN: &str = "${stageVariables.";
    let mut text = String::with_capacity(uri.len());
    let mut rest = uri;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((name, after)) = after.split_once('}') else { break };
        text.push_str(before);
        text.push_str(stage.variables.get(name).map_or("", String::as_str));
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_variables_lead_to_functions() {
        let mut stage = Stage::new("a", "prod", "d", Timestamp::default());
        stage.variables.insert("fn".into(), "stream".into());
        let uri = "x:${stageVariables.fn}:${stageVariables.none}y";
        assert_eq!(with_variables(uri, &stage), "x:stream:y");
        assert_eq!(with_variables("${stageVariables.fn", &stage), "${stageVariables.fn");
    }
}
