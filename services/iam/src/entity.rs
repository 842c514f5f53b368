//! What users, groups and roles have in common: a name and policies of their own.

use crate::error::IamError;
use service_kit::{
    identity::{Group, InlinePolicies, PrincipalId, Role, User, name_key},
    prelude::*,
};

/// A user, group or role.
pub(crate) trait Entity: Record {
    /// Its kind in ARNs and messages.
    const KIND: &'static str;
    /// Its kind at the start of a sentence.
    const TITLE: &'static str;
    /// The most characters of its inline policies together.
    const MAX_INLINE_CHARS: usize;
    /// The name of the quota on attached policies.
    const ATTACHED_QUOTA: &'static str;
    /// The most of its kind in an account, with the quota's name.
    const MOST: (&'static str, usize);

    /// The name as created.
    fn name(&self) -> &str;
    /// Inline policies.
    fn inline(&self) -> &InlinePolicies;
    /// Inline policies, to change.
    fn inline_mut(&mut self) -> &mut InlinePolicies;
    /// ARNs of attached policies.
    fn attached(&self) -> &[String];
    /// ARNs of attached policies, to change.
    fn attached_mut(&mut self) -> &mut Vec<String>;
    /// Whether it belongs to a service, which alone may change it.
    fn is_protected(&self) -> bool;
}

/// The path of roles that belong to services, which only those make.
pub(crate) const SERVICE_PATH: &str = "/aws-service-role/";

macro_rules! entity {
    ($kind:ident, $name:literal, $inline:literal, $quota:literal, $most:expr, $protected:expr) => {
        impl Entity for $kind {
            const KIND: &'static str = $name;
            const TITLE: &'static str = stringify!($kind);
            const MAX_INLINE_CHARS: usize = $inline;
            const ATTACHED_QUOTA: &'static str = $quota;
            const MOST: (&'static str, usize) = $most;

            fn name(&self) -> &str {
                &self.name
            }

            fn inline(&self) -> &InlinePolicies {
                &self.inline
            }

            fn inline_mut(&mut self) -> &mut InlinePolicies {
                &mut self.inline
            }

            fn attached(&self) -> &[String] {
                &self.attached
            }

            fn attached_mut(&mut self) -> &mut Vec<String> {
                &mut self.attached
            }

            fn is_protected(&self) -> bool {
                $protected(self)
            }
        }
    };
}

fn never<E>(_: &E) -> bool {
    false
}

fn is_linked(role: &Role) -> bool {
    role.path.starts_with(SERVICE_PATH)
}

entity!(User, "user", 2_048, "PoliciesPerUser", ("UsersPerAccount", 5_000), never);
entity!(Role, "role", 10_240, "PoliciesPerRole", ("RolesPerAccount", 1_000), is_linked);
entity!(Group, "group", 5_120, "PoliciesPerGroup", ("GroupsPerAccount", 300), never);

/// The entity called `name`, ignoring case.
///
/// # Errors
/// No such entity.
pub(crate) fn find<E: Entity>(tx: &ReadTx<'_>, name: &str) -> Result<E, IamError> {
    tx.get::<E>(name_key(name))?.ok_or_else(|| IamError::not_found(E::KIND, name))
}

/// Reads the entity called `name`.
pub(crate) fn read<E: Entity, T>(
    cx: &Context,
    name: &str,
    look: impl FnOnce(&E, &ReadTx<'_>) -> Result<T, IamError>,
) -> Result<T, IamError> {
    cx.read(|tx| look(&find(tx, name)?, tx))
}

/// Changes the entity called `name`, which keeps its name.
///
/// # Errors
/// It is a service's, and no customer may change it; or those of `change`.
pub(crate) async fn change<E: Entity>(
    cx: &Context,
    name: &str,
    mut change: impl FnMut(&mut E, &ReadTx<'_>) -> Result<(), IamError> + Send,
) -> Result<(), IamError> {
    annotate::<E>(cx, name, |entity, tx| {
        check_modifiable(entity)?;
        change(entity, tx)
    })
    .await
}

/// As [`change`], for tags and descriptions, which services' own entities may be given too.
pub(crate) async fn annotate<E: Entity>(
    cx: &Context,
    name: &str,
    mut change: impl FnMut(&mut E, &ReadTx<'_>) -> Result<(), IamError> + Send,
) -> Result<(), IamError> {
    cx.write(|tx| {
        let mut entity = find::<E>(&tx.reader(), name)?;
        change(&mut entity, &tx.reader())?;
        Ok(tx.put(&entity)?)
    })
    .await
}

/// Checks that a customer may change `entity` (IAM User Guide, "Create a service-linked role").
pub(crate) fn check_modifiable<E: Entity>(entity: &E) -> Result<(), IamError> {
    if !entity.is_protected() {
        return Ok(());
    }
    Err(IamError::UnmodifiableEntityException(format!(
        "Cannot perform the operation on the protected {} '{}' - this {} is only modifiable by AWS",
        E::KIND,
        entity.name(),
        E::KIND,
    )))
}

/// Checks that `name` is free and the account has room. The count is read outside the transaction
/// that creates, so that creations do not conflict with each other.
pub(crate) fn check_room<E: Entity>(cx: &Context, name: &str) -> Result<(), IamError> {
    let (quota, most) = E::MOST;
    cx.read(|tx| {
        check_free::<E>(tx, name)?;
        match tx.list::<E>(())?.len() < most {
            true => Ok(()),
            false => Err(IamError::quota(quota, most)),
        }
    })
}

/// Checks that no entity of this kind is called `name`, ignoring case.
pub(crate) fn check_free<E: Entity>(tx: &ReadTx<'_>, name: &str) -> Result<(), IamError> {
    match tx.get::<E>(name_key(name))? {
        Some(_) => Err(IamError::exists(E::TITLE, name)),
        None => Ok(()),
    }
}

/// Remembers which user or role has `id`, for policies that name it.
pub(crate) fn remember_id(tx: &mut Tx<'_>, id: &str, arn: String) -> Result<(), Fault> {
    tx.put(&PrincipalId { id: id.to_owned(), arn })
}

/// Forgets a user or role that is no more.
pub(crate) fn forget_id(tx: &mut Tx<'_>, id: &str) {
    tx.delete::<PrincipalId>(id);
}
