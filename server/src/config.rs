//! How an instance is to be run: flags, then `HEIST_*`, then `heist.toml`, then defaults.

use crate::{
    data::{Access, Folder},
    root_key::{RootKey, Secret},
};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use service_kit::platform::Throttling;
use std::{
    env,
    error::Error,
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

/// The port that users of local clouds expect.
pub const DEFAULT_PORT: u16 = 4566;
/// The region of requests that name none.
pub const DEFAULT_REGION: &str = "us-east-1";
const DEFAULT_ACCOUNT: &str = "000000000000";
const DEFAULT_STORAGE_MIB: u32 = 8_192;

/// Options that every command sharing an instance understands.
#[derive(Args, Clone, Default)]
pub struct Given {
    /// Folder that holds everything [default: ~/.local/share/heist]
    #[arg(long, env = "HEIST_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Port for all APIs, HTTP and HTTPS alike [default: 4566]
    #[arg(long, env = "HEIST_PORT", value_name = "PORT")]
    pub port: Option<u16>,
}

/// Options of a server alone.
#[derive(Args, Clone, Default)]
pub struct Serving {
    /// Address to listen on; others than loopback let the network in [default: 127.0.0.1]
    #[arg(long, env = "HEIST_BIND", value_name = "ADDRESS")]
    pub bind: Option<IpAddr>,
    /// The administrator's access key id [default: generated at first start]
    #[arg(long, env = "HEIST_ACCESS_KEY_ID", value_name = "ID", requires = "secret_access_key")]
    pub access_key_id: Option<String>,
    /// The administrator's secret access key [default: generated at first start]
    #[arg(long, env = "HEIST_SECRET_ACCESS_KEY", value_name = "SECRET", hide_env_values = true)]
    #[arg(requires = "access_key_id")]
    pub secret_access_key: Option<String>,
    /// File of the key that secrets are sealed under [default: root.key in the data folder]
    #[arg(long, env = "HEIST_ROOT_KEY_FILE", value_name = "FILE", group = "root")]
    pub root_key_file: Option<PathBuf>,
    /// That key itself, 32 bytes in base64; better given by the variable than on a command line
    #[arg(long, env = "HEIST_ROOT_KEY", value_name = "BASE64", hide_env_values = true)]
    #[arg(group = "root")]
    pub root_key: Option<String>,
    /// A passphrase to derive that key from; better given by the variable than on a command line
    #[arg(long, env = "HEIST_PASSPHRASE", value_name = "TEXT", hide_env_values = true)]
    #[arg(group = "root")]
    pub passphrase: Option<String>,
    /// Region of requests that name none [default: us-east-1]
    #[arg(long, env = "HEIST_REGION", value_name = "REGION")]
    pub region: Option<String>,
    /// Account of the administrator, twelve digits [default: 000000000000]
    #[arg(long, env = "HEIST_ACCOUNT", value_name = "ID")]
    pub account: Option<String>,
    /// Whether tables throttle what exceeds their capacity [default: on]
    #[arg(long, env = "HEIST_DYNAMODB_THROTTLING", value_name = "MODE")]
    pub dynamodb_throttling: Option<DynamodbThrottling>,
    /// Whether OpenID Connect providers may be at private addresses, and at loopback ones without
    /// TLS [default: off]
    #[arg(long, env = "HEIST_PRIVATE_ISSUERS", value_name = "MODE")]
    pub private_issuers: Option<Switch>,
    /// How much memory all functions may take together, their files in /tmp included, in MiB;
    /// those of one account get at most two thirds of it [default: three quarters of the host's]
    #[arg(long, env = "HEIST_FUNCTION_MEMORY_MIB", value_name = "MIB")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub function_memory_mib: Option<u32>,
    /// How much each account may store, in MiB; over that it may only delete. As much again is
    /// for its functions' code, packed and unpacked [default: 8192]
    #[arg(long, env = "HEIST_ACCOUNT_STORAGE_MIB", value_name = "MIB")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub account_storage_mib: Option<u32>,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// It is not
    #[default]
    Off,
    /// It is
    On,
}

/// Whether tables throttle what exceeds their capacity.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum DynamodbThrottling {
    /// They never do
    Off,
    /// Provisioned tables do, and those with an on-demand maximum
    #[default]
    On,
    /// All do, on-demand tables at AWS's default quotas
    Strict,
}

impl From<DynamodbThrottling> for Throttling {
    fn from(mode: DynamodbThrottling) -> Self {
        match mode {
            DynamodbThrottling::Off => Self::Off,
            DynamodbThrottling::On => Self::Reserved,
            DynamodbThrottling::Strict => Self::Quotas,
        }
    }
}

