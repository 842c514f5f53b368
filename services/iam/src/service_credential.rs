//! Credentials of users for single services.

pub(crate) mod service_credentials;

use crate::{
    credential::{Credential, status},
    user::access_keys::Status,
};
use service_kit::{key::Key, prelude::*};

/// A credential of a user's for one service. Its secret was shown once; what is kept is a digest,
/// which is enough to compare: it is random and long.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ServiceCredential {
    /// Whose it is, by unique id.
    pub user_id: String,
    /// `ACCA…`.
    pub id: String,
    /// Such as `codecommit.amazonaws.com`.
    pub service: String,
    /// The name that the service knows the user by.
    pub service_user: String,
    /// SHA-256 of the secret.
    #[serde(with = "service_kit::binary")]
    pub digest: Vec<u8>,
    /// Whether it may be used.
    pub active: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

impl ServiceCredential {
    /// How its switch shows at `now`.
    pub(crate) fn status(&self, now: Timestamp) -> Status {
        match self.expires {
            Some(end) if end <= now => Status::Expired,
            _ => status(self.active),
        }
    }
}

impl Record for ServiceCredential {
    const TABLE: &'static str = "iam.service_credential";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        (&self.user_id, &self.id)
    }
}

impl Credential for ServiceCredential {
    const TITLE: &'static str = "Service Specific Credential";

    fn id(&self) -> &str {
        &self.id
    }

    fn switch(&mut self, active: bool) {
        self.active = active;
    }
}
