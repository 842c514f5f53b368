//! SSH public keys of users.

pub(crate) mod public_key;
pub(crate) mod ssh_public_keys;

use crate::credential::Credential;
use service_kit::{key::Key, prelude::*};

/// A key of a user's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SshKey {
    /// Whose it is, by unique id.
    pub user_id: String,
    /// `APKA…`.
    pub id: String,
    /// The key in the form of SSH.
    #[serde(with = "service_kit::binary")]
    pub blob: Vec<u8>,
    /// Whether it may be used.
    pub active: bool,
    /// When it was uploaded.
    pub uploaded: Timestamp,
}

impl Record for SshKey {
    const TABLE: &'static str = "iam.ssh_key";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        (&self.user_id, &self.id)
    }
}

impl Credential for SshKey {
    const TITLE: &'static str = "Public Key";

    fn id(&self) -> &str {
        &self.id
    }

    fn switch(&mut self, active: bool) {
        self.active = active;
    }
}
