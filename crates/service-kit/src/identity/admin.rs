//! The administrator: an ordinary user that every instance starts with.

use super::{AccessKey, PrincipalId, User, name_key, unique_id};
use crate::{access::Scope, fault::Fault, platform::Platform};

/// The administrator's name. As an ordinary user with AdministratorAccess it is judged like
/// everyone; what makes it special is that a start brings it and its key back.
pub const ADMINISTRATOR: &str = "admin";

const POLICY: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Makes sure that the administrator of the default account exists and may sign with this key.
///
/// # Errors
/// [`Fault`] when storage fails.
pub async fn keep_administrator(
    platform: &Platform,
    access_key_id: &str,
    secret: &str,
) -> Result<(), Fault> {
    let account = platform.settings().account.clone();
    let now = platform.clock().now().whole_seconds();
    let id = unique_id("AIDA", platform.entropy());
    let sealed_secret =
        platform.seal().seal(AccessKey::PURPOSE, access_key_id.as_bytes(), secret.as_bytes())?;
    let key = AccessKey {
        id: access_key_id.to_owned(),
        account: account.clone(),
        user: Some(ADMINISTRATOR.to_owned()),
        sealed_secret,
        active: true,
        created: now,
    };
    let scope = Scope::new(account, "");
    let write = platform.write(&scope, |tx| {
        let known = tx.get::<User>(name_key(ADMINISTRATOR))?;
        let mut administrator =
            known.unwrap_or_else(|| User::new(ADMINISTRATOR.into(), "/".into(), id.clone(), now));
        if !administrator.attached.iter().any(|arn| arn == POLICY) {
            administrator.attached.push(POLICY.to_owned());
        }
        if !administrator.access_keys.contains(&key.id) {
            administrator.access_keys.push(key.id.clone());
        }
        let arn = administrator.arn(&tx.scope().account);
        tx.put(&PrincipalId { id: administrator.id.clone(), arn })?;
        tx.put(&administrator)?;
        tx.put(&key)
    });
    write.await
}
