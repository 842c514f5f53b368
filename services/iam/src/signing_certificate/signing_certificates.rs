//! Upload, list, switch and delete signing certificates.

use super::SigningCertificate;
use crate::{
    certificate::Certificate,
    credential::{self, status},
    error::IamError,
    names::{CertificateBody, ExistingUserName, Marker, MaxItems},
    paging::Paging,
    user::{
        access_keys::Status,
        named::{named, optional_arn},
    },
};
use service_kit::prelude::*;

/// The most certificates of one user.
pub(crate) const MAX_CERTIFICATES: usize = 2;

/// The id of a certificate.
#[derive(Clone, Debug, Shape)]
#[shape(name = "certificateIdType", length = 24..=128, pattern = r"[\w]+")]
pub struct CertificateId(pub String);

/// A certificate.
#[derive(Clone, Debug, Shape)]
#[shape(name = "SigningCertificate")]
pub struct SigningCertificateView {
    /// Whose it is.
    pub user_name: String,
    /// Its id.
    pub certificate_id: String,
    /// The certificate in PEM.
    pub certificate_body: String,
    /// Whether it may be used.
    pub status: Status,
    /// When it was uploaded.
    pub upload_date: Option<Timestamp>,
}

impl SigningCertificateView {
    fn of(user: &str, certificate: SigningCertificate) -> Self {
        Self {
            user_name: user.to_owned(),
            certificate_id: certificate.id,
            certificate_body: certificate.body,
            status: status(certificate.active),
            upload_date: Some(certificate.uploaded),
        }
    }
}

/// Gives a user a certificate.
pub(crate) enum UploadSigningCertificate {}

/// What UploadSigningCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "UploadSigningCertificateRequest")]
pub struct UploadSigningCertificateInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// The certificate.
    pub certificate_body: CertificateBody,
}

/// What UploadSigningCertificate gives.
#[derive(Debug, Shape)]
#[shape(name = "UploadSigningCertificateResponse")]
pub struct UploadSigningCertificateOutput {
    /// The certificate.
    pub certificate: SigningCertificateView,
}

impl Operation for UploadSigningCertificate {
    const NAME: &'static str = "UploadSigningCertificate";
    type Input = UploadSigningCertificateInput;
    type Output = UploadSigningCertificateOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = optional_arn(at, input.user_name.as_ref());
        Access::on("iam:UploadSigningCertificate", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let user = named(cx, input.user_name)?;
        let body = input.certificate_body.0;
        let certificate = Certificate::parse(&body)?;
        if certificate.not_after <= cx.now() || certificate.not_before > cx.now() {
            let message = "The certificate is expired or not valid yet.".into();
            return Err(IamError::InvalidCertificateException(message));
        }
        let id = cx.entropy().text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32);
        let stored = cx.write(|tx| {
            let owner = user.owner(&tx.reader())?;
            check_new(&tx.reader(), &certificate)?;
            if tx.list::<SigningCertificate>(&owner.id)?.len() >= MAX_CERTIFICATES {
                return Err(IamError::quota("SigningCertificatesPerUser", MAX_CERTIFICATES));
            }
            let stored = SigningCertificate {
                user_id: owner.id,
                id: id.clone(),
                body: body.clone(),
                active: true,
                uploaded: cx.now().whole_seconds(),
            };
            tx.put(&stored)?;
            Ok(SigningCertificateView::of(&owner.name, stored))
        });
        Ok(UploadSigningCertificateOutput { certificate: stored.await? })
    }
}

/// Checks that nobody in the account has this certificate.
fn check_new(tx: &ReadTx<'_>, certificate: &Certificate) -> Result<(), IamError> {
    for known in tx.list::<SigningCertificate>(())? {
        if Certificate::parse(&known.body)?.is(certificate) {
            let message = "The certificate already exists in this account.".into();
            return Err(IamError::DuplicateCertificateException(message));
        }
    }
    Ok(())
}

/// Lists the certificates of a user.
pub(crate) enum ListSigningCertificates {}

/// What ListSigningCertificates takes.
#[derive(Debug, Shape)]
#[shape(name = "ListSigningCertificatesRequest")]
pub struct ListSigningCertificatesInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListSigningCertificates gives.
#[derive(Debug, Shape)]
#[shape(name = "ListSigningCertificatesResponse")]
pub struct ListSigningCertificatesOutput {
    /// The certificates.
    pub certificates: Vec<SigningCertificateView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListSigningCertificates {
    const NAME: &'static str = "ListSigningCertificates";
    type Input = ListSigningCertificatesInput;
    type Output = ListSigningCertificatesOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = optional_arn(at, input.user_name.as_ref());
        Access::on("iam:ListSigningCertificates", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let user = named(cx, input.user_name)?;
        cx.read(|tx| {
            let owner = user.owner(tx)?;
            let all = tx.list::<SigningCertificate>(&owner.id)?;
            let page = paging.of(all, |certificate| certificate.id.clone())?;
            let view = |certificate| SigningCertificateView::of(&owner.name, certificate);
            Ok(ListSigningCertificatesOutput {
                certificates: page.items.into_iter().map(view).collect(),
                is_truncated: page.next.is_some(),
                marker: page.next,
            })
        })
    }
}

/// Switches a certificate on or off.
pub(crate) enum UpdateSigningCertificate {}

/// What UpdateSigningCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateSigningCertificateRequest")]
pub struct UpdateSigningCertificateInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// The certificate's id.
    pub certificate_id: CertificateId,
    /// Active or inactive.
    pub status: Status,
}

impl Operation for UpdateSigningCertificate {
    const NAME: &'static str = "UpdateSigningCertificate";
    type Input = UpdateSigningCertificateInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = optional_arn(at, input.user_name.as_ref());
        Access::on("iam:UpdateSigningCertificate", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = named(cx, input.user_name)?;
        let id = &input.certificate_id.0;
        credential::set_status::<SigningCertificate>(cx, &user, id, input.status).await
    }
}

/// Deletes a certificate.
pub(crate) enum DeleteSigningCertificate {}

/// What DeleteSigningCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteSigningCertificateRequest")]
pub struct DeleteSigningCertificateInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// The certificate's id.
    pub certificate_id: CertificateId,
}

impl Operation for DeleteSigningCertificate {
    const NAME: &'static str = "DeleteSigningCertificate";
    type Input = DeleteSigningCertificateInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = optional_arn(at, input.user_name.as_ref());
        Access::on("iam:DeleteSigningCertificate", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = named(cx, input.user_name)?;
        credential::delete::<SigningCertificate>(cx, &user, &input.certificate_id.0).await
    }
}
