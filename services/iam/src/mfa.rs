//! Multi-factor authentication: virtual devices, and whose they are.

pub(crate) mod assigned_devices;
pub(crate) mod device_codes;
pub(crate) mod mfa_tags;
mod qr_code;
pub(crate) mod virtual_devices;

use crate::error::IamError;
use service_kit::{
    access::Scope,
    identity::{MfaAssignment, MfaDevice},
    tx::{ReadTx, Tx},
};

/// The device with this serial number.
pub(crate) fn find(tx: &ReadTx<'_>, serial: &str) -> Result<MfaDevice, IamError> {
    tx.get::<MfaDevice>(serial)?.ok_or_else(|| not_found(serial))
}

/// The device with this serial number as the user with this unique id has it.
pub(crate) fn find_assigned(
    tx: &ReadTx<'_>,
    user_id: &str,
    serial: &str,
) -> Result<MfaAssignment, IamError> {
    tx.get::<MfaAssignment>((user_id, serial))?.ok_or_else(|| not_found(serial))
}

fn not_found(serial: &str) -> IamError {
    let message = format!("VirtualMFADevice with serial number {serial} doesn't exist.");
    IamError::NoSuchEntityException(message)
}

/// Changes the device with this serial number.
pub(crate) fn change(
    tx: &mut Tx<'_>,
    serial: &str,
    change: impl FnOnce(&mut MfaDevice) -> Result<(), IamError>,
) -> Result<(), IamError> {
    let mut device = find(&tx.reader(), serial)?;
    change(&mut device)?;
    Ok(tx.put(&device)?)
}

/// The ARN to declare access on: the serial number, which of devices made elsewhere is none.
pub(crate) fn device_arn(at: &Scope, serial: &str) -> String {
    match serial.starts_with("arn:") {
        true => serial.to_owned(),
        false => at.global_arn("iam", format_args!("mfa/{serial}")),
    }
}
