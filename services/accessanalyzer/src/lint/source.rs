//! Checks of services that are let in: on whose behalf they may come.

use super::{
    Check, Document, Linter, Place, condition::Operator, is_empty, items, statement::Statement,
};
use policy::json::{Node, Value};

/// The keys that say on whose behalf a service comes.
const SOURCES: [&str; 4] =
    ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"];

impl Linter<'_> {
    /// A service that may come on behalf of anybody can be made to by anybody: the confused deputy.
    /// Roles are left out: many services say nothing when they assume one.
    pub(super) fn sources(&mut self, statement: &Statement<'_>) {
        let checked = self.document == Document::Resource && statement.allows();
        if !checked || names_source(statement) {
            return;
        }
        let Some(Value::Object(members)) = statement.get("Principal").map(|node| &node.value)
        else {
            return;
        };
        let services = members.iter().find(|(key, node)| key == "Service" && !is_empty(node));
        if let Some((key, node)) = services {
            let message = "Granting access to a service principal without specifying a source is \
                           overly permissive. Use aws:SourceArn, aws:SourceAccount, \
                           aws:SourceOrgID, or aws:SourceOrgPaths condition key and scope access \
                           to a specific source to grant fine-grained access.";
            let place = statement.place.key("Principal").key(key);
            let check = Check::security("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL");
            self.report(check, message, &place, node);
        }
    }
}

/// Whether a condition of the statement demands a certain source.
fn names_source(statement: &Statement<'_>) -> bool {
    let Some(Value::Object(operators)) = statement.get("Condition").map(|node| &node.value) else {
        return false;
    };
    operators.iter().filter(|(name, _)| Operator::parse(name).demands()).any(|(_, keys)| {
        let Value::Object(keys) = &keys.value else { return false };
        keys.iter().any(|(key, values)| {
            SOURCES.iter().any(|source| source.eq_ignore_ascii_case(key)) && are_specific(values)
        })
    })
}

/// Whether each of the values, of which one has to match, names somebody.
fn are_specific(values: &Node<'_>) -> bool {
    let specific = |(_, node): &(Place, &Node<'_>)| match &node.value {
        Value::String(text) => is_specific(text),
        _ => true,
    };
    !is_empty(values) && items(&Place::root(), values).iter().all(specific)
}

/// Whether a value names somebody: an ARN by its account, or by its resource where there is none.
fn is_specific(value: &str) -> bool {
    const WILD: [char; 2] = ['*', '?'];
    match policy::Arn::split(value) {
        Some(arn) if arn.account.is_empty() => !arn.resource.starts_with(WILD),
        Some(arn) => !arn.account.contains(WILD),
        None => !value.starts_with(WILD) && !value.starts_with("arn:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_by_its_account_or_its_resource() {
        for specific in [
            "arn:aws:sns:*:111122223333:*",
            "arn:aws:s3:::bucket",
            "111122223333",
            "o-a1b2c3d4e5/r-ab12/*",
        ] {
            assert!(is_specific(specific), "{specific}");
        }
        for open in ["*", "arn:*", "arn:aws:sns:us-east-1:*:topic", "arn:aws:s3:::*", "?*"] {
            assert!(!is_specific(open), "{open}");
        }
    }
}
