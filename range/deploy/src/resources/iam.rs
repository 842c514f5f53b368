//! What users, groups and roles have in common: policies inline and attached.

use crate::kind::{Cause, Make, Unmake};
use serde_json::{Value, json};

/// What can have policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Principal {
    Group,
    Role,
    User,
}

impl Principal {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Group, Self::Role, Self::User];

    /// As it stands in the names of operations.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::Role => "Role",
            Self::User => "User",
        }
    }

    /// The input member that names one.
    pub(super) fn member(self) -> String {
        format!("{}Name", self.noun())
    }

    /// The property that lists some.
    pub(super) fn property(self) -> String {
        format!("{}s", self.noun())
    }
}

/// Gives `name` the policies of the properties `Policies` and `ManagedPolicyArns`.
pub(super) async fn add_policies(
    it: &Make<'_>,
    principal: Principal,
    name: &str,
) -> Result<(), Cause> {
    let (noun, member) = (principal.noun(), principal.member());
    for policy in it.items("Policies") {
        let mut input = policy.clone();
        input[&member] = name.into();
        it.call("iam", &format!("Put{noun}Policy"), input).await?;
    }
    for arn in it.texts("ManagedPolicyArns") {
        let input = json!({&member: name, "PolicyArn": arn});
        it.call("iam", &format!("Attach{noun}Policy"), input).await?;
    }
    Ok(())
}

/// Takes all policies from `name`, also those that came later: IAM deletes no principal that has
/// any.
pub(super) async fn remove_policies(
    it: &Unmake<'_>,
    principal: Principal,
    name: &str,
) -> Result<(), Cause> {
    let (noun, member) = (principal.noun(), principal.member());
    let whose = json!({&member: name});
    for policy in all(it, &format!("List{noun}Policies"), "PolicyNames", &whose).await? {
        let input = json!({&member: name, "PolicyName": policy});
        it.call("iam", &format!("Delete{noun}Policy"), input).await?;
    }
    let attached = format!("ListAttached{noun}Policies");
    for policy in all(it, &attached, "AttachedPolicies", &whose).await? {
        let input = json!({&member: name, "PolicyArn": policy["PolicyArn"]});
        it.call("iam", &format!("Detach{noun}Policy"), input).await?;
    }
    Ok(())
}

/// All pages of a list.
pub(super) async fn all(
    it: &Unmake<'_>,
    operation: &str,
    member: &str,
    input: &Value,
) -> Result<Vec<Value>, Cause> {
    let mut items = Vec::new();
    let mut input = input.clone();
    loop {
        let mut page = it.call("iam", operation, input.clone()).await?;
        if let Value::Array(more) = page[member].take() {
            items.extend(more);
        }
        match page["Marker"].take() {
            marker @ Value::String(_) => input["Marker"] = marker,
            _ => return Ok(items),
        }
    }
}
