//! UpdateServerCertificate: another name or path for the same certificate.

use super::{ServerCertificate, check_free, find};
use crate::{
    error::IamError,
    names::{PathText, ServerCertificateName, arn, new_arn},
};
use service_kit::{identity::name_key, prelude::*};

/// Renames or moves a certificate.
pub(crate) enum UpdateServerCertificate {}

/// What UpdateServerCertificate takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateServerCertificateRequest")]
pub struct UpdateServerCertificateInput {
    /// The certificate.
    pub server_certificate_name: ServerCertificateName,
    /// The new path.
    pub new_path: Option<PathText>,
    /// The new name.
    pub new_server_certificate_name: Option<ServerCertificateName>,
}

impl Operation for UpdateServerCertificate {
    const NAME: &'static str = "UpdateServerCertificate";
    type Input = UpdateServerCertificateInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        // AWS asks for both ends: the certificate as it is, and as it is going to be.
        let end = |name: &str| arn(at, "server-certificate", name);
        let old = &input.server_certificate_name;
        let new = input.new_server_certificate_name.as_ref().unwrap_or(old);
        let action = "iam:UpdateServerCertificate";
        match input.new_path.is_none() && input.new_server_certificate_name.is_none() {
            true => Access::on(action, end(&old.0)).only(),
            false => vec![Access::on(action, end(&old.0)), Access::on_new(action, end(&new.0))],
        }
    }

    /// What is not said of the new end stays as it is.
    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        let Some(new) = access.get_mut(1) else { return Ok(()) };
        let found = tx.get::<ServerCertificate>(name_key(&input.server_certificate_name.0))?;
        if let Some(mut moved) = found {
            apply(&mut moved, input);
            new.resource =
                new_arn(tx.scope(), "server-certificate", Some(&moved.path), &moved.name);
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let old = &input.server_certificate_name.0;
        cx.write(|tx| {
            let mut certificate = find(&tx.reader(), old)?;
            apply(&mut certificate, &input);
            if name_key(&certificate.name) != name_key(old) {
                check_free(&tx.reader(), &certificate.name)?;
                tx.delete::<ServerCertificate>(name_key(old));
            }
            Ok::<_, IamError>(tx.put(&certificate)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Sets the new name and path.
fn apply(certificate: &mut ServerCertificate, input: &UpdateServerCertificateInput) {
    if let Some(path) = &input.new_path {
        certificate.path.clone_from(&path.0);
    }
    if let Some(name) = &input.new_server_certificate_name {
        certificate.name.clone_from(&name.0);
    }
}
