//! `AWS::ApiGateway::Method`: a method of a resource, with what answers it.

use crate::{
    form::{Form, Property, TEXT_MAP, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
    name,
};
use serde_json::{Map, Value};

pub(super) enum Method {}

const INTEGRATION: Form = Form::Struct(&[
    required("Type", Form::Text),
    optional("ConnectionType", Form::Text),
    optional("Credentials", Form::Text),
    optional("IntegrationHttpMethod", Form::Text),
    optional("IntegrationResponses", Form::List(&INTEGRATION_RESPONSE)),
    optional("PassthroughBehavior", Form::Text),
    optional("RequestParameters", TEXT_MAP),
    optional("RequestTemplates", TEXT_MAP),
    optional("TimeoutInMillis", Form::Number),
    optional("Uri", Form::Text),
]);
const INTEGRATION_RESPONSE: Form = Form::Struct(&[
    required("StatusCode", Form::Text),
    optional("ResponseParameters", TEXT_MAP),
    optional("ResponseTemplates", TEXT_MAP),
    optional("SelectionPattern", Form::Text),
]);
const METHOD_RESPONSE: Form = Form::Struct(&[
    required("StatusCode", Form::Text),
    optional("ResponseModels", TEXT_MAP),
    optional("ResponseParameters", Form::Map(&Form::Flag)),
]);

impl ResourceType for Method {
    const NAME: &'static str = "AWS::ApiGateway::Method";
    const PROPERTIES: &'static [Property] = &[
        required("HttpMethod", Form::Text),
        required("ResourceId", Form::Text),
        required("RestApiId", Form::Text),
        optional("ApiKeyRequired", Form::Flag),
        optional("AuthorizationType", Form::Text),
        optional("Integration", INTEGRATION),
        optional("MethodResponses", Form::List(&METHOD_RESPONSE)),
        optional("OperationName", Form::Text),
        optional("RequestModels", TEXT_MAP),
        optional("RequestParameters", Form::Map(&Form::Flag)),
        optional("RequestValidatorId", Form::Text),
    ];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let place = it.pick_camel(&["RestApiId", "ResourceId", "HttpMethod"]);
        let mut input = it.pick_camel(&[
            "ApiKeyRequired",
            "AuthorizationType",
            "OperationName",
            "RequestModels",
            "RequestParameters",
            "RequestValidatorId",
        ]);
        input.entry("authorizationType").or_insert_with(|| "NONE".into());
        it.call("apigateway", "PutMethod", at(&place, input)).await?;
        it.begun(place.clone().into());
        let mut parts = it.pick_camel(&["Integration", "MethodResponses"]);
        for response in list(parts.remove("methodResponses")) {
            it.call("apigateway", "PutMethodResponse", at(&place, response)).await?;
        }
        if let Some(Value::Object(mut integration)) = parts.remove("integration") {
            let responses = list(integration.remove("integrationResponses"));
            it.call("apigateway", "PutIntegration", at(&place, integration)).await?;
            for response in responses {
                it.call("apigateway", "PutIntegrationResponse", at(&place, response)).await?;
            }
        }
        Ok(Made::new(name::generate(it.stack, it.logical_id, 128)))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("apigateway", "DeleteMethod").await
    }
}

/// `members` beside those that say which method is meant.
fn at(place: &Map<String, Value>, members: Map<String, Value>) -> Value {
    place.clone().into_iter().chain(members).collect::<Map<_, _>>().into()
}

fn list(value: Option<Value>) -> Vec<Map<String, Value>> {
    let items = match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    items.into_iter().filter_map(|item| item.as_object().cloned()).collect()
}
