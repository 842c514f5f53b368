//! UploadServerCertificate: a server's certificate, those above it, and its private key.

use super::{MAX_CERTIFICATES, ServerCertificate, ServerCertificateMetadata, check_free};
use crate::{
    certificate::Certificate,
    error::IamError,
    names::{CertificateBody, PathText, ServerCertificateName, new_arn, path_or_root},
    shapes::{TagView, tags_view},
    tags,
};
use service_kit::{identity::unique_id, prelude::*};

/// A private key in PEM; never shown, not even to a debugger.
#[derive(Clone, Shape)]
#[shape(
    name = "privateKeyType",
    length = 1..=16_384,
    pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
)]
pub struct PrivateKeyText(pub String);

impl std::fmt::Debug for PrivateKeyText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PrivateKeyText(..)")
    }
}

/// Keeps a certificate whose key is its own and whose chain holds.
pub(crate) enum UploadServerCertificate {}

/// What UploadServerCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "UploadServerCertificateRequest")]
pub struct UploadServerCertificateInput {
    /// The path.
    pub path: Option<PathText>,
    /// The name.
    pub server_certificate_name: ServerCertificateName,
    /// The certificate.
    pub certificate_body: CertificateBody,
    /// Its key.
    #[shape(sensitive)]
    pub private_key: PrivateKeyText,
    /// The certificates above it, in order.
    #[shape(length = 1..=2_097_152, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub certificate_chain: Option<String>,
    /// Tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<TagView>,
}

/// What UploadServerCertificate gives.
#[derive(Debug, Shape)]
#[shape(name = "UploadServerCertificateResponse")]
pub struct UploadServerCertificateOutput {
    /// The certificate without itself.
    pub server_certificate_metadata: ServerCertificateMetadata,
    /// Tags.
    pub tags: Option<Vec<TagView>>,
}

impl Operation for UploadServerCertificate {
    const NAME: &'static str = "UploadServerCertificate";
    type Input = UploadServerCertificateInput;
    type Output = UploadServerCertificateOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let path = input.path.as_ref().map(|path| &*path.0);
        let arn = new_arn(at, "server-certificate", path, &input.server_certificate_name.0);
        Access::on_new("iam:UploadServerCertificate", arn)
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let certificate = Certificate::parse(&input.certificate_body.0)?;
        certificate.check_key(&input.private_key.0)?;
        if let Some(chain) = &input.certificate_chain {
            certificate.check_chain(chain)?;
        }
        let id = unique_id("ASCA", cx.entropy());
        let (purpose, key) = (ServerCertificate::PURPOSE, input.private_key.0);
        let uploaded = ServerCertificate {
            name: input.server_certificate_name.0,
            path: path_or_root(input.path),
            sealed_key: cx.platform().seal().seal(purpose, id.as_bytes(), key.as_bytes())?,
            id,
            // AWS gives them back without the space around them.
            body: input.certificate_body.0.trim().to_owned(),
            chain: input.certificate_chain.map(|chain| chain.trim().to_owned()),
            uploaded: cx.now().whole_seconds(),
            expires: certificate.not_after,
            tags: tags::fresh(&input.tags)?,
        };
        cx.write(|tx| {
            check_free(&tx.reader(), &uploaded.name)?;
            if tx.list::<ServerCertificate>(())?.len() >= MAX_CERTIFICATES {
                return Err(IamError::quota("ServerCertificatesPerAccount", MAX_CERTIFICATES));
            }
            Ok(tx.put(&uploaded)?)
        })
        .await?;
        Ok(UploadServerCertificateOutput {
            server_certificate_metadata: ServerCertificateMetadata::of(cx.account(), &uploaded),
            tags: tags_view(&uploaded.tags),
        })
    }
}
