//! Who sent a request: verifies its signature against the directory of credentials.

use foldhash::HashMap;
use http::{
    HeaderMap, HeaderName,
    header::{REFERER, USER_AGENT},
};
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
use std::{net::IpAddr, sync::Arc};

/// The most access keys of which signing keys are remembered, and the most of one of them; a
/// signing key is good for a day, a region and a service.
const MAX_IDS: usize = 1_024;
const MAX_KEYS: usize = 32;

/// What a request presents to prove who sent it, if that reads.
pub type Proof<'a> = Result<Presented<'a>, sigv4::Failure>;

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

/// A header's text, as much of it as is kept: agents go into every audit record and every refusal,
/// where AWS cuts them at the same length ("CloudTrail record contents").
fn kept<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    const MAX_CHARS: usize = 1_024;
    let text = headers.get(name).and_then(|text| text.to_str().ok())?;
    Some(text.get(..MAX_CHARS).unwrap_or(text))
}

/// Where a request came from.
#[derive(Clone)]
pub struct Origin {
    /// The client's address.
    pub source_ip: Option<IpAddr>,
    /// As sent.
    pub user_agent: Arc<str>,
    /// The page that a browser says it comes from.
    pub referer: Option<Arc<str>>,
    /// Whether over TLS.
    pub secure: bool,
}

impl Origin {
    /// The origin of a request with these headers.
    pub fn of(headers: &HeaderMap, source_ip: Option<IpAddr>, secure: bool) -> Self {
        let user_agent = kept(headers, &USER_AGENT).unwrap_or("").into();
        let referer = kept(headers, &REFERER).map(Into::into);
        Self { source_ip, user_agent, referer, secure }
    }

    /// `caller` as seen from here.
    pub fn stamp(&self, mut caller: Caller) -> Caller {
        caller.source_ip = self.source_ip;
        caller.user_agent = self.user_agent.clone();
        caller.referer = self.referer.clone();
        caller.secure = self.secure;
        caller
    }
}

/// A signing key and what it was derived of. The secret is part of that, so that a key re-created
/// under the same id (by `--access-key-id`) is another key.
struct Derived {
    secret: Arc<str>,
    scope: sigv4::Scope<'static>,
    key: Arc<SigningKey>,
}

/// Verifies signatures, remembering derived keys.
#[derive(Default)]
pub struct Authenticator {
    /// By access key id.
    keys: RwLock<HashMap<String, Vec<Derived>>>,
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
        presented: &Presented<'_>,
        body: &[u8],
        rules: &Rules<'_>,
    ) -> Result<Caller, AuthenticateError> {
        let Some(signature) = presented.signature() else {
            return Ok(Caller::new(Principal::Anonymous));
        };
        let now = platform.clock().now();
        let checked = sigv4::check(request, signature, now.as_secs(), rules)?;
        let credential = credential(platform, signature)?;
        let key = self.key(signature, &credential.secret);
        checked.verify(&key, Payload::Bytes(body))?;
        let region = &signature.scope.region;
        platform.uses().note(&credential.caller, rules.service, region, now);
        Ok(credential.caller.clone())
    }

    fn key(&self, signature: &Signature<'_>, secret: &Arc<str>) -> Arc<SigningKey> {
        let Signature { access_key_id, scope, .. } = signature;
        let same = |known: &&Derived| known.scope == *scope && known.secret == *secret;
        let known = self.keys.read();
        if let Some(known) = known.get(&**access_key_id).and_then(|all| all.iter().find(same)) {
            return known.key.clone();
        }
        drop(known);
        let key = Arc::new(SigningKey::derive(secret, scope));
        let mut keys = self.keys.write();
        if keys.len() >= MAX_IDS {
            keys.clear();
        }
        let derived = keys.entry(access_key_id.to_string()).or_default();
        if derived.len() >= MAX_KEYS {
            derived.clear();
        }
        let scope = scope.clone().into_owned();
        derived.push(Derived { secret: secret.clone(), scope, key: key.clone() });
        key
    }
}

fn credential(
    platform: &Platform,
    signature: &Signature<'_>,
) -> Result<Arc<Credential>, AuthenticateError> {
    let id = &signature.access_key_id;
    let token = signature.session_token.as_deref();
    platform.directory().credential(platform, id, token).map_err(|fault| match fault {
        CredentialFault::Unknown => {
            sigv4::Failure::UnrecognizedClient { access_key_id: id.to_string() }.into()
        }
        CredentialFault::Expired => sigv4::Failure::ExpiredToken.into(),
        CredentialFault::Fault(fault) => AuthenticateError::Fault(fault),
    })
}

/// Where a caller's request works: in its own account, in the region it was signed for.
pub fn scope(platform: &Platform, caller: &Caller, proof: &Proof<'_>, global: bool) -> Scope {
    const GLOBAL_REGION: &str = "us-east-1";
    let settings = platform.settings();
    let account = caller.account().unwrap_or(&settings.account);
    let signature = proof.as_ref().ok().and_then(Presented::signature);
    let region = match signature {
        _ if global => GLOBAL_REGION,
        Some(signature) => &*signature.scope.region,
        None => &settings.region,
    };
    Scope::new(account, region)
}
