//! AssumeRole: credentials of a role, for those whom the role trusts.

use crate::{
    credentials::{Credentials, HOUR_SECS, begin},
    error::StsError,
    limits::{PolicyDescriptor, SessionPolicies},
    mfa::{denied, proof},
    tags::{SessionTags, Tag, pairs},
};
use policy::{Arn, Principal};
use service_kit::{
    identity::{PrincipalClaim, Role, Session, role_by_arn},
    prelude::*,
};

/// Begins a session of a role. The role's trust policy decides, together with the caller's own
/// policies where it only names the account.
pub(crate) enum AssumeRole {}

/// What AssumeRole takes.
#[derive(Debug, Shape)]
#[shape(name = "AssumeRoleRequest")]
pub struct AssumeRoleInput {
    /// The role.
    #[shape(length = 20..=2048)]
    pub role_arn: String,
    /// What the session is called, in its ARN and in audit records.
    #[shape(length = 2..=64, pattern = r"[\w+=,.@-]*")]
    pub role_session_name: String,
    /// Managed policies that limit the session.
    #[shape(default)]
    pub policy_arns: Vec<PolicyDescriptor>,
    /// A document that limits the session.
    #[shape(length = 1.., pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    /// How long it lasts; an hour if nothing is said.
    #[shape(range = 900..=43_200)]
    pub duration_seconds: Option<u32>,
    /// Session tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<Tag>,
    /// Which of them the next role of a chain inherits.
    #[shape(default, length = 0..=50)]
    pub transitive_tag_keys: Vec<String>,
    /// What the owner of the role agreed on with the caller.
    #[shape(length = 2..=1224, pattern = r"[\w+=,.@:\/-]*")]
    pub external_id: Option<String>,
    /// The person behind the session; kept through a chain of roles.
    #[shape(length = 2..=64, pattern = r"[\w+=,.@-]*")]
    pub source_identity: Option<String>,
    /// The MFA device of the calling user's.
    #[shape(length = 9..=256, pattern = r"[\w+=/:,.@-]*")]
    pub serial_number: Option<String>,
    /// What it shows.
    #[shape(length = 6..=6, pattern = r"[\d]*")]
    pub token_code: Option<String>,
}

/// What AssumeRole gives.
#[derive(Debug, Shape)]
#[shape(name = "AssumeRoleResponse")]
pub struct AssumeRoleOutput {
    /// The credentials.
    pub credentials: Credentials,
    /// Whose they are.
    pub assumed_role_user: AssumedRoleUser,
    /// The room taken in the token, in percent.
    pub packed_policy_size: Option<u32>,
    /// The person behind the session.
    #[shape(length = 2..=64, pattern = r"[\w+=,.@-]*")]
    pub source_identity: Option<String>,
}

/// A session of a role.
#[derive(Debug, Shape)]
pub struct AssumedRoleUser {
    /// The role's unique id and the session's name.
    #[shape(length = 2..=193, pattern = r"[\w+=,.@:-]*")]
    pub assumed_role_id: String,
    /// The session's ARN.
    #[shape(length = 20..=2048)]
    pub arn: String,
}

