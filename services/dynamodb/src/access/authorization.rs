//! What policies are told of a request: "Condition keys for Amazon DynamoDB".

use crate::{
    access::{
        policy_actions::Governed,
        table_access::{StreamPolicy, TableAccess},
    },
    capacity::ReturnConsumedCapacity,
    error::DynamoError,
    expression::tree::{Condition, Path},
    item::guard::ReturnValue,
    table::{Table, TableRef},
    value::attribute::{AttributeValue, Attributes},
};
use service_kit::{context::Caller, prelude::*};
use std::collections::BTreeSet;

/// A permission on `table`, with the keys that the input alone tells.
pub(crate) fn on_table(
    action: &'static str,
    table: &TableRef,
    at: &Scope,
    consumed: Option<ReturnConsumedCapacity>,
) -> Access {
    Access::on(action, table.arn(at))
        .with_some("dynamodb:ReturnConsumedCapacity", consumed.map(|mode| mode.as_str()))
}

/// The `dynamodb:ReturnValues` of a write.
pub(crate) fn returning(access: Access, mode: Option<ReturnValue>) -> Access {
    access.with_some("dynamodb:ReturnValues", mode.map(|mode| mode.as_str()))
}

/// What a request touches: `dynamodb:LeadingKeys` and `dynamodb:Attributes`.
#[derive(Default)]
pub(crate) struct Touched {
    leading: Vec<String>,
    attributes: BTreeSet<String>,
}

impl Touched {
    /// Counts one partition key value.
    pub(crate) fn leading(&mut self, value: &AttributeValue) {
        let text = match value {
            AttributeValue::S(text) => text.clone(),
            AttributeValue::N(number) => number.to_string(),
            AttributeValue::B(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => return,
        };
        if !self.leading.contains(&text) {
            self.leading.push(text);
        }
    }

    /// Counts an item or key: its partition key and all its attributes.
    pub(crate) fn item(&mut self, item: &Attributes, table: Option<&Table>) {
        self.attributes.extend(item.iter().map(|(name, _)| name.to_owned()));
        let hash = table.and_then(|table| item.get(&table.keys.hash.name));
        hash.into_iter().for_each(|value| self.leading(value));
    }

    /// Counts the attributes that paths start at.
    pub(crate) fn paths<'p>(&mut self, paths: impl IntoIterator<Item = &'p Path>) {
        self.attributes.extend(paths.into_iter().map(|path| path.head().to_owned()));
    }

    /// Counts the attributes of a condition.
    pub(crate) fn condition(&mut self, condition: &Condition<'_>) {
        condition.paths(&mut |path| {
            self.attributes.insert(path.head().to_owned());
        });
    }

    /// What was counted so far, leaving nothing.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Sets the keys of `access`.
    pub(crate) fn complete(self, access: &mut Access) {
        if !self.leading.is_empty() {
            access.keys.set_many("dynamodb:LeadingKeys", self.leading);
        }
        if !self.attributes.is_empty() {
            access.keys.set_many("dynamodb:Attributes", self.attributes);
        }
    }
}

/// The table a request names, as the transaction sees it.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn table_of(tx: &ReadTx<'_>, table: &TableRef) -> Result<Option<Table>, Fault> {
    match table.resolve(tx.scope()) {
        Ok((scope, name)) => tx.within(scope).get(name),
        // What is wrong with the name is said by the operation itself.
        Err(_) => Ok(None),
    }
}

/// The fault inside an error of reading a request, for `conditions`.
pub(crate) fn fault(error: DynamoError) -> Fault {
    match error {
        DynamoError::Common(fault) => fault,
        other => Fault::internal(format!("{other:?}")),
    }
}

/// The tags and the policy of the table that `access` is about, itself or by an index; the policy
/// of the stream that it is about.
pub(crate) fn facts(tx: &ReadTx<'_>, access: &Access, caller: &Caller) -> Result<Facts, Fault> {
    // `…:table/NAME`, then perhaps `/index/NAME` or `/stream/LABEL`.
    let slash = access.resource.match_indices('/').nth(1).map(|(at, _)| at);
    let (table, part) = access.resource.split_at(slash.unwrap_or(access.resource.len()));
    let named = tx.scope().read_arn("dynamodb", table);
    let named = named.and_then(|(scope, name)| Some((scope, name.strip_prefix("table/")?)));
    let Some((scope, name)) = named else { return Ok(Facts::default()) };
    let is_own = caller.account() == Some(&*scope.account);
    let tx = tx.within(scope);
    let (governed, tags, policy) = match part.strip_prefix("/stream/") {
        Some(label) => {
            let known = tx.recall::<StreamPolicy>((name, label))?;
            (Governed::Stream, Vec::new(), known.map(|known| known.policy.document.clone()))
        }
        None => {
            let Some(known) = tx.recall::<TableAccess>(name)? else { return Ok(Facts::default()) };
            let tags = known.tags.iter().map(|(name, value)| (name.clone(), value.clone()));
            let policy = known.policy.as_ref().map(|policy| policy.document.clone());
            (Governed::Table, tags.collect(), policy)
        }
    };
    let action = access.action.strip_prefix("dynamodb:").unwrap_or_default();
    let policy = policy.filter(|_| governed.decides(action, is_own));
    let policy = policy.map(|document| (access.resource.as_str().into(), document.into()));
    Ok(Facts { policy, tags, ..Facts::default() })
}
