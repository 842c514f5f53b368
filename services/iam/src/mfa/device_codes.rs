//! Enable a virtual MFA device for a user, and synchronize it, both by two codes in a row.

use super::{change, find, find_assigned};
use crate::{
    error::IamError,
    names::{AuthenticationCode, ExistingUserName, SerialNumber, arn},
    user::named::{Named, Owner},
};
use service_kit::{
    identity::{MfaAssignment, MfaDevice},
    prelude::*,
};

/// The most devices of one user.
const MAX_DEVICES: usize = 8;

/// Gives a device to a user who can show what it shows.
pub(crate) enum EnableMfaDevice {}

/// What EnableMFADevice takes.
#[derive(Debug, Shape)]
#[shape(name = "EnableMFADeviceRequest")]
pub struct EnableMfaDeviceInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// The device.
    pub serial_number: SerialNumber,
    /// A code.
    #[shape(name = "AuthenticationCode1")]
    pub authentication_code_1: AuthenticationCode,
    /// The next one.
    #[shape(name = "AuthenticationCode2")]
    pub authentication_code_2: AuthenticationCode,
}

impl Operation for EnableMfaDevice {
    const NAME: &'static str = "EnableMFADevice";
    type Input = EnableMfaDeviceInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:EnableMFADevice", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = Named::User(input.user_name.0);
        let (first, second) = (input.authentication_code_1, input.authentication_code_2);
        cx.write(|tx| {
            let owner = user.owner(&tx.reader())?;
            let mut device = find(&tx.reader(), &input.serial_number.0)?;
            check_free(tx, &owner, &device)?;
            synchronize(cx, &mut device, &first, &second)?;
            device.user_id = Some(owner.id.clone());
            tx.put(&device)?;
            let (user_id, serial) = (owner.id, device.serial);
            let enabled = cx.now().whole_seconds();
            Ok::<_, IamError>(tx.put(&MfaAssignment { user_id, serial, enabled })?)
        })
        .await?;
        Ok(Empty)
    }
}

fn check_free(tx: &Tx<'_>, owner: &Owner, device: &MfaDevice) -> Result<(), IamError> {
    if device.user_id.is_some() {
        let message = "MFA Device is already in use.".into();
        return Err(IamError::EntityAlreadyExistsException(message));
    }
    if tx.list::<MfaAssignment>(&owner.id)?.len() >= MAX_DEVICES {
        return Err(IamError::quota("MFADevicesPerUser", MAX_DEVICES));
    }
    Ok(())
}

/// Sets the device's clock by what its holder says that it shows.
fn synchronize(
    cx: &Context,
    device: &mut MfaDevice,
    first: &AuthenticationCode,
    second: &AuthenticationCode,
) -> Result<(), IamError> {
    match device.synchronize(cx.platform(), &first.0, &second.0)? {
        true => Ok(()),
        false => {
            let message = "Authentication code for device is not valid.".into();
            Err(IamError::InvalidAuthenticationCodeException(message))
        }
    }
}

/// Finds out how far the clock of a user's device is off.
pub(crate) enum ResyncMfaDevice {}

/// What ResyncMFADevice takes.
#[derive(Debug, Shape)]
#[shape(name = "ResyncMFADeviceRequest")]
pub struct ResyncMfaDeviceInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// The device.
    pub serial_number: SerialNumber,
    /// A code.
    #[shape(name = "AuthenticationCode1")]
    pub authentication_code_1: AuthenticationCode,
    /// The next one.
    #[shape(name = "AuthenticationCode2")]
    pub authentication_code_2: AuthenticationCode,
}

impl Operation for ResyncMfaDevice {
    const NAME: &'static str = "ResyncMFADevice";
    type Input = ResyncMfaDeviceInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:ResyncMFADevice", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = Named::User(input.user_name.0);
        let (first, second) = (input.authentication_code_1, input.authentication_code_2);
        let serial = &input.serial_number.0;
        cx.write(|tx| {
            let owner = user.owner(&tx.reader())?;
            find_assigned(&tx.reader(), &owner.id, serial)?;
            change(tx, serial, |device| synchronize(cx, device, &first, &second))
        })
        .await?;
        Ok(Empty)
    }
}
