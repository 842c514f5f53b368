//! Checks of statements: their elements, actions and resources.

use super::{Check, Document, Linter, Place, is_empty, items};
use policy::json::{Node, Value};
use std::{borrow::Cow, collections::HashMap};

/// The members of an object.
type Members<'n> = &'n [(Cow<'n, str>, Node<'n>)];

/// The most actions or resources of one statement among which redundant ones are looked for.
const MAX_COMPARED: usize = 300;

/// The elements of one statement, where they are.
pub(super) struct Statement<'n> {
    pub place: Place,
    pub node: &'n Node<'n>,
    members: Members<'n>,
}

impl<'n> Statement<'n> {
    pub fn get(&self, name: &str) -> Option<&'n Node<'n>> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    /// The element of either name, and whether it is the second.
    pub fn either(
        &self,
        plain: &'static str,
        negated: &'static str,
    ) -> Option<(bool, &'n Node<'n>)> {
        let plain = self.get(plain).map(|node| (false, node));
        plain.or_else(|| self.get(negated).map(|node| (true, node)))
    }

    pub fn allows(&self) -> bool {
        self.get("Effect").is_some_and(|node| node.value == Value::String("Allow".into()))
    }

    /// The strings of an element, whatever else there is in it.
    pub fn texts(&self, name: &str) -> Vec<&'n str> {
        let all = self.get(name).map(|node| items(&self.place, node)).unwrap_or_default();
        let text = |(_, node): (Place, &'n Node<'n>)| match &node.value {
            Value::String(text) => Some(&**text),
            _ => None,
        };
        all.into_iter().filter_map(text).collect()
    }
}

