//! GetAccountSettings: limits, and how much of them is used.

use crate::{code, concurrency, error::LambdaError, fleet::ACCOUNT_CONCURRENCY, function};
use service_kit::prelude::*;

/// Shows limits and usage of this region.
pub(crate) enum GetAccountSettings {}

/// What GetAccountSettings gives.
#[derive(Debug, Shape)]
pub struct GetAccountSettingsOutput {
    /// What there may be.
    pub account_limit: Option<AccountLimit>,
    /// What there is.
    pub account_usage: Option<AccountUsage>,
}

/// What there may be; sizes in bytes.
#[derive(Debug, Shape)]
pub struct AccountLimit {
    /// Code of all functions together; unpacked code counts, too, for it takes this host's disk.
    pub total_code_size: Option<u64>,
    /// One package, unpacked.
    pub code_size_unzipped: Option<u64>,
    /// One package in a request.
    pub code_size_zipped: Option<u64>,
    /// Executions at once.
    pub concurrent_executions: Option<u32>,
    /// Executions at once of functions without a limit of their own.
    pub unreserved_concurrent_executions: Option<u32>,
}

/// What there is.
#[derive(Debug, Shape)]
pub struct AccountUsage {
    /// Packed code of all functions together, in bytes.
    pub total_code_size: Option<u64>,
    /// The number of functions.
    pub function_count: Option<u64>,
}

impl Operation for GetAccountSettings {
    const NAME: &'static str = "GetAccountSettings";
    const AUDITED_AS: &'static str = "GetAccountSettings20160819";
    const HTTP: Option<Http> = Some(Http::new("GET", "/2016-08-19/account-settings", 200));
    type Input = Empty;
    type Output = GetAccountSettingsOutput;
    type Error = LambdaError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("lambda:GetAccountSettings").only()
    }

    async fn run(cx: &Context, _: Self::Input) -> Result<Self::Output, Self::Error> {
        let ((count, bytes), reserved) =
            cx.read(|tx| Ok::<_, Fault>((function::stored(tx)?, concurrency::reserved(tx, "")?)))?;
        let unreserved = ACCOUNT_CONCURRENCY.saturating_sub(reserved);
        Ok(GetAccountSettingsOutput {
            account_limit: Some(AccountLimit {
                total_code_size: Some(code::limit(cx.platform())),
                code_size_unzipped: Some(262_144_000),
                code_size_zipped: Some(52_428_800),
                concurrent_executions: Some(ACCOUNT_CONCURRENCY),
                unreserved_concurrent_executions: Some(unreserved),
            }),
            account_usage: Some(AccountUsage {
                total_code_size: Some(bytes),
                function_count: Some(count as u64),
            }),
        })
    }
}
