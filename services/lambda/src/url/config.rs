//! A function URL as stored and as answers show it.

use super::cors::Cors;
use crate::{
    alias::Alias,
    error::LambdaError,
    function::Function,
    name::{FunctionRef, LATEST, access},
    resource_policy::{self, FunctionUrlAuthType},
};
use service_kit::{key::Key, prelude::*};

/// How many characters the first part of a URL's host has.
const ID_CHARS: usize = 32;

/// The URL of a function, or of one of its aliases.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FunctionUrl {
    /// The function's name.
    pub function: String,
    /// The alias; empty for the function itself.
    pub qualifier: String,
    /// The first part of its host.
    pub id: String,
    /// Whether callers sign.
    pub auth_type: FunctionUrlAuthType,
    /// What browsers may do from elsewhere.
    pub cors: Option<Cors>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}

impl Record for FunctionUrl {
    const TABLE: &'static str = "lambda.url";

    fn key(&self) -> impl Key {
        (&self.function, &self.qualifier)
    }
}

/// Whose a URL is: requests to it name nothing else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UrlHome {
    /// The first part of its host.
    pub id: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The function's name.
    pub function: String,
    /// The alias; empty for the function itself.
    pub qualifier: String,
}

impl Record for UrlHome {
    const TABLE: &'static str = "lambda.url_home";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(|home| Owner::Account(home.account.clone()));

    fn key(&self) -> impl Key {
        &self.id
    }
}

/// The alias that has a URL; see [`named`] for the model's pattern, which needs a look-ahead.
#[derive(Clone, Debug, Shape)]
#[shape(name = "FunctionUrlQualifier", length = 1..=128)]
pub struct FunctionUrlQualifier(pub String);

/// How the function's answer reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum InvokeMode {
    /// Whole, once the function has ended.
    Buffered,
}

/// A function URL as answers show it.
#[derive(Clone, Debug, Shape)]
pub struct FunctionUrlConfig {
    pub function_url: String,
    pub function_arn: String,
    pub auth_type: FunctionUrlAuthType,
    pub cors: Option<Cors>,
    pub creation_time: String,
    pub last_modified_time: String,
    pub invoke_mode: Option<InvokeMode>,
}

impl FunctionUrl {
    /// A fresh id: nothing can be told from it, and none comes again.
    pub fn new_id(cx: &Context) -> String {
        cx.entropy().lower_id(ID_CHARS)
    }

    /// The host that it has on AWS.
    pub fn domain(&self, region: &str) -> String {
        format!("{}.lambda-url.{region}.on.aws", self.id)
    }

    /// The function or alias that it invokes.
    pub fn target(&self, scope: &Scope) -> FunctionRef {
        let qualifier = Some(self.qualifier.clone()).filter(|it| !it.is_empty());
        FunctionRef { scope: scope.clone(), name: self.function.clone(), qualifier }
    }

    /// The URL as answers show it. AWS tells the mode of a change only if the change named one.
    pub fn show(self, scope: &Scope, invoke_mode: Option<InvokeMode>) -> FunctionUrlConfig {
        FunctionUrlConfig {
            function_url: format!("https://{}/", self.domain(&scope.region)),
            function_arn: self.target(scope).qualified_arn(),
            auth_type: self.auth_type,
            cors: self.cors,
            creation_time: self.created.date_time_millis(),
            last_modified_time: self.modified.date_time_millis(),
            invoke_mode,
        }
    }
}

/// The function or alias that a request about a URL names. Versions and `$LATEST` have none.
///
/// # Errors
/// In AWS's words.
pub fn named(
    text: &str,
    qualifier: Option<&FunctionUrlQualifier>,
    at: &Scope,
) -> Result<FunctionRef, LambdaError> {
    let named = FunctionRef::parse(text, qualifier.map(|it| it.0.as_str()), at)?;
    let fits = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        name.bytes().all(allowed) && !name.bytes().all(|byte| byte.is_ascii_digit())
    };
    match named.qualifier.as_deref() {
        Some(name) if name == LATEST || !fits(name) => Err(Fault::invalid(format!(
            "1 validation error detected: Value '{name}' at 'qualifier' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: \
             ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"
        ))
        .into()),
        _ => Ok(named),
    }
}

/// The permission for `action` on what a request about a URL names.
pub fn permission(
    action: &'static str,
    text: &str,
    qualifier: Option<&FunctionUrlQualifier>,
    at: &Scope,
) -> Access {
    access(action, text, qualifier.map(|it| it.0.as_str()), at)
}

/// Whether the function or alias is there.
///
/// # Errors
/// [`LambdaError::ResourceNotFoundException`], worded alike for both.
pub fn check_target(tx: &ReadTx<'_>, named: &FunctionRef) -> Result<(), LambdaError> {
    let found = match &named.qualifier {
        None => tx.get::<Function>(&named.name)?.is_some(),
        Some(alias) => tx.get::<Alias>((&named.name, alias))?.is_some(),
    };
    match found {
        true => Ok(()),
        false => Err(LambdaError::not_found("Function does not exist")),
    }
}

/// The URL of what `named` names.
///
/// # Errors
/// [`LambdaError::ResourceNotFoundException`] when it has none.
pub fn find(tx: &ReadTx<'_>, named: &FunctionRef) -> Result<FunctionUrl, LambdaError> {
    let key = (&named.name, resource_policy::qualifier(named));
    tx.get::<FunctionUrl>(key)?.ok_or_else(resource_policy::missing)
}

/// Removes the URL of a function (an empty qualifier) or alias, if it has one; its id is gone for
/// good. The statements about it in resource policies stay, as on AWS.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn remove(tx: &mut Tx<'_>, function: &str, qualifier: &str) -> Result<(), Fault> {
    if let Some(url) = tx.get::<FunctionUrl>((function, qualifier))? {
        tx.delete::<UrlHome>(&url.id);
        tx.delete::<FunctionUrl>((function, qualifier));
    }
    Ok(())
}

/// Removes all URLs of a function and its aliases.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn remove_all(tx: &mut Tx<'_>, function: &str) -> Result<(), Fault> {
    for url in tx.list::<FunctionUrl>(function)? {
        remove(tx, function, &url.qualifier)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_functions_and_aliases_have_urls() {
        let at = Scope::new("000000000000", "us-east-1");
        let of = |text: &str| named(text, None, &at).map(|named| named.qualified_arn());
        assert!(of("f").unwrap().ends_with(":function:f"));
        assert!(of("f:live").unwrap().ends_with(":function:f:live"));
        for wrong in ["f:1", "f:$LATEST", "f:a$b"] {
            assert!(matches!(of(wrong), Err(LambdaError::Common(_))), "{wrong}");
        }
    }
}
