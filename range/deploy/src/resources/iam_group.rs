//! `AWS::IAM::Group`: a group of users, and what they may do.

use super::iam::{self, Principal};
use crate::{
    form::{Form, POLICIES, Property, TEXTS, optional},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};
use serde_json::json;

pub(super) enum Group {}

impl ResourceType for Group {
    const NAME: &'static str = "AWS::IAM::Group";
    const PROPERTIES: &'static [Property] = &[
        optional("GroupName", Form::Text),
        optional("ManagedPolicyArns", TEXTS),
        optional("Path", Form::Text),
        optional("Policies", POLICIES),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let name = it.name("GroupName", 128);
        let mut input = it.pick(&["Path"]);
        input.insert("GroupName".to_owned(), name.as_str().into());
        let made = it.call("iam", "CreateGroup", input).await?;
        it.begun(json!({"GroupName": name}));
        iam::add_policies(it, Principal::Group, &name).await?;
        Ok(Made::new(name).with("Arn", made["Group"]["Arn"].clone()))
    }

    /// What would keep IAM from deleting the group goes first.
    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        let name = it.text("GroupName");
        iam::remove_policies(it, Principal::Group, name).await?;
        for user in iam::all(it, "GetGroup", "Users", it.handle).await? {
            let input = json!({"GroupName": name, "UserName": user["UserName"]});
            it.call("iam", "RemoveUserFromGroup", input).await?;
        }
        it.delete("iam", "DeleteGroup").await
    }
}
