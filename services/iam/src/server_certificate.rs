//! Certificates of servers with their private keys.

pub(crate) mod certificate_tags;
pub(crate) mod get_server_certificate;
pub(crate) mod list_server_certificates;
pub(crate) mod update_server_certificate;
pub(crate) mod upload_server_certificate;

use crate::error::IamError;
use service_kit::{
    identity::{Tag, name_key},
    key::Key,
    prelude::*,
};

/// The most certificates of an account.
pub(crate) const MAX_CERTIFICATES: usize = 20;

/// A certificate of a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ServerCertificate {
    /// The name as given.
    pub name: String,
    /// With slashes at both ends.
    pub path: String,
    /// `ASCA…`.
    pub id: String,
    /// The certificate in PEM.
    pub body: String,
    /// Those above it in PEM.
    pub chain: Option<String>,
    /// Its key, sealed for [`ServerCertificate::PURPOSE`] with the id as context. Nothing shows it.
    #[serde(with = "service_kit::binary")]
    pub sealed_key: Vec<u8>,
    /// When it was uploaded.
    pub uploaded: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Tags.
    pub tags: Vec<Tag>,
}

impl ServerCertificate {
    /// The purpose its key is sealed for.
    const PURPOSE: &'static str = "server-certificate-key";

    /// Its ARN in `account`.
    pub(crate) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:server-certificate{}{}", self.path, self.name)
    }
}

impl Record for ServerCertificate {
    const TABLE: &'static str = "iam.server_certificate";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        name_key(&self.name)
    }
}

/// The certificate called `name`.
fn find(tx: &ReadTx<'_>, name: &str) -> Result<ServerCertificate, IamError> {
    tx.get::<ServerCertificate>(name_key(name))?.ok_or_else(|| {
        let message = format!("The Server Certificate with name {name} cannot be found.");
        IamError::NoSuchEntityException(message)
    })
}

/// Changes the certificate called `name`, which keeps its name.
async fn change(
    cx: &Context,
    name: &str,
    mut change: impl FnMut(&mut ServerCertificate) -> Result<(), IamError> + Send,
) -> Result<(), IamError> {
    cx.write(|tx| {
        let mut certificate = find(&tx.reader(), name)?;
        change(&mut certificate)?;
        Ok(tx.put(&certificate)?)
    })
    .await
}

/// Checks that no certificate is called `name`.
fn check_free(tx: &ReadTx<'_>, name: &str) -> Result<(), IamError> {
    match tx.get::<ServerCertificate>(name_key(name))? {
        None => Ok(()),
        Some(_) => Err(IamError::EntityAlreadyExistsException(format!(
            "The Server Certificate with name {name} already exists."
        ))),
    }
}

/// A certificate as lists show it.
#[derive(Clone, Debug, Shape)]
#[shape(name = "ServerCertificateMetadata")]
pub struct ServerCertificateMetadata {
    /// The path.
    pub path: String,
    /// The name.
    pub server_certificate_name: String,
    /// `ASCA…`.
    pub server_certificate_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was uploaded.
    pub upload_date: Option<Timestamp>,
    /// When it ends.
    pub expiration: Option<Timestamp>,
}

impl ServerCertificateMetadata {
    fn of(account: &str, certificate: &ServerCertificate) -> Self {
        Self {
            path: certificate.path.clone(),
            server_certificate_name: certificate.name.clone(),
            server_certificate_id: certificate.id.clone(),
            arn: certificate.arn(account),
            upload_date: Some(certificate.uploaded),
            expiration: Some(certificate.expires),
        }
    }
}
