//! What the state says of an IAM resource: its true ARN, its tags and boundary, whom a role trusts.

use crate::{
    error::IamError, instance_profile::InstanceProfile, login_profile::rules_of,
    organization::root_features::SERVICE as IAM, provider::Provider,
    server_certificate::ServerCertificate,
};
use policy::{Arn, Attached, Kind, Policy, Principal};
use serde_json::json;
use service_kit::{
    access::{Access, Facts},
    context::Caller,
    fault::Fault,
    identity::{
        Group, ManagedPolicy, MfaDevice, OidcProvider, Role, SamlProvider, Tag, User, name_key,
        role_by_arn,
    },
    organization::{Organization, RootFeature},
    tx::ReadTx,
};

/// The facts that policies need about the resource of `access`.
pub(crate) fn facts(tx: &ReadTx<'_>, access: &Access, caller: &Caller) -> Result<Facts, Fault> {
    let action = access.action.to_ascii_lowercase();
    if let Some(call) = action.strip_prefix("sts:") {
        return match call {
            "assumeroot" => root_sessions(tx, &access.resource, caller),
            _ => trust(tx, call, &access.resource),
        };
    }
    // What is about to be created is named in full, and a role is passed by its full ARN; the
    // role's tags do not count then (IAM User Guide, "Grant permissions to pass a role").
    if action.starts_with("iam:create") && !CREATE_FOR_EXISTING.contains(&&*action) {
        return Ok(Facts::default());
    }
    let Some(arn) = Arn::parse(&access.resource).filter(|_| action != "iam:passrole") else {
        return Ok(Facts::default());
    };
    let name = || name_key(arn.resource.rsplit('/').next().unwrap_or_default());
    let account = arn.account;
    match arn.type_and_id() {
        // ListUsers is about the path `/`; the others that name nobody mean the caller.
        ("user", "") if action == "iam:listusers" => Ok(Facts::default()),
        ("user", "") => {
            let grants = own_grants(tx, &action, caller)?;
            Ok(Facts { resource: caller.principal.principal_arn(), grants, ..own(caller) })
        }
        ("user", _) => match tx.get::<User>(name())? {
            Some(user) => Ok(of(&action, user.arn(account), &user.tags, user.boundary)),
            None => Ok(Facts::default()),
        },
        ("role", _) => match tx.get::<Role>(name())? {
            Some(role) => Ok(of(&action, role.arn(account), &role.tags, role.boundary)),
            None => Ok(Facts::default()),
        },
        ("group", _) => {
            let group = tx.get::<Group>(name())?;
            Ok(Facts { resource: group.map(|group| group.arn(account)), ..Facts::default() })
        }
        ("policy", _) => {
            let found = tx.get::<ManagedPolicy>(name())?;
            // Policies are named by their full ARN; another path is another policy.
            match found.filter(|policy| policy.arn(account) == access.resource) {
                Some(policy) => Ok(of(&action, policy.arn(account), &policy.tags, None)),
                None => Ok(Facts::default()),
            }
        }
        ("server-certificate", _) => match tx.get::<ServerCertificate>(name())? {
            Some(found) => Ok(of(&action, found.arn(account), &found.tags, None)),
            None => Ok(Facts::default()),
        },
        ("mfa", _) => match tx.get::<MfaDevice>(&access.resource)? {
            Some(device) => Ok(of(&action, device.serial, &device.tags, None)),
            None => Ok(Facts::default()),
        },
        ("instance-profile", _) => match tx.get::<InstanceProfile>(name())? {
            Some(profile) => Ok(of(&action, profile.arn(account), &profile.tags, None)),
            None => Ok(Facts::default()),
        },
        ("oidc-provider", _) => provider::<OidcProvider>(tx, &action, &access.resource),
        ("saml-provider", _) => provider::<SamlProvider>(tx, &action, &access.resource),
        _ => Ok(Facts::default()),
    }
}

/// Providers are named by their full ARN.
fn provider<P: Provider>(tx: &ReadTx<'_>, action: &str, arn: &str) -> Result<Facts, Fault> {
    match P::look_up(tx, arn) {
        Ok(Some(provider)) => Ok(of(action, arn.to_owned(), provider.tags(), None)),
        Err(IamError::Common(fault)) => Err(fault),
        _ => Ok(Facts::default()),
    }
}

