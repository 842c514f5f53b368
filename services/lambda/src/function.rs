//! Functions and their published versions as stored.

use crate::{
    error::LambdaError,
    name::{FunctionRef, LATEST, function_arn},
    runtime::{Architecture, Runtime},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use service_kit::{key::Key, prelude::*};

/// Code that all functions of an account may take together on AWS, in bytes ("Lambda quotas").
pub const MAX_STORED_BYTES: u64 = 80_530_636_800;

/// A function, with the configuration of its `$LATEST`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What `$LATEST` is made of.
    pub latest: Configuration,
    /// The number of the version published last; zero before the first.
    pub last_version: u64,
    /// The most concurrent executions, if it has a limit of its own.
    pub reserved_concurrency: Option<u32>,
}

impl Record for Function {
    const TABLE: &'static str = "lambda.function";

    fn key(&self) -> impl Key {
        &self.name
    }
}

/// A published version: it never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// The function's name.
    pub function: String,
    /// Counts from 1.
    pub number: u64,
    /// What it is made of.
    pub configuration: Configuration,
}

impl Record for Version {
    const TABLE: &'static str = "lambda.version";

    fn key(&self) -> impl Key {
        (&self.function, self.number)
    }
}

/// A function's tags, apart from it because every invocation is judged by them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tags {
    /// The function's name.
    pub function: String,
    /// By key.
    pub tags: BTreeMap<String, String>,
}

impl Record for Tags {
    const TABLE: &'static str = "lambda.tags";

    fn key(&self) -> impl Key {
        &self.function
    }
}

/// All that decides how one version runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// `$LATEST` or a number.
    pub version: String,
    /// What runs the code.
    pub runtime: Runtime,
    /// What is called: `file.function`.
    pub handler: String,
    /// The role that the code acts as, as an ARN.
    pub role: String,
    /// What people know it as.
    pub description: String,
    /// How long one invocation may take, in seconds.
    pub timeout_secs: u32,
    /// In MiB.
    pub memory_mb: u32,
    /// The size of `/tmp` in MiB.
    pub ephemeral_mb: u32,
    /// The environment variables, sealed.
    pub sealed_variables: Option<String>,
    /// Whether traces begin here.
    pub active_tracing: bool,
    /// What the code is compiled for.
    pub architecture: Architecture,
    /// The code.
    pub code: Code,
    /// The log group, where it is not the default one.
    pub log_group: Option<String>,
    /// Whether logs are JSON.
    #[serde(default)]
    pub json_logs: bool,
    /// When it last changed.
    pub modified: Timestamp,
    /// Changes with every change.
    pub revision_id: String,
    /// Changes when what runs changes, so that environments of before are not used any more.
    pub generation: String,
}

impl Configuration {
    /// Where the function writes its logs.
    pub fn log_group(&self, function: &str) -> String {
        self.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{function}"))
    }

    /// Notes a change of what runs.
    pub fn changed(&mut self, now: Timestamp, revision_id: &str) {
        self.modified = now;
        self.revision_id = revision_id.to_owned();
        self.generation = revision_id.to_owned();
    }

    /// Whether `other` would run just the same; only then is publishing it again pointless.
    pub fn runs_as(&self, other: &Self) -> bool {
        let same = |configuration: &Self| Self {
            version: String::new(),
            revision_id: String::new(),
            generation: String::new(),
            modified: Timestamp::from_secs(0),
            ..configuration.clone()
        };
        same(self) == same(other)
    }
}

/// A deployment package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The key of its blob: its SHA-256 in hexadecimal.
    pub blob: String,
    /// Its packed size.
    pub bytes: u64,
    /// What it takes of the disk where it is unpacked.
    #[serde(default)]
    pub unpacked_bytes: u64,
}