impl Operation for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    type Input = AssumeRoleInput;
    type Output = AssumeRoleOutput;
    type Error = StsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let mut access = vec![permission("sts:AssumeRole", input)];
        if !input.tags.is_empty() {
            access.push(permission("sts:TagSession", input));
        }
        if input.source_identity.is_some() {
            access.push(permission("sts:SetSourceIdentity", input));
        }
        access
    }

    /// Trust policies are asked with the device that the request itself brings.
    fn proofs(cx: &Context, input: &Self::Input, access: &mut [Access]) -> Result<(), StsError> {
        let proof = proof(input.serial_number.as_ref(), input.token_code.as_ref())?;
        let Some(proof) = proof else { return Ok(()) };
        proof.check(cx).map_err(denied)?;
        for access in access {
            access.keys.set("aws:MultiFactorAuthPresent", "true");
            access.keys.set("aws:MultiFactorAuthAge", "0");
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let (role, account) = role(cx, &input.role_arn)?;
        let calling = calling_session(cx)?;
        let duration = duration_secs(&role, input.duration_seconds, calling.is_some())?;
        let permitted = permission("sts:TagSession", &input);
        let tags = SessionTags::check(input.tags, input.transitive_tag_keys, calling)?;
        let source_identity = source_identity(calling, input.source_identity)?;
        inherit(cx, &permitted, &tags, source_identity.as_ref().filter(|it| it.inherited))?;
        let limits = SessionPolicies::check(cx, &account, input.policy, input.policy_arns)?;
        let packed_policy_size = limits.packed_percent(&tags.asked)?;
        let proof = proof(input.serial_number.as_ref(), input.token_code.as_ref())?;
        if let Some(proof) = proof {
            proof.redeem(cx).await.map_err(denied)?;
        }

        let name = input.role_session_name;
        let assumed_role_user = AssumedRoleUser {
            assumed_role_id: format!("{}:{name}", role.id),
            arn: format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.name),
        };
        let all_tags = tags.over(&role.tags);
        let mut session = begin(cx, &account, claim(&account, role, name), duration);
        session.mfa = proof.is_some();
        session.tags = all_tags;
        session.transitive_tags = tags.transitive;
        session.policies = limits.document.map(|document| vec![document]);
        session.policy_arns = limits.arns;
        session.source_identity = source_identity.map(|it| it.name);
        session.source_arn = service_source(cx);
        Ok(AssumeRoleOutput {
            source_identity: session.source_identity.clone(),
            credentials: Credentials::of(cx, session)?,
            assumed_role_user,
            packed_policy_size,
        })
    }
}

/// `action` on the role, with all that trust policies can ask about.
fn permission(action: &'static str, input: &AssumeRoleInput) -> Access {
    let access = Access::on(action, input.role_arn.as_str())
        .with("sts:RoleSessionName", input.role_session_name.as_str())
        .with_some("sts:ExternalId", input.external_id.as_deref())
        .with_some("sts:SourceIdentity", input.source_identity.as_deref())
        .with_tags(pairs(&input.tags));
    if input.transitive_tag_keys.is_empty() {
        return access;
    }
    access.with_many("sts:TransitiveTagKeys", input.transitive_tag_keys.iter().map(String::as_str))
}

/// The role and its account. Nobody gets here for a role that does not exist, unless it was
/// deleted this moment.
fn role(cx: &Context, arn: &str) -> Result<(Role, String), StsError> {
    let account = Arn::parse(arn).map(|arn| arn.account.to_owned());
    match (cx.read(|tx| role_by_arn(tx, arn))?, account) {
        (Some(role), Some(account)) => Ok((role, account)),
        _ => Err(StsError::denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            cx.caller().principal.arn()
        ))),
    }
}

/// The role session that calls, which makes this a chain.
fn calling_session(cx: &Context) -> Result<Option<&Session>, StsError> {
    match &cx.caller().principal {
        Principal::Root { .. } => {
            Err(StsError::denied("Roles may not be assumed by root accounts."))
        }
        Principal::Federated { .. } => {
            Err(StsError::denied("Cannot call AssumeRole with federated session credentials"))
        }
        Principal::Role { .. } => Ok(cx.caller().session.as_deref()),
        _ => Ok(None),
    }
}

