//! `AWS::Lambda::Url`: a function's own address.

use crate::{
    form::{Form, Property, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::Value;

pub(super) enum Url {}

impl ResourceType for Url {
    const NAME: &'static str = "AWS::Lambda::Url";
    const PROPERTIES: &'static [Property] = &[
        required("AuthType", Form::Text),
        required("TargetFunctionArn", Form::Text),
        optional(
            "Cors",
            Form::Struct(&[
                optional("AllowCredentials", Form::Flag),
                optional("AllowHeaders", TEXTS),
                optional("AllowMethods", TEXTS),
                optional("AllowOrigins", TEXTS),
                optional("ExposeHeaders", TEXTS),
                optional("MaxAge", Form::Number),
            ]),
        ),
        optional("InvokeMode", Form::Text),
        optional("Qualifier", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["FunctionArn", "FunctionUrl"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut target = it.pick(&["Qualifier"]);
        target.insert("FunctionName".to_owned(), it.text("TargetFunctionArn").into());
        let mut input = it.pick(&["AuthType", "Cors", "InvokeMode"]);
        input.extend(target.clone());
        let made = it.call("lambda", "CreateFunctionUrlConfig", input).await?;
        it.begun(Value::Object(target));
        let arn = text_of(&made, "FunctionArn");
        Ok(Made::new(&arn)
            .with("FunctionArn", arn)
            .with("FunctionUrl", made["FunctionUrl"].clone()))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("lambda", "DeleteFunctionUrlConfig").await
    }
}
