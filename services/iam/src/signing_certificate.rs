//! Certificates that users sign requests to old services with.

pub(crate) mod signing_certificates;

use crate::credential::Credential;
use service_kit::{key::Key, prelude::*};

/// A certificate of a user's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SigningCertificate {
    /// Whose it is, by unique id; the account's for the root user.
    pub user_id: String,
    /// 32 letters and digits.
    pub id: String,
    /// As uploaded.
    pub body: String,
    /// Whether it may be used.
    pub active: bool,
    /// When it was uploaded.
    pub uploaded: Timestamp,
}

impl Record for SigningCertificate {
    const TABLE: &'static str = "iam.signing_certificate";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        (&self.user_id, &self.id)
    }
}

impl Credential for SigningCertificate {
    const TITLE: &'static str = "Certificate";

    fn id(&self) -> &str {
        &self.id
    }

    fn switch(&mut self, active: bool) {
        self.active = active;
    }
}