/// What the account lets users do about themselves: with `AllowUsersToChangePassword` they change
/// their own password, whatever their policies are silent on (IAM User Guide, "Set an account
/// password policy for IAM users").
fn own_grants(tx: &ReadTx<'_>, action: &str, caller: &Caller) -> Result<Vec<Attached>, Fault> {
    const CHANGE_PASSWORD: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": "*", "Action": "iam:ChangePassword", "Resource": "*"}}"#;
    let is_user = matches!(caller.principal, Principal::User { .. });
    if action != "iam:changepassword" || !is_user || !rules_of(tx)?.users_may_change() {
        return Ok(Vec::new());
    }
    let granted = Policy::parse(CHANGE_PASSWORD, Kind::Resource).map_err(Fault::internal)?;
    Ok(vec![Attached::new("AllowUsersToChangePassword", granted)])
}

/// The actions that create something for a user or policy that is there, and are about that.
const CREATE_FOR_EXISTING: [&str; 4] = [
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:createservicespecificcredential",
];

/// The facts of the user who calls, when a request names nobody.
fn own(caller: &Caller) -> Facts {
    let mut facts = Facts { tags: caller.tags.to_vec(), ..Facts::default() };
    resource_tags(&mut facts.keys, &caller.tags);
    facts
}

fn of(action: &str, arn: String, tags: &[Tag], boundary: Option<String>) -> Facts {
    let mut keys = policy::Context::default();
    resource_tags(&mut keys, tags);
    // A request that sets the boundary says itself which one.
    let sets_boundary = action.starts_with("iam:put") && action.ends_with("permissionsboundary");
    if let Some(boundary) = boundary.filter(|_| !sets_boundary) {
        keys.set("iam:PermissionsBoundary", boundary);
    }
    Facts { resource: Some(arn), tags: tags.to_vec(), keys, ..Facts::default() }
}

fn resource_tags(keys: &mut policy::Context, tags: &[Tag]) {
    for (key, value) in tags {
        keys.set(format!("iam:ResourceTag/{key}"), value.as_str());
    }
}

/// Who may act as the root user of a member: those of the management account and of the account
/// that administers IAM, once the organization allows root sessions. Their own policies must let
/// them too. Nobody is let in with credentials of a root user, nor to the management account (STS
/// API Reference, "AssumeRoot"; IAM User Guide, "Centrally manage root access for member
/// accounts").
fn root_sessions(tx: &ReadTx<'_>, arn: &str, caller: &Caller) -> Result<Facts, Fault> {
    let closed = Facts { exclusive: true, ..Facts::default() };
    let is_root = matches!(caller.principal, Principal::Root { .. });
    let target = Arn::parse(arn).filter(|arn| arn.resource == "root" && !is_root);
    let (Some(target), Some(account)) = (target, caller.account()) else { return Ok(closed) };
    let Some(organization) = Organization::of_account(tx, target.account)? else {
        return Ok(closed);
    };
    let allowed = organization.root_features.contains(&RootFeature::Sessions)
        && organization.management != target.account
        && organization.is_administered_by(tx, IAM, account)?;
    if !allowed {
        return Ok(closed);
    }
    let open = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": account}, "Action": "sts:AssumeRoot", "Resource": "*"}});
    let open = Policy::parse(&open.to_string(), Kind::Resource).map_err(Fault::internal)?;
    Ok(Facts { grants: vec![Attached::new("RootSessions", open)], ..closed })
}

/// The trust policy of the role that somebody wants a session of: it alone can let anybody in. A
/// role that does not exist trusts nobody, so that the refusal does not tell it from one that
/// does.
fn trust(tx: &ReadTx<'_>, call: &str, arn: &str) -> Result<Facts, Fault> {
    const CALLS: [&str; 5] = [
        "assumerole",
        "assumerolewithsaml",
        "assumerolewithwebidentity",
        "setsourceidentity",
        "tagsession",
    ];
    if !CALLS.contains(&call) {
        return Ok(Facts::default());
    }
    let exclusive = Facts { exclusive: true, trust: true, ..Facts::default() };
    let Some(role) = role_by_arn(tx, arn)? else { return Ok(exclusive) };
    let mut keys = policy::Context::default();
    resource_tags(&mut keys, &role.tags);
    let policy = Some((arn.into(), role.trust.into()));
    Ok(Facts { policy, tags: role.tags, keys, ..exclusive })
}
