//! AssumeRoot: credentials of a member account's root user, for one task.

use crate::{
    credentials::{Credentials, begin},
    error::StsError,
    limits::PolicyDescriptor,
};
use policy::{Arn, is_account_id};
use service_kit::{
    identity::{PrincipalClaim, aws_managed},
    prelude::*,
};

/// What the ARNs of AWS's policies for such tasks begin with.
const TASKS: &str = "arn:aws:iam::aws:policy/root-task/";

/// How long a session lasts when nothing is said, which is also the longest, in seconds.
const DEFAULT_SECS: u32 = 900;

/// Begins a session of the root user of a member, limited to what a policy of AWS's for one task
/// leaves. Whose members let whom do that is a fact of the root user's ARN, which IAM gives.
pub(crate) enum AssumeRoot {}

/// What AssumeRoot takes.
#[derive(Debug, Shape)]
#[shape(name = "AssumeRootRequest")]
pub struct AssumeRootInput {
    /// The member: its number or the ARN of its root user.
    #[shape(length = 12..=2048)]
    pub target_principal: String,
    /// The policy of the task.
    pub task_policy_arn: PolicyDescriptor,
    /// How long the session lasts; a quarter of an hour if nothing is said.
    #[shape(range = 0..=900)]
    pub duration_seconds: Option<u32>,
}

/// What AssumeRoot gives.
#[derive(Debug, Shape)]
#[shape(name = "AssumeRootResponse")]
pub struct AssumeRootOutput {
    /// The credentials.
    pub credentials: Credentials,
    /// The person behind the calling session, and so behind this one.
    #[shape(length = 2..=64, pattern = r"[\w+=,.@-]*")]
    pub source_identity: Option<String>,
}

impl Operation for AssumeRoot {
    const NAME: &'static str = "AssumeRoot";
    type Input = AssumeRootInput;
    type Output = AssumeRootOutput;
    type Error = StsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("sts:AssumeRoot", root_arn(&input.target_principal))
            .with_some("sts:TaskPolicyArn", input.task_policy_arn.arn.as_deref())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let account = member(&input.target_principal)?;
        let task = task(input.task_policy_arn)?;
        let duration = input.duration_seconds.unwrap_or(DEFAULT_SECS);
        let principal = PrincipalClaim::Root { account: account.clone() };
        let calling = cx.caller().session.as_deref();
        let mut session = begin(cx, &account, principal, duration);
        session.source_identity = calling.and_then(|session| session.source_identity.clone());
        session.task = Some(task);
        Ok(AssumeRootOutput {
            source_identity: session.source_identity.clone(),
            credentials: Credentials::of(cx, session)?,
        })
    }
}

/// The ARN of the root user that `target` means; what means none is an ARN of nobody's.
fn root_arn(target: &str) -> String {
    match is_account_id(target) {
        true => format!("arn:aws:iam::{target}:root"),
        false => target.to_owned(),
    }
}

/// The number of the account whose root user `target` means.
fn member(target: &str) -> Result<String, StsError> {
    let arn = root_arn(target);
    let parsed = Arn::parse(&arn).filter(|it| it.service == "iam" && it.resource == "root");
    let account = parsed.map(|it| it.account).filter(|account| is_account_id(account));
    let account = account.ok_or_else(|| StsError::invalid(format!("{target} is invalid")))?;
    Ok(account.to_owned())
}

/// The ARN of the policy, if AWS keeps it for such a task.
fn task(described: PolicyDescriptor) -> Result<String, StsError> {
    let arn = described.arn.unwrap_or_default();
    if !arn.starts_with(TASKS) || aws_managed(&arn).is_none() {
        return Err(StsError::invalid(format!("{arn} is not a policy for a privileged root task")));
    }
    Ok(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_meant_by_its_number_or_its_root_user() {
        for target in ["111122223333", "arn:aws:iam::111122223333:root"] {
            assert_eq!(member(target).unwrap(), "111122223333");
        }
        for target in ["111122223334x", "arn:aws:iam::111122223333:user/root", "arn:aws:iam:::root"]
        {
            assert!(member(target).is_err(), "{target}");
        }
    }

    #[test]
    fn a_task_is_one_of_five_policies() {
        let of = |name: &str| task(PolicyDescriptor { arn: Some(format!("{TASKS}{name}")) });
        for name in [
            "IAMAuditRootUserCredentials",
            "IAMCreateRootUserPassword",
            "IAMDeleteRootUserCredentials",
            "S3UnlockBucketPolicy",
            "SQSUnlockQueuePolicy",
        ] {
            assert!(of(name).is_ok(), "{name}");
        }
        assert!(of("Everything").is_err());
        let everything = Some("arn:aws:iam::aws:policy/AdministratorAccess".into());
        assert!(task(PolicyDescriptor { arn: everything }).is_err());
        assert!(task(PolicyDescriptor { arn: None }).is_err());
    }
}
