//! Sessions of roles for those whom an identity provider vouches for: the role's trust policy
//! decides alone.

use crate::{
    assume_role::AssumedRoleUser,
    credentials::{Credentials, HOUR_SECS, begin},
    error::StsError,
    limits::{PolicyDescriptor, SessionPolicies},
    tags::{SessionTags, Tag, pairs},
};
use policy::{Arn, Principal};
use service_kit::{
    context::Caller,
    identity::{FederatedKey, Federation, PrincipalClaim, Role, role_by_arn},
    prelude::*,
};

/// Somebody for whom a provider vouches, and what it says of them.
pub(crate) struct Vouched {
    /// The action that the trust policy must allow.
    pub action: &'static str,
    /// The provider's ARN.
    pub provider: String,
    /// The subject by the provider's name for it.
    pub subject: String,
    /// The provider's condition keys.
    pub keys: Vec<FederatedKey>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// The names of those that a chain of roles keeps.
    pub transitive: Vec<String>,
    /// The person behind the session.
    pub source_identity: Option<String>,
    /// The longest that the provider lets the session last, in seconds.
    pub longest_secs: Option<u32>,
}

/// What a request asks for.
pub(crate) struct Wanted {
    /// The role.
    pub role_arn: String,
    /// What the session is called.
    pub session_name: String,
    /// A document that limits it.
    pub policy: Option<String>,
    /// Managed policies that limit it.
    pub policy_arns: Vec<PolicyDescriptor>,
    /// How long it lasts.
    pub duration_secs: Option<u32>,
}

/// A session that has begun.
pub(crate) struct Begun {
    /// The credentials.
    pub credentials: Credentials,
    /// Whose they are.
    pub assumed_role_user: AssumedRoleUser,
    /// The room taken in the token, in percent.
    pub packed_policy_size: Option<u32>,
}

/// Needs no permission of the caller's: there is no caller yet.
pub(crate) fn open(action: &'static str) -> Vec<Access> {
    Access::anonymous(action, "who asks is what the token says; the role's trust policy decides")
}

/// The scope of the account in a role's ARN.
pub(crate) fn home(cx: &Context, role_arn: &str) -> Result<Scope, StsError> {
    let arn = Arn::parse(role_arn).filter(|arn| arn.service == "iam" && !arn.account.is_empty());
    let arn = arn.ok_or_else(|| StsError::invalid(format!("{role_arn} is invalid")))?;
    Ok(Scope::new(arn.account, cx.region()))
}

/// Begins the session of a role that `vouched` may have.
///
/// # Errors
/// Access denied where the trust policy does not let them in, whether or not the role exists.
pub(crate) fn assume(cx: &Context, vouched: Vouched, wanted: Wanted) -> Result<Begun, StsError> {
    let cx = &cx.within(home(cx, &wanted.role_arn)?);
    let tags: Vec<Tag> = vouched.tags.iter().map(tag).collect();
    admit(cx, &vouched, &wanted, &tags)?;
    let denied = || StsError::denied(format!("Not authorized to perform {}", vouched.action));
    let role = cx.read(|tx| role_by_arn(tx, &wanted.role_arn))?.ok_or_else(denied)?;
    let duration = duration_secs(&role, &vouched, wanted.duration_secs)?;
    let tags = SessionTags::check(tags, vouched.transitive, None)?;
    let account = cx.account();
    let limits = SessionPolicies::check(cx, account, wanted.policy, wanted.policy_arns)?;
    let packed_policy_size = limits.packed_percent(&tags.asked)?;
    let name = wanted.session_name;
    let assumed_role_user = AssumedRoleUser {
        assumed_role_id: format!("{}:{name}", role.id),
        arn: format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.name),
    };
    let all_tags = tags.over(&role.tags);
    let Role { path, name: role_name, id, .. } = role;
    let claim =
        PrincipalClaim::Role { account: account.into(), path, name: role_name, id, session: name };
    let mut session = begin(cx, account, claim, duration);
    session.tags = all_tags;
    session.transitive_tags = tags.transitive;
    session.policies = limits.document.map(|document| vec![document]);
    session.policy_arns = limits.arns;
    session.source_identity = vouched.source_identity;
    session.federation = Some(Federation { provider: vouched.provider, keys: vouched.keys });
    let credentials = Credentials::of(cx, session)?;
    Ok(Begun { credentials, assumed_role_user, packed_policy_size })
}

fn tag((key, value): &(String, String)) -> Tag {
    Tag { key: key.clone(), value: value.clone() }
}

/// Asks the role's trust policy, in the name of whom the provider vouches for.
fn admit(cx: &Context, vouched: &Vouched, wanted: &Wanted, tags: &[Tag]) -> Result<(), StsError> {
    let principal = Principal::WebIdentity {
        provider: vouched.provider.as_str().into(),
        subject: vouched.subject.as_str().into(),
    };
    let caller = Caller { principal, ..cx.caller().clone() };
    cx.vouch(cx.scope().clone(), caller.clone());
    let mut asked = vec![permission(vouched.action, vouched, wanted, tags)];
    if !tags.is_empty() {
        asked.push(permission("sts:TagSession", vouched, wanted, tags));
    }
    if vouched.source_identity.is_some() {
        asked.push(permission("sts:SetSourceIdentity", vouched, wanted, tags));
    }
    cx.made_by(caller).authorize(&asked).map_err(|denied| {
        // AWS tells neither whom it refuses nor why.
        let action = if denied.action.is_empty() { vouched.action } else { &denied.action };
        StsError::denied(format!("Not authorized to perform {action}"))
    })
}

/// `action` on the role, with all that trust policies can ask about.
fn permission(action: &'static str, vouched: &Vouched, wanted: &Wanted, tags: &[Tag]) -> Access {
    let mut access = Access::on(action, wanted.role_arn.as_str())
        .with("sts:RoleSessionName", wanted.session_name.as_str())
        .with("aws:FederatedProvider", vouched.provider.as_str())
        .with_some("sts:SourceIdentity", vouched.source_identity.as_deref())
        .with_tags(pairs(tags));
    if !vouched.transitive.is_empty() {
        let transitive = vouched.transitive.iter().map(String::as_str);
        access = access.with_many("sts:TransitiveTagKeys", transitive);
    }
    for key in &vouched.keys {
        key.set(&mut access.keys);
    }
    access
}

fn duration_secs(role: &Role, vouched: &Vouched, asked: Option<u32>) -> Result<u32, StsError> {
    let longest = vouched.longest_secs.unwrap_or(u32::MAX);
    let duration = asked.unwrap_or(HOUR_SECS).min(longest);
    if duration > role.max_session_secs {
        return Err(StsError::invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(duration)
}
