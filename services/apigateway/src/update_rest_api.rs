//! UpdateRestApi: change an API's settings. Most of them reach clients with the next deployment.

use crate::{
    api::{Api, EndpointType, RestApi, check_media_type},
    error::{ApiGatewayError, Result, bad, unsupported},
    patch::{self, Change, Op, PatchOperation, invalid_path},
    permission,
};
use service_kit::prelude::*;

pub(crate) enum UpdateRestApi {}

/// What UpdateRestApi takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct UpdateRestApiInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    pub patch_operations: Option<Vec<PatchOperation>>,
}

impl Operation for UpdateRestApi {
    const NAME: &'static str = "UpdateRestApi";
    const HTTP: Option<Http> = Some(Http::new("PATCH", "/restapis/{restapi_id}", 200));
    type Input = UpdateRestApiInput;
    type Output = RestApi;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let id = &input.rest_api_id;
        let change = permission::on(permission::PATCH, at, format_args!("/restapis/{id}"));
        let keys = [
            ("/name", permission::REQUEST_NAME, false),
            ("/disableExecuteApiEndpoint", permission::REQUEST_DISABLED, false),
            ("/endpointConfiguration/types", permission::REQUEST_ENDPOINT, true),
        ];
        let operations = input.patch_operations.as_deref();
        let mut needed = vec![permission::with_patches(change, operations, &keys)];
        let mut operations = input.patch_operations.iter().flatten();
        if operations.any(|operation| operation.path.as_deref() == Some("/policy")) {
            needed.extend(permission::on_api(permission::UPDATE_POLICY, at, id, ""));
        }
        needed
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<RestApi> {
        cx.write(|tx| {
            let mut api = Api::load(&tx.reader(), &input.rest_api_id)?;
            patch::each(input.patch_operations.as_deref(), |change| {
                apply(&tx.reader(), &mut api, change)
            })?;
            tx.put(&api)?;
            api.show(&tx.reader())
        })
        .await
    }
}

fn apply(tx: &ReadTx<'_>, api: &mut Api, change: &Change<'_>) -> Result<()> {
    match change.parts()[..] {
        ["name"] => match change.replacement()? {
            "" => return Err(bad("API name cannot be empty")),
            name => api.name = name.to_owned(),
        },
        ["description"] => api.description = change.text()?,
        ["version"] => api.version = change.text()?,
        ["policy"] if change.op == Op::Remove => api.policy = None,
        ["policy"] => api.set_policy(tx, change.replacement()?)?,
        ["disableExecuteApiEndpoint"] => api.disable_execute_api_endpoint = change.flag()?,
        ["binaryMediaTypes", name] if !name.is_empty() => media_type(api, name, change)?,
        ["endpointConfiguration", "types", _] => api.endpoint = endpoint(change)?,
        ["endpointConfiguration", "ipAddressType"] => match change.replacement()? {
            "ipv4" => {}
            "dualstack" => return Err(unsupported("ipAddressType dualstack")),
            _ => return Err(bad("ipAddressType must be either ipv4 or dualstack.")),
        },
        ["apiKeySource"] if change.replacement()? == "HEADER" => {}
        ["apiKeySource" | "minimumCompressionSize" | "securityPolicy"] => {
            return Err(unsupported(format_args!("UpdateRestApi of {}", change.path)));
        }
        _ => return Err(invalid_path(change.path)),
    }
    Ok(())
}

fn media_type(api: &mut Api, name: &str, change: &Change<'_>) -> Result<()> {
    check_media_type(name)?;
    api.binary_media_types.retain(|known| known != name);
    match change.op {
        Op::Add => api.binary_media_types.push(name.to_owned()),
        Op::Replace => {
            let new = change.replacement()?;
            check_media_type(new)?;
            api.binary_media_types.push(new.to_owned());
        }
        Op::Remove => {}
        Op::Move | Op::Copy | Op::Test => return Err(invalid_path(change.path)),
    }
    Ok(())
}

fn endpoint(change: &Change<'_>) -> Result<EndpointType> {
    match change.replacement()? {
        "REGIONAL" => Ok(EndpointType::Regional),
        "EDGE" => Ok(EndpointType::Edge),
        "PRIVATE" => Err(unsupported("endpoints of type PRIVATE")),
        _ => Err(bad("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")),
    }
}
