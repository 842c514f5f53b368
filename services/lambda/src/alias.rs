//! Aliases: names for one version, or for two with a share of the invocations each.

use crate::{
    error::LambdaError,
    function::{Function, Version},
    name::LATEST,
};
use service_kit::{key::Key, prelude::*};

/// An alias of a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Alias {
    /// The function's name.
    pub function: String,
    /// Its own name.
    pub name: String,
    /// The version it stands for.
    pub version: String,
    /// What people know it as.
    pub description: String,
    /// Another version, and the share of the invocations that it gets.
    pub other: Option<(String, f64)>,
    /// Changes with every change.
    pub revision_id: String,
}

impl Record for Alias {
    const TABLE: &'static str = "lambda.alias";

    fn key(&self) -> impl Key {
        (&self.function, &self.name)
    }
}

/// A version, or the code that is changed.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "VersionWithLatestPublished",
    length = 1..=1024,
    pattern = r"(\$LATEST(\.PUBLISHED)?|[0-9]+)"
)]
pub struct VersionName(pub String);

/// The name of an alias. The model's pattern also excludes numbers, which needs a look-ahead; see
/// [`check_name`].
#[derive(Clone, Debug, Shape)]
#[shape(name = "Alias", length = 1..=128, pattern = "([a-zA-Z0-9-_]+)")]
pub struct AliasName(pub String);

/// A description of anything.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Description", length = 0..=256)]
pub struct Description(pub String);

/// A share of invocations.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "Weight", range = 0..=1)]
pub struct Weight(pub f64);

/// How an alias divides its invocations.
#[derive(Clone, Debug, Default, Shape)]
pub struct AliasRoutingConfiguration {
    /// The other version's share, between 0 and 1.
    pub additional_version_weights: Option<BTreeMap<String, Weight>>,
}

/// An alias as answers show it.
#[derive(Clone, Debug, Shape)]
pub struct AliasConfiguration {
    pub alias_arn: Option<String>,
    pub name: Option<AliasName>,
    pub function_version: Option<String>,
    pub description: Option<Description>,
    pub routing_config: Option<AliasRoutingConfiguration>,
    pub revision_id: Option<String>,
}

impl Alias {
    /// The alias as answers show it.
    pub fn show(self, scope: &Scope) -> AliasConfiguration {
        let arn = scope.arn("lambda", format_args!("function:{}:{}", self.function, self.name));
        let weights = |(version, weight)| AliasRoutingConfiguration {
            additional_version_weights: Some(BTreeMap::from([(version, Weight(weight))])),
        };
        AliasConfiguration {
            alias_arn: Some(arn),
            name: Some(AliasName(self.name)),
            function_version: Some(self.version),
            description: Some(Description(self.description)),
            routing_config: self.other.map(weights),
            revision_id: Some(self.revision_id),
        }
    }
}

/// Whether an alias may be called so: a number would be a version.
///
/// # Errors
/// In AWS's words.
pub fn check_name(name: &str) -> Result<(), LambdaError> {
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::invalid(format!(
            "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        ))
        .into());
    }
    Ok(())
}

/// The other version that a routing configuration names, if any.
///
/// # Errors
/// In AWS's words, when there are several, or it is `$LATEST`.
pub fn other_version(
    routing: Option<AliasRoutingConfiguration>,
) -> Result<Option<(String, f64)>, LambdaError> {
    let mut weights = routing.and_then(|it| it.additional_version_weights).unwrap_or_default();
    if weights.len() > 1 {
        return Err(LambdaError::invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ));
    }
    let other = weights.pop_first();
    if other.as_ref().is_some_and(|(version, _)| version == LATEST) {
        let message = "$LATEST is not supported for an alias pointing to more than 1 version";
        return Err(LambdaError::invalid(message));
    }
    // Validation holds whole numbers only to their range.
    if let Some((_, Weight(weight))) = other.as_ref().filter(|it| !(0.0..=1.0).contains(&it.1.0)) {
        return Err(Fault::invalid(format!(
            "1 validation error detected: Value '{weight}' at \
             'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must \
             satisfy constraint: [Member must have value between 0.0 and 1.0]"
        ))
        .into());
    }
    Ok(other.map(|(version, weight)| (version, weight.0)))
}

/// Whether all versions that `alias` names are there, and fit together.
///
/// # Errors
/// In AWS's words.
pub fn check_versions(
    tx: &ReadTx<'_>,
    function: &Function,
    alias: &Alias,
) -> Result<(), LambdaError> {
    let other = alias.other.as_ref().map(|(version, _)| version);
    for version in std::iter::once(&alias.version).chain(other) {
        let exists = match version.parse::<u64>() {
            Ok(number) => tx.get::<Version>((&function.name, number))?.is_some(),
            Err(_) => version == LATEST,
        };
        if !exists {
            let arn = crate::name::function_arn(tx.scope(), &function.name);
            return Err(LambdaError::no_function(&format!("{arn}:{version}")));
        }
    }
    if other.is_some() && alias.version == LATEST {
        let message = "$LATEST is not supported for an alias pointing to more than 1 version";
        return Err(LambdaError::invalid(message));
    }
    if other == Some(&alias.version) {
        let version = &alias.version;
        let message = format!(
            "Invalid function version {version}. Function version {version} is already included \
             in routing configuration."
        );
        return Err(LambdaError::invalid(message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(weights: &[(&str, f64)]) -> Result<Option<(String, f64)>, LambdaError> {
        let weights = weights.iter().map(|(name, weight)| ((*name).to_owned(), Weight(*weight)));
        let additional_version_weights = Some(weights.collect());
        other_version(Some(AliasRoutingConfiguration { additional_version_weights }))
    }

    #[test]
    fn one_other_version_with_a_share() {
        assert_eq!(other(&[]).unwrap(), None);
        assert_eq!(other(&[("2", 0.1)]).unwrap(), Some(("2".to_owned(), 0.1)));
        for wrong in [&[("2", 1.1)][..], &[("$LATEST", 0.1)], &[("1", 0.1), ("2", 0.1)]] {
            assert!(other(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn numbers_are_no_names() {
        assert!(check_name("17").is_err());
        assert!(check_name("v17").is_ok());
    }
}
