//! DeleteUser: a user is no more.

use crate::{
    entity::{find, forget_id},
    error::IamError,
    login_profile::LoginProfile,
    names::{ExistingUserName, arn},
    service_credential::ServiceCredential,
    signing_certificate::SigningCertificate,
    ssh_key::SshKey,
};
use service_kit::{
    identity::{MfaAssignment, User, name_key},
    prelude::*,
};

/// Deletes a user who has neither credentials nor policies nor groups left.
pub(crate) enum DeleteUser {}

/// What DeleteUser takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteUserRequest")]
pub struct DeleteUserInput {
    /// The user.
    pub user_name: ExistingUserName,
}

impl Operation for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    type Input = DeleteUserInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteUserInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteUser", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: DeleteUserInput) -> Result<Empty, IamError> {
        let name = &input.user_name.0;
        cx.write(|tx| {
            let user = find::<User>(&tx.reader(), name)?;
            check_unused(&user)?;
            check_without_credentials(&tx.reader(), &user)?;
            forget_id(tx, &user.id);
            tx.delete::<User>(name_key(name));
            Ok::<_, IamError>(())
        })
        .await?;
        Ok(Empty)
    }
}

fn check_unused(user: &User) -> Result<(), IamError> {
    if !user.access_keys.is_empty() {
        return Err(IamError::in_use("delete access keys first"));
    }
    if !user.attached.is_empty() {
        return Err(IamError::in_use("detach all policies first"));
    }
    if !user.inline.is_empty() {
        return Err(IamError::in_use("delete policies first"));
    }
    if !user.groups.is_empty() {
        return Err(IamError::in_use("remove users from group first"));
    }
    Ok(())
}

/// What a user has besides is kept apart from the user.
fn check_without_credentials(tx: &ReadTx<'_>, user: &User) -> Result<(), IamError> {
    if tx.get::<LoginProfile>(&user.id)?.is_some() {
        return Err(IamError::in_use("delete login profile first"));
    }
    if !tx.list::<MfaAssignment>(&user.id)?.is_empty() {
        return Err(IamError::in_use("delete MFA device first"));
    }
    if !tx.list::<SigningCertificate>(&user.id)?.is_empty() {
        return Err(IamError::in_use("delete signing certificates first"));
    }
    if !tx.list::<SshKey>(&user.id)?.is_empty() {
        return Err(IamError::in_use("delete SSH public keys first"));
    }
    if !tx.list::<ServiceCredential>(&user.id)?.is_empty() {
        return Err(IamError::in_use("delete service specific credentials first"));
    }
    Ok(())
}
