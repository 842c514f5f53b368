//! `AWS::Lambda::Version`: a function's code and configuration, as they are now, for good.

use crate::{
    form::{Form, Property, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum Version {}

impl ResourceType for Version {
    const NAME: &'static str = "AWS::Lambda::Version";
    const PROPERTIES: &'static [Property] = &[
        required("FunctionName", Form::Text),
        optional("CodeSha256", Form::Text),
        optional("Description", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["FunctionArn", "Version"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let input = it.pick(&["FunctionName", "CodeSha256", "Description"]);
        let made = it.call("lambda", "PublishVersion", input).await?;
        let (arn, version) = (text_of(&made, "FunctionArn"), text_of(&made, "Version"));
        it.begun(json!({"FunctionName": it.text("FunctionName"), "Qualifier": version}));
        Ok(Made::new(&arn).with("FunctionArn", arn).with("Version", version))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("lambda", "DeleteFunction").await
    }
}
