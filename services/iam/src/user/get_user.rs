//! GetUser: all about a user, by default the caller.

use crate::{
    entity::read,
    error::IamError,
    names::ExistingUserName,
    shapes::UserView,
    user::named::{Named, named, optional_arn},
};
use service_kit::{identity::AccessKey, prelude::*};

/// Shows a user. The root user may look at itself too.
pub(crate) enum GetUser {}

/// What GetUser takes.
#[derive(Debug, Shape)]
#[shape(name = "GetUserRequest")]
pub struct GetUserInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
}

/// What GetUser gives.
#[derive(Debug, Shape)]
#[shape(name = "GetUserResponse")]
pub struct GetUserOutput {
    /// The user.
    pub user: UserView,
}

impl Operation for GetUser {
    const NAME: &'static str = "GetUser";
    type Input = GetUserInput;
    type Output = GetUserOutput;
    type Error = IamError;

    fn access(input: &GetUserInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:GetUser", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: GetUserInput) -> Result<GetUserOutput, IamError> {
        let user = match named(cx, input.user_name)? {
            Named::User(name) => read(cx, &name, |user, _| Ok(UserView::full(cx.account(), user)))?,
            Named::Root => cx.read(|tx| root_view(cx, tx))?,
        };
        Ok(GetUserOutput { user })
    }
}

/// The root user. Its age is that of its oldest key, which the instance was started with.
fn root_view(cx: &Context, tx: &ReadTx<'_>) -> Result<UserView, IamError> {
    let oldest = AccessKey::of_root(tx)?.into_iter().map(|key| key.created).min();
    Ok(UserView {
        path: "/".into(),
        user_name: "root".into(),
        user_id: cx.account().into(),
        arn: format!("arn:aws:iam::{}:root", cx.account()),
        create_date: oldest.unwrap_or_else(|| cx.now().whole_seconds()),
        permissions_boundary: None,
        tags: None,
    })
}
