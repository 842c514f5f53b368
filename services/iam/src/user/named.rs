//! The user whom a request means: the one it names, or the one who asks.

use crate::{entity::find, error::IamError, names::arn};
use policy::Principal;
use service_kit::{
    identity::{PrincipalId, User, name_key},
    prelude::*,
};

/// Whom a request is about.
pub(crate) enum Named {
    /// A user, by name.
    User(String),
    /// The root user of the account.
    Root,
}

/// The user called `name`, or else the caller.
///
/// # Errors
/// A validation error when nobody is named and the caller is no user.
pub(crate) fn named(cx: &Context, name: Option<impl AsRef<str>>) -> Result<Named, IamError> {
    match (name, &cx.caller().principal) {
        (Some(name), _) => Ok(Named::User(name.as_ref().to_owned())),
        (None, Principal::User { name, .. }) => Ok(Named::User(name.to_string())),
        (None, Principal::Root { .. }) => Ok(Named::Root),
        (None, _) => {
            let message = "Must specify userName when calling with non-User credentials";
            Err(IamError::Common(Fault::invalid(message)))
        }
    }
}

/// The ARN to declare access on; the facts of the service put the caller's in place of nobody's.
pub(crate) fn optional_arn(at: &Scope, name: Option<&impl AsRef<str>>) -> String {
    arn(at, "user", name.map_or("", AsRef::as_ref))
}

/// Whose a credential is. Credentials are kept by unique id, so that they follow a rename and are
/// not those of a later user with the same name.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// The unique id; the account for the root user.
    pub id: String,
    /// The name.
    pub name: String,
}

impl Named {
    /// The owner of what belongs to whom is named.
    ///
    /// # Errors
    /// No such user.
    pub(crate) fn owner(&self, tx: &ReadTx<'_>) -> Result<Owner, IamError> {
        match self {
            Self::User(name) => Ok(find::<User>(tx, name)?.into()),
            Self::Root => Ok(Owner { id: tx.scope().account.to_string(), name: "root".into() }),
        }
    }
}

impl From<User> for Owner {
    fn from(user: User) -> Self {
        Self { id: user.id, name: user.name }
    }
}

/// The user with this unique id.
pub(crate) fn user_by_id(tx: &ReadTx<'_>, id: &str) -> Result<Option<User>, Fault> {
    let Some(known) = tx.get::<PrincipalId>(id)? else { return Ok(None) };
    let name = known.arn.rsplit('/').next().unwrap_or_default();
    Ok(tx.get::<User>(name_key(name))?.filter(|user| user.id == id))
}
