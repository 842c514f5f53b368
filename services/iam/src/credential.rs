//! What the further credentials of a user have in common: an id, and a switch.

use crate::{error::IamError, user::access_keys::Status, user::named::Named};
use service_kit::prelude::*;

/// A credential that a user has several of, stored by the user's unique id and its own.
pub(crate) trait Credential: Record + Clone {
    /// What it is called in `The … with id x cannot be found.`
    const TITLE: &'static str;

    /// Its own id.
    fn id(&self) -> &str;
    /// Switches it on or off.
    fn switch(&mut self, active: bool);
}

/// How a switch shows.
pub(crate) fn status(active: bool) -> Status {
    if active { Status::Active } else { Status::Inactive }
}

/// The credential of the user with this unique id.
pub(crate) fn find<C: Credential>(tx: &ReadTx<'_>, user_id: &str, id: &str) -> Result<C, IamError> {
    tx.get::<C>((user_id, id))?.ok_or_else(|| {
        let message = format!("The {} with id {id} cannot be found.", C::TITLE);
        IamError::NoSuchEntityException(message)
    })
}

/// Switches a credential of `user` on or off.
pub(crate) async fn set_status<C: Credential>(
    cx: &Context,
    user: &Named,
    id: &str,
    status: Status,
) -> Result<Empty, IamError> {
    if status == Status::Expired {
        let message = "Status must be Active or Inactive.".into();
        return Err(IamError::InvalidInputException(message));
    }
    cx.write(|tx| {
        let owner = user.owner(&tx.reader())?;
        let mut credential = find::<C>(&tx.reader(), &owner.id, id)?;
        credential.switch(status == Status::Active);
        Ok::<_, IamError>(tx.put(&credential)?)
    })
    .await?;
    Ok(Empty)
}

/// Deletes a credential of `user`.
pub(crate) async fn delete<C: Credential>(
    cx: &Context,
    user: &Named,
    id: &str,
) -> Result<Empty, IamError> {
    cx.write(|tx| {
        let owner = user.owner(&tx.reader())?;
        let credential = find::<C>(&tx.reader(), &owner.id, id)?;
        tx.delete::<C>((&owner.id, credential.id()));
        Ok::<_, IamError>(())
    })
    .await?;
    Ok(Empty)
}
