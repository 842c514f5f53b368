//! Temporary credentials: everything about a session, sealed into its token.

use super::ids::{access_key_id, secret_access_key};
use crate::{fault::Fault, platform::Platform};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use policy::Principal;
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::fmt;

/// The purpose that tokens are sealed for.
const PURPOSE: &str = "session-token";

/// The longest token we try to open.
const MAX_TOKEN_CHARS: usize = 32_768;

/// A temporary session. The client carries it, sealed; nothing is stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// `ASIA…`.
    pub access_key_id: String,
    /// What requests are signed with.
    pub secret_access_key: String,
    /// Who it is.
    pub principal: PrincipalClaim,
    /// When it began.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Documents that limit the session; none if nothing was said, which limits nothing.
    pub policies: Option<Vec<String>>,
    /// ARNs of managed policies that limit the session too.
    pub policy_arns: Vec<String>,
    /// Session tags, those of the principal included.
    pub tags: Vec<(String, String)>,
    /// Names of tags that a chained session keeps.
    pub transitive_tags: Vec<String>,
    /// The person behind the session, as STS's SourceIdentity.
    pub source_identity: Option<String>,
    /// Whether multi-factor authentication was used.
    pub mfa: bool,
    /// The resource whose code holds the credentials, such as a function's ARN.
    pub source_arn: Option<String>,
    /// The identity provider that vouched for whoever began the session.
    #[serde(default)]
    pub federation: Option<Federation>,
    /// ARN of the policy for the one task that AssumeRoot gave a session of a root user for.
    #[serde(default)]
    pub task: Option<String>,
}

/// What an identity provider said when a session began.
#[derive(Clone, Serialize, Deserialize)]
pub struct Federation {
    /// The provider's ARN, the value of `aws:FederatedProvider`.
    pub provider: String,
    /// Its condition keys, which policies may ask for as long as the session lasts.
    pub keys: Vec<FederatedKey>,
}

impl Federation {
    /// Sets the keys that follow from who vouched.
    pub fn context_keys(&self, into: &mut policy::Context) {
        into.set("aws:FederatedProvider", self.provider.as_str());
        for key in &self.keys {
            key.set(into);
        }
    }
}

/// A condition key of an identity provider's, such as `token.example.com:sub`.
#[derive(Clone, Serialize, Deserialize)]
pub struct FederatedKey {
    /// Its name.
    pub name: String,
    /// Its values; just one unless it may have many.
    pub values: Vec<String>,
    /// Whether it may have many.
    pub many: bool,
}

impl FederatedKey {
    /// Sets this key.
    pub fn set(&self, into: &mut policy::Context) {
        match self.values.as_slice() {
            [value] if !self.many => into.set(self.name.clone(), value.as_str()),
            values => into.set_many(self.name.clone(), values.iter().cloned()),
        }
    }
}

/// Never shows the secret.
impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("access_key_id", &self.access_key_id)
            .field("principal", &self.principal)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// [`Principal`] as it travels inside a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of policy::Principal")]
pub enum PrincipalClaim {
    /// [`Principal::Root`], from GetSessionToken or AssumeRoot.
    Root { account: String },
    /// [`Principal::User`], from GetSessionToken.
    User { account: String, path: String, name: String, id: String },
    /// [`Principal::Role`].
    Role { account: String, path: String, name: String, id: String, session: String },
    /// [`Principal::Federated`].
    Federated { account: String, name: String, user: Option<Box<PrincipalClaim>> },
}

impl From<&PrincipalClaim> for Principal {
    fn from(claim: &PrincipalClaim) -> Self {
        let text = |text: &String| text.as_str().into();
        match claim {
            PrincipalClaim::Root { account } => Self::Root { account: text(account) },
            PrincipalClaim::User { account, path, name, id } => Self::User {
                account: text(account),
                path: text(path),
                name: text(name),
                id: text(id),
            },
            PrincipalClaim::Role { account, path, name, id, session } => Self::Role {
                account: text(account),
                path: text(path),
                name: text(name),
                id: text(id),
                session: text(session),
            },
            PrincipalClaim::Federated { account, name, user } => Self::Federated {
                account: text(account),
                name: text(name),
                user: user.as_deref().map(|user| std::sync::Arc::new(user.into())),
            },
        }
    }
}

impl Session {
    /// A session of `principal` from `issued` to `expires` with fresh keys and nothing else.
    pub fn begin(
        platform: &Platform,
        account: &str,
        principal: PrincipalClaim,
        issued: Timestamp,
        expires: Timestamp,
    ) -> Self {
        let entropy = platform.entropy();
        Self {
            access_key_id: access_key_id("ASIA", account, entropy),
            secret_access_key: secret_access_key(entropy),
            principal,
            issued,
            expires,
            policies: None,
            policy_arns: Vec::new(),
            tags: Vec::new(),
            transitive_tags: Vec::new(),
            source_identity: None,
            mfa: false,
            source_arn: None,
            federation: None,
            task: None,
        }
    }

    /// Whether these credentials may be used for `operation` of `service` (by folder name) at
    /// all. Those of GetSessionToken reach IAM only with multi-factor authentication, and of STS
    /// only AssumeRole and GetCallerIdentity; those of GetFederationToken reach nothing of IAM and
    /// only GetCallerIdentity (IAM User Guide, "Compare AWS STS credentials"). Those of AssumeRoot
    /// are bound by the policy of their task alone.
    pub fn may_call(&self, service: &str, operation: &str) -> bool {
        let identity = matches!(operation, "GetCallerIdentity");
        match (&self.principal, service) {
            (PrincipalClaim::Root { .. }, _) if self.task.is_some() => true,
            (PrincipalClaim::Federated { .. }, "iam") => false,
            (PrincipalClaim::Federated { .. }, "sts") => identity,
            (PrincipalClaim::User { .. } | PrincipalClaim::Root { .. }, "iam") => self.mfa,
            (PrincipalClaim::User { .. } | PrincipalClaim::Root { .. }, "sts") => {
                identity || operation == "AssumeRole"
            }
            _ => true,
        }
    }

    /// The session token that the client presents.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it cannot be sealed.
    pub fn token(&self, platform: &Platform) -> Result<String, Fault> {
        let plain = rmp_serde::to_vec(self).map_err(Fault::internal)?;
        let sealed = platform.seal().seal(PURPOSE, self.access_key_id.as_bytes(), &plain)?;
        Ok(STANDARD.encode(sealed))
    }

    /// Opens a token presented with `access_key_id`; none if it is forged, cut or another key's.
    pub fn open(platform: &Platform, access_key_id: &str, token: &str) -> Option<Self> {
        if token.len() > MAX_TOKEN_CHARS {
            return None;
        }
        let sealed = STANDARD.decode(token).ok()?;
        let plain = platform.seal().open(PURPOSE, access_key_id.as_bytes(), &sealed)?;
        rmp_serde::from_slice(&plain).ok()
    }
}
