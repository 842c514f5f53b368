//! CreateUser: somebody with credentials of their own.

use crate::{
    entity::{check_free, check_room, remember_id},
    error::IamError,
    managed,
    names::{ArnText, PathText, UserName, new_arn, path_or_root},
    shapes::{TagView, UserView},
    tags,
};
use service_kit::{
    identity::{User, unique_id},
    prelude::*,
};

/// Makes a user, who may do nothing yet.
pub(crate) enum CreateUser {}

/// What CreateUser takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateUserRequest")]
pub struct CreateUserInput {
    /// The path.
    pub path: Option<PathText>,
    /// The name, unique ignoring case.
    pub user_name: UserName,
    /// What the user may do at most.
    pub permissions_boundary: Option<ArnText>,
    /// Tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<TagView>,
}

/// What CreateUser gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateUserResponse")]
pub struct CreateUserOutput {
    /// The user.
    pub user: UserView,
}

impl Operation for CreateUser {
    const NAME: &'static str = "CreateUser";
    type Input = CreateUserInput;
    type Output = CreateUserOutput;
    type Error = IamError;

    fn access(input: &CreateUserInput, at: &Scope) -> Vec<Access> {
        let path = input.path.as_ref().map(|path| &*path.0);
        let boundary = input.permissions_boundary.as_ref().map(|arn| arn.0.as_str());
        Access::on("iam:CreateUser", new_arn(at, "user", path, &input.user_name.0))
            .with_some("iam:PermissionsBoundary", boundary)
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: CreateUserInput) -> Result<CreateUserOutput, IamError> {
        let id = unique_id("AIDA", cx.entropy());
        let created = cx.now().whole_seconds();
        let mut user = User::new(input.user_name.0, path_or_root(input.path), id, created);
        user.tags = tags::fresh(&input.tags)?;
        user.boundary = input.permissions_boundary.map(|arn| arn.0);
        check_room::<User>(cx, &user.name)?;
        cx.write(|tx| {
            check_free::<User>(&tx.reader(), &user.name)?;
            if let Some(boundary) = &user.boundary {
                managed::check_boundary(&tx.reader(), boundary)?;
            }
            remember_id(tx, &user.id, user.arn(cx.account()))?;
            Ok::<_, IamError>(tx.put(&user)?)
        })
        .await?;
        Ok(CreateUserOutput { user: UserView::full(cx.account(), &user) })
    }
}
