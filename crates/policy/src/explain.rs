//! Decisions in words: the refusal that AWS would send, and what would turn it into a permission.
use serde_json::{Map, Value, json};

use crate::{Decision, Effect, PolicyType, Principal, Request, StatementEffect};

/// How a refusal ends that tells nothing of the resource, not even whether it is there.
const LEFT_OPEN: &str = " on this resource because the resource does not exist in this Region, no \
                         resource-based policies allow access, or a resource-based policy \
                         explicitly denies access";

impl PolicyType {
    /// The type in AWS's words, as in "because no identity-based policy allows".
    pub fn name(self) -> &'static str {
        match self {
            PolicyType::ResourceControl => "resource control policy",
            PolicyType::ServiceControl => "service control policy",
            PolicyType::Resource => "resource-based policy",
            PolicyType::Identity => "identity-based policy",
            PolicyType::Boundary => "permissions boundary",
            PolicyType::Session => "session policy",
        }
    }

    fn name_with_article(self) -> String {
        let article = if self == PolicyType::Identity { "an" } else { "a" };
        format!("{article} {}", self.name())
    }
}

impl Decision {
    /// The refusal in AWS's words (IAM User Guide, "Troubleshoot access denied error messages"):
    /// `principal` as [`Principal::arn`] gives it, `action` as the service spells it. The reason
    /// is left out across accounts. For an allowed request, the sentence without reason.
    ///
    /// KMS leaves open across accounts whether there is such a key, and does not repeat its name.
    pub fn message(&self, principal: &str, action: &str, resource: &str) -> String {
        let mut message = format!("User: {principal} is not authorized to perform: {action}");
        if !self.same_account && self.by == PolicyType::Resource && is_of("kms", action) {
            return message + LEFT_OPEN;
        }
        if !resource.is_empty() {
            message += &format!(" on resource: {resource}");
        }
        if self.same_account {
            message += &self.reason(action);
        }
        message
    }

    fn reason(&self, action: &str) -> String {
        match self.effect {
            Effect::Allowed => String::new(),
            Effect::ImplicitDeny => {
                format!(" because no {} allows the {action} action", self.by.name())
            }
            Effect::ExplicitDeny => {
                let policy = self.denying_policy().map(|arn| format!(": {arn}"));
                let by = self.by.name_with_article();
                format!(" with an explicit deny in {by}{}", policy.unwrap_or_default())
            }
        }
    }

    /// The ARN of the first policy that denied, if it has one; inline policies have none.
    fn denying_policy(&self) -> Option<&str> {
        let denying = self.statements.iter().find(|statement| {
            statement.effect == StatementEffect::Deny && statement.policy_type == self.by
        })?;
        denying.policy.starts_with("arn:").then_some(&denying.policy)
    }

    /// The smallest statement, as JSON, that a policy of type [`Decision::by`] would need for
    /// this refusal to go away; another type may then be found wanting. None if the request is
    /// allowed, and if it is denied explicitly: no statement undoes a deny.
    pub fn suggestion(&self, request: &Request) -> Option<String> {
        if self.effect != Effect::ImplicitDeny {
            return None;
        }
        let mut statement = Map::new();
        statement.insert("Effect".into(), "Allow".into());
        if self.by == PolicyType::ResourceControl {
            // The one Allow that an RCP may hold.
            statement.insert("Principal".into(), "*".into());
            statement.insert("Action".into(), "*".into());
            statement.insert("Resource".into(), "*".into());
            return Some(Value::Object(statement).to_string());
        }
        if self.by == PolicyType::Resource {
            statement.insert("Principal".into(), principal_element(request.principal));
        }
        statement.insert("Action".into(), request.action.into());
        if let Some(resource) = self.suggested_resource(request) {
            statement.insert("Resource".into(), escaped(resource).into());
        }
        Some(Value::Object(statement).to_string())
    }

    /// None for role trust, which has no Resource; `*` for keys, whose policies mean themselves.
    fn suggested_resource<'a>(&self, request: &Request<'a>) -> Option<&'a str> {
        match self.by {
            PolicyType::Resource if is_of("sts", request.action) => None,
            PolicyType::Resource if is_of("kms", request.action) => Some("*"),
            _ => Some(request.resource),
        }
    }
}

/// Whether `action` is one of `service`.
fn is_of(service: &str, action: &str) -> bool {
    action.split(':').next().is_some_and(|prefix| prefix.eq_ignore_ascii_case(service))
}

/// The resource as a pattern that matches nothing else; `*` alone stays the resource of actions
/// that have none.
fn escaped(resource: &str) -> String {
    if resource == "*" {
        return resource.to_owned();
    }
    resource.replace('$', "${$}").replace('*', "${*}").replace('?', "${?}")
}

/// How a Principal element names the caller: a role rather than one of its sessions.
fn principal_element(principal: &Principal) -> Value {
    match principal {
        Principal::Service { name, .. } => json!({ "Service": &**name }),
        Principal::WebIdentity { provider, .. } => json!({ "Federated": &**provider }),
        Principal::Anonymous => "*".into(),
        Principal::Root { .. }
        | Principal::User { .. }
        | Principal::Role { .. }
        | Principal::Federated { .. } => json!({ "AWS": principal.principal_arn() }),
    }
}
