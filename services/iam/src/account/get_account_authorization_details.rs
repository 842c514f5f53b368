//! GetAccountAuthorizationDetails: everybody and all that they may do, for audits.

use crate::{
    document,
    error::IamError,
    instance_profile::{InstanceProfile, InstanceProfileView},
    last_use::RoleLastUsed,
    managed::{Managed, Usage, attached_view},
    names::{Marker, MaxItems},
    paging::Paging,
    policy::list_entities_for_policy::EntityType,
    shapes::{AttachedPolicy, BoundaryView, TagView, VersionView, boundary_view, tags_view},
};
use service_kit::{
    identity::{Group, InlinePolicies, ManagedPolicy, Role, User, aws_managed_policies},
    prelude::*,
};

/// Shows users, groups, roles and the policies in use, with all documents.
pub(crate) enum GetAccountAuthorizationDetails {}

/// What GetAccountAuthorizationDetails takes.
#[derive(Debug, Shape)]
#[shape(name = "GetAccountAuthorizationDetailsRequest")]
pub struct GetAccountAuthorizationDetailsInput {
    /// Only these kinds.
    #[shape(default)]
    pub filter: Vec<EntityType>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
    /// Where to go on.
    pub marker: Option<Marker>,
}

/// What GetAccountAuthorizationDetails gives.
#[derive(Debug, Default, Shape)]
#[shape(name = "GetAccountAuthorizationDetailsResponse")]
pub struct GetAccountAuthorizationDetailsOutput {
    /// Users.
    pub user_detail_list: Vec<UserDetail>,
    /// Groups.
    pub group_detail_list: Vec<GroupDetail>,
    /// Roles.
    pub role_detail_list: Vec<RoleDetail>,
    /// Managed policies.
    pub policies: Vec<ManagedPolicyDetail>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

/// An inline policy.
#[derive(Debug, Clone, Shape)]
pub struct PolicyDetail {
    /// The name.
    pub policy_name: String,
    /// The document, percent-encoded.
    pub policy_document: String,
}

/// A user.
#[derive(Debug, Clone, Shape)]
pub struct UserDetail {
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
    /// Inline policies.
    pub user_policy_list: Vec<PolicyDetail>,
    /// The names of its groups.
    pub group_list: Vec<String>,
    /// Attached policies.
    pub attached_managed_policies: Vec<AttachedPolicy>,
    /// The boundary.
    pub permissions_boundary: Option<BoundaryView>,
    /// Tags.
    pub tags: Option<Vec<TagView>>,
}

/// A group.
#[derive(Debug, Clone, Shape)]
pub struct GroupDetail {
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
    /// Inline policies.
    pub group_policy_list: Vec<PolicyDetail>,
    /// Attached policies.
    pub attached_managed_policies: Vec<AttachedPolicy>,
}

/// A role.
#[derive(Debug, Clone, Shape)]
pub struct RoleDetail {
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
    /// The instance profiles it is in.
    pub instance_profile_list: Vec<InstanceProfileView>,
    /// Inline policies.
    pub role_policy_list: Vec<PolicyDetail>,
    /// Attached policies.
    pub attached_managed_policies: Vec<AttachedPolicy>,
    /// The boundary.
    pub permissions_boundary: Option<BoundaryView>,
    /// Tags.
    pub tags: Option<Vec<TagView>>,
    /// When it was last used.
    pub role_last_used: RoleLastUsed,
}

/// A managed policy with its versions.
#[derive(Debug, Clone, Shape)]
pub struct ManagedPolicyDetail {
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
    /// The versions with their documents.
    pub policy_version_list: Vec<VersionView>,
}

impl Operation for GetAccountAuthorizationDetails {
    const NAME: &'static str = "GetAccountAuthorizationDetails";
    type Input = GetAccountAuthorizationDetailsInput;
    type Output = GetAccountAuthorizationDetailsOutput;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetAccountAuthorizationDetails").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        cx.platform().flush_uses().await?;
        let entries = cx.read(|tx| entries(tx, &input.filter, cx.now()))?;
        let page = Paging::new(input.marker, input.max_items).of(entries, Entry::order)?;
        let mut output = GetAccountAuthorizationDetailsOutput {
            is_truncated: page.next.is_some(),
            marker: page.next,
            ..Default::default()
        };
        for entry in page.items {
            match entry {
                Entry::User(user) => output.user_detail_list.push(user),
                Entry::Group(group) => output.group_detail_list.push(group),
                Entry::Role(role) => output.role_detail_list.push(role),
                Entry::Policy(policy) => output.policies.push(policy),
            }
        }
        Ok(output)
    }
}

/// One line of the account.
enum Entry {
    User(UserDetail),
    Group(GroupDetail),
    Role(RoleDetail),
    Policy(ManagedPolicyDetail),
}

