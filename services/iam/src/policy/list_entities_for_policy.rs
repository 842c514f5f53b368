//! ListEntitiesForPolicy: who uses a managed policy.

use crate::{
    error::IamError,
    managed,
    names::{ArnText, Marker, MaxItems, PathText},
    paging::Paging,
    policy::list_policies::PolicyUsage,
};
use service_kit::{
    identity::{Group, Role, User},
    prelude::*,
};

/// A group that uses the policy.
#[derive(Clone, Debug, Shape)]
pub struct PolicyGroup {
    /// The name.
    pub group_name: String,
    /// The unique id.
    pub group_id: String,
}

/// A role that uses the policy.
#[derive(Clone, Debug, Shape)]
pub struct PolicyRole {
    /// The name.
    pub role_name: String,
    /// The unique id.
    pub role_id: String,
}

/// A user that uses the policy.
#[derive(Clone, Debug, Shape)]
pub struct PolicyUser {
    /// The name.
    pub user_name: String,
    /// The unique id.
    pub user_id: String,
}

/// The kinds of what policies are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "EntityType")]
pub enum EntityType {
    /// Users.
    #[shape(name = "User")]
    User,
    /// Roles.
    #[shape(name = "Role")]
    Role,
    /// Groups.
    #[shape(name = "Group")]
    Group,
    /// For another operation; nothing uses policies of this kind.
    #[shape(name = "LocalManagedPolicy")]
    LocalManagedPolicy,
    /// For another operation; nothing uses policies of this kind.
    #[shape(name = "AWSManagedPolicy")]
    AwsManagedPolicy,
}

/// Who uses the policy.
#[derive(Clone)]
enum Holder {
    Group(PolicyGroup),
    Role(PolicyRole),
    User(PolicyUser),
}

/// Lists the groups, roles and users that a policy is attached to or is the boundary of.
pub(crate) enum ListEntitiesForPolicy {}

/// What ListEntitiesForPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "ListEntitiesForPolicyRequest")]
pub struct ListEntitiesForPolicyInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// Only those of this kind.
    pub entity_filter: Option<EntityType>,
    /// Only those under this path.
    pub path_prefix: Option<PathText>,
    /// Only those that use it in this way.
    pub policy_usage_filter: Option<PolicyUsage>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListEntitiesForPolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "ListEntitiesForPolicyResponse")]
pub struct ListEntitiesForPolicyOutput {
    /// Groups.
    pub policy_groups: Vec<PolicyGroup>,
    /// Users.
    pub policy_users: Vec<PolicyUser>,
    /// Roles.
    pub policy_roles: Vec<PolicyRole>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListEntitiesForPolicy {
    const NAME: &'static str = "ListEntitiesForPolicy";
    type Input = ListEntitiesForPolicyInput;
    type Output = ListEntitiesForPolicyOutput;
    type Error = IamError;

    fn access(input: &ListEntitiesForPolicyInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:ListEntitiesForPolicy", input.policy_arn.0.as_str()).only()
    }

    async fn run(
        cx: &Context,
        input: ListEntitiesForPolicyInput,
    ) -> Result<ListEntitiesForPolicyOutput, IamError> {
        let holders = cx.read(|tx| {
            managed::find(tx, &input.policy_arn.0)?;
            holders(tx, &input)
        })?;
        let page = Paging::new(input.marker, input.max_items).of(holders, order)?;
        let mut output = ListEntitiesForPolicyOutput {
            policy_groups: Vec::new(),
            policy_users: Vec::new(),
            policy_roles: Vec::new(),
            is_truncated: page.next.is_some(),
            marker: page.next,
        };
        for holder in page.items {
            match holder {
                Holder::Group(group) => output.policy_groups.push(group),
                Holder::Role(role) => output.policy_roles.push(role),
                Holder::User(user) => output.policy_users.push(user),
            }
        }
        Ok(output)
    }
}

fn order(holder: &Holder) -> String {
    match holder {
        Holder::Group(group) => format!("group/{}", group.group_name),
        Holder::Role(role) => format!("role/{}", role.role_name),
        Holder::User(user) => format!("user/{}", user.user_name),
    }
}

fn holders(tx: &ReadTx<'_>, input: &ListEntitiesForPolicyInput) -> Result<Vec<Holder>, IamError> {
    let arn = &input.policy_arn.0;
    let uses = |attached: &[String], boundary: Option<&String>, path: &str| {
        let attached = attached.contains(arn);
        let boundary = boundary == Some(arn);
        let used = match input.policy_usage_filter {
            None => attached || boundary,
            Some(PolicyUsage::PermissionsPolicy) => attached,
            Some(PolicyUsage::PermissionsBoundary) => boundary,
        };
        used && input.path_prefix.as_ref().is_none_or(|prefix| path.starts_with(&prefix.0))
    };
    let wanted = |kind| input.entity_filter.is_none_or(|filter| filter == kind);
    let mut holders = Vec::new();
    if wanted(EntityType::Group) {
        let groups = tx.list::<Group>(())?.into_iter();
        holders.extend(
            groups
                .filter(|it| uses(&it.attached, None, &it.path))
                .map(|it| Holder::Group(PolicyGroup { group_name: it.name, group_id: it.id })),
        );
    }
    if wanted(EntityType::Role) {
        let roles = tx.list::<Role>(())?.into_iter();
        let roles = roles.filter(|it| uses(&it.attached, it.boundary.as_ref(), &it.path));
        holders.extend(
            roles.map(|it| Holder::Role(PolicyRole { role_name: it.name, role_id: it.id })),
        );
    }
    if wanted(EntityType::User) {
        let users = tx.list::<User>(())?.into_iter();
        let users = users.filter(|it| uses(&it.attached, it.boundary.as_ref(), &it.path));
        holders.extend(
            users.map(|it| Holder::User(PolicyUser { user_name: it.name, user_id: it.id })),
        );
    }
    Ok(holders)
}
