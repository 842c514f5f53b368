//! `AWS::Lambda::Alias`: a name for a version of a function, or for two by weight.

use crate::{
    form::{Form, Property, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::{Map, Value, json};

pub(super) enum Alias {}

impl ResourceType for Alias {
    const NAME: &'static str = "AWS::Lambda::Alias";
    const PROPERTIES: &'static [Property] = &[
        required("FunctionName", Form::Text),
        required("FunctionVersion", Form::Text),
        required("Name", Form::Text),
        optional("Description", Form::Text),
        optional(
            "RoutingConfig",
            Form::Struct(&[required(
                "AdditionalVersionWeights",
                Form::List(&Form::Struct(&[
                    required("FunctionVersion", Form::Text),
                    required("FunctionWeight", Form::Number),
                ])),
            )]),
        ),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["AliasArn"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut input = it.pick(&["FunctionName", "FunctionVersion", "Name", "Description"]);
        if let Some(routing) = it.get("RoutingConfig") {
            let weights = routing["AdditionalVersionWeights"].as_array().into_iter().flatten();
            let weight = |item: &Value| {
                Some((item["FunctionVersion"].as_str()?.to_owned(), item["FunctionWeight"].clone()))
            };
            let weights: Map<_, _> = weights.filter_map(weight).collect();
            input.insert("RoutingConfig".to_owned(), json!({"AdditionalVersionWeights": weights}));
        }
        let arn = text_of(&it.call("lambda", "CreateAlias", input).await?, "AliasArn");
        it.begun(it.pick(&["FunctionName", "Name"]).into());
        Ok(Made::new(&arn).with("AliasArn", arn))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("lambda", "DeleteAlias").await
    }
}
