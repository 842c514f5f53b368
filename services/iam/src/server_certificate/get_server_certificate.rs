//! Get and delete a server certificate.

use super::{ServerCertificate, ServerCertificateMetadata, find};
use crate::{
    error::IamError,
    names::{ServerCertificateName, arn},
    shapes::{TagView, tags_view},
};
use service_kit::{identity::name_key, prelude::*};

/// A certificate without its key.
#[derive(Clone, Debug, Shape)]
#[shape(name = "ServerCertificate")]
pub struct ServerCertificateView {
    /// What lists show.
    pub server_certificate_metadata: ServerCertificateMetadata,
    /// The certificate in PEM.
    pub certificate_body: String,
    /// Those above it.
    pub certificate_chain: Option<String>,
    /// Tags.
    pub tags: Option<Vec<TagView>>,
}

/// Shows a certificate.
pub(crate) enum GetServerCertificate {}

/// What GetServerCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "GetServerCertificateRequest")]
pub struct GetServerCertificateInput {
    /// The certificate.
    pub server_certificate_name: ServerCertificateName,
}

/// What GetServerCertificate gives.
#[derive(Debug, Shape)]
#[shape(name = "GetServerCertificateResponse")]
pub struct GetServerCertificateOutput {
    /// The certificate.
    pub server_certificate: ServerCertificateView,
}

impl Operation for GetServerCertificate {
    const NAME: &'static str = "GetServerCertificate";
    type Input = GetServerCertificateInput;
    type Output = GetServerCertificateOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = arn(at, "server-certificate", &input.server_certificate_name.0);
        Access::on("iam:GetServerCertificate", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let found = cx.read(|tx| find(tx, &input.server_certificate_name.0))?;
        let server_certificate = ServerCertificateView {
            server_certificate_metadata: ServerCertificateMetadata::of(cx.account(), &found),
            tags: tags_view(&found.tags),
            certificate_body: found.body,
            certificate_chain: found.chain,
        };
        Ok(GetServerCertificateOutput { server_certificate })
    }
}

/// Deletes a certificate.
pub(crate) enum DeleteServerCertificate {}

/// What DeleteServerCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteServerCertificateRequest")]
pub struct DeleteServerCertificateInput {
    /// The certificate.
    pub server_certificate_name: ServerCertificateName,
}

impl Operation for DeleteServerCertificate {
    const NAME: &'static str = "DeleteServerCertificate";
    type Input = DeleteServerCertificateInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = arn(at, "server-certificate", &input.server_certificate_name.0);
        Access::on("iam:DeleteServerCertificate", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let name = &input.server_certificate_name.0;
        cx.write(|tx| {
            find(&tx.reader(), name)?;
            tx.delete::<ServerCertificate>(name_key(name));
            Ok::<_, IamError>(())
        })
        .await?;
        Ok(Empty)
    }
}
