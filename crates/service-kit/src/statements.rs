//! Single statements of a resource policy: added and removed by label.

use crate::fault::Fault;
use serde_json::{Value, json};

/// A resource policy, to be changed.
pub struct Statements(Value);

impl Statements {
    /// The statements of a stored `document`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when that is no JSON.
    pub fn parse(document: &str) -> Result<Self, Fault> {
        serde_json::from_str(document).map(Self).map_err(Fault::internal)
    }

    /// Those of a new policy with this id.
    pub fn none(id: &str) -> Self {
        Self(json!({ "Version": "2008-10-17", "Id": id, "Statement": [] }))
    }

    /// The statements as a list, also where the document has a single one.
    fn list(&mut self) -> Result<&mut Vec<Value>, Fault> {
        let place = &mut self.0["Statement"];
        if !place.is_array() {
            *place = Value::Array(vec![place.take()]);
        }
        place.as_array_mut().ok_or_else(|| Fault::internal("a policy without statements"))
    }

    /// Adds the statement `label`: these accounts may do these actions on `resource`. False when
    /// there is one of that label already.
    ///
    /// # Errors
    /// [`Fault::Internal`] for a stored document that is no policy.
    pub fn add(
        &mut self,
        label: &str,
        accounts: &[String],
        actions: impl IntoIterator<Item = String>,
        resource: &str,
    ) -> Result<bool, Fault> {
        let list = self.list()?;
        if list.iter().any(|statement| statement["Sid"] == label) {
            return Ok(false);
        }
        let roots = accounts.iter().map(|id| format!("arn:aws:iam::{id}:root")).collect();
        list.push(json!({
            "Sid": label,
            "Effect": "Allow",
            "Principal": { "AWS": one_or_list(roots) },
            "Action": one_or_list(actions.into_iter().collect()),
            "Resource": resource,
        }));
        Ok(true)
    }

    /// Removes the statements of this label; says whether there were any.
    ///
    /// # Errors
    /// [`Fault::Internal`] for a stored document that is no policy.
    pub fn remove(&mut self, label: &str) -> Result<bool, Fault> {
        let list = self.list()?;
        let before = list.len();
        list.retain(|statement| statement["Sid"] != label);
        Ok(list.len() < before)
    }

    /// The document; none when no statement is left.
    pub fn document(&self) -> Option<String> {
        let empty = self.0["Statement"].as_array().is_some_and(Vec::is_empty);
        (!empty).then(|| self.0.to_string())
    }
}

/// One value stands alone, several in a list, as AWS writes them.
fn one_or_list(mut values: Vec<String>) -> Value {
    match values.len() {
        1 => values.remove(0).into(),
        _ => values.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_come_and_go_by_label() {
        let mut policy = Statements::none("id");
        assert_eq!(policy.document(), None);
        let accounts = ["111122223333".to_owned()];
        let actions = || ["a:B".to_owned(), "a:C".to_owned()];
        assert!(policy.add("one", &accounts, actions(), "r").unwrap());
        assert!(!policy.add("one", &accounts, actions(), "r").unwrap());
        assert_eq!(
            policy.document().unwrap(),
            r#"{"Version":"2008-10-17","Id":"id","Statement":[{"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["a:B","a:C"],"Resource":"r"}]}"#
        );
        assert!(!policy.remove("two").unwrap());
        assert!(policy.remove("one").unwrap());
        assert_eq!(policy.document(), None);
    }

    #[test]
    fn a_single_statement_becomes_a_list() {
        let mut policy = Statements::parse(r#"{"Statement":{"Sid":"x"}}"#).unwrap();
        assert!(policy.add("y", &[], [], "r").unwrap());
        assert!(policy.remove("x").unwrap());
        assert!(policy.document().unwrap().contains(r#""Sid":"y""#));
    }
}
