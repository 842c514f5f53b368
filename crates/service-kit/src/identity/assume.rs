//! Sessions of roles that services assume, to act in their name.

use crate::{
    call::As,
    context::{Caller, Context},
    fault::Fault,
};
use serde_json::json;
use shape::{ErrorShape as _, Failure, Timestamp};

/// Temporary credentials of a role.
pub struct RoleSession {
    /// `ASIA…`.
    pub access_key_id: String,
    /// What requests are signed with.
    pub secret_access_key: String,
    /// What they carry besides.
    pub token: String,
    /// Who signs with them.
    pub caller: Caller,
    /// When they end.
    pub expires: Timestamp,
}

/// A session of `role`, assumed as `name`: `session` is what it is called, `seconds` how long it
/// lasts.
///
/// # Errors
/// What STS refuses with.
pub async fn assume_role(
    cx: &Context,
    role: &str,
    name: As,
    session: &str,
    seconds: u32,
) -> Result<RoleSession, Failure> {
    let input = json!({
        "RoleArn": role,
        "RoleSessionName": session,
        "DurationSeconds": seconds,
    });
    let answer = cx.call("sts", "AssumeRole", input, name).await?;
    let text = |name: &str| answer["Credentials"][name].as_str().unwrap_or_default().to_owned();
    let (access_key_id, token) = (text("AccessKeyId"), text("SessionToken"));
    let directory = cx.platform().directory();
    let credential =
        directory.credential(cx.platform(), &access_key_id, Some(&token)).map_err(|fault| {
            Fault::internal(format!("a fresh session is not known: {fault:?}")).into_failure()
        })?;
    let caller = credential.caller.clone();
    let expires = caller.session.as_ref().map_or(cx.now(), |session| session.expires);
    let secret_access_key = text("SecretAccessKey");
    Ok(RoleSession { access_key_id, secret_access_key, token, caller, expires })
}
