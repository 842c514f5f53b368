//! `AWS::ApiGateway::RequestValidator`: what API Gateway checks before it passes a request on.

use crate::{
    form::{Form, Property, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum RequestValidator {}

impl ResourceType for RequestValidator {
    const NAME: &'static str = "AWS::ApiGateway::RequestValidator";
    const PROPERTIES: &'static [Property] = &[
        required("RestApiId", Form::Text),
        optional("Name", Form::Text),
        optional("ValidateRequestBody", Form::Flag),
        optional("ValidateRequestParameters", Form::Flag),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["RequestValidatorId"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let input = it.pick_camel(&[
            "RestApiId",
            "Name",
            "ValidateRequestBody",
            "ValidateRequestParameters",
        ]);
        let id = text_of(&it.call("apigateway", "CreateRequestValidator", input).await?, "id");
        it.begun(json!({"restApiId": it.text("RestApiId"), "requestValidatorId": id}));
        Ok(Made::new(&id).with("RequestValidatorId", id))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("apigateway", "DeleteRequestValidator").await
    }
}
