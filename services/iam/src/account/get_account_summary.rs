//! GetAccountSummary: numbers and quotas of the account.

use super::token_preferences;
use crate::{
    error::IamError,
    instance_profile::InstanceProfile,
    server_certificate::{self, ServerCertificate},
    signing_certificate::{SigningCertificate, signing_certificates},
};
use service_kit::{
    identity::{
        AccessKey, Group, ManagedPolicy, MfaAssignment, MfaDevice, OidcProvider, Role,
        SamlProvider, User,
    },
    prelude::*,
};

/// The quotas that hold, by AWS's names (IAM User Guide, "IAM and AWS STS quotas").
const QUOTAS: [(&str, usize); 18] = [
    ("UsersQuota", 5_000),
    ("GroupsQuota", 300),
    ("RolesQuota", 1_000),
    ("InstanceProfilesQuota", 1_000),
    ("PoliciesQuota", 1_500),
    ("AccessKeysPerUserQuota", 2),
    ("AttachedPoliciesPerUserQuota", 10),
    ("AttachedPoliciesPerGroupQuota", 10),
    ("AttachedPoliciesPerRoleQuota", 10),
    ("GroupsPerUserQuota", 10),
    ("PolicySizeQuota", 6_144),
    ("VersionsPerPolicyQuota", 5),
    ("UserPolicySizeQuota", 2_048),
    ("GroupPolicySizeQuota", 5_120),
    ("RolePolicySizeQuota", 10_240),
    ("AssumeRolePolicySizeQuota", 2_048),
    ("ServerCertificatesQuota", server_certificate::MAX_CERTIFICATES),
    ("SigningCertificatesPerUserQuota", signing_certificates::MAX_CERTIFICATES),
];

/// Counts what the account has and tells the quotas that hold.
pub(crate) enum GetAccountSummary {}

/// What GetAccountSummary gives.
#[derive(Debug, Shape)]
#[shape(name = "GetAccountSummaryResponse")]
pub struct GetAccountSummaryOutput {
    /// Numbers by name.
    pub summary_map: BTreeMap<String, u32>,
}

impl Operation for GetAccountSummary {
    const NAME: &'static str = "GetAccountSummary";
    type Input = Empty;
    type Output = GetAccountSummaryOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetAccountSummary").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<GetAccountSummaryOutput, IamError> {
        let summary_map = cx.read(|tx| {
            let counted = counted(tx)?.into_iter().chain(root(tx)?);
            Ok::<_, IamError>(counted.chain(QUOTAS).map(entry).collect())
        })?;
        Ok(GetAccountSummaryOutput { summary_map })
    }
}

/// What the account has.
fn counted(tx: &ReadTx<'_>) -> Result<[(&'static str, usize); 11], Fault> {
    let policies = tx.list::<ManagedPolicy>(())?;
    let devices = tx.list::<MfaDevice>(())?;
    Ok([
        ("Users", tx.list::<User>(())?.len()),
        ("Groups", tx.list::<Group>(())?.len()),
        ("Roles", tx.list::<Role>(())?.len()),
        ("InstanceProfiles", tx.list::<InstanceProfile>(())?.len()),
        ("Providers", tx.list::<OidcProvider>(())?.len() + tx.list::<SamlProvider>(())?.len()),
        ("Policies", policies.len()),
        ("PolicyVersionsInUse", policies.iter().map(|policy| policy.versions.len()).sum()),
        ("ServerCertificates", tx.list::<ServerCertificate>(())?.len()),
        ("MFADevices", devices.len()),
        ("MFADevicesInUse", devices.iter().filter(|device| device.user_id.is_some()).count()),
        ("GlobalEndpointTokenVersion", token_preferences::version(tx)? as usize),
    ])
}

/// Which credentials the root user has. A password is none of them: there is no way to set one.
fn root(tx: &ReadTx<'_>) -> Result<[(&'static str, usize); 4], Fault> {
    let account = &tx.scope().account;
    let is_any = |number: usize| number.min(1);
    Ok([
        ("AccountAccessKeysPresent", is_any(AccessKey::of_root(tx)?.len())),
        ("AccountMFAEnabled", is_any(tx.list::<MfaAssignment>(account)?.len())),
        ("AccountPasswordPresent", 0),
        (
            "AccountSigningCertificatesPresent",
            is_any(tx.list::<SigningCertificate>(account)?.len()),
        ),
    ])
}

fn entry((name, number): (&str, usize)) -> (String, u32) {
    (name.to_owned(), u32::try_from(number).unwrap_or(u32::MAX))
}
