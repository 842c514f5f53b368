//! CreateRestApi: make an API with nothing but its root.

use crate::{
    api::{
        Api, ApiHome, ApiKeySourceType, EndpointConfiguration, EndpointType, RestApi,
        check_media_type, check_tags, endpoint,
    },
    error::{ApiGatewayError, Result, bad, unsupported},
    permission,
    resource::Resource,
};
use service_kit::prelude::*;

/// AWS's quota of APIs of an account in a region.
const MAX_APIS: usize = 600;

pub(crate) enum CreateRestApi {}

/// What CreateRestApi takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct CreateRestApiInput {
    pub name: String,
    pub description: Option<String>,
    pub version: Option<String>,
    pub binary_media_types: Option<Vec<String>>,
    pub api_key_source: Option<ApiKeySourceType>,
    pub endpoint_configuration: Option<EndpointConfiguration>,
    pub policy: Option<String>,
    pub tags: Option<BTreeMap<String, String>>,
    pub disable_execute_api_endpoint: Option<bool>,
}

impl Operation for CreateRestApi {
    const NAME: &'static str = "CreateRestApi";
    const HTTP: Option<Http> = Some(Http::new("POST", "/restapis", 201));
    type Input = CreateRestApiInput;
    type Output = RestApi;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let tags = input.tags.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        let endpoint = input.endpoint_configuration.as_ref().and_then(|one| one.types.as_ref());
        let endpoint =
            endpoint.map_or(vec!["EDGE"], |types| types.iter().map(EndpointType::as_str).collect());
        let disabled = input.disable_execute_api_endpoint.unwrap_or(false);
        let create = permission::on(permission::POST, at, "/restapis")
            .with_tags(tags)
            .with(permission::REQUEST_NAME, input.name.as_str())
            .with(permission::REQUEST_DISABLED, disabled.to_string())
            .with_many(permission::REQUEST_ENDPOINT, endpoint);
        let mut needed = vec![create];
        if input.policy.is_some() {
            needed.push(permission::on(permission::UPDATE_POLICY, at, "/restapis/*"));
        }
        needed
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<RestApi> {
        let (id, root) = (cx.entropy().lower_id(10), cx.entropy().lower_id(10));
        let api = new_api(&input, id, root, cx.now())?;
        let home = ApiHome {
            api: api.id.clone(),
            account: cx.account().to_owned(),
            region: cx.region().to_owned(),
        };
        cx.write(|tx| {
            if tx.list::<Api>(())?.len() >= MAX_APIS {
                let message = "Maximum number of APIs has been reached for this account";
                return Err(ApiGatewayError::LimitExceededException(message.into()));
            }
            let mut api = api.clone();
            api.set_policy(&tx.reader(), input.policy.as_deref().unwrap_or_default())?;
            tx.put(&home)?;
            tx.put(&api)?;
            tx.put(&Resource::root(&api.id, api.root_resource_id.clone()))?;
            api.show(&tx.reader())
        })
        .await
    }
}

fn new_api(input: &CreateRestApiInput, id: String, root: String, now: Timestamp) -> Result<Api> {
    if input.name.trim().is_empty() {
        return Err(bad("API name cannot be empty"));
    }
    if input.description.as_deref() == Some("") {
        return Err(bad("Description cannot be an empty string"));
    }
    if input.api_key_source == Some(ApiKeySourceType::Authorizer) {
        return Err(unsupported("apiKeySource AUTHORIZER"));
    }
    let binary_media_types = input.binary_media_types.clone().unwrap_or_default();
    binary_media_types.iter().try_for_each(|name| check_media_type(name))?;
    let tags = input.tags.clone().unwrap_or_default();
    check_tags(&tags)?;
    Ok(Api {
        id,
        name: input.name.clone(),
        description: input.description.clone(),
        version: input.version.clone(),
        created: now,
        root_resource_id: root,
        binary_media_types,
        endpoint: endpoint(input.endpoint_configuration.as_ref())?,
        disable_execute_api_endpoint: input.disable_execute_api_endpoint.unwrap_or(false),
        policy: None,
        tags,
    })
}
