//! CreateRole: a role that others may assume.

use crate::{
    document,
    entity::{SERVICE_PATH, check_free, check_room, remember_id},
    error::IamError,
    managed,
    names::{
        ArnText, Document, MaxSessionSecs, PathText, RoleDescription, RoleName, new_arn,
        path_or_root,
    },
    shapes::{RoleView, TagView},
    tags,
};
use service_kit::{
    identity::{InlinePolicies, Role, unique_id},
    prelude::*,
};

/// How long sessions of a role last at most when nothing is said.
const DEFAULT_SESSION_SECS: u32 = 3_600;

/// Makes a role. Users and roles that its trust policy names must exist, and are remembered by
/// unique id.
pub(crate) enum CreateRole {}

/// What CreateRole takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateRoleRequest")]
pub struct CreateRoleInput {
    /// The path.
    pub path: Option<PathText>,
    /// The name, unique ignoring case.
    pub role_name: RoleName,
    /// The trust policy.
    pub assume_role_policy_document: Document,
    /// A description.
    pub description: Option<RoleDescription>,
    /// How long sessions last at most, in seconds.
    pub max_session_duration: Option<MaxSessionSecs>,
    /// What the role may do at most.
    pub permissions_boundary: Option<ArnText>,
    /// Tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<TagView>,
}

/// What CreateRole gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateRoleResponse")]
pub struct CreateRoleOutput {
    /// The role.
    pub role: RoleView,
}

impl Operation for CreateRole {
    const NAME: &'static str = "CreateRole";
    type Input = CreateRoleInput;
    type Output = CreateRoleOutput;
    type Error = IamError;

    fn access(input: &CreateRoleInput, at: &Scope) -> Vec<Access> {
        let path = input.path.as_ref().map(|path| &*path.0);
        let boundary = input.permissions_boundary.as_ref().map(|arn| arn.0.as_str());
        Access::on("iam:CreateRole", new_arn(at, "role", path, &input.role_name.0))
            .with_some("iam:PermissionsBoundary", boundary)
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: CreateRoleInput) -> Result<CreateRoleOutput, IamError> {
        let document = input.assume_role_policy_document.0.clone();
        let role = role(cx, input)?;
        check_room::<Role>(cx, &role.name)?;
        let role = cx
            .write(|tx| {
                check_free::<Role>(&tx.reader(), &role.name)?;
                if let Some(boundary) = &role.boundary {
                    managed::check_boundary(&tx.reader(), boundary)?;
                }
                let trust = document::bind_trust(&tx.reader(), &document)?;
                let role = Role { trust, ..role.clone() };
                remember_id(tx, &role.id, role.arn(cx.account()))?;
                tx.put(&role)?;
                let view = RoleView::full(&tx.reader(), &role)?;
                Ok::<_, IamError>(RoleView { max_session_duration: None, ..view })
            })
            .await?;
        Ok(CreateRoleOutput { role })
    }
}

/// The role as asked for, without its trust policy.
fn role(cx: &Context, input: CreateRoleInput) -> Result<Role, IamError> {
    let path = path_or_root(input.path);
    if path.starts_with(SERVICE_PATH) {
        let message = format!("The path {SERVICE_PATH} is reserved for service-linked roles.");
        return Err(IamError::InvalidInputException(message));
    }
    Ok(Role {
        name: input.role_name.0,
        path,
        id: unique_id("AROA", cx.entropy()),
        created: cx.now().whole_seconds(),
        trust: String::new(),
        description: input.description.map(|text| text.0),
        max_session_secs: input.max_session_duration.map_or(DEFAULT_SESSION_SECS, |it| it.0),
        tags: tags::fresh(&input.tags)?,
        boundary: input.permissions_boundary.map(|arn| arn.0),
        attached: Vec::new(),
        inline: InlinePolicies::new(),
    })
}
