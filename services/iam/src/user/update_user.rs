//! UpdateUser: another name or path for the same user.

use crate::{
    entity::{check_free, find, remember_id},
    error::IamError,
    names::{ExistingUserName, PathText, UserName, arn, new_arn},
};
use service_kit::{
    identity::{AccessKey, User, name_key},
    prelude::*,
};

/// Renames or moves a user, who keeps its id, its keys and all that it may do.
pub(crate) enum UpdateUser {}

/// What UpdateUser takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateUserRequest")]
pub struct UpdateUserInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// The new path.
    pub new_path: Option<PathText>,
    /// The new name.
    pub new_user_name: Option<UserName>,
}

impl Operation for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    type Input = UpdateUserInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &UpdateUserInput, at: &Scope) -> Vec<Access> {
        // AWS asks for both ends: the user as it is, and as it is going to be.
        let end = |name: &str| arn(at, "user", name);
        let old = Access::on("iam:UpdateUser", end(&input.user_name.0));
        if input.new_path.is_none() && input.new_user_name.is_none() {
            return old.only();
        }
        let name = input.new_user_name.as_ref().map_or(&*input.user_name.0, |name| &*name.0);
        vec![old, Access::on_new("iam:UpdateUser", end(name))]
    }

    /// What is not said of the new end stays as it is.
    fn resources(
        input: &UpdateUserInput,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let Some(new) = access.get_mut(1) else { return Ok(()) };
        let user = tx.get::<User>(name_key(&input.user_name.0))?;
        let (path, name) = user.map_or_else(Default::default, |it| (it.path, it.name));
        let path = input.new_path.as_ref().map_or(&path, |path| &path.0);
        let name = input.new_user_name.as_ref().map_or(&name, |name| &name.0);
        if !name.is_empty() {
            let path = (!path.is_empty()).then_some(path.as_str());
            new.resource = new_arn(tx.scope(), "user", path, name);
        }
        Ok(())
    }

    async fn run(cx: &Context, input: UpdateUserInput) -> Result<Empty, IamError> {
        let old = &input.user_name.0;
        cx.write(|tx| {
            let mut user = find::<User>(&tx.reader(), old)?;
            if let Some(path) = &input.new_path {
                user.path = path.0.clone();
            }
            if let Some(name) = &input.new_user_name {
                rename(tx, &mut user, &name.0)?;
            }
            remember_id(tx, &user.id, user.arn(cx.account()))?;
            Ok::<_, IamError>(tx.put(&user)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Moves the user to its new key, and its access keys with it.
fn rename(tx: &mut Tx<'_>, user: &mut User, name: &str) -> Result<(), IamError> {
    if name_key(name) != name_key(&user.name) {
        check_free::<User>(&tx.reader(), name)?;
        tx.delete::<User>(name_key(&user.name));
    }
    user.name = name.to_owned();
    for id in &user.access_keys {
        if let Some(mut key) = tx.get::<AccessKey>(id)? {
            key.user = Some(name.to_owned());
            tx.put(&key)?;
        }
    }
    Ok(())
}
