//! `AWS::IAM::User`: a user, its groups, its password and what it may do.

use super::iam::{self, Principal};
use crate::{
    form::{Form, POLICIES, Property, TAGS, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};
use serde_json::json;

pub(super) enum User {}

impl ResourceType for User {
    const NAME: &'static str = "AWS::IAM::User";
    const PROPERTIES: &'static [Property] = &[
        optional("Groups", TEXTS),
        optional(
            "LoginProfile",
            Form::Struct(&[
                required("Password", Form::Text),
                optional("PasswordResetRequired", Form::Flag),
            ]),
        ),
        optional("ManagedPolicyArns", TEXTS),
        optional("Path", Form::Text),
        optional("PermissionsBoundary", Form::Text),
        optional("Policies", POLICIES),
        optional("Tags", TAGS),
        optional("UserName", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let name = it.name("UserName", 64);
        let mut input = it.pick(&["Path", "PermissionsBoundary", "Tags"]);
        input.insert("UserName".to_owned(), name.as_str().into());
        let made = it.call("iam", "CreateUser", input).await?;
        it.begun(json!({"UserName": name}));
        iam::add_policies(it, Principal::User, &name).await?;
        for group in it.texts("Groups") {
            let input = json!({"GroupName": group, "UserName": name});
            it.call("iam", "AddUserToGroup", input).await?;
        }
        if let Some(profile) = it.get("LoginProfile") {
            let mut input = profile.clone();
            input["UserName"] = name.as_str().into();
            it.call("iam", "CreateLoginProfile", input).await?;
        }
        Ok(Made::new(name).with("Arn", made["User"]["Arn"].clone()))
    }

    /// What would keep IAM from deleting the user goes first.
    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        let name = it.text("UserName");
        iam::remove_policies(it, Principal::User, name).await?;
        for group in iam::all(it, "ListGroupsForUser", "Groups", it.handle).await? {
            let input = json!({"GroupName": group["GroupName"], "UserName": name});
            it.call("iam", "RemoveUserFromGroup", input).await?;
        }
        for key in iam::all(it, "ListAccessKeys", "AccessKeyMetadata", it.handle).await? {
            let input = json!({"UserName": name, "AccessKeyId": key["AccessKeyId"]});
            it.call("iam", "DeleteAccessKey", input).await?;
        }
        it.delete("iam", "DeleteLoginProfile").await?;
        it.delete("iam", "DeleteUser").await
    }
}