fn duration_secs(role: &Role, asked: Option<u32>, chained: bool) -> Result<u32, StsError> {
    let duration = asked.unwrap_or(HOUR_SECS);
    if duration > role.max_session_secs {
        return Err(StsError::invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    if chained && duration > HOUR_SECS {
        return Err(StsError::invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    Ok(duration)
}

/// The person behind a session.
struct SourceIdentity {
    name: String,
    /// From the calling session rather than from the request.
    inherited: bool,
}

/// Once set, a source identity stays for the whole chain.
fn source_identity(
    calling: Option<&Session>,
    asked: Option<String>,
) -> Result<Option<SourceIdentity>, StsError> {
    match (calling.and_then(|session| session.source_identity.clone()), asked) {
        (Some(kept), Some(asked)) if kept != asked => {
            Err(StsError::denied("The source identity of the calling session cannot be changed."))
        }
        (_, Some(name)) => Ok(Some(SourceIdentity { name, inherited: false })),
        (Some(name), None) => Ok(Some(SourceIdentity { name, inherited: true })),
        (None, None) => Ok(None),
    }
}

/// What a chain carries over needs the same permissions as what a request sets (IAM User Guide,
/// "Pass session tags in AWS STS" and "Monitor and control actions taken with assumed roles").
fn inherit(
    cx: &Context,
    permitted: &Access,
    tags: &SessionTags,
    source_identity: Option<&SourceIdentity>,
) -> Result<(), StsError> {
    let mut needed = Vec::new();
    if !tags.inherited.is_empty() {
        let all = tags.inherited.iter().chain(&tags.asked);
        let pairs = all.map(|(key, value)| (key.as_str(), value.as_str()));
        needed.push(permitted.clone().with_tags(pairs));
    }
    if let Some(identity) = source_identity {
        let access = Access { action: "sts:SetSourceIdentity".into(), ..permitted.clone() };
        needed.push(access.with("sts:SourceIdentity", identity.name.as_str()));
    }
    if needed.is_empty() {
        return Ok(());
    }
    cx.authorize(&needed).map_err(|denied| StsError::denied(denied.message))
}

fn claim(account: &str, role: Role, session: String) -> PrincipalClaim {
    let Role { path, name, id, .. } = role;
    PrincipalClaim::Role { account: account.to_owned(), path, name, id, session }
}

/// The resource whose code gets these credentials, when a service asks for it.
fn service_source(cx: &Context) -> Option<String> {
    let by_service = matches!(cx.caller().principal, Principal::Service { .. });
    let source = cx.caller().source_arn.as_deref().filter(|_| by_service)?;
    // Only functions run code that holds the credentials; other services use them themselves.
    Arn::parse(source).is_some_and(|arn| arn.service == "lambda").then(|| source.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(max_session_secs: u32) -> Role {
        Role {
            name: "r".into(),
            path: "/".into(),
            id: "AROA".into(),
            created: Timestamp::default(),
            trust: String::new(),
            description: None,
            max_session_secs,
            tags: Vec::new(),
            boundary: None,
            attached: Vec::new(),
            inline: BTreeMap::new(),
        }
    }

    #[test]
    fn a_chained_session_lasts_an_hour_at_most() {
        assert_eq!(duration_secs(&role(43_200), Some(7_200), false).unwrap(), 7_200);
        assert!(duration_secs(&role(43_200), Some(7_200), true).is_err());
        assert_eq!(duration_secs(&role(43_200), None, true).unwrap(), 3_600);
        assert!(duration_secs(&role(3_600), Some(3_601), false).is_err());
    }

    #[test]
    fn a_request_says_what_trust_policies_ask_about() {
        let input = AssumeRoleInput {
            role_arn: "arn:aws:iam::111122223333:role/r".into(),
            role_session_name: "ana".into(),
            policy_arns: Vec::new(),
            policy: None,
            duration_seconds: None,
            tags: vec![Tag { key: "team".into(), value: "red".into() }],
            transitive_tag_keys: vec!["team".into()],
            external_id: Some("secret".into()),
            source_identity: Some("ana".into()),
            serial_number: None,
            token_code: None,
        };
        let access = AssumeRole::access(&input, &Scope::new("111122223333", "us-east-1"));
        let actions: Vec<_> = access.iter().map(|access| &*access.action).collect();
        assert_eq!(actions, ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]);
        for access in &access {
            let value = |key: &str| access.keys.get(key).unwrap()[0].clone();
            assert_eq!(value("sts:ExternalId"), "secret");
            assert_eq!(value("aws:RequestTag/team"), "red");
            assert_eq!(value("sts:TransitiveTagKeys"), "team");
        }
    }
}