/// What `heist.toml` in the working folder may say. Unknown keys are an error.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    port: Option<u16>,
    bind: Option<IpAddr>,
    root_key_file: Option<PathBuf>,
    region: Option<String>,
    account: Option<String>,
    dynamodb_throttling: Option<DynamodbThrottling>,
    private_issuers: Option<Switch>,
    account_storage_mib: Option<u32>,
    function_memory_mib: Option<u32>,
}

/// Everything decided.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// The address to listen on.
    pub bind: IpAddr,
    /// The administrator's keys, if given.
    pub keys: Option<(String, String)>,
    /// Where the key comes from that secrets are sealed under.
    pub root_key: RootKey,
    /// The default region.
    pub region: String,
    /// The default account.
    pub account: String,
    /// Whether tables throttle.
    pub dynamodb_throttling: DynamodbThrottling,
    /// Whether identity providers may be at private addresses.
    pub private_issuers: bool,
    /// How much each account may store, in bytes.
    pub account_storage: u64,
    /// How much memory all functions may take together, in bytes, if somebody says.
    pub function_memory: Option<u64>,
}

impl Config {
    /// Decides from flags and environment, which `clap` has joined, and `heist.toml`.
    ///
    /// # Errors
    /// A message that names the file or value that is wrong.
    pub fn decide(given: &Given, serving: &Serving) -> Result<Self, String> {
        let file = read_file(Path::new("heist.toml"))?;
        let data = given.data.clone().or(file.data).map_or_else(default_data, Ok)?;
        let account = serving.account.clone().or(file.account);
        let account = account.unwrap_or_else(|| DEFAULT_ACCOUNT.into());
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("the account must be twelve digits, not {account:?}"));
        }
        let throttling = serving.dynamodb_throttling.or(file.dynamodb_throttling);
        let private_issuers = serving.private_issuers.or(file.private_issuers);
        let storage = serving.account_storage_mib.or(file.account_storage_mib);
        let memory = serving.function_memory_mib.or(file.function_memory_mib);
        let loopback = IpAddr::from([127, 0, 0, 1]);
        Ok(Self {
            data,
            port: given.port.or(file.port).unwrap_or(DEFAULT_PORT),
            bind: serving.bind.or(file.bind).unwrap_or(loopback),
            keys: serving.access_key_id.clone().zip(serving.secret_access_key.clone()),
            root_key: root_key(serving, file.root_key_file),
            region: serving.region.clone().or(file.region).unwrap_or_else(|| DEFAULT_REGION.into()),
            account,
            dynamodb_throttling: throttling.unwrap_or_default(),
            private_issuers: private_issuers == Some(Switch::On),
            account_storage: u64::from(storage.unwrap_or(DEFAULT_STORAGE_MIB)) << 20,
            function_memory: memory.map(|mib| u64::from(mib) << 20),
        })
    }

    /// Whether the data folder is where it is unless somebody says otherwise.
    pub fn is_usual(&self) -> bool {
        default_data().is_ok_and(|usual| usual == self.data)
    }

    /// The data folder, and how to reach the instance that last ran there.
    ///
    /// # Errors
    /// In words for the person: no instance has run there.
    pub fn last_run(&self) -> Result<(Folder, Access), Box<dyn Error>> {
        let folder = Folder::open(&self.data)?;
        let missing = || format!("nothing has run in {} yet; heist up", self.data.display());
        let access = folder.access().map_err(|_| missing())?;
        Ok((folder, access))
    }
}

fn root_key(serving: &Serving, in_file: Option<PathBuf>) -> RootKey {
    // `clap` has seen to it that at most one is given.
    let secret = |text: &Option<String>| text.clone().map(Secret);
    secret(&serving.passphrase)
        .map(RootKey::Passphrase)
        .or(secret(&serving.root_key).map(RootKey::Given))
        .unwrap_or_else(|| RootKey::File(serving.root_key_file.clone().or(in_file)))
}

fn read_file(path: &Path) -> Result<File, String> {
    match fs::read_to_string(path) {
        Ok(text) => {
            basic_toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn default_data() -> Result<PathBuf, String> {
    let share = env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
    let base = share.filter(|path| path.is_absolute()).or_else(home);
    base.map(|base| base.join("heist")).ok_or_else(|| "say where to keep data: --data DIR".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_in_the_file_are_an_error() {
        let folder = env::temp_dir().join(format!("heist-config-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("heist.toml");
        fs::write(&path, "port = 5000\ntypo = true\n").unwrap();
        let error = read_file(&path).err().unwrap();
        assert!(error.contains("typo"), "{error}");
        fs::write(&path, "port = 5000\n").unwrap();
        assert_eq!(read_file(&path).unwrap().port, Some(5000));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_account_is_twelve_digits() {
        let serving = Serving { account: Some("12".into()), ..Serving::default() };
        assert!(Config::decide(&Given::default(), &serving).is_err());
    }
}
