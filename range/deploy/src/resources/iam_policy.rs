//! `AWS::IAM::Policy`: one policy inline in users, groups and roles.

use super::iam::Principal;
use crate::{
    form::{Form, Property, TEXTS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
    name,
};
use serde_json::json;

pub(super) enum Policy {}

impl ResourceType for Policy {
    const NAME: &'static str = "AWS::IAM::Policy";
    const PROPERTIES: &'static [Property] = &[
        required("PolicyDocument", Form::Json),
        required("PolicyName", Form::Text),
        optional("Groups", TEXTS),
        optional("Roles", TEXTS),
        optional("Users", TEXTS),
    ];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let policy = it.text("PolicyName");
        let mut handle = json!({"PolicyName": policy});
        let mut count = 0;
        for principal in Principal::ALL {
            let (noun, member) = (principal.noun(), principal.member());
            let mut done = Vec::new();
            for name in it.texts(&principal.property()) {
                let mut input = json!({&member: name, "PolicyName": policy});
                input["PolicyDocument"] = it.text("PolicyDocument").into();
                it.call("iam", &format!("Put{noun}Policy"), input).await?;
                done.push(name);
                handle[principal.property()] = json!(done);
                it.begun(handle.clone());
                count += 1;
            }
        }
        if count == 0 {
            let what = "the policy is for nobody: name Users, Groups or Roles";
            return Err(it.wrong("PolicyName", what));
        }
        Ok(Made::new(name::generate(it.stack, it.logical_id, 128)))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        for principal in Principal::ALL {
            let operation = format!("Delete{}Policy", principal.noun());
            for name in it.texts(&principal.property()) {
                let input = json!({principal.member(): name, "PolicyName": it.text("PolicyName")});
                it.call("iam", &operation, input).await?;
            }
        }
        Ok(())
    }
}
