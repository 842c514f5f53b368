//! Managed policies, AWS's and the customer's, and where they are attached.

use crate::{
    document,
    entity::{Entity, change, read},
    error::IamError,
    names::PolicyPath,
    paging::Paging,
    shapes::{AttachedPolicy, PolicyView, VersionView, tags_view},
};
use policy::Arn;
use service_kit::{
    identity::{
        AwsManaged, Group, ManagedPolicy, PolicyVersion, Role, User, aws_managed, name_key,
    },
    prelude::*,
};
use std::collections::HashMap;

/// The most managed policies attached to one entity; AWS raises it to 20 on request.
pub(crate) const MAX_ATTACHED: usize = 10;

/// A managed policy of either owner.
pub(crate) enum Managed {
    /// One that AWS keeps, which nobody changes.
    Aws(&'static AwsManaged),
    /// One of the account's.
    Own(Box<ManagedPolicy>),
}

/// The policy with this ARN, as the account of `tx` sees it.
///
/// # Errors
/// Invalid input when the ARN is no policy's.
pub(crate) fn look_up(tx: &ReadTx<'_>, arn: &str) -> Result<Option<Managed>, IamError> {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.region.is_empty());
    let name = arn.rsplit_once('/').map(|(_, name)| name);
    let (Some(parsed), Some(name)) = (parsed, name) else {
        return Err(IamError::invalid_arn(arn));
    };
    if parsed.type_and_id().0 != "policy" {
        return Err(IamError::invalid_arn(arn));
    }
    if let Some(managed) = aws_managed(arn) {
        return Ok(Some(Managed::Aws(managed)));
    }
    let account = &tx.scope().account;
    let found = tx.get::<ManagedPolicy>(name_key(name))?;
    Ok(found.filter(|policy| policy.arn(account) == arn).map(|it| Managed::Own(Box::new(it))))
}

/// As [`look_up`], for one that must be there.
pub(crate) fn find(tx: &ReadTx<'_>, arn: &str) -> Result<Managed, IamError> {
    look_up(tx, arn)?.ok_or_else(|| not_found(arn))
}

/// The account's own policy with this ARN, to be changed.
///
/// # Errors
/// Access denied for a policy of AWS's.
pub(crate) fn find_own(tx: &ReadTx<'_>, arn: &str) -> Result<ManagedPolicy, IamError> {
    match find(tx, arn)? {
        Managed::Own(policy) => Ok(*policy),
        Managed::Aws(_) => {
            let message = format!("Policy {arn} is outside your own account.");
            Err(IamError::Common(Fault::AccessDenied(message)))
        }
    }
}

pub(crate) fn not_found(arn: &str) -> IamError {
    IamError::NoSuchEntityException(format!("Policy {arn} was not found."))
}

/// Checks that `arn` is a policy that can be a boundary.
pub(crate) fn check_boundary(tx: &ReadTx<'_>, arn: &str) -> Result<(), IamError> {
    match look_up(tx, arn)? {
        Some(_) => Ok(()),
        None => Err(IamError::NoSuchEntityException(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        ))),
    }
}

/// Attaches a policy; one that is attached already stays so.
pub(crate) async fn attach<E: Entity>(
    cx: &Context,
    owner: &str,
    arn: &str,
) -> Result<(), IamError> {
    change::<E>(cx, owner, |entity, tx| {
        if look_up(tx, arn)?.is_none() {
            return Err(IamError::NoSuchEntityException(format!(
                "Policy {arn} does not exist or is not attachable."
            )));
        }
        let attached = entity.attached_mut();
        if attached.iter().any(|known| known == arn) {
            return Ok(());
        }
        if attached.len() >= MAX_ATTACHED {
            return Err(IamError::quota(E::ATTACHED_QUOTA, MAX_ATTACHED));
        }
        if aws_managed(arn).is_some_and(AwsManaged::is_service_linked) {
            return Err(IamError::PolicyNotAttachableException(
                "Cannot attach a Service Role Policy to a Customer Role.".into(),
            ));
        }
        attached.push(arn.to_owned());
        Ok(())
    })
    .await
}

/// Takes an attached policy away.
pub(crate) async fn detach<E: Entity>(
    cx: &Context,
    owner: &str,
    arn: &str,
) -> Result<(), IamError> {
    change::<E>(cx, owner, |entity, _| {
        let attached = entity.attached_mut();
        let at = attached.iter().position(|known| known == arn).ok_or_else(|| not_found(arn))?;
        attached.remove(at);
        Ok(())
    })
    .await
}

/// A page of the policies attached to an entity, of those whose path starts with `prefix`.
pub(crate) fn attached<E: Entity>(
    cx: &Context,
    owner: &str,
    prefix: Option<&PolicyPath>,
    paging: &Paging,
) -> Result<Page<AttachedPolicy>, IamError> {
    read::<E, _>(cx, owner, |entity, _| {
        let attached = attached_view(entity.attached());
        let attached = attached.into_iter().filter(|it| under(prefix, path_of(&it.policy_arn)));
        Ok(paging.of(attached.collect(), |it| order(&it.policy_name, &it.policy_arn))?)
    })
}

