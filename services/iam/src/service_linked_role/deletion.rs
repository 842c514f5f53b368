//! Delete a service-linked role, and ask what became of that.

use crate::{
    entity::{SERVICE_PATH, find, forget_id},
    error::IamError,
    names::{RoleName, arn},
};
use service_kit::{
    identity::{Role, name_key},
    key::Key,
    prelude::*,
};

/// A deletion that was asked for. No service of an instance needs its role to work, so each is
/// done at once; what is stored is that it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Deletion {
    /// `task/aws-service-role/service/role/uuid`.
    task: String,
}

impl Record for Deletion {
    const TABLE: &'static str = "iam.role-deletion";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        &self.task
    }
}

/// Deletes a service-linked role.
pub(crate) enum DeleteServiceLinkedRole {}

/// What DeleteServiceLinkedRole takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteServiceLinkedRoleRequest")]
pub struct DeleteServiceLinkedRoleInput {
    /// The role.
    pub role_name: RoleName,
}

/// What DeleteServiceLinkedRole gives.
#[derive(Debug, Shape)]
#[shape(name = "DeleteServiceLinkedRoleResponse")]
pub struct DeleteServiceLinkedRoleOutput {
    /// What to ask for the outcome with.
    #[shape(length = 1..=1000)]
    pub deletion_task_id: String,
}

impl Operation for DeleteServiceLinkedRole {
    const NAME: &'static str = "DeleteServiceLinkedRole";
    type Input = DeleteServiceLinkedRoleInput;
    type Output = DeleteServiceLinkedRoleOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteServiceLinkedRole", arn(at, "role", &input.role_name.0)).only()
    }

    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        let role = tx.get::<Role>(name_key(&input.role_name.0))?;
        if let (Some(role), Some(access)) = (role, access.first_mut()) {
            let service = role.path.strip_prefix(SERVICE_PATH).unwrap_or_default();
            access.keys.set("iam:AWSServiceName", service.trim_end_matches('/'));
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let name = &input.role_name.0;
        let id = cx.entropy().uuid();
        let task = cx.write(|tx| {
            let role = find::<Role>(&tx.reader(), name)?;
            let Some(service) = role.path.strip_prefix(SERVICE_PATH) else {
                let message = format!("The role {} is not a service-linked role.", role.name);
                return Err(IamError::InvalidInputException(message));
            };
            let task = format!("task{SERVICE_PATH}{service}{}/{id}", role.name);
            forget_id(tx, &role.id);
            tx.delete::<Role>(name_key(name));
            tx.put(&Deletion { task: task.clone() })?;
            Ok(task)
        });
        Ok(DeleteServiceLinkedRoleOutput { deletion_task_id: task.await? })
    }
}

/// Tells what became of a deletion.
pub(crate) enum GetServiceLinkedRoleDeletionStatus {}

/// What GetServiceLinkedRoleDeletionStatus takes.
#[derive(Debug, Shape)]
#[shape(name = "GetServiceLinkedRoleDeletionStatusRequest")]
pub struct GetServiceLinkedRoleDeletionStatusInput {
    /// What the deletion gave.
    #[shape(length = 1..=1000)]
    pub deletion_task_id: String,
}

/// What GetServiceLinkedRoleDeletionStatus gives.
#[derive(Debug, Shape)]
#[shape(name = "GetServiceLinkedRoleDeletionStatusResponse")]
pub struct GetServiceLinkedRoleDeletionStatusOutput {
    /// Always `SUCCEEDED`: a deletion is done before it is answered.
    pub status: String,
}

impl Operation for GetServiceLinkedRoleDeletionStatus {
    const NAME: &'static str = "GetServiceLinkedRoleDeletionStatus";
    type Input = GetServiceLinkedRoleDeletionStatusInput;
    type Output = GetServiceLinkedRoleDeletionStatusOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        // The role that the task is about, which is gone by now.
        let role = input.deletion_task_id.strip_prefix("task").and_then(|it| it.rsplit_once('/'));
        let path = role.map_or(SERVICE_PATH, |(path, _)| path);
        let arn = at.global_arn("iam", format_args!("role{path}"));
        Access::on_new("iam:GetServiceLinkedRoleDeletionStatus", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let task = input.deletion_task_id.as_str();
        if cx.read(|tx| tx.get::<Deletion>(task))?.is_none() {
            let message = format!("Deletion task id {task} cannot be found.");
            return Err(IamError::NoSuchEntityException(message));
        }
        Ok(GetServiceLinkedRoleDeletionStatusOutput { status: "SUCCEEDED".into() })
    }
}
