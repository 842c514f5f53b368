//! `AWS::ApiGateway::Stage`: a deployment, served.

use crate::{
    form::{Form, Property, TAGS, TEXT_MAP, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};
use serde_json::{Value, json};

pub(super) enum Stage {}

/// The settings of methods, and the path that `UpdateStage` knows each by.
const SETTINGS: [(&str, &str); 8] = [
    ("CacheDataEncrypted", "caching/dataEncrypted"),
    ("CacheTtlInSeconds", "caching/ttlInSeconds"),
    ("CachingEnabled", "caching/enabled"),
    ("DataTraceEnabled", "logging/dataTrace"),
    ("LoggingLevel", "logging/loglevel"),
    ("MetricsEnabled", "metrics/enabled"),
    ("ThrottlingBurstLimit", "throttling/burstLimit"),
    ("ThrottlingRateLimit", "throttling/rateLimit"),
];

impl ResourceType for Stage {
    const NAME: &'static str = "AWS::ApiGateway::Stage";
    const PROPERTIES: &'static [Property] = &[
        required("RestApiId", Form::Text),
        required("DeploymentId", Form::Text),
        required("StageName", Form::Text),
        optional("CacheClusterEnabled", Form::Flag),
        optional("Description", Form::Text),
        optional(
            "MethodSettings",
            Form::List(&Form::Struct(&[
                optional("CacheDataEncrypted", Form::Text),
                optional("CacheTtlInSeconds", Form::Text),
                optional("CachingEnabled", Form::Text),
                optional("DataTraceEnabled", Form::Text),
                optional("HttpMethod", Form::Text),
                optional("LoggingLevel", Form::Text),
                optional("MetricsEnabled", Form::Text),
                optional("ResourcePath", Form::Text),
                optional("ThrottlingBurstLimit", Form::Text),
                optional("ThrottlingRateLimit", Form::Text),
            ])),
        ),
        optional("Tags", TAGS),
        optional("TracingEnabled", Form::Flag),
        optional("Variables", TEXT_MAP),
    ];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut input = it.pick_camel(&[
            "RestApiId",
            "DeploymentId",
            "StageName",
            "CacheClusterEnabled",
            "Description",
            "TracingEnabled",
            "Variables",
        ]);
        input.extend(it.tag_map().map(|tags| ("tags".to_owned(), tags)));
        it.call("apigateway", "CreateStage", input).await?;
        let stage = json!({"restApiId": it.text("RestApiId"), "stageName": it.text("StageName")});
        it.begun(stage.clone());
        let patches: Vec<_> = it.items("MethodSettings").iter().flat_map(patches).collect();
        if !patches.is_empty() {
            let mut input = stage;
            input["patchOperations"] = patches.into();
            it.call("apigateway", "UpdateStage", input).await?;
        }
        Ok(Made::new(it.text("StageName")))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("apigateway", "DeleteStage").await
    }
}

/// The changes that bring a stage the settings of one method, or of all.
fn patches(settings: &Value) -> Vec<Value> {
    let text = |name: &str, other| settings[name].as_str().unwrap_or(other).to_owned();
    let path = match text("ResourcePath", "/*").as_str() {
        "/*" | "*" => "*".to_owned(),
        path => path.replace('~', "~0").replace('/', "~1"),
    };
    let method = text("HttpMethod", "*");
    let patch = |(name, setting): &(&str, &str)| {
        let value = settings.get(*name)?;
        let path = format!("/{path}/{method}/{setting}");
        Some(json!({"op": "replace", "path": path, "value": value}))
    };
    SETTINGS.iter().filter_map(patch).collect()
}
