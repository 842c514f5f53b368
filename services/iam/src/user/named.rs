//! The user whom a request means: the one it names, or the one who asks.

use crate::{
    error::IamError,
    names::{ExistingUserName, arn},
};
use policy::Principal;
use service_kit::prelude::*;

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
pub(crate) fn named(cx: &Context, name: Option<ExistingUserName>) -> Result<Named, IamError> {
    match (name, &cx.caller().principal) {
        (Some(name), _) => Ok(Named::User(name.0)),
        (None, Principal::User { name, .. }) => Ok(Named::User(name.to_string())),
        (None, Principal::Root { .. }) => Ok(Named::Root),
        (None, _) => {
            let message = "Must specify userName when calling with non-User credentials";
            Err(IamError::Common(Fault::invalid(message)))
        }
    }
}

/// The ARN to declare access on; the facts of the service put the caller's in place of nobody's.
pub(crate) fn optional_arn(at: &Scope, name: Option<&ExistingUserName>) -> String {
    arn(at, "user", name.map_or("", |name| &name.0))
}
