//! `AWS::IAM::AccessKey`: a user's access key.

use crate::{
    form::{Form, Property, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum AccessKey {}

impl ResourceType for AccessKey {
    const NAME: &'static str = "AWS::IAM::AccessKey";
    const PROPERTIES: &'static [Property] =
        &[required("UserName", Form::Text), optional("Status", Form::Text)];
    const ATTRIBUTES: &'static [&'static str] = &["SecretAccessKey"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let made = it.call("iam", "CreateAccessKey", it.pick(&["UserName"])).await?;
        let id = text_of(&made["AccessKey"], "AccessKeyId");
        let key = json!({"UserName": it.text("UserName"), "AccessKeyId": id});
        it.begun(key.clone());
        if let Some(status) = it.get("Status") {
            let mut input = key;
            input["Status"] = status.clone();
            it.call("iam", "UpdateAccessKey", input).await?;
        }
        Ok(Made::new(id).with("SecretAccessKey", made["AccessKey"]["SecretAccessKey"].clone()))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("iam", "DeleteAccessKey").await
    }
}
