//! `AWS::IAM::UserToGroupAddition`: users in a group.

use crate::{
    form::{Form, Property, TEXTS, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
    name,
};
use serde_json::json;

pub(super) enum UserToGroupAddition {}

impl ResourceType for UserToGroupAddition {
    const NAME: &'static str = "AWS::IAM::UserToGroupAddition";
    const PROPERTIES: &'static [Property] =
        &[required("GroupName", Form::Text), required("Users", TEXTS)];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let group = it.text("GroupName");
        let mut done = Vec::new();
        for user in it.texts("Users") {
            let input = json!({"GroupName": group, "UserName": user});
            it.call("iam", "AddUserToGroup", input).await?;
            done.push(user);
            it.begun(json!({"GroupName": group, "Users": done}));
        }
        Ok(Made::new(name::generate(it.stack, it.logical_id, 128)))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        for user in it.texts("Users") {
            let input = json!({"GroupName": it.text("GroupName"), "UserName": user});
            it.call("iam", "RemoveUserFromGroup", input).await?;
        }
        Ok(())
    }
}