impl Code {
    /// The SHA-256 in base64, as answers show it.
    pub fn sha256(&self) -> String {
        let digits: Vec<u8> =
            self.blob.chars().filter_map(|digit| digit.to_digit(16)).map(|it| it as u8).collect();
        let byte = |pair: &[u8]| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble);
        STANDARD.encode(digits.chunks(2).map(byte).collect::<Vec<u8>>())
    }
}

/// The function called `name`.
///
/// # Errors
/// [`LambdaError::ResourceNotFoundException`] when there is none.
pub fn find(tx: &ReadTx<'_>, name: &str) -> Result<Function, LambdaError> {
    let missing = || LambdaError::no_function(&function_arn(tx.scope(), name));
    tx.get::<Function>(name)?.ok_or_else(missing)
}

/// The configuration of the version or alias that `function` names.
///
/// # Errors
/// [`LambdaError::ResourceNotFoundException`] when there is none.
pub fn configuration(
    tx: &ReadTx<'_>,
    function: &FunctionRef,
) -> Result<(Function, Configuration), LambdaError> {
    let missing = || LambdaError::no_function(&function.qualified_arn());
    let found = tx.get::<Function>(&function.name)?.ok_or_else(missing)?;
    let version = match function.qualifier.as_deref() {
        None | Some(LATEST) => LATEST.to_owned(),
        Some(number) if function.version().is_some() => number.to_owned(),
        Some(alias) => {
            let key = (&function.name, alias);
            tx.get::<crate::alias::Alias>(key)?.ok_or_else(missing)?.version
        }
    };
    let configuration = at_version(tx, &found, &version)?.ok_or_else(missing)?;
    Ok((found, configuration))
}

/// The configuration of a version of `function`, `$LATEST` included.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn at_version(
    tx: &ReadTx<'_>,
    function: &Function,
    version: &str,
) -> Result<Option<Configuration>, Fault> {
    if version == LATEST {
        return Ok(Some(function.latest.clone()));
    }
    let Ok(number) = version.parse::<u64>() else { return Ok(None) };
    let version = tx.get::<Version>((&function.name, number))?;
    Ok(version.map(|version| version.configuration))
}

/// `$LATEST` of `function`, which counts as number 0, and its published versions, by number.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn versions(tx: &ReadTx<'_>, function: Function) -> Result<Vec<(u64, Configuration)>, Fault> {
    let published = tx.list::<Version>(&function.name)?;
    let published = published.into_iter().map(|it| (it.number, it.configuration));
    Ok(std::iter::once((0, function.latest)).chain(published).collect())
}

/// What all functions of this scope hold: how many there are, and their packed code in bytes.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn stored(tx: &ReadTx<'_>) -> Result<(usize, u64), Fault> {
    let functions = tx.list::<Function>(())?;
    let versions = tx.list::<Version>(())?;
    let latest: u64 = functions.iter().map(|function| function.latest.code.bytes).sum();
    let published: u64 = versions.iter().map(|version| version.configuration.code.bytes).sum();
    Ok((functions.len(), latest + published))
}

/// Publishes the state of `$LATEST`, unless the last version is the same.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn publish(
    tx: &mut Tx<'_>,
    function: &mut Function,
    description: Option<&str>,
    now: Timestamp,
    revision_id: &str,
) -> Result<Configuration, Fault> {
    let mut configuration = function.latest.clone();
    if let Some(description) = description {
        configuration.description = description.to_owned();
    }
    let last = tx.get::<Version>((&function.name, function.last_version))?;
    if let Some(last) = last
        && last.configuration.runs_as(&configuration)
    {
        return Ok(last.configuration);
    }
    function.last_version += 1;
    configuration.version = function.last_version.to_string();
    configuration.changed(now, revision_id);
    tx.put(&Version {
        function: function.name.clone(),
        number: function.last_version,
        configuration: configuration.clone(),
    })?;
    tx.put(function)?;
    Ok(configuration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_shown_in_base64() {
        let blob = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned();
        let code = Code { blob, bytes: 0, unpacked_bytes: 0 };
        assert_eq!(code.sha256(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
