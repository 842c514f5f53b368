//! `AWS::IAM::ManagedPolicy`: a policy of its own, attached to users, groups and roles.

use super::iam::{self, Principal};
use crate::{
    form::{Form, Property, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum ManagedPolicy {}

impl ResourceType for ManagedPolicy {
    const NAME: &'static str = "AWS::IAM::ManagedPolicy";
    const PROPERTIES: &'static [Property] = &[
        required("PolicyDocument", Form::Json),
        optional("Description", Form::Text),
        optional("Groups", TEXTS),
        optional("ManagedPolicyName", Form::Text),
        optional("Path", Form::Text),
        optional("Roles", TEXTS),
        optional("Users", TEXTS),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["PolicyArn", "PolicyId"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut input = it.pick(&["PolicyDocument", "Description", "Path"]);
        input.insert("PolicyName".to_owned(), it.name("ManagedPolicyName", 128).into());
        let made = it.call("iam", "CreatePolicy", input).await?;
        let arn = text_of(&made["Policy"], "Arn");
        it.begun(json!({"PolicyArn": arn}));
        for principal in Principal::ALL {
            let operation = format!("Attach{}Policy", principal.noun());
            for name in it.texts(&principal.property()) {
                let input = json!({principal.member(): name, "PolicyArn": arn});
                it.call("iam", &operation, input).await?;
            }
        }
        let id = made["Policy"]["PolicyId"].clone();
        Ok(Made::new(&arn).with("PolicyArn", arn).with("PolicyId", id))
    }

    /// What would keep IAM from deleting the policy goes first.
    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        let arn = it.text("PolicyArn");
        for principal in Principal::ALL {
            let (member, list) = (principal.member(), format!("Policy{}s", principal.noun()));
            for entity in iam::all(it, "ListEntitiesForPolicy", &list, it.handle).await? {
                let input = json!({&member: entity[&member], "PolicyArn": arn});
                it.call("iam", &format!("Detach{}Policy", principal.noun()), input).await?;
            }
        }
        for version in iam::all(it, "ListPolicyVersions", "Versions", it.handle).await? {
            if version["IsDefaultVersion"] != true {
                let input = json!({"PolicyArn": arn, "VersionId": version["VersionId"]});
                it.call("iam", "DeletePolicyVersion", input).await?;
            }
        }
        it.delete("iam", "DeletePolicy").await
    }
}
