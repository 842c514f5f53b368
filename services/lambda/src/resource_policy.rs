//! Resource policies: one for a function and one for each of its versions and aliases.

use crate::{
    error::LambdaError,
    function::{self, Version},
    get_alias,
    name::{FunctionRef, LATEST},
};
use policy::{Kind, is_account_id};
use serde_json::{Value, json};
use service_kit::{
    identity::{Unstorable, bind_principals, show_principals},
    key::Key,
    prelude::*,
};

/// The longest policy, in bytes ("Lambda quotas").
const MAX_POLICY_BYTES: usize = 20_480;

/// The policy of a function, or of one qualifier.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourcePolicy {
    /// The function's name.
    pub function: String,
    /// The version or alias; empty for the function itself.
    pub qualifier: String,
    /// The document, with users and roles by unique id.
    pub document: String,
    /// Changes with every change.
    pub revision_id: String,
}

impl Record for ResourcePolicy {
    const TABLE: &'static str = "lambda.policy";

    fn key(&self) -> impl Key {
        (&self.function, &self.qualifier)
    }
}

/// Whether the caller of a function URL is asked for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum FunctionUrlAuthType {
    /// It is not.
    None,
    /// It is.
    AwsIam,
}

/// What AddPermission says of a statement.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    pub statement_id: String,
    pub action: String,
    pub principal: String,
    pub source_arn: Option<String>,
    pub source_account: Option<String>,
    pub event_source_token: Option<String>,
    pub principal_org_id: Option<String>,
    pub function_url_auth_type: Option<FunctionUrlAuthType>,
    pub invoked_via_function_url: Option<bool>,
}

impl Grant {
    /// The statement, as AWS renders it for the function, version or alias at `resource`.
    ///
    /// # Errors
    /// [`LambdaError::InvalidParameterValueException`] when the principal is none, or a condition
    /// does not belong to the action.
    pub fn statement(&self, resource: &str) -> Result<Value, LambdaError> {
        let only = |given: bool, condition: &str, action: &str| match given && self.action != action
        {
            true => Err(LambdaError::invalid(format!(
                "{condition} is only supported for {action} action"
            ))),
            false => Ok(()),
        };
        let url = self.function_url_auth_type.is_some();
        only(url, "FunctionUrlAuthType", "lambda:InvokeFunctionUrl")?;
        let via = self.invoked_via_function_url.is_some();
        only(via, "InvokedViaFunctionUrl", "lambda:InvokeFunction")?;
        let mut statement = json!({
            "Sid": self.statement_id,
            "Effect": "Allow",
            "Principal": principal(&self.principal)?,
            "Action": self.action,
            "Resource": resource,
        });
        let auth_type = self.function_url_auth_type.map(|it| it.as_str().to_owned());
        let via_url = self.invoked_via_function_url.map(|it| it.to_string());
        let conditions = [
            ("StringEquals", "AWS:SourceAccount", self.source_account.clone()),
            ("StringEquals", "lambda:EventSourceToken", self.event_source_token.clone()),
            ("StringEquals", "lambda:FunctionUrlAuthType", auth_type),
            ("StringEquals", "aws:PrincipalOrgID", self.principal_org_id.clone()),
            ("Bool", "lambda:InvokedViaFunctionUrl", via_url),
            ("ArnLike", "AWS:SourceArn", self.source_arn.clone()),
        ];
        for (operator, key, value) in conditions {
            if let Some(value) = value {
                statement["Condition"][operator][key] = value.into();
            }
        }
        Ok(statement)
    }
}

fn principal(text: &str) -> Result<Value, LambdaError> {
    if text == "*" {
        return Ok("*".into());
    }
    if text.starts_with("arn:") {
        return Ok(json!({"AWS": text}));
    }
    if is_account_id(text) {
        return Ok(json!({"AWS": format!("arn:aws:iam::{text}:root")}));
    }
    if text.contains('.') {
        return Ok(json!({"Service": text}));
    }
    Err(invalid_principal())
}

fn invalid_principal() -> LambdaError {
    LambdaError::invalid(
        "The provided principal was invalid. Please check the principal and try again.",
    )
}

/// The revision of what `named` names, which must be there; none can be added to `$LATEST`.
///
/// # Errors
/// [`LambdaError::ResourceNotFoundException`] for a function, version or alias that is not.
pub fn subject(tx: &ReadTx<'_>, named: &FunctionRef) -> Result<String, LambdaError> {
    let found = function::find(tx, &named.name)?;
    let missing = || LambdaError::no_function(&named.qualified_arn());
    match (named.qualifier.as_deref(), named.version()) {
        (None, _) => Ok(found.latest.revision_id),
        (Some(LATEST), _) => {
            let message = "We currently do not support adding policies for $LATEST.";
            Err(LambdaError::invalid(message))
        }
        (_, Some(number)) => {
            let version = tx.get::<Version>((&found.name, number))?.ok_or_else(missing)?;
            Ok(version.configuration.revision_id)
        }
        (Some(alias), None) if alias.contains('$') => Err(missing()),
        (Some(alias), None) => Ok(get_alias::find(tx, named, alias)?.revision_id),
    }
}

/// The policy of what `named` names, if there is one.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn find(tx: &ReadTx<'_>, named: &FunctionRef) -> Result<Option<ResourcePolicy>, Fault> {
    tx.get::<ResourcePolicy>((&named.name, qualifier(named)))
}

/// The qualifier as it stands in keys.
pub fn qualifier(function: &FunctionRef) -> &str {
    function.qualifier.as_deref().unwrap_or_default()
}

/// What is said where there is no policy.
pub fn missing() -> LambdaError {
    LambdaError::not_found("The resource you requested does not exist.")
}