/// Attached policies as they are sent.
pub(crate) fn attached_view(arns: &[String]) -> Vec<AttachedPolicy> {
    let view = |arn: &String| AttachedPolicy {
        policy_name: arn.rsplit_once('/').map_or("", |(_, name)| name).to_owned(),
        policy_arn: arn.clone(),
    };
    arns.iter().map(view).collect()
}

/// Policies sort by name, AWS's before an account's own of the same name.
pub(crate) fn order(name: &str, arn: &str) -> String {
    let owner = if arn.starts_with("arn:aws:iam::aws:") { 0 } else { 1 };
    format!("{name} {owner}")
}

fn path_of(arn: &str) -> &str {
    let from_path = arn.split_once(":policy").map_or("/", |(_, rest)| rest);
    from_path.rfind('/').and_then(|end| from_path.get(..=end)).unwrap_or("/")
}

pub(crate) fn under(prefix: Option<&PolicyPath>, path: &str) -> bool {
    prefix.is_none_or(|prefix| path.starts_with(&prefix.0))
}

/// How often each policy is attached and used as a boundary, by ARN.
#[derive(Default)]
pub(crate) struct Usage(HashMap<String, (u32, u32)>);

impl Usage {
    /// Counts in the whole account.
    pub(crate) fn count(tx: &ReadTx<'_>) -> Result<Self, Fault> {
        let mut usage = Self::default();
        for user in tx.list::<User>(())? {
            usage.add(user.attached, user.boundary);
        }
        for role in tx.list::<Role>(())? {
            usage.add(role.attached, role.boundary);
        }
        for group in tx.list::<Group>(())? {
            usage.add(group.attached, None);
        }
        Ok(usage)
    }

    fn add(&mut self, attached: Vec<String>, boundary: Option<String>) {
        for arn in attached {
            self.0.entry(arn).or_default().0 += 1;
        }
        if let Some(arn) = boundary {
            self.0.entry(arn).or_default().1 += 1;
        }
    }

    /// Attachments and boundaries of one policy.
    pub(crate) fn of(&self, arn: &str) -> (u32, u32) {
        self.0.get(arn).copied().unwrap_or_default()
    }
}

impl Managed {
    /// The version called `id`, as it is sent.
    pub(crate) fn version(&self, id: &str) -> Option<VersionView> {
        match self {
            Self::Aws(managed) => Some(aws_version(managed)).filter(|it| it.version_id == id),
            Self::Own(policy) => {
                let version = policy.versions.iter().find(|version| version.id == id)?;
                Some(version_view(policy, version))
            }
        }
    }

    /// All versions, the newest first. Of AWS's policies only the one in force is known.
    pub(crate) fn versions(&self) -> Vec<VersionView> {
        match self {
            Self::Aws(managed) => vec![aws_version(managed)],
            Self::Own(policy) => {
                policy.versions.iter().rev().map(|it| version_view(policy, it)).collect()
            }
        }
    }

    /// The policy as it is sent.
    pub(crate) fn view(&self, account: &str, usage: &Usage) -> PolicyView {
        match self {
            Self::Aws(managed) => aws_view(managed, usage),
            Self::Own(policy) => own_view(policy, account, usage),
        }
    }
}

fn aws_version(managed: &AwsManaged) -> VersionView {
    VersionView {
        document: Some(document::encode(managed.document)),
        version_id: format!("v{}", managed.version),
        is_default_version: true,
        create_date: managed.updated,
    }
}

fn version_view(policy: &ManagedPolicy, version: &PolicyVersion) -> VersionView {
    VersionView {
        document: Some(document::encode(&version.document)),
        version_id: version.id.clone(),
        is_default_version: version.id == policy.default_version,
        create_date: version.created,
    }
}

fn aws_view(managed: &AwsManaged, usage: &Usage) -> PolicyView {
    let (attachment_count, permissions_boundary_usage_count) = usage.of(&managed.arn);
    PolicyView {
        policy_name: managed.name().to_owned(),
        policy_id: managed.id.map(str::to_owned),
        path: managed.path().to_owned(),
        arn: managed.arn.clone(),
        default_version_id: format!("v{}", managed.version),
        attachment_count,
        permissions_boundary_usage_count,
        is_attachable: true,
        description: None,
        create_date: managed.created,
        update_date: managed.updated,
        tags: None,
    }
}

pub(crate) fn own_view(policy: &ManagedPolicy, account: &str, usage: &Usage) -> PolicyView {
    let arn = policy.arn(account);
    let (attachment_count, permissions_boundary_usage_count) = usage.of(&arn);
    PolicyView {
        policy_name: policy.name.clone(),
        policy_id: Some(policy.id.clone()),
        arn,
        path: policy.path.clone(),
        default_version_id: policy.default_version.clone(),
        attachment_count,
        permissions_boundary_usage_count,
        is_attachable: true,
        description: policy.description.clone(),
        create_date: policy.created,
        update_date: policy.updated,
        tags: tags_view(&policy.tags),
    }
}
