//! Checks of Principal and NotPrincipal.

use super::{Check, Linter, Place, is_empty, statement::Statement};
use policy::json::{Node, Value};

const KEYS: [&str; 4] = ["AWS", "CanonicalUser", "Federated", "Service"];

impl Linter<'_> {
    pub(super) fn principal(&mut self, statement: &Statement<'_>) {
        let found = statement.either("Principal", "NotPrincipal");
        let Some((negated, node)) = found else {
            if self.document.has_principals() {
                let message = "Add a Principal element to the policy statement.";
                let (place, node) = (&statement.place, statement.node);
                self.report(Check::error("MISSING_PRINCIPAL"), message, place, node);
            }
            return;
        };
        let place = statement.place.key(if negated { "NotPrincipal" } else { "Principal" });
        if self.document == super::Document::Identity {
            let message = format!(
                "The policy type {} does not support the Principal element. Remove the Principal \
                 element.",
                self.document.name()
            );
            return self.report(Check::error("UNSUPPORTED_PRINCIPAL"), message, &place, node);
        }
        if negated && statement.allows() {
            let message = "Using Allow with NotPrincipal can be overly permissive. We recommend \
                           that you use Principal instead.";
            self.report(Check::security("ALLOW_WITH_NOT_PRINCIPAL"), message, &place, node);
        }
        self.principals(&place, node);
    }

    fn principals(&mut self, place: &Place, node: &Node<'_>) {
        const NONE: &str = "This statement includes no principals and does not affect the \
                             policy. Specify principals.";
        let members = match &node.value {
            Value::String(text) if text == "*" => return,
            Value::Object(members) => members,
            _ => {
                let message = "The Principal element contents are not valid. Specify a key-value \
                               pair in the Principal element.";
                return self.report(Check::error("INVALID_PRINCIPAL_FORMAT"), message, place, node);
            }
        };
        if members.is_empty() {
            self.report(Check::suggestion("EMPTY_OBJECT_PRINCIPAL"), NONE, place, node);
        }
        for (key, node) in members {
            let place = place.key(key);
            if !KEYS.contains(&&**key) {
                let message = format!("The principal key {key} is not valid.");
                self.report(Check::error("INVALID_PRINCIPAL_KEY"), message, &place, node);
                continue;
            }
            if is_empty(node) {
                self.report(Check::suggestion("EMPTY_ARRAY_PRINCIPAL"), NONE, &place, node);
            }
            for (place, name, node) in self.strings(&place, node) {
                self.no_variable(&place, name, node);
                self.named(&place, key, name, node);
            }
        }
    }

    fn named(&mut self, place: &Place, key: &str, name: &str, node: &Node<'_>) {
        if name.contains(['*', '?']) && !(key == "AWS" && name == "*") {
            let message = format!(
                "Wildcards (*, ?) are not supported with the principal key {key}. Replace the \
                 wildcard with a valid principal value."
            );
            let check = Check::error("UNSUPPORTED_WILDCARD_IN_PRINCIPAL");
            return self.report(check, message, place, node);
        }
        let of = |prefix: &str| key == "AWS" && name.starts_with(prefix) && name.len() >= 16;
        for (prefix, kind, code) in
            [("AROA", "role", "INVALID_ROLE_REFERENCE"), ("AIDA", "user", "INVALID_USER_REFERENCE")]
        {
            if of(prefix) {
                let message = format!(
                    "The Principal element includes the IAM {kind} ID {name}. We recommend that \
                     you use a {kind} ARN instead."
                );
                self.report(Check::warning(code), message, place, node);
            }
        }
    }
}
