//! The checks of ValidatePolicy: a walk over a document's JSON that says what is wrong where.
//!
//! Codes and sentences are those of the IAM User Guide, "IAM Access Analyzer policy check
//! reference". Checks that need AWS's lists of all services, actions and keys are left out.

mod access;
mod arn;
mod condition;
mod findings;
mod keys;
mod principal;
mod source;
mod statement;
mod variable;

use findings::{Check, Findings, Place};
pub(crate) use findings::{Finding, Impact, Position, Step};
use policy::json::{Node, Value};

/// The most characters of a policy, white space not counted ("IAM and AWS STS quotas"; "Quotas for
/// AWS Organizations").
const IDENTITY_CHARS_MAX: usize = 6_144;
const SCP_CHARS_MAX: usize = 5_120;

/// What a document is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    Identity,
    Resource,
    Trust,
    ServiceControl,
    ResourceControl,
}

impl Document {
    fn has_principals(self) -> bool {
        matches!(self, Self::Resource | Self::Trust | Self::ResourceControl)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Identity => "IDENTITY_POLICY",
            Self::Resource | Self::Trust => "RESOURCE_POLICY",
            Self::ServiceControl => "SERVICE_CONTROL_POLICY",
            Self::ResourceControl => "RESOURCE_CONTROL_POLICY",
        }
    }
}

/// One document being looked at.
struct Linter<'t> {
    document: Document,
    /// Whether its version expands variables.
    variables: bool,
    findings: Findings<'t>,
}

/// All that is wrong with `text`, in the order in which it stands there.
pub(crate) fn lint(text: &str, document: Document) -> Vec<Finding> {
    let mut linter = Linter { document, variables: false, findings: Findings::new(text) };
    match policy::json::read(text) {
        Ok(root) => linter.root(&root),
        Err(at) => linter.broken(text, at),
    }
    linter.findings.all
}

impl Linter<'_> {
    fn broken(&mut self, text: &str, at: usize) {
        let before = text.get(..text.floor_char_boundary(at)).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|char| *char != '\n').count();
        let message =
            format!("Fix the JSON syntax error at index {at} line {line} column {column}.");
        self.findings.at_byte(Check::error("JSON_SYNTAX_ERROR"), message, at);
    }

    fn root(&mut self, root: &Node<'_>) {
        let place = Place::root();
        let Some(members) = self.object(&place, root) else { return };
        let (mut versioned, mut statements) = (false, None);
        for (name, node) in members {
            match &**name {
                "Version" => {
                    versioned = true;
                    self.version(&place.key(name), node);
                }
                "Id" => drop(self.string(&place.key(name), node)),
                "Statement" => statements = Some(node),
                _ => self.unknown_element(&place.key(name), name, node),
            }
        }
        if !versioned {
            let message = "We recommend that you specify the Version element to help you with \
                           debugging permission issues.";
            self.report(Check::warning("MISSING_VERSION"), message, &place, root);
        }
        match statements {
            Some(node) if !is_empty(node) => self.statements(&place.key("Statement"), node),
            _ => {
                let message = "Add a statement to the policy";
                self.report(Check::error("MISSING_STATEMENT"), message, &place, root);
            }
        }
        self.size(root);
    }

    fn version(&mut self, place: &Place, node: &Node<'_>) {
        match self.string(place, node) {
            Some("2012-10-17") => self.variables = true,
            Some("2008-10-17") | None => {}
            Some(version) => {
                let message = format!(
                    "The version {version} is not valid. Use one of the following versions: \
                     2012-10-17, 2008-10-17"
                );
                self.report(Check::error("INVALID_VERSION"), message, place, node);
            }
        }
    }

    fn size(&mut self, root: &Node<'_>) {
        let chars = self.findings.text().chars().filter(|char| !char.is_whitespace()).count();
        let granular = "We recommend that you use multiple granular policies.";
        match self.document {
            Document::Identity if chars > IDENTITY_CHARS_MAX => {
                let message = format!(
                    "The {chars} characters in the identity policy, excluding whitespace, exceed \
                     the {IDENTITY_CHARS_MAX} character maximum for inline and managed policies. \
                     {granular}"
                );
                let check = Check::warning("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA");
                self.report(check, message, &Place::root(), root);
            }
            Document::ServiceControl if chars > SCP_CHARS_MAX => {
                let message = format!(
                    "The {chars} characters in the service control policy (SCP) exceed the \
                     {SCP_CHARS_MAX} character maximum for SCPs. {granular}"
                );
                let check = Check::error("POLICY_SIZE_EXCEEDS_SCP_QUOTA");
                self.report(check, message, &Place::root(), root);
            }
            _ => {}
        }
    }

    fn unknown_element(&mut self, place: &Place, name: &str, node: &Node<'_>) {
        let message = format!("The policy element {name} is not valid.");
        self.report(Check::error("INVALID_POLICY_ELEMENT"), message, place, node);
    }

    fn report(&mut self, check: Check, message: impl Into<String>, at: &Place, node: &Node<'_>) {
        self.findings.add(check, message.into(), &[(at, node)]);
    }

    /// The members, if it is an object.
    fn object<'n, 'd>(
        &mut self,
        place: &Place,
        node: &'n Node<'d>,
    ) -> Option<&'n [(std::borrow::Cow<'d, str>, Node<'d>)]> {
        match &node.value {
            Value::Object(members) => Some(members),
            _ => self.mismatch(place, node, "Object"),
        }
    }

    /// The text, if it is a string.
    fn string<'n>(&mut self, place: &Place, node: &'n Node<'_>) -> Option<&'n str> {
        match &node.value {
            Value::String(text) => Some(text),
            _ => self.mismatch(place, node, "String"),
        }
    }

    /// The texts with their places, of a string or of a list of them.
    fn strings<'n>(
        &mut self,
        place: &Place,
        node: &'n Node<'_>,
    ) -> Vec<(Place, &'n str, &'n Node<'n>)> {
        let mut found = Vec::new();
        for (place, node) in items(place, node) {
            if let Some(text) = self.string(&place, node) {
                found.push((place, text, node));
            }
        }
        found
    }

    fn mismatch<T>(&mut self, place: &Place, node: &Node<'_>, wanted: &str) -> Option<T> {
        let message = format!("The text does not match the expected JSON data type {wanted}.");
        self.report(Check::error("DATA_TYPE_MISMATCH"), message, place, node);
        None
    }
}

/// The items of a list with their places, or the node itself.
fn items<'n>(place: &Place, node: &'n Node<'_>) -> Vec<(Place, &'n Node<'n>)> {
    match &node.value {
        Value::List(items) => {
            items.iter().enumerate().map(|(n, node)| (place.index(n), node)).collect()
        }
        _ => vec![(place.clone(), node)],
    }
}

/// Whether it is an empty list.
fn is_empty(node: &Node<'_>) -> bool {
    matches!(&node.value, Value::List(items) if items.is_empty())
}
