//! `AWS::ApiGateway::Resource`: a part of a REST API's paths.

use crate::{
    form::{Form, Property, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum Resource {}

impl ResourceType for Resource {
    const NAME: &'static str = "AWS::ApiGateway::Resource";
    const PROPERTIES: &'static [Property] = &[
        required("ParentId", Form::Text),
        required("PathPart", Form::Text),
        required("RestApiId", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["ResourceId"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let input = it.pick_camel(&["ParentId", "PathPart", "RestApiId"]);
        let id = text_of(&it.call("apigateway", "CreateResource", input).await?, "id");
        it.begun(json!({"restApiId": it.text("RestApiId"), "resourceId": id}));
        Ok(Made::new(&id).with("ResourceId", id))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("apigateway", "DeleteResource").await
    }
}