impl Linter<'_> {
    pub(super) fn statements(&mut self, place: &Place, node: &Node<'_>) {
        let mut sids: HashMap<&str, (Place, &Node<'_>)> = HashMap::new();
        let mut seen = Vec::new();
        for (place, node) in items(place, node) {
            let Some(members) = self.object(&place, node) else { continue };
            let statement = Statement { place: place.clone(), node, members };
            self.statement(&statement);
            if let Some(sid) = statement.get("Sid")
                && let Value::String(name) = &sid.value
                && !name.is_empty()
                && let Some((first, other)) = sids.insert(name, (place.key("Sid"), sid))
            {
                self.repeated_sid(&[(&first, other), (&place.key("Sid"), sid)]);
            }
            self.repeated(&seen, &statement);
            seen.push(statement);
        }
    }

    /// A statement that says the same as one before it.
    fn repeated(&mut self, seen: &[Statement<'_>], statement: &Statement<'_>) {
        fn told<'n>(it: &Statement<'n>) -> impl Iterator<Item = &'n (Cow<'n, str>, Node<'n>)> {
            it.members.iter().filter(|(name, _)| name != "Sid")
        }
        let same = |known: &&Statement<'_>| told(known).eq(told(statement));
        if let Some(known) = seen.iter().take(MAX_COMPARED).find(same) {
            let message = "The statements are redundant because they provide identical \
                           permissions. Update the policy to remove the redundant statement.";
            let places = [(&known.place, known.node), (&statement.place, statement.node)];
            self.findings.add(Check::suggestion("REDUNDANT_STATEMENT"), message.into(), &places);
        }
    }

    fn repeated_sid(&mut self, places: &[(&Place, &Node<'_>)]) {
        let (check, message) = match self.document {
            Document::Resource => (
                Check::warning("UNIQUE_SIDS_RECOMMENDED"),
                "We recommend that you use statement IDs that are unique to your policy. Update \
                 the Sid value.",
            ),
            _ => (
                Check::error("UNIQUE_SIDS_REQUIRED"),
                "Duplicate statement IDs are not supported for this policy type. Update the Sid \
                 value.",
            ),
        };
        self.findings.add(check, message.into(), places);
    }

    fn statement(&mut self, statement: &Statement<'_>) {
        const ELEMENTS: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        for (name, node) in statement.members {
            if !ELEMENTS.contains(&&**name) {
                self.unknown_element(&statement.place.key(name), name, node);
            }
        }
        self.sid(statement);
        self.effect(statement);
        self.combinations(statement);
        self.principal(statement);
        self.actions(statement);
        self.resources(statement);
        self.condition(statement);
        self.access(statement);
        self.sources(statement);
        if self.document == Document::ServiceControl {
            self.service_control(statement);
        }
    }

    fn sid(&mut self, statement: &Statement<'_>) {
        let Some(node) = statement.get("Sid") else { return };
        let place = statement.place.key("Sid");
        let Some(sid) = self.string(&place, node) else { return };
        if sid.is_empty() {
            let message = "Add a value to the empty string in the Sid element.";
            self.report(Check::suggestion("EMPTY_SID_VALUE"), message, &place, node);
        }
        let plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain && self.document != Document::Resource {
            let message = "Update the characters in the Sid element to use one of the following \
                           character types: [a-z, A-Z, 0-9]";
            self.report(Check::error("UNSUPPORTED_SID"), message, &place, node);
        }
    }

    fn effect(&mut self, statement: &Statement<'_>) {
        let Some(node) = statement.get("Effect") else {
            let message =
                "Add an Effect element to the policy statement with a value of Allow or Deny.";
            let (place, node) = (&statement.place, statement.node);
            return self.report(Check::error("MISSING_EFFECT"), message, place, node);
        };
        let place = statement.place.key("Effect");
        match self.string(&place, node) {
            Some("Allow" | "Deny") | None => {}
            Some(effect) => {
                let message = format!("The effect {effect} is not valid. Use Allow or Deny.");
                self.report(Check::error("INVALID_EFFECT"), message, &place, node);
            }
        }
    }

    fn combinations(&mut self, statement: &Statement<'_>) {
        let pairs =
            [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")];
        for (plain, negated) in pairs {
            if let (Some(one), Some(other)) = (statement.get(plain), statement.get(negated)) {
                let message = format!(
                    "The policy elements {plain} and {negated} can not be used in the same \
                     statement. Remove one of these elements."
                );
                let (first, second) = (statement.place.key(plain), statement.place.key(negated));
                let places = [(&first, one), (&second, other)];
                self.findings.add(
                    Check::error("UNSUPPORTED_ELEMENT_COMBINATION"),
                    message,
                    &places,
                );
            }
        }
    }

    fn actions(&mut self, statement: &Statement<'_>) {
        let Some((negated, node)) = statement.either("Action", "NotAction") else {
            let message = "Add an Action or NotAction element to the policy statement.";
            let (place, node) = (&statement.place, statement.node);
            return self.report(Check::error("MISSING_ACTION"), message, place, node);
        };
        let place = statement.place.key(if negated { "NotAction" } else { "Action" });
        if is_empty(node) {
            let message = "This statement includes no actions and does not affect the policy. \
                           Specify actions.";
            self.report(Check::suggestion("EMPTY_ARRAY_ACTION"), message, &place, node);
        }
        let actions = self.strings(&place, node);
        for (place, action, node) in &actions {
            self.no_variable(place, action, node);
            self.action(place, action, node);
        }
        let check = Check::suggestion("REDUNDANT_ACTION");
        self.redundant(check, &actions, policy::action_covers, |count, names| {
            format!(
                "The {count} action(s) are redundant because they provide similar permissions. \
                 Update the policy to remove the redundant action such as: {names}."
            )
        });
    }

    fn action(&mut self, place: &Place, action: &str, node: &Node<'_>) {
        if action == "*" {
            return;
        }
        let service = action.split_once(':').map(|(service, _)| service);
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        match service {
            Some("") | None => {
                let message = format!("The action {action} does not exist.");
                self.report(Check::error("INVALID_ACTION"), message, place, node);
            }
            Some(service) if service.contains(['*', '?']) => {
                let message = "Avoid using wildcards (*, ?) in the service name because it might \
                               grant unintended access to other AWS services with similar names.";
                let check = Check::suggestion("WILDCARD_IN_SERVICE_NAME");
                self.report(check, message, place, node);
            }
            Some(service) if !service.bytes().all(valid) => {
                let message =
                    format!("The service {service} specified in the action does not exist.");
                self.report(Check::error("INVALID_SERVICE_IN_ACTION"), message, place, node);
            }
            Some(_) => {}
        }
    }

    fn resources(&mut self, statement: &Statement<'_>) {
        let Some((negated, node)) = statement.either("Resource", "NotResource") else {
            if self.document != Document::Trust {
                let message = "Add a Resource or NotResource element to the policy statement.";
                let (place, node) = (&statement.place, statement.node);
                self.report(Check::error("MISSING_RESOURCE"), message, place, node);
            }
            return;
        };
        let name = if negated { "NotResource" } else { "Resource" };
        let place = statement.place.key(name);
        if self.document == Document::Trust {
            return self.unknown_element(&place, name, node);
        }
        if is_empty(node) {
            let message = "This statement includes no resources and does not affect the policy. \
                           Specify resources.";
            self.report(Check::suggestion("EMPTY_ARRAY_RESOURCE"), message, &place, node);
        }
        let resources = self.strings(&place, node);
        for (place, resource, node) in &resources {
            self.variables(place, resource, node);
            self.arn(place, resource, node);
        }
        let check = Check::suggestion("REDUNDANT_RESOURCE");
        self.redundant(check, &resources, policy::resource_covers, |count, _| {
            format!(
                "The {count} resource ARN(s) are redundant because they reference the same \
                 resource. Review the use of wildcards (*)"
            )
        });
    }

    /// Those of a list that others of it cover.
    fn redundant(
        &mut self,
        check: Check,
        listed: &[(Place, &str, &Node<'_>)],
        covers: fn(&str, &str) -> bool,
        message: impl FnOnce(usize, String) -> String,
    ) {
        if listed.len() > MAX_COMPARED {
            return;
        }
        let covered = listed.iter().enumerate().filter(|(at, (_, inner, _))| {
            listed.iter().enumerate().any(|(other, (_, outer, _))| {
                // Of two that are the same, the later one is too many.
                other != *at && covers(outer, inner) && (other < *at || !covers(inner, outer))
            })
        });
        let covered: Vec<_> = covered.map(|(_, one)| one).collect();
        if covered.is_empty() {
            return;
        }
        let names: Vec<&str> = covered.iter().map(|(_, text, _)| *text).collect();
        let places: Vec<_> = covered.iter().map(|(place, _, node)| (place, *node)).collect();
        self.findings.add(check, message(covered.len(), names.join(", ")), &places);
    }

    /// Organizations takes the whole language now ("SCP syntax"), save principals.
    fn service_control(&mut self, statement: &Statement<'_>) {
        for name in ["Principal", "NotPrincipal"] {
            if let Some(node) = statement.get(name) {
                let message = "SCPs do not support specifying principals. Remove the Principal or \
                               NotPrincipal element.";
                let place = statement.place.key(name);
                self.report(Check::error("SCP_SYNTAX_ERROR_PRINCIPAL"), message, &place, node);
            }
        }
    }
}
