//! Whose access a report is about: entities, and the policies that give it to them.

use crate::{
    error::IamError,
    managed::{Managed, find, look_up},
};
use policy::{Arn, Asked, Kind, Policy};
use service_kit::{
    identity::{Group, InlinePolicies, Role, User, name_key, role_by_arn, user_by_arn},
    prelude::*,
};

/// A kind of entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[shape(name = "policyOwnerEntityType")]
pub enum EntityKind {
    /// A user.
    User,
    /// A role.
    Role,
    /// A group.
    Group,
}

/// A user or role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Member {
    pub arn: String,
    pub name: String,
    pub id: String,
    pub path: String,
    pub kind: EntityKind,
}

/// A policy, and who brings it.
pub(super) struct Given {
    pub name: String,
    /// None for an inline policy.
    pub arn: Option<String>,
    pub document: String,
    pub owner: Option<(EntityKind, String)>,
}

impl Given {
    /// Whether it may allow anything of a service.
    pub fn reaches(&self, namespace: &str) -> bool {
        let asked = Asked::new(&[format!("{namespace}:*")], &[] as &[&str]);
        match (Policy::parse(&self.document, Kind::Identity), asked) {
            (Ok(policy), Ok(asked)) => !policy::granted_access(&policy, &[asked]).is_empty(),
            _ => false,
        }
    }
}

/// Entities that have something in common, and their policies.
#[derive(Default)]
pub(super) struct Subject {
    pub members: Vec<Member>,
    pub policies: Vec<Given>,
}

impl Subject {
    /// The user, role, group or policy with this ARN.
    pub fn of(tx: &ReadTx<'_>, arn: &str) -> Result<Self, IamError> {
        let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam");
        let missing = || IamError::NoSuchEntityException(format!("ARN {arn} not found."));
        let mut subject = Self::default();
        match parsed.map(|arn| arn.type_and_id().0) {
            Some("user") => subject.user(tx, &own(tx, arn, user_by_arn)?.ok_or_else(missing)?)?,
            Some("role") => subject.role(tx, &own(tx, arn, role_by_arn)?.ok_or_else(missing)?)?,
            Some("group") => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let group = tx.get::<Group>(name_key(name))?;
                let group = group.filter(|group| group.arn(&tx.scope().account) == arn);
                let group = group.ok_or_else(missing)?;
                let key = name_key(&group.name);
                subject.members_where(tx, |user| user.groups.contains(&key), |_| false)?;
                subject.group(tx, &group)?;
            }
            Some("policy") => subject.policy(tx, arn)?,
            _ => return Err(IamError::invalid_arn(arn)),
        }
        Ok(subject)
    }

    fn user(&mut self, tx: &ReadTx<'_>, user: &User) -> Result<(), IamError> {
        self.members.push(member_user(user, &tx.scope().account));
        self.add(tx, (EntityKind::User, &user.name), &user.inline, &user.attached)?;
        for key in &user.groups {
            if let Some(group) = tx.get::<Group>(key)? {
                self.group(tx, &group)?;
            }
        }
        Ok(())
    }

    fn role(&mut self, tx: &ReadTx<'_>, role: &Role) -> Result<(), IamError> {
        self.members.push(member_role(role, &tx.scope().account));
        self.add(tx, (EntityKind::Role, &role.name), &role.inline, &role.attached)
    }

    fn group(&mut self, tx: &ReadTx<'_>, group: &Group) -> Result<(), IamError> {
        self.add(tx, (EntityKind::Group, &group.name), &group.inline, &group.attached)
    }

    /// A managed policy and all who have it, through a group or not.
    fn policy(&mut self, tx: &ReadTx<'_>, arn: &str) -> Result<(), IamError> {
        let document = document(&find(tx, arn)?).to_owned();
        let has = |attached: &[String]| attached.iter().any(|known| known == arn);
        let groups = tx.list::<Group>(())?;
        let groups = groups.iter().filter(|group| has(&group.attached));
        let groups: Vec<String> = groups.map(|group| name_key(&group.name)).collect();
        let through = |user: &User| user.groups.iter().any(|key| groups.contains(key));
        self.members_where(
            tx,
            |user| has(&user.attached) || through(user),
            |role| has(&role.attached),
        )?;
        let name = arn.rsplit('/').next().unwrap_or(arn).to_owned();
        self.policies.push(Given { name, arn: Some(arn.into()), document, owner: None });
        Ok(())
    }

    fn members_where(
        &mut self,
        tx: &ReadTx<'_>,
        user: impl Fn(&User) -> bool,
        role: impl Fn(&Role) -> bool,
    ) -> Result<(), IamError> {
        let account = &tx.scope().account;
        let users = tx.list::<User>(())?;
        self.members.extend(users.iter().filter(|it| user(it)).map(|it| member_user(it, account)));
        let roles = tx.list::<Role>(())?;
        self.members.extend(roles.iter().filter(|it| role(it)).map(|it| member_role(it, account)));
        Ok(())
    }

    fn add(
        &mut self,
        tx: &ReadTx<'_>,
        (kind, owner): (EntityKind, &str),
        inline: &InlinePolicies,
        attached: &[String],
    ) -> Result<(), IamError> {
        let owner = Some((kind, owner.to_owned()));
        for (name, document) in inline {
            let (name, document) = (name.clone(), document.clone());
            self.policies.push(Given { name, arn: None, document, owner: owner.clone() });
        }
        for arn in attached {
            if let Some(policy) = look_up(tx, arn)? {
                let name = arn.rsplit('/').next().unwrap_or(arn).to_owned();
                let (arn, document) = (Some(arn.clone()), document(&policy).to_owned());
                self.policies.push(Given { name, arn, document, owner: owner.clone() });
            }
        }
        Ok(())
    }
}

/// What has this ARN, if it is of the account asked in.
fn own<T>(
    tx: &ReadTx<'_>,
    arn: &str,
    by_arn: fn(&ReadTx<'_>, &str) -> Result<Option<T>, Fault>,
) -> Result<Option<T>, Fault> {
    match Arn::parse(arn).is_some_and(|arn| arn.account == &*tx.scope().account) {
        true => by_arn(tx, arn),
        false => Ok(None),
    }
}

fn member_user(user: &User, account: &str) -> Member {
    let (name, id, path) = (user.name.clone(), user.id.clone(), user.path.clone());
    Member { arn: user.arn(account), name, id, path, kind: EntityKind::User }
}

fn member_role(role: &Role, account: &str) -> Member {
    let (name, id, path) = (role.name.clone(), role.id.clone(), role.path.clone());
    Member { arn: role.arn(account), name, id, path, kind: EntityKind::Role }
}

fn document(policy: &Managed) -> &str {
    match policy {
        Managed::Aws(managed) => managed.document,
        Managed::Own(policy) => policy.document().unwrap_or_default(),
    }
}
