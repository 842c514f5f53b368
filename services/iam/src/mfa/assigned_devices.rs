//! The MFA devices of a user: list, get, deactivate.

use super::{change, device_arn, find, find_assigned};
use crate::{
    error::IamError,
    names::{ExistingUserName, Marker, MaxItems, SerialNumber, UserName},
    paging::Paging,
    user::named::{named, optional_arn, user_by_id},
};
use service_kit::{
    identity::{MfaAssignment, MfaDevice},
    prelude::*,
};

/// A device of a user's.
#[derive(Clone, Debug, Shape)]
#[shape(name = "MFADevice")]
pub struct DeviceView {
    /// Whose it is.
    pub user_name: String,
    /// Its serial number.
    pub serial_number: String,
    /// Since when.
    pub enable_date: Timestamp,
}

/// Lists the devices of a user.
pub(crate) enum ListMfaDevices {}

/// What ListMFADevices takes.
#[derive(Debug, Shape)]
#[shape(name = "ListMFADevicesRequest")]
pub struct ListMfaDevicesInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListMFADevices gives.
#[derive(Debug, Shape)]
#[shape(name = "ListMFADevicesResponse")]
pub struct ListMfaDevicesOutput {
    /// The devices.
    #[shape(name = "MFADevices")]
    pub mfa_devices: Vec<DeviceView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListMfaDevices {
    const NAME: &'static str = "ListMFADevices";
    type Input = ListMfaDevicesInput;
    type Output = ListMfaDevicesOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListMFADevices", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let user = named(cx, input.user_name)?;
        cx.read(|tx| {
            let owner = user.owner(tx)?;
            let devices = tx.list::<MfaAssignment>(&owner.id)?;
            // A handful at most, counted off: serial numbers are too long for markers.
            let numbered: Vec<_> = devices.into_iter().enumerate().collect();
            let page = paging.of(numbered, |(index, _)| index.to_string())?;
            let view = |(_, device): (usize, MfaAssignment)| DeviceView {
                user_name: owner.name.clone(),
                serial_number: device.serial,
                enable_date: device.enabled,
            };
            Ok(ListMfaDevicesOutput {
                mfa_devices: page.items.into_iter().map(view).collect(),
                is_truncated: page.next.is_some(),
                marker: page.next,
            })
        })
    }
}

/// Shows a device.
pub(crate) enum GetMfaDevice {}

/// What GetMFADevice takes.
#[derive(Debug, Shape)]
#[shape(name = "GetMFADeviceRequest")]
pub struct GetMfaDeviceInput {
    /// The device.
    pub serial_number: SerialNumber,
    /// The user who has it.
    pub user_name: Option<UserName>,
}

/// What GetMFADevice gives.
#[derive(Debug, Shape)]
#[shape(name = "GetMFADeviceResponse")]
pub struct GetMfaDeviceOutput {
    /// Whose it is.
    pub user_name: Option<String>,
    /// Its serial number.
    pub serial_number: String,
    /// Since when.
    pub enable_date: Option<Timestamp>,
}

impl Operation for GetMfaDevice {
    const NAME: &'static str = "GetMFADevice";
    type Input = GetMfaDeviceInput;
    type Output = GetMfaDeviceOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = match &input.user_name {
            Some(name) => optional_arn(at, Some(name)),
            None => device_arn(at, &input.serial_number.0),
        };
        Access::on("iam:GetMFADevice", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let serial = input.serial_number.0;
        let user = input.user_name.map(|name| named(cx, Some(name))).transpose()?;
        cx.read(|tx| {
            let device = find(tx, &serial)?;
            let owner = match user {
                Some(user) => Some(user.owner(tx)?),
                None => match &device.user_id {
                    Some(id) => user_by_id(tx, id)?.map(Into::into),
                    None => None,
                },
            };
            let Some(owner) = owner else {
                let serial_number = device.serial;
                return Ok(GetMfaDeviceOutput {
                    user_name: None,
                    serial_number,
                    enable_date: None,
                });
            };
            let assignment = find_assigned(tx, &owner.id, &serial)?;
            Ok(GetMfaDeviceOutput {
                user_name: Some(owner.name),
                serial_number: device.serial,
                enable_date: Some(assignment.enabled),
            })
        })
    }
}

/// Takes a device away from a user.
pub(crate) enum DeactivateMfaDevice {}

/// What DeactivateMFADevice takes.
#[derive(Debug, Shape)]
#[shape(name = "DeactivateMFADeviceRequest")]
pub struct DeactivateMfaDeviceInput {
    /// The user; the caller if nobody is named.
    pub user_name: Option<ExistingUserName>,
    /// The device.
    pub serial_number: SerialNumber,
}

impl Operation for DeactivateMfaDevice {
    const NAME: &'static str = "DeactivateMFADevice";
    type Input = DeactivateMfaDeviceInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeactivateMFADevice", optional_arn(at, input.user_name.as_ref())).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let user = named(cx, input.user_name)?;
        let serial = &input.serial_number.0;
        cx.write(|tx| {
            let owner = user.owner(&tx.reader())?;
            find_assigned(&tx.reader(), &owner.id, serial)?;
            tx.delete::<MfaAssignment>((&owner.id, serial));
            change(tx, serial, |device: &mut MfaDevice| {
                device.user_id = None;
                Ok(())
            })
        })
        .await?;
        Ok(Empty)
    }
}
