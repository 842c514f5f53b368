//! The credentials that STS gives, and who may not ask for them.

use crate::error::StsError;
use policy::Principal;
use service_kit::{
    identity::{PrincipalClaim, Session},
    prelude::*,
};

/// The longest session that the root user gets, and that role chaining gives, in seconds.
pub(crate) const HOUR_SECS: u32 = 3_600;

/// Temporary credentials.
#[derive(Debug, Shape)]
pub struct Credentials {
    /// `ASIA…`.
    #[shape(length = 16..=128, pattern = r"[\w]*")]
    pub access_key_id: String,
    /// What requests are signed with; shown only here.
    #[shape(sensitive)]
    pub secret_access_key: String,
    /// The session, sealed.
    pub session_token: String,
    /// When they end.
    pub expiration: Timestamp,
}

impl Credentials {
    /// Those of `session`.
    pub(crate) fn of(cx: &Context, session: Session) -> Result<Self, Fault> {
        Ok(Self {
            session_token: session.token(cx.platform())?,
            access_key_id: session.access_key_id,
            secret_access_key: session.secret_access_key,
            expiration: session.expires,
        })
    }
}

/// A session of `principal` that begins now. Times are whole seconds, as clients show them.
pub(crate) fn begin(
    cx: &Context,
    account: &str,
    principal: PrincipalClaim,
    duration_secs: u32,
) -> Session {
    let issued = cx.now().whole_seconds();
    let expires = Timestamp::from_secs(issued.as_secs() + i64::from(duration_secs));
    Session::begin(cx.platform(), account, principal, issued, expires)
}

/// The user or root user who asks with credentials of their own, and their account.
///
/// # Errors
/// Access denied for everybody with temporary credentials, whom AWS lets ask for no further ones
/// (IAM User Guide, "Compare AWS STS credentials").
pub(crate) fn long_lived(
    cx: &Context,
    operation: &str,
) -> Result<(PrincipalClaim, String), StsError> {
    let refusal = || StsError::denied(format!("Cannot call {operation} with session credentials"));
    if cx.caller().session.is_some() {
        return Err(refusal());
    }
    match &cx.caller().principal {
        Principal::Root { account } => {
            Ok((PrincipalClaim::Root { account: account.to_string() }, account.to_string()))
        }
        Principal::User { account, path, name, id } => {
            let claim = PrincipalClaim::User {
                account: account.to_string(),
                path: path.to_string(),
                name: name.to_string(),
                id: id.to_string(),
            };
            Ok((claim, account.to_string()))
        }
        _ => Err(refusal()),
    }
}

/// How long a session from long-lived credentials lasts. For the root user AWS shortens what is
/// over an hour instead of refusing it (STS API Reference, "GetSessionToken").
pub(crate) fn duration_secs(asker: &PrincipalClaim, asked: Option<u32>) -> u32 {
    const DEFAULT_SECS: u32 = 43_200;
    let wanted = asked.unwrap_or(DEFAULT_SECS);
    match asker {
        PrincipalClaim::Root { .. } => wanted.min(HOUR_SECS),
        _ => wanted,
    }
}
