//! Services as traces name them.

use crate::document::Node;
use service_kit::prelude::*;

/// A service's name, account and type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Shape)]
pub struct ServiceId {
    /// Its name.
    pub name: String,
    /// The same name, as a list.
    pub names: Vec<String>,
    /// The account it runs in.
    pub account_id: Option<String>,
    /// Such as `AWS::Lambda::Function`; `client` for callers, `remote` for the unknown.
    pub r#type: Option<String>,
}

impl ServiceId {
    /// The service of a segment, or of a call to one that sends no segment itself.
    pub(crate) fn of(node: &Node, at: &Scope) -> Self {
        let inferred = match node.namespace.as_deref() {
            Some("aws") => Some(format!("AWS::{}", node.name)),
            Some("remote") => Some("remote".into()),
            _ => None,
        };
        let account = node.account.clone().unwrap_or_else(|| at.account.to_string());
        let foreign = inferred.is_some() && node.account.is_none();
        Self {
            name: node.name.clone(),
            names: vec![node.name.clone()],
            account_id: (!foreign).then_some(account),
            r#type: node.origin.clone().or(inferred),
        }
    }

    /// The caller of a service that is called from outside.
    pub(crate) fn client_of(service: &Self) -> Self {
        Self { r#type: Some("client".into()), ..service.clone() }
    }
}
