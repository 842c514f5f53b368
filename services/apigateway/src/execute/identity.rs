//! In whose name an integration is called: the API's, the caller's, or a role's.

use super::reply::Refusal;
use crate::{PRINCIPAL, credentials::Credentials};
use parking_lot::Mutex;
use service_kit::{
    context::{Caller, Context},
    identity::assume_role,
    prelude::*,
};

/// How long a session of a role lasts, in seconds: as short as STS gives one, so that it shows
/// soon when the role does not trust the gateway any more.
const SESSION_SECS: u32 = 900;
/// A session that ends within so many seconds is not used any more.
const SPARE_SECS: u64 = 60;
/// What API Gateway calls its sessions.
const SESSION_NAME: &str = "BackplaneAssumeRoleSession";

/// In whose name an integration is called.
#[derive(Debug)]
pub enum Identity {
    /// The gateway's, on behalf of the method: the function's policy decides.
    Api,
    /// That of the one who signed the request.
    Caller,
    /// A role's.
    Role {
        /// Its ARN.
        arn: String,
        /// The session in use, and when it ends.
        session: Mutex<Option<(Caller, Timestamp)>>,
    },
}

impl Identity {
    /// The identity that an integration in `account` has been given. None for credentials that
    /// lead nowhere.
    pub fn new(credentials: Option<&str>, account: &str) -> Option<Self> {
        let Some(credentials) = credentials else { return Some(Self::Api) };
        Some(match Credentials::parse(credentials, account).ok()? {
            Credentials::Caller => Self::Caller,
            Credentials::Role(arn) => Self::Role { arn: arn.to_owned(), session: Mutex::default() },
        })
    }

    /// Who calls, for the method at `source_arn` which `caller` has signed for.
    ///
    /// # Errors
    /// [`Refusal::internal`] when nobody has signed, or the role does not trust the gateway.
    pub async fn name(
        &self,
        cx: &Context,
        source_arn: &str,
        caller: Option<&Caller>,
    ) -> Result<As, Refusal> {
        match self {
            Self::Api => Ok(gateway(cx, source_arn)),
            Self::Caller => {
                let mut caller = caller.cloned().ok_or_else(|| Refusal::internal(500))?;
                caller.via.push(PRINCIPAL);
                Ok(As::Session(Box::new(caller)))
            }
            Self::Role { arn, session } => {
                let known = session.lock().clone();
                let spare = cx.now() + Duration::from_secs(SPARE_SECS);
                if let Some((caller, _)) = known.filter(|(_, ends)| *ends > spare) {
                    return Ok(As::Session(Box::new(caller)));
                }
                let gateway = gateway(cx, source_arn);
                let fresh = assume_role(cx, arn, gateway, SESSION_NAME, SESSION_SECS).await;
                let fresh = fresh.map_err(|_| Refusal::internal(500))?;
                let caller = Caller { user_agent: PRINCIPAL.into(), ..fresh.caller };
                *session.lock() = Some((caller.clone(), fresh.expires));
                Ok(As::Session(Box::new(caller)))
            }
        }
    }
}

/// The gateway itself, on behalf of the method at `source_arn`.
fn gateway(cx: &Context, source_arn: &str) -> As {
    As::Service {
        principal: PRINCIPAL,
        source_arn: source_arn.to_owned(),
        source_account: cx.account().to_owned(),
    }
}
