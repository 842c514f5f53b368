//! SetSecurityTokenServicePreferences: which tokens the global endpoint of STS gives.

use crate::error::IamError;
use service_kit::{key::Key, prelude::*};

/// Where the tokens of the global endpoint are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "globalEndpointTokenVersion")]
pub enum TokenVersion {
    /// In regions that need not be enabled.
    #[shape(name = "v1Token")]
    V1,
    /// In all regions.
    #[shape(name = "v2Token")]
    V2,
}

/// The account's choice. No region of an instance has to be enabled, so the tokens are good
/// everywhere in both versions; GetAccountSummary tells which one is set.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct TokenPreferences {
    version: u32,
}

impl Record for TokenPreferences {
    const TABLE: &'static str = "iam.token_preferences";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {}
}

/// The number of the version that is set.
pub(super) fn version(tx: &ReadTx<'_>) -> Result<u32, Fault> {
    Ok(tx.get::<TokenPreferences>(())?.map_or(1, |preferences| preferences.version))
}

/// Sets the version.
pub(crate) enum SetSecurityTokenServicePreferences {}

/// What SetSecurityTokenServicePreferences takes.
#[derive(Debug, Shape)]
#[shape(name = "SetSecurityTokenServicePreferencesRequest")]
pub struct SetSecurityTokenServicePreferencesInput {
    /// The version.
    pub global_endpoint_token_version: TokenVersion,
}

impl Operation for SetSecurityTokenServicePreferences {
    const NAME: &'static str = "SetSecurityTokenServicePreferences";
    type Input = SetSecurityTokenServicePreferencesInput;
    type Output = Empty;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:SetSecurityTokenServicePreferences").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let version = match input.global_endpoint_token_version {
            TokenVersion::V1 => 1,
            TokenVersion::V2 => 2,
        };
        cx.write(|tx| Ok::<_, IamError>(tx.put(&TokenPreferences { version })?)).await?;
        Ok(Empty)
    }
}
