//! Inline policies of users, groups and roles.

use crate::{
    document,
    entity::{Entity, change, read},
    error::IamError,
    paging::Paging,
};
use service_kit::prelude::*;

/// Sets the inline policy called `name`.
pub(crate) async fn put<E: Entity>(
    cx: &Context,
    owner: &str,
    name: &str,
    document: &str,
) -> Result<(), IamError> {
    document::check_inline(document)?;
    change::<E>(cx, owner, |entity, _| {
        entity.inline_mut().insert(name.to_owned(), document.to_owned());
        let total: usize = entity.inline().values().map(|text| document::chars(text)).sum();
        if total > E::MAX_INLINE_CHARS {
            return Err(IamError::LimitExceededException(format!(
                "Maximum policy size of {} bytes exceeded for {} {}",
                E::MAX_INLINE_CHARS,
                E::KIND,
                entity.name()
            )));
        }
        Ok(())
    })
    .await
}

/// The document of the inline policy called `name`, as it is sent, and its owner's name.
pub(crate) fn get<E: Entity>(
    cx: &Context,
    owner: &str,
    name: &str,
) -> Result<(String, String), IamError> {
    read::<E, _>(cx, owner, |entity, _| {
        let document = entity.inline().get(name).ok_or_else(|| missing::<E>(name))?;
        Ok((entity.name().to_owned(), document::encode(document)))
    })
}

/// A page of the names of inline policies.
pub(crate) fn list<E: Entity>(
    cx: &Context,
    owner: &str,
    paging: &Paging,
) -> Result<Page<String>, IamError> {
    read::<E, _>(cx, owner, |entity, _| {
        Ok(paging.of(entity.inline().keys().cloned().collect(), String::clone)?)
    })
}

/// Removes the inline policy called `name`.
pub(crate) async fn delete<E: Entity>(
    cx: &Context,
    owner: &str,
    name: &str,
) -> Result<(), IamError> {
    change::<E>(cx, owner, |entity, _| {
        entity.inline_mut().remove(name).map(|_| ()).ok_or_else(|| missing::<E>(name))
    })
    .await
}

fn missing<E: Entity>(name: &str) -> IamError {
    IamError::not_found(&format!("{} policy", E::KIND), name)
}
