//! What requests for credentials show of multi-factor authentication.

use crate::error::StsError;
use service_kit::identity::{MfaFault, MfaProof};

/// The proof that a request brings, if any.
///
/// # Errors
/// Access denied for one half of a proof.
pub(crate) fn proof<'a>(
    serial: Option<&'a String>,
    code: Option<&'a String>,
) -> Result<Option<MfaProof<'a>>, StsError> {
    match (serial, code) {
        (None, None) => Ok(None),
        (Some(serial), Some(code)) => Ok(Some(MfaProof { serial, code })),
        _ => Err(StsError::denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time \
             pass code.",
        )),
    }
}

/// Why a proof is none, in AWS's words.
pub(crate) fn denied(fault: MfaFault) -> StsError {
    match fault {
        MfaFault::Fault(fault) => StsError::Common(fault),
        MfaFault::WrongCode => StsError::denied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        ),
        MfaFault::NotTheirs => StsError::denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
             MFA serial number is valid and associated with this user.",
        ),
    }
}
