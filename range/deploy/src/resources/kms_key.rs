//! `AWS::KMS::Key`: a key.

use crate::{
    form::{Form, Property, TAGS, optional},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::{Value, json};

pub(super) enum Key {}

impl ResourceType for Key {
    const NAME: &'static str = "AWS::KMS::Key";
    const PROPERTIES: &'static [Property] = &[
        optional("BypassPolicyLockoutSafetyCheck", Form::Flag),
        optional("Description", Form::Text),
        optional("EnableKeyRotation", Form::Flag),
        optional("Enabled", Form::Flag),
        optional("KeyPolicy", Form::Json),
        optional("KeySpec", Form::Text),
        optional("KeyUsage", Form::Text),
        optional("MultiRegion", Form::Flag),
        optional("Origin", Form::Text),
        optional("PendingWindowInDays", Form::Number),
        optional("RotationPeriodInDays", Form::Number),
        optional("Tags", TAGS),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn", "KeyId"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut input = it.pick(&[
            "BypassPolicyLockoutSafetyCheck",
            "Description",
            "KeySpec",
            "KeyUsage",
            "MultiRegion",
            "Origin",
        ]);
        input.extend(it.get("KeyPolicy").map(|policy| ("Policy".to_owned(), policy.clone())));
        let tag = |tag: &Value| json!({"TagKey": tag["Key"], "TagValue": tag["Value"]});
        let tags: Vec<_> = it.items("Tags").iter().map(tag).collect();
        if !tags.is_empty() {
            input.insert("Tags".to_owned(), tags.into());
        }
        let made = it.call("kms", "CreateKey", input).await?;
        let id = text_of(&made["KeyMetadata"], "KeyId");
        let days = it.get("PendingWindowInDays").cloned().unwrap_or_else(|| 30.into());
        it.begun(json!({"KeyId": id, "PendingWindowInDays": days}));
        if it.get("EnableKeyRotation") == Some(&true.into()) {
            let mut input = it.pick(&["RotationPeriodInDays"]);
            input.insert("KeyId".to_owned(), id.as_str().into());
            it.call("kms", "EnableKeyRotation", input).await?;
        }
        if it.get("Enabled") == Some(&false.into()) {
            it.call("kms", "DisableKey", json!({"KeyId": id})).await?;
        }
        let arn = made["KeyMetadata"]["Arn"].clone();
        Ok(Made::new(&id).with("Arn", arn).with("KeyId", id))
    }

    /// Keys do not go at once: the key waits for its deletion. One that waits already is left so.
    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        let shown = it.call("kms", "DescribeKey", json!({"KeyId": it.text("KeyId")})).await?;
        match shown["KeyMetadata"]["KeyState"].as_str() {
            Some("PendingDeletion" | "PendingReplicaDeletion") => Ok(()),
            _ => it.delete("kms", "ScheduleKeyDeletion").await,
        }
    }
}
