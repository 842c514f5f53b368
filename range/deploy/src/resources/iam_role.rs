//! `AWS::IAM::Role`: a role, its trust policy and what it may do.

use super::iam::{self, Principal};
use crate::{
    form::{Form, POLICIES, Property, TAGS, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
};
use serde_json::json;

pub(super) enum Role {}

impl ResourceType for Role {
    const NAME: &'static str = "AWS::IAM::Role";
    const PROPERTIES: &'static [Property] = &[
        required("AssumeRolePolicyDocument", Form::Json),
        optional("Description", Form::Text),
        optional("ManagedPolicyArns", TEXTS),
        optional("MaxSessionDuration", Form::Number),
        optional("Path", Form::Text),
        optional("PermissionsBoundary", Form::Text),
        optional("Policies", POLICIES),
        optional("RoleName", Form::Text),
        optional("Tags", TAGS),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn", "RoleId"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let name = it.name("RoleName", 64);
        let mut input = it.pick(&[
            "AssumeRolePolicyDocument",
            "Description",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Tags",
        ]);
        input.insert("RoleName".to_owned(), name.as_str().into());
        let made = it.call("iam", "CreateRole", input).await?;
        it.begun(json!({"RoleName": name}));
        iam::add_policies(it, Principal::Role, &name).await?;
        let role = &made["Role"];
        Ok(Made::new(name).with("Arn", role["Arn"].clone()).with("RoleId", role["RoleId"].clone()))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        iam::remove_policies(it, Principal::Role, it.text("RoleName")).await?;
        it.delete("iam", "DeleteRole").await
    }
}
