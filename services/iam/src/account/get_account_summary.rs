//! GetAccountSummary: numbers and quotas of the account.

use crate::error::IamError;
use service_kit::{
    identity::{AccessKey, Group, ManagedPolicy, Role, User},
    prelude::*,
};

/// The quotas that hold, by AWS's names (IAM User Guide, "IAM and AWS STS quotas").
const QUOTAS: [(&str, usize); 15] = [
    ("UsersQuota", 5_000),
    ("GroupsQuota", 300),
    ("RolesQuota", 1_000),
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
            let (users, roles) = (tx.list::<User>(())?, tx.list::<Role>(())?);
            let policies = tx.list::<ManagedPolicy>(())?;
            let versions: usize = policies.iter().map(|policy| policy.versions.len()).sum();
            let root_keys = AccessKey::of_root(tx)?.len();
            let counted = [
                ("Users", users.len()),
                ("Groups", tx.list::<Group>(())?.len()),
                ("Roles", roles.len()),
                ("Policies", policies.len()),
                ("PolicyVersionsInUse", versions),
                ("AccountAccessKeysPresent", root_keys.min(1)),
            ];
            Ok::<_, IamError>(counted.into_iter().chain(QUOTAS).map(entry).collect())
        })?;
        Ok(GetAccountSummaryOutput { summary_map })
    }
}

fn entry((name, number): (&str, usize)) -> (String, u32) {
    (name.to_owned(), u32::try_from(number).unwrap_or(u32::MAX))
}
