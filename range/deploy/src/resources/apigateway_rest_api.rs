//! `AWS::ApiGateway::RestApi`: a REST API, empty but for its root.

use crate::{
    form::{Form, Property, TAGS, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum RestApi {}

impl ResourceType for RestApi {
    const NAME: &'static str = "AWS::ApiGateway::RestApi";
    const PROPERTIES: &'static [Property] = &[
        required("Name", Form::Text),
        optional("ApiKeySourceType", Form::Text),
        optional("BinaryMediaTypes", TEXTS),
        optional("Description", Form::Text),
        optional("DisableExecuteApiEndpoint", Form::Flag),
        optional(
            "EndpointConfiguration",
            Form::Struct(&[optional("IpAddressType", Form::Text), optional("Types", TEXTS)]),
        ),
        optional("Policy", Form::Json),
        optional("Tags", TAGS),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["RestApiId", "RootResourceId"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut input = it.pick_camel(&[
            "Name",
            "BinaryMediaTypes",
            "Description",
            "DisableExecuteApiEndpoint",
            "EndpointConfiguration",
            "Policy",
        ]);
        let source = it.get("ApiKeySourceType").cloned();
        input.extend(source.map(|source| ("apiKeySource".to_owned(), source)));
        input.extend(it.tag_map().map(|tags| ("tags".to_owned(), tags)));
        let api = it.call("apigateway", "CreateRestApi", input).await?;
        let id = text_of(&api, "id");
        it.begun(json!({"restApiId": id}));
        let root = text_of(&api, "rootResourceId");
        Ok(Made::new(&id).with("RestApiId", id).with("RootResourceId", root))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("apigateway", "DeleteRestApi").await
    }
}