impl ResourcePolicy {
    /// A policy without statements.
    pub fn empty(function: &FunctionRef) -> Self {
        Self {
            function: function.name.clone(),
            qualifier: qualifier(function).to_owned(),
            document: json!({"Version": "2012-10-17", "Id": "default", "Statement": []})
                .to_string(),
            revision_id: String::new(),
        }
    }

    fn statements(&self) -> Result<Vec<Value>, Fault> {
        let mut document: Value = serde_json::from_str(&self.document).map_err(Fault::internal)?;
        match document["Statement"].take() {
            Value::Array(statements) => Ok(statements),
            one => Ok(vec![one]),
        }
    }

    fn set_statements(&mut self, statements: Vec<Value>) {
        let document = json!({
            "Version": "2012-10-17", "Id": "default", "Statement": statements,
        });
        self.document = document.to_string();
    }

    /// Adds a statement.
    ///
    /// # Errors
    /// In AWS's words, when its id is taken, its principal does not exist, or it is too long.
    pub fn add(&mut self, tx: &ReadTx<'_>, statement: Value) -> Result<(), LambdaError> {
        let mut statements = self.statements()?;
        let id = statement["Sid"].clone();
        if statements.iter().any(|known| known["Sid"] == id) {
            return Err(LambdaError::conflict(format!(
                "The statement id ({}) provided already exists. Please provide a new statement \
                 id, or remove the existing statement.",
                id.as_str().unwrap_or_default()
            )));
        }
        // Only the new statement is bound: principals of others may be gone by now.
        let mut alone = self.clone();
        alone.set_statements(vec![statement]);
        alone.document = match bind_principals(tx, &alone.document, Kind::Resource) {
            Ok(document) => document,
            Err(Unstorable::Malformed(_)) => return Err(invalid_principal()),
            Err(Unstorable::Fault(fault)) => return Err(fault.into()),
        };
        statements.extend(alone.statements()?);
        self.set_statements(statements);
        if self.document.len() > MAX_POLICY_BYTES {
            return Err(LambdaError::policy_too_long(MAX_POLICY_BYTES));
        }
        Ok(())
    }

    /// Removes the statement of this id; says whether any are left.
    ///
    /// # Errors
    /// [`LambdaError::ResourceNotFoundException`] when there is none.
    pub fn remove(&mut self, id: &str) -> Result<bool, LambdaError> {
        let mut statements = self.statements()?;
        let before = statements.len();
        statements.retain(|statement| statement["Sid"] != id);
        if statements.len() == before {
            let message = format!("Statement {id} is not found in resource policy.");
            return Err(LambdaError::not_found(message));
        }
        let left = !statements.is_empty();
        self.set_statements(statements);
        Ok(left)
    }

    /// The document as answers show it: users and roles by ARN.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn show(&self, tx: &ReadTx<'_>) -> Result<String, Fault> {
        show_principals(tx, &self.document, Kind::Resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    fn grant(principal: &str) -> Grant {
        Grant {
            statement_id: "one".into(),
            action: "lambda:InvokeFunction".into(),
            principal: principal.into(),
            ..Grant::default()
        }
    }

    #[test]
    fn statements_are_rendered_as_lambda_renders_them() {
        let api = Grant {
            source_arn: Some("arn:aws:execute-api:us-east-1:000000000000:a/*".into()),
            source_account: Some("000000000000".into()),
            ..grant("apigateway.amazonaws.com")
        };
        assert_eq!(
            api.statement(ARN).unwrap().to_string(),
            r#"{"Sid":"one","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:000000000000:a/*"}}}"#
        );
        let public = Grant {
            action: "lambda:InvokeFunctionUrl".into(),
            function_url_auth_type: Some(FunctionUrlAuthType::None),
            principal_org_id: Some("o-abcdefghij".into()),
            ..grant("*")
        };
        let statement = public.statement(ARN).unwrap();
        assert_eq!(statement["Principal"], "*");
        assert_eq!(
            statement["Condition"],
            json!({"StringEquals": {
                "lambda:FunctionUrlAuthType": "NONE", "aws:PrincipalOrgID": "o-abcdefghij",
            }})
        );
    }

    #[test]
    fn conditions_about_urls_belong_to_their_actions() {
        let action = |action: &str, url, via| Grant {
            action: action.into(),
            function_url_auth_type: url,
            invoked_via_function_url: via,
            ..grant("*")
        };
        let none = Some(FunctionUrlAuthType::None);
        assert!(action("lambda:InvokeFunctionUrl", none, None).statement(ARN).is_ok());
        assert!(action("lambda:InvokeFunction", None, Some(true)).statement(ARN).is_ok());
        for wrong in [
            action("lambda:InvokeFunction", none, None),
            action("lambda:*", none, None),
            action("lambda:InvokeFunctionUrl", None, Some(true)),
        ] {
            assert!(wrong.statement(ARN).is_err());
        }
    }

    #[test]
    fn accounts_become_their_root_and_nonsense_is_refused() {
        let account = grant("123456789012").statement(ARN).unwrap();
        assert_eq!(account["Principal"], json!({"AWS": "arn:aws:iam::123456789012:root"}));
        assert!(grant("somebody").statement(ARN).is_err());
    }

    #[test]
    fn statements_go_by_their_ids() {
        let function = FunctionRef::parse("f", None, &Scope::new("1", "r")).unwrap();
        let mut policy = ResourcePolicy::empty(&function);
        let statement = grant("sns.amazonaws.com").statement(ARN).unwrap();
        policy.set_statements(vec![statement]);
        assert!(policy.remove("two").is_err());
        assert!(!policy.remove("one").unwrap());
    }
}