impl Entry {
    fn order(&self) -> String {
        match self {
            Self::User(user) => format!("0{}", user.user_name),
            Self::Group(group) => format!("1{}", group.group_name),
            Self::Role(role) => format!("2{}", role.role_name),
            Self::Policy(policy) => {
                format!("3{}", crate::managed::order(&policy.policy_name, &policy.arn))
            }
        }
    }
}

/// All of the wanted kinds; no filter wants everything. Of AWS's policies only those in use show.
fn entries(tx: &ReadTx<'_>, filter: &[EntityType], now: Timestamp) -> Result<Vec<Entry>, Fault> {
    let wanted = |kind| filter.is_empty() || filter.contains(&kind);
    let mut entries = Vec::new();
    if wanted(EntityType::User) {
        for user in tx.list::<User>(())? {
            entries.push(Entry::User(user_detail(tx, &user)?));
        }
    }
    if wanted(EntityType::Group) {
        let groups = tx.list::<Group>(())?;
        entries.extend(groups.iter().map(|group| Entry::Group(group_detail(tx, group))));
    }
    if wanted(EntityType::Role) {
        for role in tx.list::<Role>(())? {
            entries.push(Entry::Role(role_detail(tx, &role, now)?));
        }
    }
    let usage = Usage::count(tx)?;
    if wanted(EntityType::LocalManagedPolicy) {
        let own = tx.list::<ManagedPolicy>(())?.into_iter();
        let own = own.map(|policy| Managed::Own(Box::new(policy)));
        entries.extend(own.map(|policy| policy_detail(tx, &policy, &usage)));
    }
    if wanted(EntityType::AwsManagedPolicy) {
        let used = aws_managed_policies().filter(|policy| usage.of(&policy.arn) != (0, 0));
        entries.extend(used.map(|policy| policy_detail(tx, &Managed::Aws(policy), &usage)));
    }
    Ok(entries)
}

fn inline(policies: &InlinePolicies) -> Vec<PolicyDetail> {
    let detail = |(name, text): (&String, &String)| PolicyDetail {
        policy_name: name.clone(),
        policy_document: document::encode(text),
    };
    policies.iter().map(detail).collect()
}

fn user_detail(tx: &ReadTx<'_>, user: &User) -> Result<UserDetail, Fault> {
    let mut group_list = Vec::new();
    for key in &user.groups {
        group_list.extend(tx.get::<Group>(key)?.map(|group| group.name));
    }
    Ok(UserDetail {
        path: user.path.clone(),
        user_name: user.name.clone(),
        user_id: user.id.clone(),
        arn: user.arn(&tx.scope().account),
        create_date: user.created,
        user_policy_list: inline(&user.inline),
        group_list,
        attached_managed_policies: attached_view(&user.attached),
        permissions_boundary: boundary_view(user.boundary.as_ref()),
        tags: tags_view(&user.tags),
    })
}

fn group_detail(tx: &ReadTx<'_>, group: &Group) -> GroupDetail {
    GroupDetail {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.clone(),
        arn: group.arn(&tx.scope().account),
        create_date: group.created,
        group_policy_list: inline(&group.inline),
        attached_managed_policies: attached_view(&group.attached),
    }
}

fn role_detail(tx: &ReadTx<'_>, role: &Role, now: Timestamp) -> Result<RoleDetail, Fault> {
    let trust = document::show_trust(tx, &role.trust)?;
    let profiles = InstanceProfile::of_role(tx, &role.name)?;
    let profiles = profiles.iter().map(|profile| InstanceProfileView::brief(tx, profile));
    Ok(RoleDetail {
        instance_profile_list: profiles.collect::<Result<_, _>>()?,
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.id.clone(),
        arn: role.arn(&tx.scope().account),
        create_date: role.created,
        assume_role_policy_document: trust,
        role_policy_list: inline(&role.inline),
        attached_managed_policies: attached_view(&role.attached),
        permissions_boundary: boundary_view(role.boundary.as_ref()),
        tags: tags_view(&role.tags),
        role_last_used: RoleLastUsed::of(tx, role, now)?,
    })
}

fn policy_detail(tx: &ReadTx<'_>, policy: &Managed, usage: &Usage) -> Entry {
    let view = policy.view(&tx.scope().account, usage);
    Entry::Policy(ManagedPolicyDetail {
        policy_name: view.policy_name,
        policy_id: view.policy_id,
        arn: view.arn,
        path: view.path,
        default_version_id: view.default_version_id,
        attachment_count: view.attachment_count,
        permissions_boundary_usage_count: view.permissions_boundary_usage_count,
        is_attachable: view.is_attachable,
        description: view.description,
        create_date: view.create_date,
        update_date: view.update_date,
        policy_version_list: policy.versions(),
    })
}
