//! Stages: names under which deployments are served.

use crate::error::{ApiGatewayError, Result, bad, unknown, unsupported};
use service_kit::{key::Key, prelude::*};

/// AWS's quota of stages of one API.
pub const MAX_STAGES: usize = 10;
/// AWS's limits of a stage's name and of a variable's.
const MAX_NAME_CHARS: usize = 128;
const MAX_VARIABLE_CHARS: usize = 64;
const MAX_VALUE_CHARS: usize = 512;

/// A stage of an API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stage {
    pub api: String,
    pub name: String,
    pub deployment_id: String,
    pub description: Option<String>,
    pub variables: BTreeMap<String, String>,
    pub tracing: bool,
    pub tags: BTreeMap<String, String>,
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl Record for Stage {
    const TABLE: &'static str = "apigateway.stage";

    fn key(&self) -> impl Key {
        (&self.api, &self.name)
    }
}

/// Whether a stage has a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum CacheClusterStatus {
    /// It has none, ever: caching is not built.
    NotAvailable,
}

/// Settings of a stage's methods; there are none that can be set.
#[derive(Clone, Debug, Shape)]
#[shape(camel)]
pub struct MethodSetting {}

/// A stage as operations show it.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Stage", camel)]
pub struct StageView {
    pub deployment_id: String,
    pub stage_name: String,
    pub description: Option<String>,
    pub cache_cluster_enabled: bool,
    pub cache_cluster_status: CacheClusterStatus,
    pub method_settings: BTreeMap<String, MethodSetting>,
    pub variables: Option<BTreeMap<String, String>>,
    pub tracing_enabled: bool,
    pub tags: Option<BTreeMap<String, String>>,
    pub created_date: Timestamp,
    pub last_updated_date: Timestamp,
}

impl Stage {
    /// A stage that serves `deployment` from `now` on.
    pub fn new(api: &str, name: &str, deployment: &str, now: Timestamp) -> Self {
        Self {
            api: api.to_owned(),
            name: name.to_owned(),
            deployment_id: deployment.to_owned(),
            description: None,
            variables: BTreeMap::new(),
            tracing: false,
            tags: BTreeMap::new(),
            created: now,
            updated: now,
        }
    }

    /// The stage `name` of `api`.
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn load(tx: &ReadTx<'_>, api: &str, name: &str) -> Result<Self> {
        tx.get((api, name))?.ok_or_else(|| unknown("Stage"))
    }

    /// The shape that operations answer with.
    pub fn show(self) -> StageView {
        StageView {
            deployment_id: self.deployment_id,
            stage_name: self.name,
            description: self.description,
            cache_cluster_enabled: false,
            cache_cluster_status: CacheClusterStatus::NotAvailable,
            method_settings: BTreeMap::new(),
            variables: Some(self.variables).filter(|variables| !variables.is_empty()),
            tracing_enabled: self.tracing,
            tags: Some(self.tags).filter(|tags| !tags.is_empty()),
            created_date: self.created.whole_seconds(),
            last_updated_date: self.updated.whole_seconds(),
        }
    }
}

/// Refuses a stage's name.
///
/// # Errors
/// `BadRequestException`, in AWS's words.
pub fn check_name(name: &str) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match !name.is_empty() && name.len() <= MAX_NAME_CHARS && name.bytes().all(fits) {
        true => Ok(()),
        false => Err(bad("Stage name only allows a-zA-Z0-9_-")),
    }
}

/// Refuses a stage variable.
///
/// # Errors
/// `BadRequestException`.
pub fn check_variable(name: &str, value: &str) -> Result<()> {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || name.len() > MAX_VARIABLE_CHARS || !name.bytes().all(named) {
        return Err(bad(format!(
            "Stage variable names can only contain alphanumeric characters and underscores: {name}"
        )));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&byte);
    match value.len() <= MAX_VALUE_CHARS && value.bytes().all(fits) {
        true => Ok(()),
        false => {
            Err(bad(format!("Stage variable value for {name} must match [A-Za-z0-9-._~:/?#&=,]+")))
        }
    }
}

/// Refuses a cache, which is not built.
///
/// # Errors
/// A refusal that names it.
pub fn check_cache(enabled: Option<bool>) -> Result<()> {
    match enabled {
        Some(true) => Err(unsupported("cacheClusterEnabled true")),
        _ => Ok(()),
    }
}

/// Refuses one stage more than an API may have.
///
/// # Errors
/// `LimitExceededException`.
pub fn check_quota(tx: &ReadTx<'_>, api: &str) -> Result<()> {
    if tx.list::<Stage>(api)?.len() < MAX_STAGES {
        return Ok(());
    }
    let message = "Maximum number of stages for this API has been reached. Please contact AWS if \
                   you need additional stages.";
    Err(ApiGatewayError::LimitExceededException(message.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variables_are_checked() {
        check_name("prod_1-a").unwrap();
        assert!(check_name("a/b").is_err());
        assert!(check_name("").is_err());
        check_variable("table", "Stream-1.x").unwrap();
        assert!(check_variable("a-b", "x").is_err());
        assert!(check_variable("a", "x y").is_err());
        assert!(check_cache(Some(true)).is_err());
    }
}
