//! Checks of what a statement allows: roles passed and service-linked roles made too freely.

use super::{Check, Linter, statement::Statement};

/// An action that is dangerous on many resources, and how its findings are worded.
struct Dangerous {
    action: &'static str,
    /// Codes and sentences by the way in which action and resource are open.
    worded: [(&'static str, &'static str); 6],
    security: bool,
}

const NOT_RESOURCE: usize = 0;
const STAR_NOT_RESOURCE: usize = 1;
const NOT_BOTH: usize = 2;
const STAR_RESOURCE: usize = 3;
const STAR_BOTH: usize = 4;
const STAR_NOT_ACTION: usize = 5;

const PASS_ROLE: Dangerous = Dangerous {
    action: "iam:PassRole",
    security: true,
    worded: [
        (
            "PASS_ROLE_WITH_NOT_RESOURCE",
            "Using the iam:PassRole action with NotResource can be overly permissive because it \
             can allow iam:PassRole permissions on multiple resources. We recommend that you \
             specify resource ARNs instead.",
        ),
        (
            "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
            "Using an action with a wildcard (*) and NotResource can be overly permissive because \
             it can allow iam:PassRole permissions on multiple resources. We recommend that you \
             specify resource ARNs instead.",
        ),
        (
            "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
            "Using NotAction with NotResource can be overly permissive because it can allow \
             iam:PassRole permissions on multiple resources.. We recommend that you specify \
             resource ARNs instead.",
        ),
        (
            "PASS_ROLE_WITH_STAR_IN_RESOURCE",
            "Using the iam:PassRole action with wildcards (*) in the resource can be overly \
             permissive because it allows iam:PassRole permissions on multiple resources. We \
             recommend that you specify resource ARNs or add the iam:PassedToService condition \
             key to your statement.",
        ),
        (
            "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
            "Using wildcards (*) in the action and the resource can be overly permissive because \
             it allows iam:PassRole permissions on all resources. We recommend that you specify \
             resource ARNs or add the iam:PassedToService condition key to your statement.",
        ),
        (
            "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
            "Using a resource with wildcards (*) and NotAction can be overly permissive because \
             it allows iam:PassRole permissions on all resources. We recommend that you specify \
             resource ARNs or add the iam:PassedToService condition key to your statement.",
        ),
    ],
};

const CREATE_SLR: Dangerous = Dangerous {
    action: "iam:CreateServiceLinkedRole",
    security: false,
    worded: [
        (
            "CREATE_SLR_WITH_NOT_RESOURCE",
            "Using the iam:CreateServiceLinkedRole action with NotResource can allow creation of \
             unintended service-linked roles for multiple resources. We recommend that you \
             specify resource ARNs instead.",
        ),
        (
            "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
            "Using an action with a wildcard(*) and NotResource can allow creation of unintended \
             service-linked roles because it can allow iam:CreateServiceLinkedRole permissions on \
             multiple resources. We recommend that you specify resource ARNs instead.",
        ),
        (
            "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
            "Using NotAction with NotResource can allow creation of unintended service-linked \
             roles because it allows iam:CreateServiceLinkedRole permissions on multiple \
             resources. We recommend that you specify resource ARNs instead.",
        ),
        (
            "CREATE_SLR_WITH_STAR_IN_RESOURCE",
            "Using the iam:CreateServiceLinkedRole action with wildcards (*) in the resource can \
             allow creation of unintended service-linked roles. We recommend that you specify \
             resource ARNs instead.",
        ),
        (
            "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
            "Using wildcards (*) in the action and the resource can allow creation of unintended \
             service-linked roles because it allows iam:CreateServiceLinkedRole permissions on \
             all resources. We recommend that you specify resource ARNs instead.",
        ),
        (
            "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
            "Using a resource with wildcards (*) and NotAction can allow creation of unintended \
             service-linked roles because it allows iam:CreateServiceLinkedRole permissions on \
             all resources. We recommend that you specify resource ARNs instead.",
        ),
    ],
};

impl Linter<'_> {
    pub(super) fn access(&mut self, statement: &Statement<'_>) {
        if statement.allows() && self.document == super::Document::Identity {
            for dangerous in [&PASS_ROLE, &CREATE_SLR] {
                self.dangerous(statement, dangerous);
            }
        }
    }

    fn dangerous(&mut self, statement: &Statement<'_>, dangerous: &Dangerous) {
        let limited = dangerous.security && names_key(statement, "iam:PassedToService");
        let covers = |listed: &&str| policy::action_covers(listed, dangerous.action);
        let (actions, not_actions) = (statement.texts("Action"), statement.texts("NotAction"));
        let listed = actions.iter().find(|listed| covers(listed));
        let star = listed.is_some_and(|listed| listed.contains(['*', '?']));
        let by_exclusion = statement.get("Action").is_none()
            && statement.get("NotAction").is_some()
            && !not_actions.iter().any(covers);
        let wild = |resource: &&str| resource.contains('*') && may_be_of_iam(resource);
        let wild = statement.texts("Resource").iter().any(wild);
        let excluded = statement.get("NotResource").is_some();
        let way = match (listed.is_some(), by_exclusion, excluded) {
            (true, _, true) if star => STAR_NOT_RESOURCE,
            (true, _, true) => NOT_RESOURCE,
            (_, true, true) => NOT_BOTH,
            (true, _, false) if wild && !limited && star => STAR_BOTH,
            (true, _, false) if wild && !limited => STAR_RESOURCE,
            (_, true, false) if wild && !limited => STAR_NOT_ACTION,
            _ => return,
        };
        let (code, message) = dangerous.worded[way];
        let check = if dangerous.security { Check::security(code) } else { Check::warning(code) };
        let name = if excluded { "NotResource" } else { "Resource" };
        let node = statement.get(name).unwrap_or(statement.node);
        self.report(check, message, &statement.place.key(name), node);
    }
}

/// Whether a condition of the statement is about `key`.
fn names_key(statement: &Statement<'_>, key: &str) -> bool {
    use policy::json::Value;
    let Some(Value::Object(operators)) = statement.get("Condition").map(|node| &node.value) else {
        return false;
    };
    operators.iter().any(|(_, keys)| match &keys.value {
        Value::Object(keys) => keys.iter().any(|(name, _)| name.eq_ignore_ascii_case(key)),
        _ => false,
    })
}

/// Whether an ARN with wildcards may be one of IAM's.
fn may_be_of_iam(arn: &str) -> bool {
    let service = arn.split(':').nth(2);
    service.is_none_or(|service| service == "iam" || service.contains('*'))
}
