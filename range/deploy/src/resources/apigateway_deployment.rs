//! `AWS::ApiGateway::Deployment`: a REST API's methods as they are now, for stages to serve.

use crate::{
    form::{Form, Property, TEXT_MAP, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::{Value, json};

pub(super) enum Deployment {}

impl ResourceType for Deployment {
    const NAME: &'static str = "AWS::ApiGateway::Deployment";
    const PROPERTIES: &'static [Property] = &[
        required("RestApiId", Form::Text),
        optional("Description", Form::Text),
        optional("StageName", Form::Text),
        optional(
            "StageDescription",
            Form::Struct(&[
                optional("Description", Form::Text),
                optional("TracingEnabled", Form::Flag),
                optional("Variables", TEXT_MAP),
            ]),
        ),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["DeploymentId"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut input = it.pick_camel(&["RestApiId", "Description", "StageName"]);
        if let Some(stage) = it.get("StageDescription") {
            let members = [
                ("stageDescription", "Description"),
                ("tracingEnabled", "TracingEnabled"),
                ("variables", "Variables"),
            ];
            for (member, property) in members {
                if let Some(value) = stage.get(property) {
                    input.insert(member.to_owned(), value.clone());
                }
            }
        }
        let id = text_of(&it.call("apigateway", "CreateDeployment", input).await?, "id");
        let stage = it.get("StageName").cloned().unwrap_or_default();
        it.begun(json!({
            "restApiId": it.text("RestApiId"), "deploymentId": id, "stageName": stage,
        }));
        Ok(Made::new(&id).with("DeploymentId", id))
    }

    /// The stage that came with it goes first: a deployment that is served cannot go.
    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        let api = it.text("restApiId");
        if let Value::String(stage) = &it.handle["stageName"] {
            let input = json!({"restApiId": api, "stageName": stage});
            it.call("apigateway", "DeleteStage", input).await?;
        }
        let input = json!({"restApiId": api, "deploymentId": it.text("deploymentId")});
        it.call("apigateway", "DeleteDeployment", input).await.map(drop)
    }
}
