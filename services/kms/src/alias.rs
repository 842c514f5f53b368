//! Aliases: names that stand for keys.

use crate::{error::KmsError, key_ref::KeyRef};
use service_kit::{key::Key as RowKey, prelude::*};

/// AWS's quota of aliases of one key.
pub const MAX_ALIASES: usize = 50;

/// A name for a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Alias {
    /// With `alias/`.
    pub name: String,
    pub key_id: String,
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl Record for Alias {
    const TABLE: &'static str = "kms.alias";

    fn key(&self) -> impl RowKey {
        &self.name
    }
}

/// Refuses names that customers may not make or change.
///
/// # Errors
/// [`KmsError::InvalidAliasNameException`] or a validation fault.
pub fn check_name(name: &str) -> Result<(), KmsError> {
    let Some(rest) = name.strip_prefix("alias/") else {
        return Err(KmsError::invalid("Invalid identifier"));
    };
    if rest.is_empty() {
        return Err(KmsError::invalid("Alias is missing a name"));
    }
    if rest.starts_with("aws/") {
        let message = "The alias prefix alias/aws/ is reserved for AWS managed keys.";
        return Err(Fault::AccessDenied(message.into()).into());
    }
    if rest.contains(':') {
        let message = format!("{name} contains invalid characters for an alias");
        return Err(KmsError::InvalidAliasNameException(message));
    }
    Ok(())
}

/// Lets the last of `access` stand for the key behind the alias `name`, which only the state tells.
///
/// # Errors
/// [`Fault::Internal`] when storage fails.
pub fn name_key(name: &str, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
    let key = KeyRef::parse(name, tx.scope()).find(tx)?;
    if let (Some(last), Some(key)) = (access.last_mut(), key) {
        last.resource = key.arn();
    }
    Ok(())
}

/// The refusal for an alias that is not there.
pub fn missing(at: &Scope, name: &str) -> KmsError {
    let arn = at.arn("kms", name);
    KmsError::NotFoundException(format!("Alias {arn} is not found."))
}
