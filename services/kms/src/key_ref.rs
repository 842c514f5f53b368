//! How requests name keys: by id, ARN, alias or alias ARN.

use crate::{
    alias::{self, Alias},
    error::KmsError,
    grant,
    key::Key,
    managed, regions,
    shapes::GrantTokenType,
};
use policy::Arn;
use service_kit::prelude::*;
use shape::Failure;

/// A key as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// Where it is.
    pub scope: Scope,
    name: Name,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Id(String),
    /// With `alias/`.
    Alias(String),
}

impl KeyRef {
    /// Reads any of the four forms; what is none of them is taken for an id, which finds nothing.
    pub fn parse(text: &str, at: &Scope) -> Self {
        if let Some(found) = Self::of_arn(text) {
            return found;
        }
        let name = match text.starts_with("alias/") {
            true => Name::Alias(text.into()),
            false => Name::Id(text.into()),
        };
        Self { scope: at.clone(), name }
    }

    /// Reads the id or the ARN of a key; no alias will do.
    ///
    /// # Errors
    /// [`KmsError::NotFoundException`].
    pub fn of_key(text: &str, at: &Scope) -> Result<Self, KmsError> {
        let named = Self::parse(text, at);
        match named.alias() {
            Some(_) => Err(KmsError::NotFoundException(format!("Invalid keyId {text}"))),
            None => Ok(named),
        }
    }

    /// As [`KeyRef::of_key`], for keys of the account at `at` alone.
    ///
    /// # Errors
    /// As there: of other accounts' keys it is not told whether they are there.
    pub fn of_own_key(text: &str, at: &Scope) -> Result<Self, KmsError> {
        let named = Self::of_key(text, at)?;
        match named.scope.account == at.account {
            true => Ok(named),
            false => Err(named.missing()),
        }
    }

    /// Reads the ARN of a key or of an alias.
    pub fn of_arn(text: &str) -> Option<Self> {
        let arn = Arn::parse(text).filter(|arn| arn.service == "kms" && !arn.region.is_empty())?;
        let name = match arn.type_and_id() {
            ("key", id) => Name::Id(id.into()),
            ("alias", _) => Name::Alias(arn.resource.into()),
            _ => return None,
        };
        Some(Self { scope: Scope::new(arn.owner()?, arn.region), name })
    }

    /// The key `id` of `scope`.
    pub fn of_id(scope: Scope, id: &str) -> Self {
        Self { scope, name: Name::Id(id.into()) }
    }

    /// The ARN that this name spells: an alias is not resolved.
    pub fn arn(&self) -> String {
        match &self.name {
            Name::Id(id) => self.scope.arn("kms", format_args!("key/{id}")),
            Name::Alias(name) => self.scope.arn("kms", name),
        }
    }

    /// The key of the same name in another region.
    pub fn in_region(&self, region: &str) -> Self {
        Self { scope: Scope::new(&*self.scope.account, region), name: self.name.clone() }
    }

    /// The alias by which the key is named.
    pub fn alias(&self) -> Option<&str> {
        match &self.name {
            Name::Alias(name) => Some(name),
            Name::Id(_) => None,
        }
    }

    /// The key, if there is one.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn find(&self, tx: &ReadTx<'_>) -> Result<Option<Key>, Fault> {
        let tx = tx.within(self.scope.clone());
        match &self.name {
            Name::Id(id) => tx.get::<Key>(id),
            Name::Alias(name) => match tx.get::<Alias>(name)? {
                Some(alias) => tx.get::<Key>(&alias.key_id),
                None => Ok(None),
            },
        }
    }

    /// The key.
    ///
    /// # Errors
    /// [`KmsError::NotFoundException`].
    pub fn get(&self, tx: &ReadTx<'_>) -> Result<Key, KmsError> {
        if tx.scope().region != self.scope.region {
            return Err(elsewhere(&self.scope.region));
        }
        self.find(tx)?.ok_or_else(|| self.missing())
    }

    fn missing(&self) -> KmsError {
        match &self.name {
            Name::Alias(name) => alias::missing(&self.scope, name),
            Name::Id(id) if !is_key_id(id) => {
                KmsError::NotFoundException(format!("Invalid keyId '{id}'"))
            }
            Name::Id(_) => {
                KmsError::NotFoundException(format!("Key '{}' does not exist", self.arn()))
            }
        }
    }
}

