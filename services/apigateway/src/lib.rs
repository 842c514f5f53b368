//! API Gateway: REST APIs, their control plane and the front that serves their stages.

mod api;
mod authorizers;
mod create_resource;
mod create_rest_api;
mod credentials;
mod delete_resource;
mod delete_rest_api;
mod deployment;
mod deployments;
mod error;
mod execute;
mod facts;
mod get_resource;
mod get_resources;
mod get_rest_api;
mod get_rest_apis;
mod integration;
mod integration_responses;
mod integrations;
mod method;
mod method_responses;
mod methods;
mod paging;
mod patch;
mod permission;
mod resource;
mod stage;
mod stages;
mod tags;
mod update_resource;
mod update_rest_api;
mod validator;
mod validators;

use service_kit::{
    operation::operation,
    owner::shared_table,
    service::{Service, Speaks},
};

/// What the service calls others as.
pub(crate) const PRINCIPAL: &str = "apigateway.amazonaws.com";

/// The API Gateway service.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::RestJson],
    operations: &[
        operation::<deployments::CreateDeployment>(),
        operation::<validators::CreateRequestValidator>(),
        operation::<create_resource::CreateResource>(),
        operation::<create_rest_api::CreateRestApi>(),
        operation::<stages::CreateStage>(),
        operation::<deployments::DeleteDeployment>(),
        operation::<integrations::DeleteIntegration>(),
        operation::<integration_responses::DeleteIntegrationResponse>(),
        operation::<methods::DeleteMethod>(),
        operation::<method_responses::DeleteMethodResponse>(),
        operation::<validators::DeleteRequestValidator>(),
        operation::<delete_resource::DeleteResource>(),
        operation::<delete_rest_api::DeleteRestApi>(),
        operation::<stages::DeleteStage>(),
        operation::<authorizers::GetAuthorizer>(),
        operation::<authorizers::GetAuthorizers>(),
        operation::<deployments::GetDeployment>(),
        operation::<deployments::GetDeployments>(),
        operation::<integrations::GetIntegration>(),
        operation::<integration_responses::GetIntegrationResponse>(),
        operation::<methods::GetMethod>(),
        operation::<method_responses::GetMethodResponse>(),
        operation::<validators::GetRequestValidator>(),
        operation::<validators::GetRequestValidators>(),
        operation::<get_resource::GetResource>(),
        operation::<get_resources::GetResources>(),
        operation::<get_rest_api::GetRestApi>(),
        operation::<get_rest_apis::GetRestApis>(),
        operation::<stages::GetStage>(),
        operation::<stages::GetStages>(),
        operation::<tags::GetTags>(),
        operation::<integrations::PutIntegration>(),
        operation::<integration_responses::PutIntegrationResponse>(),
        operation::<methods::PutMethod>(),
        operation::<method_responses::PutMethodResponse>(),
        operation::<tags::TagResource>(),
        operation::<tags::UntagResource>(),
        operation::<deployments::UpdateDeployment>(),
        operation::<integrations::UpdateIntegration>(),
        operation::<integration_responses::UpdateIntegrationResponse>(),
        operation::<methods::UpdateMethod>(),
        operation::<method_responses::UpdateMethodResponse>(),
        operation::<validators::UpdateRequestValidator>(),
        operation::<update_resource::UpdateResource>(),
        operation::<update_rest_api::UpdateRestApi>(),
        operation::<stages::UpdateStage>(),
    ],
    facts: Some(facts::of_control),
    shared: &[shared_table::<api::ApiHome>()],
    front: Some(&execute::ExecuteApi),
    ..Service::new("apigateway", PRINCIPAL)
};

/// Deployed APIs as resources of `execute-api:Invoke`: no operations, only what their policies
/// say. List it beside [`SERVICE`].
pub static EXECUTE_API: Service =
    Service { facts: Some(facts::of_execution), ..Service::new("execute-api", PRINCIPAL) };
