//! `AWS::Logs::LogGroup`: a group of log streams.

use crate::{
    form::{Form, Property, TAGS, optional},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};
use serde_json::json;

pub(super) enum LogGroup {}

impl ResourceType for LogGroup {
    const NAME: &'static str = "AWS::Logs::LogGroup";
    const PROPERTIES: &'static [Property] = &[
        optional("DeletionProtectionEnabled", Form::Flag),
        optional("LogGroupClass", Form::Text),
        optional("LogGroupName", Form::Text),
        optional("RetentionInDays", Form::Number),
        optional("Tags", TAGS),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let name = it.name("LogGroupName", 512);
        let mut input = it.pick_camel(&["DeletionProtectionEnabled", "LogGroupClass"]);
        input.insert("logGroupName".to_owned(), name.as_str().into());
        input.extend(it.tag_map().map(|tags| ("tags".to_owned(), tags)));
        it.call("logs", "CreateLogGroup", input).await?;
        it.begun(json!({"logGroupName": name}));
        if let Some(days) = it.get("RetentionInDays") {
            let input = json!({"logGroupName": name, "retentionInDays": days});
            it.call("logs", "PutRetentionPolicy", input).await?;
        }
        let arn = it.arn("logs", &format!("log-group:{name}:*"));
        Ok(Made::new(name).with("Arn", arn))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("logs", "DeleteLogGroup").await
    }
}
