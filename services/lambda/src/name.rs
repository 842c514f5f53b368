//! How requests name functions: by name, partial ARN or ARN, with or without a qualifier.

use crate::error::LambdaError;
use service_kit::prelude::*;

/// The version that code and configuration are changed in.
pub const LATEST: &str = "$LATEST";

/// The longest name of a function, in characters.
const MAX_NAME_CHARS: usize = 64;

/// A function as requests that take a qualifier name it.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "NamespacedFunctionName",
    length = 1..=256,
    pattern = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)]
pub struct NamespacedFunctionName(pub String);

/// A function as requests that change it name it.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "FunctionName",
    length = 1..=140,
    pattern = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)]
pub struct FunctionName(pub String);

/// A version or an alias.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "NumericLatestPublishedOrAliasQualifier",
    length = 1..=128,
    pattern = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
)]
pub struct Qualifier(pub String);

/// A function, and which of its versions or aliases is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionRef {
    /// Where it lives.
    pub scope: Scope,
    /// Its name.
    pub name: String,
    /// The version or alias as written; none means `$LATEST`.
    pub qualifier: Option<String>,
}

impl FunctionRef {
    /// Reads a function's name as written in a request to `at`, with the separate qualifier.
    ///
    /// # Errors
    /// [`LambdaError::InvalidParameterValueException`] when it is no name, or two qualifiers
    /// differ; [`LambdaError::ResourceNotFoundException`] for a function of another region.
    pub fn parse(text: &str, given: Option<&str>, at: &Scope) -> Result<Self, LambdaError> {
        let (scope, rest) = locate(text, at)?;
        let (name, inside) = match rest.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (rest, None),
        };
        if name.is_empty() || name.contains(':') || name.contains('.') {
            return Err(LambdaError::invalid(format!("Invalid function name: {text}")));
        }
        if name.len() > MAX_NAME_CHARS {
            return Err(too_long(name));
        }
        if let (Some(inside), Some(given)) = (inside, given)
            && inside != given
        {
            return Err(LambdaError::invalid(
                "The derived qualifier from the function name does not match the specified \
                 qualifier.",
            ));
        }
        let qualifier = inside.or(given).map(str::to_owned);
        Ok(Self { scope, name: name.to_owned(), qualifier })
    }

    /// As [`FunctionRef::parse`], where only the function as a whole can be meant.
    ///
    /// # Errors
    /// As [`FunctionRef::parse`].
    pub fn whole(text: &str, at: &Scope) -> Result<Self, LambdaError> {
        let mut whole = Self::parse(text, None, at)?;
        whole.qualifier = None;
        Ok(whole)
    }

    /// The function's ARN, without a qualifier.
    pub fn arn(&self) -> String {
        function_arn(&self.scope, &self.name)
    }

    /// The ARN with the qualifier, if one was given: what policies are asked about.
    pub fn qualified_arn(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.arn()),
            None => self.arn(),
        }
    }

    /// The number of the published version meant; none for `$LATEST` and aliases.
    pub fn version(&self) -> Option<u64> {
        self.qualifier.as_deref()?.parse().ok()
    }
}

/// `arn:aws:lambda:{region}:{account}:function:{name}`.
pub fn function_arn(scope: &Scope, name: &str) -> String {
    scope.arn("lambda", format_args!("function:{name}"))
}

/// The permission for `action` on the function that a request names. A name that cannot be read
/// stands for itself; the request fails later, if it is allowed so far.
pub fn access(action: &'static str, text: &str, given: Option<&str>, at: &Scope) -> Access {
    let resource = match FunctionRef::parse(text, given, at) {
        Ok(function) => function.qualified_arn(),
        Err(_) => function_arn(at, text),
    };
    Access::on(action, resource)
}

/// As [`access`], where only the function as a whole can be meant.
pub fn access_whole(action: &'static str, text: &str, at: &Scope) -> Access {
    let resource = match FunctionRef::whole(text, at) {
        Ok(function) => function.arn(),
        Err(_) => function_arn(at, text),
    };
    Access::on(action, resource)
}

/// Splits off the parts of an ARN or partial ARN: the scope, and `name[:qualifier]`.
fn locate<'a>(text: &'a str, at: &Scope) -> Result<(Scope, &'a str), LambdaError> {
    let mut scope = at.clone();
    let mut rest = text;
    if text.starts_with("arn:") {
        let malformed = || LambdaError::invalid(format!("Invalid function ARN: {text}"));
        let arn = policy::Arn::parse(text).ok_or_else(malformed)?;
        let name = arn.resource.strip_prefix("function:").ok_or_else(malformed)?;
        let owner = arn.owner().filter(|_| arn.service == "lambda").ok_or_else(malformed)?;
        if arn.region != &*at.region {
            let message = format!(
                "Functions from '{}' are not reachable in this region ('{}')",
                arn.region, at.region
            );
            return Err(LambdaError::not_found(message));
        }
        return Ok((Scope::new(owner, arn.region), name));
    }
    if let Some((account, tail)) = rest.split_once(':')
        && policy::is_account_id(account)
        && let Some(name) = tail.strip_prefix("function:")
    {
        scope.account = account.into();
        rest = name;
    }
    Ok((scope, rest.strip_prefix("function:").unwrap_or(rest)))
}

fn too_long(name: &str) -> LambdaError {
    let message = format!(
        "1 validation error detected: Value '{name}' at 'functionName' failed to satisfy \
         constraint: Member must have length less than or equal to {MAX_NAME_CHARS}"
    );
    Fault::invalid(message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope::new("000000000000", "us-east-1")
    }

    fn arn(text: &str, qualifier: Option<&str>) -> String {
        FunctionRef::parse(text, qualifier, &scope()).unwrap().qualified_arn()
    }

    #[test]
    fn every_form_of_a_name_is_one_function() {
        let plain = "arn:aws:lambda:us-east-1:000000000000:function:f";
        assert_eq!(arn("f", None), plain);
        assert_eq!(arn("function:f", None), plain);
        assert_eq!(arn("000000000000:function:f", None), plain);
        assert_eq!(arn(plain, None), plain);
        assert_eq!(arn("f:live", None), format!("{plain}:live"));
        assert_eq!(arn("f", Some("$LATEST")), format!("{plain}:$LATEST"));
        assert_eq!(arn(&format!("{plain}:7"), Some("7")), format!("{plain}:7"));
        let other = "123456789012:function:f:1";
        assert_eq!(arn(other, None), "arn:aws:lambda:us-east-1:123456789012:function:f:1");
    }

    #[test]
    fn contradictions_and_other_regions_are_refused() {
        let parse = |text, qualifier| FunctionRef::parse(text, qualifier, &scope());
        assert!(matches!(
            parse("f:1", Some("2")),
            Err(LambdaError::InvalidParameterValueException { .. })
        ));
        assert!(matches!(
            parse("arn:aws:lambda:eu-west-1:000000000000:function:f", None),
            Err(LambdaError::ResourceNotFoundException { .. })
        ));
        assert!(matches!(parse(&"f".repeat(65), None), Err(LambdaError::Common(_))));
    }
}
