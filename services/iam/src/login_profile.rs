//! Console passwords: login profiles of users, and the rules for them.

pub(crate) mod account_password_policy;
pub(crate) mod change_password;
mod password;
pub(crate) mod profiles;
mod rules;

pub(crate) use password::PasswordHash;
pub(crate) use rules::{AccountRules, rules_of};

use crate::{error::IamError, user::named::Owner};
use service_kit::{key::Key, prelude::*};

/// The most former passwords that may be forbidden, and that are kept.
const MAX_FORMER: usize = 24;

/// A user's password for the console.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LoginProfile {
    /// Whose it is, by unique id.
    pub user_id: String,
    /// When it was made.
    pub created: Timestamp,
    /// When the password was last set.
    pub changed: Timestamp,
    /// Whether the next sign-in has to set another one.
    pub reset_required: bool,
    /// The password.
    pub password: PasswordHash,
    /// Those before it, newest first.
    pub former: Vec<PasswordHash>,
}

impl LoginProfile {
    /// Replaces the password.
    fn set_password(&mut self, password: PasswordHash, now: Timestamp) {
        let former = std::mem::replace(&mut self.password, password);
        self.former.insert(0, former);
        self.former.truncate(MAX_FORMER);
        self.changed = now;
    }

    /// The last `count` passwords, that of now included.
    fn last(&self, count: u32) -> Vec<PasswordHash> {
        let all = std::iter::once(&self.password).chain(&self.former);
        all.take(count as usize).cloned().collect()
    }
}

impl Record for LoginProfile {
    const TABLE: &'static str = "iam.login_profile";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        &self.user_id
    }
}

/// The login profile of `owner`.
fn find(tx: &ReadTx<'_>, owner: &Owner) -> Result<LoginProfile, IamError> {
    tx.get::<LoginProfile>(&owner.id)?.ok_or_else(|| {
        let name = &owner.name;
        let message = format!("Login Profile for User {name} cannot be found.");
        IamError::NoSuchEntityException(message)
    })
}

/// What is kept of a password that may replace those of `profile`: it keeps the account's rules.
/// Hashing takes long, so it happens outside of transactions, which check that `profile` is still
/// as it was.
async fn new_password(
    cx: &Context,
    profile: Option<&LoginProfile>,
    password: String,
) -> Result<PasswordHash, IamError> {
    let rules = cx.read(rules_of)?;
    let account = AccountRules::account_names(cx)?;
    rules.check(&password, &account)?;
    let forbidden = profile.map(|it| it.last(rules.remembered())).unwrap_or_default();
    if password::is_one_of(password.clone(), forbidden).await? {
        return Err(IamError::PasswordPolicyViolationException(
            "Password should not be one of the passwords used before.".into(),
        ));
    }
    Ok(password::hash(cx, password).await?)
}

/// Checks that nobody changed the password while another one was hashed.
fn check_unchanged(then: &LoginProfile, now: &LoginProfile) -> Result<(), IamError> {
    match then.password == now.password {
        true => Ok(()),
        false => Err(IamError::EntityTemporarilyUnmodifiableException(
            "Login Profile is being modified. Please try again.".into(),
        )),
    }
}
