//! Users, groups, roles, policies and tags as they are sent.

use crate::{document, last_use::RoleLastUsed};
use service_kit::{
    identity::{Group, Role, Tag, User},
    prelude::*,
};

/// One tag.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Tag")]
pub struct TagView {
    /// Unique ignoring case.
    #[shape(length = 1..=128)]
    pub key: String,
    /// Any text.
    #[shape(length = 0..=256)]
    pub value: String,
}

/// Tags as they are sent; none when there are none.
pub(crate) fn tags_view(tags: &[Tag]) -> Option<Vec<TagView>> {
    let view = |(key, value): &Tag| TagView { key: key.clone(), value: value.clone() };
    (!tags.is_empty()).then(|| tags.iter().map(view).collect())
}

/// A permissions boundary.
#[derive(Clone, Debug, Shape)]
#[shape(name = "AttachedPermissionsBoundary")]
pub struct BoundaryView {
    /// `Policy`: always a managed policy.
    pub permissions_boundary_type: String,
    /// Its ARN.
    #[shape(length = 20..=2048)]
    pub permissions_boundary_arn: String,
}

/// The boundary as it is sent.
pub(crate) fn boundary_view(arn: Option<&String>) -> Option<BoundaryView> {
    arn.map(|arn| BoundaryView {
        permissions_boundary_type: "Policy".to_owned(),
        permissions_boundary_arn: arn.clone(),
    })
}

/// A role.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Role")]
pub struct RoleView {
    /// The path.
    pub path: String,
    /// The name.
    pub role_name: String,
    /// `AROA…`.
    pub role_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was created.
    pub create_date: Timestamp,
    /// The trust policy, percent-encoded.
    pub assume_role_policy_document: String,
    /// The description.
    pub description: Option<String>,
    /// The longest session, in seconds.
    pub max_session_duration: Option<u32>,
    /// The boundary.
    pub permissions_boundary: Option<BoundaryView>,
    /// Tags.
    pub tags: Option<Vec<TagView>>,
    /// When it was last used; only GetRole tells.
    pub role_last_used: Option<RoleLastUsed>,
}

impl RoleView {
    /// All of `role`.
    pub(crate) fn full(tx: &ReadTx<'_>, role: &Role) -> Result<Self, Fault> {
        let view = Self::brief(tx, role)?;
        Ok(Self {
            permissions_boundary: boundary_view(role.boundary.as_ref()),
            tags: tags_view(&role.tags),
            ..view
        })
    }

    /// What lists show of `role`: neither boundary nor tags (IAM API Reference, "ListRoles").
    pub(crate) fn brief(tx: &ReadTx<'_>, role: &Role) -> Result<Self, Fault> {
        Ok(Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.clone(),
            arn: role.arn(&tx.scope().account),
            create_date: role.created,
            assume_role_policy_document: document::show_trust(tx, &role.trust)?,
            description: role.description.clone(),
            max_session_duration: Some(role.max_session_secs),
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
        })
    }
}

/// A user.
#[derive(Clone, Debug, Shape)]
#[shape(name = "User")]
pub struct UserView {
    /// The path.
    pub path: String,
    /// The name.
    pub user_name: String,
    /// `AIDA…`.
    pub user_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was created.
    pub create_date: Timestamp,
    /// The boundary.
    pub permissions_boundary: Option<BoundaryView>,
    /// Tags.
    pub tags: Option<Vec<TagView>>,
}

impl UserView {
    /// All of `user`.
    pub(crate) fn full(account: &str, user: &User) -> Self {
        Self {
            permissions_boundary: boundary_view(user.boundary.as_ref()),
            tags: tags_view(&user.tags),
            ..Self::brief(account, user)
        }
    }

    /// What lists show of `user`: neither boundary nor tags (IAM API Reference, "ListUsers").
    pub(crate) fn brief(account: &str, user: &User) -> Self {
        Self {
            path: user.path.clone(),
            user_name: user.name.clone(),
            user_id: user.id.clone(),
            arn: user.arn(account),
            create_date: user.created,
            permissions_boundary: None,
            tags: None,
        }
    }
}

/// A group.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Group")]
pub struct GroupView {
    /// The path.
    pub path: String,
    /// The name.
    pub group_name: String,
    /// `AGPA…`.
    pub group_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was created.
    pub create_date: Timestamp,
}

impl GroupView {
    /// All of `group`.
    pub(crate) fn of(account: &str, group: &Group) -> Self {
        Self {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.id.clone(),
            arn: group.arn(account),
            create_date: group.created,
        }
    }
}

/// A managed policy that is attached to something.
#[derive(Clone, Debug, Shape)]
#[shape(name = "AttachedPolicy")]
pub struct AttachedPolicy {
    /// Its name.
    pub policy_name: String,
    /// Its ARN.
    pub policy_arn: String,
}

/// A managed policy.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Policy")]
pub struct PolicyView {
    /// The name.
    pub policy_name: String,
    /// `ANPA…`; not known of AWS's newest.
    pub policy_id: Option<String>,
    /// The ARN.
    pub arn: String,
    /// The path.
    pub path: String,
    /// The version in force.
    pub default_version_id: String,
    /// How many users, groups and roles it is attached to.
    pub attachment_count: u32,
    /// How many users and roles it is the boundary of.
    pub permissions_boundary_usage_count: u32,
    /// Always true.
    pub is_attachable: bool,
    /// The description.
    pub description: Option<String>,
    /// When it was created.
    pub create_date: Timestamp,
    /// When its newest version was made.
    pub update_date: Timestamp,
    /// Tags.
    pub tags: Option<Vec<TagView>>,
}

/// A version of a managed policy.
#[derive(Clone, Debug, Shape)]
#[shape(name = "PolicyVersion")]
pub struct VersionView {
    /// The document, percent-encoded; not in lists.
    pub document: Option<String>,
    /// `v1`, `v2`, …
    pub version_id: String,
    /// Whether it is in force.
    pub is_default_version: bool,
    /// When it was made.
    pub create_date: Timestamp,
}
