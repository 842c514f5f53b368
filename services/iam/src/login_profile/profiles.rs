//! Create, get, change and delete a user's login profile.

use super::{LoginProfile, PasswordHash, check_unchanged, find, new_password, password::hash};
use crate::{
    error::IamError,
    names::{UserName, arn},
    user::named::{Named, Owner, named, optional_arn},
};
use service_kit::{identity::secret_access_key, prelude::*};

/// A password; never shown, not even to a debugger.
#[derive(Clone, Shape)]
#[shape(
    name = "passwordType",
    length = 1..=128,
    pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
)]
pub struct PasswordText(pub String);

impl std::fmt::Debug for PasswordText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordText(..)")
    }
}

/// A login profile.
#[derive(Clone, Debug, Shape)]
#[shape(name = "LoginProfile")]
pub struct LoginProfileView {
    /// Whose it is.
    pub user_name: String,
    /// When it was made.
    pub create_date: Timestamp,
    /// Whether the next sign-in has to set another password.
    pub password_reset_required: bool,
}

impl LoginProfileView {
    fn of(owner: Owner, profile: &LoginProfile) -> Self {
        Self {
            user_name: owner.name,
            create_date: profile.created,
            password_reset_required: profile.reset_required,
        }
    }
}

/// The user with a login profile. The root user's password is IAM's business only in the sessions
/// that AssumeRoot gives.
fn user(cx: &Context, name: Option<UserName>) -> Result<Named, IamError> {
    match named(cx, name)? {
        Named::Root if !is_root_task(cx) => {
            let message = "Must specify userName when calling with non-User credentials";
            Err(IamError::Common(Fault::invalid(message)))
        }
        user => Ok(user),
    }
}

/// Whether a session of AssumeRoot calls.
fn is_root_task(cx: &Context) -> bool {
    cx.caller().session.as_ref().is_some_and(|session| session.task.is_some())
}

/// What is kept of a new user's password. For the root user nobody says one: who has the account's
/// e-mail address sets it by recovery, and until then nobody knows it.
async fn first_password(
    cx: &Context,
    password: Option<PasswordText>,
) -> Result<PasswordHash, IamError> {
    let invalid = |message: &str| Err(IamError::Common(Fault::invalid(message)));
    match password {
        None if is_root_task(cx) => Ok(hash(cx, secret_access_key(cx.entropy())).await?),
        None => invalid("Password is required"),
        Some(_) if is_root_task(cx) => invalid("Password must be omitted for the root user"),
        Some(password) => new_password(cx, None, password.0).await,
    }
}

/// Gives a user a password for the console.
pub(crate) enum CreateLoginProfile {}

/// What CreateLoginProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateLoginProfileRequest")]
pub struct CreateLoginProfileInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<UserName>,
    /// The password; only in sessions of AssumeRoot there is none.
    #[shape(sensitive)]
    pub password: Option<PasswordText>,
    /// Whether the first sign-in has to set another one.
    pub password_reset_required: Option<bool>,
}

/// What CreateLoginProfile gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateLoginProfileResponse")]
pub struct CreateLoginProfileOutput {
    /// The profile.
    pub login_profile: LoginProfileView,
}

impl Operation for CreateLoginProfile {
    const NAME: &'static str = "CreateLoginProfile";
    type Input = CreateLoginProfileInput;
    type Output = CreateLoginProfileOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:CreateLoginProfile", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let user = user(cx, input.user_name)?;
        cx.read(|tx| free(tx, &user))?;
        let hash = first_password(cx, input.password).await?;
        let now = cx.now().whole_seconds();
        let reset_required = input.password_reset_required.unwrap_or_default();
        let login_profile = cx.write(|tx| {
            let owner = free(&tx.reader(), &user)?;
            let profile = LoginProfile {
                user_id: owner.id.clone(),
                created: now,
                changed: now,
                reset_required,
                password: hash.clone(),
                former: Vec::new(),
            };
            tx.put(&profile)?;
            Ok::<_, IamError>(LoginProfileView::of(owner, &profile))
        });
        Ok(CreateLoginProfileOutput { login_profile: login_profile.await? })
    }
}

/// The user, who has no login profile yet.
fn free(tx: &ReadTx<'_>, user: &Named) -> Result<Owner, IamError> {
    let owner = user.owner(tx)?;
    match tx.get::<LoginProfile>(&owner.id)? {
        None => Ok(owner),
        Some(_) => Err(IamError::EntityAlreadyExistsException(format!(
            "Login Profile for user {} already exists.",
            owner.name
        ))),
    }
}

/// Shows a login profile.
pub(crate) enum GetLoginProfile {}

/// What GetLoginProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "GetLoginProfileRequest")]
pub struct GetLoginProfileInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<UserName>,
}

/// What GetLoginProfile gives.
#[derive(Debug, Shape)]
#[shape(name = "GetLoginProfileResponse")]
pub struct GetLoginProfileOutput {
    /// The profile.
    pub login_profile: LoginProfileView,
}

impl Operation for GetLoginProfile {
    const NAME: &'static str = "GetLoginProfile";
    type Input = GetLoginProfileInput;
    type Output = GetLoginProfileOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:GetLoginProfile", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let user = user(cx, input.user_name)?;
        cx.read(|tx| {
            let owner = user.owner(tx)?;
            let profile = find(tx, &owner)?;
            Ok(GetLoginProfileOutput { login_profile: LoginProfileView::of(owner, &profile) })
        })
    }
}

/// Sets a user's password, or asks for another one at the next sign-in.
pub(crate) enum UpdateLoginProfile {}

/// What UpdateLoginProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateLoginProfileRequest")]
pub struct UpdateLoginProfileInput {
    /// The user.
    pub user_name: UserName,
    /// The new password.
    #[shape(sensitive)]
    pub password: Option<PasswordText>,
    /// Whether the next sign-in has to set another one.
    pub password_reset_required: Option<bool>,
}

impl Operation for UpdateLoginProfile {
    const NAME: &'static str = "UpdateLoginProfile";
    type Input = UpdateLoginProfileInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:UpdateLoginProfile", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = Named::User(input.user_name.0);
        let known = cx.read(|tx| find(tx, &user.owner(tx)?))?;
        let password = match input.password {
            Some(password) => Some(new_password(cx, Some(&known), password.0).await?),
            None => None,
        };
        cx.write(|tx| {
            let mut profile = find(&tx.reader(), &user.owner(&tx.reader())?)?;
            if let Some(password) = &password {
                check_unchanged(&known, &profile)?;
                profile.set_password(password.clone(), cx.now().whole_seconds());
            }
            if let Some(reset) = input.password_reset_required {
                profile.reset_required = reset;
            }
            Ok::<_, IamError>(tx.put(&profile)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Takes a user's password away.
pub(crate) enum DeleteLoginProfile {}

/// What DeleteLoginProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteLoginProfileRequest")]
pub struct DeleteLoginProfileInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<UserName>,
}

impl Operation for DeleteLoginProfile {
    const NAME: &'static str = "DeleteLoginProfile";
    type Input = DeleteLoginProfileInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteLoginProfile", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = user(cx, input.user_name)?;
        cx.write(|tx| {
            let profile = find(&tx.reader(), &user.owner(&tx.reader())?)?;
            tx.delete::<LoginProfile>(&profile.user_id);
            Ok::<_, IamError>(())
        })
        .await?;
        Ok(Empty)
    }
}