fn elsewhere(region: &str) -> KmsError {
    KmsError::NotFoundException(format!("Invalid arn {region}"))
}

/// What is said of a permission on a key of another region, or on what is no key.
pub fn misnamed(access: &Access) -> Failure {
    let error = match Arn::parse(&access.resource).filter(|arn| arn.service == "kms") {
        Some(arn) => elsewhere(arn.region),
        None => KmsError::InvalidArnException(format!("Invalid arn {}", access.resource)),
    };
    error.into_failure()
}

fn is_key_id(text: &str) -> bool {
    regions::is_multi_region_id(text)
        || text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The key that `text` names, for using it or looking at it; a key that AWS manages is made when
/// it is first named.
///
/// # Errors
/// [`KmsError::NotFoundException`].
pub async fn named(cx: &Context, text: &str) -> Result<Key, KmsError> {
    let key_ref = KeyRef::parse(text, cx.scope());
    if let Some(service) = key_ref.alias().and_then(managed::service_of)
        && key_ref.scope == *cx.scope()
    {
        return managed::ensure(cx, &key_ref, service).await;
    }
    cx.read(|tx| key_ref.get(tx))
}

/// The key that `text` names, for a cryptographic operation: the key must be enabled, and grant
/// tokens must be ours.
///
/// # Errors
/// As [`named`], [`grant::check_tokens`] and [`Key::require_enabled`].
pub async fn usable(
    cx: &Context,
    text: &str,
    tokens: Option<&[GrantTokenType]>,
) -> Result<Key, KmsError> {
    grant::check_tokens(cx, tokens)?;
    let key = named(cx, text).await?;
    key.require_enabled(cx.now())?;
    Ok(key)
}

/// The key that `text` names by id or ARN, for operations that do not take aliases.
///
/// # Errors
/// [`KmsError::NotFoundException`].
pub fn by_id(cx: &Context, text: &str) -> Result<Key, KmsError> {
    let key_ref = KeyRef::of_key(text, cx.scope())?;
    cx.read(|tx| key_ref.get(tx))
}

/// Reads the key `text` of the caller's own account, changes it and writes it back.
///
/// # Errors
/// [`KmsError::NotFoundException`], also for keys of other accounts; otherwise the change's.
pub async fn change<T: Send>(
    cx: &Context,
    text: &str,
    mut change: impl FnMut(&mut Tx<'_>, &mut Key) -> Result<T, KmsError> + Send,
) -> Result<T, KmsError> {
    let key_ref = KeyRef::of_own_key(text, cx.scope())?;
    cx.write(|tx| {
        let mut key = key_ref.get(&tx.reader())?;
        key.require_customer_managed()?;
        let answer = change(tx, &mut key)?;
        tx.put(&key)?;
        Ok(answer)
    })
    .await
}

/// The permission `action` on the key that `text` names.
pub fn access(action: &'static str, text: &str, at: &Scope) -> Access {
    Access::on(action, KeyRef::parse(text, at).arn())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_names_the_same_place() {
        let at = Scope::new("111122223333", "us-east-1");
        let arn = "arn:aws:kms:us-east-1:111122223333:key/abc";
        assert_eq!(KeyRef::parse("abc", &at).arn(), arn);
        assert_eq!(KeyRef::parse(arn, &at), KeyRef::parse("abc", &at));
        let alias = KeyRef::parse("alias/a/b", &at);
        assert_eq!(alias.alias(), Some("alias/a/b"));
        assert_eq!(KeyRef::parse(&alias.arn(), &at), alias);
        let foreign = KeyRef::parse("arn:aws:kms:eu-west-1:444455556666:key/x", &at);
        assert_eq!(foreign.scope, Scope::new("444455556666", "eu-west-1"));
    }
}
