//! The keys of OpenID Connect issuers: fetched from them, and remembered for a while.

mod address;
mod fetch;
mod trust;

use crate::error::StsError;
use federation::jwt::KeySet;
use fetch::Fetcher;
use serde::Deserialize;
use service_kit::{identity::OidcProvider, prelude::*};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Mutex;

/// How long keys are good without asking again.
const KEPT: Duration = Duration::from_secs(3_600);

/// How often an issuer is asked at most, whether for a key that it did not have a moment ago or
/// after it could not be reached: whoever sends tokens must not make us hammer it.
const PAUSE: Duration = Duration::from_secs(30);

/// The most issuers of which keys are remembered.
const MAX_ISSUERS: usize = 256;

/// What an issuer says of itself.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Why an issuer's keys are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeysFault {
    /// It cannot be reached.
    Unreachable,
    /// Nobody who is trusted vouches for its host.
    Certificate,
    /// What it answers is no discovery document, or no set of keys.
    Answer,
}

impl From<KeysFault> for StsError {
    fn from(fault: KeysFault) -> Self {
        match fault {
            KeysFault::Unreachable => Self::IDPCommunicationErrorException(
                "The identity provider could not be reached to verify the token.".into(),
            ),
            KeysFault::Certificate => Self::InvalidIdentityTokenException(
                "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
                    .into(),
            ),
            KeysFault::Answer => Self::InvalidIdentityTokenException(
                "Couldn't retrieve verification key from your identity provider,  please \
                 reference AssumeRoleWithWebIdentity documentation for requirements"
                    .into(),
            ),
        }
    }
}

/// What came of asking an issuer last.
struct Asked {
    at: Timestamp,
    found: Result<Arc<KeySet>, KeysFault>,
}

/// An issuer's URL, and the thumbprints by which its host is known: accounts may trust different
/// certificates.
type Name = (String, Vec<String>);

/// Issuers asked lately.
#[derive(Default)]
pub(crate) struct KnownKeys(Mutex<HashMap<Name, Arc<Mutex<Option<Asked>>>>>);

impl Live for KnownKeys {
    fn forget(&self, _: &str) {
        // What issuers publish is the same for all accounts.
    }
}

impl KnownKeys {
    /// The keys of `provider`, among them, if the issuer has it, the one called `wanted`.
    pub(crate) async fn of(
        &self,
        cx: &Context,
        provider: &OidcProvider,
        wanted: &str,
    ) -> Result<Arc<KeySet>, KeysFault> {
        let name = (provider.issuer.url(), provider.thumbprints.clone());
        let entry = {
            let mut known = self.0.lock().await;
            if known.len() >= MAX_ISSUERS && !known.contains_key(&name) {
                known.clear();
            }
            known.entry(name).or_default().clone()
        };
        // Whoever asks while another fetches waits and takes what that one got.
        let mut entry = entry.lock().await;
        let now = cx.now();
        if let Some(asked) = &*entry {
            let age = now.since(asked.at);
            let enough = match &asked.found {
                Ok(keys) => age < if keys.has(wanted) { KEPT } else { PAUSE },
                Err(_) => age < PAUSE,
            };
            if enough {
                return asked.found.clone();
            }
        }
        let found = ask(cx, provider).await.map(Arc::new);
        *entry = Some(Asked { at: now, found: found.clone() });
        found
    }
}

/// Fetches the discovery document and then the keys, which may be on another host.
async fn ask(cx: &Context, provider: &OidcProvider) -> Result<KeySet, KeysFault> {
    let private = cx.platform().settings().private_issuers;
    let fetcher = Fetcher::new(private, &provider.thumbprints);
    let url = provider.issuer.url();
    let base = url.trim_end_matches('/');
    let document = fetcher.get(&format!("{base}/.well-known/openid-configuration")).await?;
    let discovery: Discovery = serde_json::from_slice(&document).map_err(|_| KeysFault::Answer)?;
    if discovery.issuer != url {
        return Err(KeysFault::Answer);
    }
    let keys = fetcher.get(&discovery.jwks_uri).await?;
    KeySet::parse(&keys).ok_or(KeysFault::Answer)
}
