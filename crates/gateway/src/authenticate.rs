//! Who sent a request: verifies its signature against the directory of credentials.

use http::{HeaderMap, header::USER_AGENT};
use parking_lot::RwLock;
use policy::Principal;
use service_kit::{
    access::Scope,
    context::Caller,
    fault::Fault,
    identity::{Credential, CredentialFault},
    platform::Platform,
};
use sigv4::{Dialect, Payload, Presented, Request, Rules, Signature, SigningKey};
use std::{collections::HashMap, net::IpAddr, sync::Arc};

/// The most signing keys remembered; a key is good for a day, a region and a service.
const MAX_KEYS: usize = 4_096;

/// Why a request's sender is not known.
pub enum AuthenticateError {
    /// The signature is not right.
    Signature(sigv4::Failure),
    /// Storage failed.
    Fault(Fault),
}

impl AuthenticateError {
    /// The failure in the words of `dialect`.
    pub fn into_failure(self, dialect: Dialect) -> shape::Failure {
        match self {
            Self::Signature(failure) => {
                let status = failure.status(dialect).as_u16();
                shape::Failure::new(failure.code(dialect), status, failure.message(dialect))
            }
            Self::Fault(fault) => shape::ErrorShape::into_failure(fault),
        }
    }
}

impl From<sigv4::Failure> for AuthenticateError {
    fn from(failure: sigv4::Failure) -> Self {
        Self::Signature(failure)
    }
}

/// The agent that a request names, as much of it as is kept: it goes into every audit record and
/// every refusal, where AWS cuts it at the same length ("CloudTrail record contents").
pub fn user_agent(headers: &HeaderMap) -> Arc<str> {
    const MAX_CHARS: usize = 1_024;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
    agent.get(..MAX_CHARS).unwrap_or(agent).into()
}

/// Where a request came from.
#[derive(Clone)]
pub struct Origin {
    /// The client's address.
    pub source_ip: Option<IpAddr>,
    /// As sent.
    pub user_agent: Arc<str>,
    /// Whether over TLS.
    pub secure: bool,
}

impl Origin {
    /// `caller` as seen from here.
    pub fn stamp(&self, mut caller: Caller) -> Caller {
        caller.source_ip = self.source_ip;
        caller.user_agent = self.user_agent.clone();
        caller.secure = self.secure;
        caller
    }
}

/// A signing key's name: access key id, secret, day, region and service. The secret is in it so
/// that a key re-created under the same id (by `--access-key-id`) is another key.
type KeyName = (Arc<str>, Arc<str>, String, String, String);

/// Verifies signatures, remembering derived keys.
#[derive(Default)]
pub struct Authenticator {
    keys: RwLock<HashMap<KeyName, Arc<SigningKey>>>,
}

impl Authenticator {
    /// The caller that `presented` proves for a request to the service that signs as `service`,
    /// and the region it was signed for. Unsigned requests are anonymous.
    ///
    /// # Errors
    /// [`AuthenticateError`] when the signature is not right.
    pub fn caller(
        &self,
        platform: &Platform,
        request: &Request<'_>,
        presented: &Presented,
        body: &[u8],
        rules: &Rules<'_>,
    ) -> Result<Caller, AuthenticateError> {
        let signature = match presented {
            Presented::None => return Ok(Caller::new(Principal::Anonymous)),
            Presented::Header(signature) | Presented::Query(signature) => signature,
        };
        let now = platform.clock().now().as_secs();
        sigv4::check(request, signature, now, rules)?;
        let credential = credential(platform, signature)?;
        let key = self.key(signature, &credential);
        sigv4::verify(request, signature, &key, Payload::Bytes(body), now, rules)?;
        Ok(credential.caller.clone())
    }

    fn key(&self, signature: &Signature, credential: &Credential) -> Arc<SigningKey> {
        let scope = &signature.scope;
        let id = credential.caller.access_key_id.clone().unwrap_or_default();
        let (date, region) = (scope.date.clone(), scope.region.clone());
        let name = (id, credential.secret.clone(), date, region, scope.service.clone());
        if let Some(key) = self.keys.read().get(&name) {
            return key.clone();
        }
        let key = Arc::new(SigningKey::derive(&credential.secret, scope));
        let mut keys = self.keys.write();
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        keys.insert(name, key.clone());
        key
    }
}

fn credential(
    platform: &Platform,
    signature: &Signature,
) -> Result<Arc<Credential>, AuthenticateError> {
    let id = &signature.access_key_id;
    let token = signature.session_token.as_deref();
    platform.directory().credential(platform, id, token).map_err(|fault| match fault {
        CredentialFault::Unknown => {
            sigv4::Failure::UnrecognizedClient { access_key_id: id.clone() }.into()
        }
        CredentialFault::Expired => sigv4::Failure::ExpiredToken.into(),
        CredentialFault::Fault(fault) => AuthenticateError::Fault(fault),
    })
}

/// Where a caller's request works: in its own account, in the region it was signed for.
pub fn scope(platform: &Platform, caller: &Caller, presented: &Presented, global: bool) -> Scope {
    const GLOBAL_REGION: &str = "us-east-1";
    let settings = platform.settings();
    let account = caller.account().unwrap_or(&settings.account);
    let region = match presented {
        _ if global => GLOBAL_REGION,
        Presented::Header(signature) | Presented::Query(signature) => &signature.scope.region,
        Presented::None => &settings.region,
    };
    Scope::new(account, region)
}
