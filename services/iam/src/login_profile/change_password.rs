//! ChangePassword: users replace their own password.

use super::{check_unchanged, find, new_password, password::is_one_of, profiles::PasswordText};
use crate::{
    error::IamError,
    user::named::{Named, named, optional_arn},
};
use service_kit::prelude::*;

/// Replaces the password of the user who calls.
pub(crate) enum ChangePassword {}

/// What ChangePassword takes.
#[derive(Debug, Shape)]
#[shape(name = "ChangePasswordRequest")]
pub struct ChangePasswordInput {
    /// The password of now.
    #[shape(sensitive)]
    pub old_password: PasswordText,
    /// The one to come.
    #[shape(sensitive)]
    pub new_password: PasswordText,
}

impl Operation for ChangePassword {
    const NAME: &'static str = "ChangePassword";
    type Input = ChangePasswordInput;
    type Output = Empty;
    type Error = IamError;

    fn access(_: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:ChangePassword", optional_arn(at, None::<&String>)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = named(cx, None::<String>).ok().filter(|user| matches!(user, Named::User(_)));
        let user = user.ok_or_else(|| {
            let message = "Only IAM Users can change their own password".into();
            IamError::InvalidUserTypeException(message)
        })?;
        let known = cx.read(|tx| find(tx, &user.owner(tx)?))?;
        if !is_one_of(input.old_password.0, vec![known.password.clone()]).await? {
            let message = "The old password was incorrect.".into();
            return Err(IamError::Common(Fault::AccessDenied(message)));
        }
        let password = new_password(cx, Some(&known), input.new_password.0).await?;
        cx.write(|tx| {
            let mut profile = find(&tx.reader(), &user.owner(&tx.reader())?)?;
            check_unchanged(&known, &profile)?;
            profile.set_password(password.clone(), cx.now().whole_seconds());
            profile.reset_required = false;
            Ok::<_, IamError>(tx.put(&profile)?)
        })
        .await?;
        Ok(Empty)
    }
}
