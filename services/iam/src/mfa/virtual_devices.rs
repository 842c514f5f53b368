//! Create, delete and list virtual MFA devices.

use super::device_arn;
use crate::{
    error::IamError,
    mfa::{find, qr_code},
    names::{Marker, MaxItems, PathText, SerialNumber, new_arn},
    paging::Paging,
    shapes::{TagView, UserView, tags_view},
    tags,
    user::named::user_by_id,
};
use data_encoding::BASE32_NOPAD;
use policy::Principal;
use service_kit::{
    identity::{MfaAssignment, MfaDevice, totp::SEED_BYTES},
    prelude::*,
};

/// The most virtual devices of an account: as many as users (IAM User Guide, "IAM and AWS STS
/// quotas").
const MAX_DEVICES: usize = 5_000;

/// The longest serial number that other operations take.
const MAX_SERIAL_CHARS: usize = 256;

/// A virtual device.
#[derive(Clone, Debug, Shape)]
#[shape(name = "VirtualMFADevice")]
pub struct VirtualDeviceView {
    /// Its ARN.
    pub serial_number: String,
    /// What app and service share, in base32; shown only when the device is made.
    #[shape(name = "Base32StringSeed", sensitive)]
    pub base32_string_seed: Option<Bytes>,
    /// The same as a picture for apps to scan.
    #[shape(name = "QRCodePNG", sensitive)]
    pub qr_code_png: Option<Bytes>,
    /// Whose it is.
    pub user: Option<UserView>,
    /// Since when.
    pub enable_date: Option<Timestamp>,
    /// Tags; not in lists.
    pub tags: Option<Vec<TagView>>,
}

/// Makes a virtual device, which is nobody's yet.
pub(crate) enum CreateVirtualMfaDevice {}

/// What CreateVirtualMFADevice takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateVirtualMFADeviceRequest")]
pub struct CreateVirtualMfaDeviceInput {
    /// The path.
    pub path: Option<PathText>,
    /// The name.
    #[shape(name = "VirtualMFADeviceName", length = 1.., pattern = r"[\w+=,.@-]+")]
    pub virtual_mfa_device_name: String,
    /// Tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<TagView>,
}

/// What CreateVirtualMFADevice gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateVirtualMFADeviceResponse")]
pub struct CreateVirtualMfaDeviceOutput {
    /// The device with its seed.
    #[shape(name = "VirtualMFADevice")]
    pub virtual_mfa_device: VirtualDeviceView,
}

impl Operation for CreateVirtualMfaDevice {
    const NAME: &'static str = "CreateVirtualMFADevice";
    type Input = CreateVirtualMfaDeviceInput;
    type Output = CreateVirtualMfaDeviceOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on_new("iam:CreateVirtualMFADevice", serial(at, input))
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let serial = serial(cx.scope(), &input);
        if serial.len() > MAX_SERIAL_CHARS {
            let message = "Path and name together are too long for a serial number.";
            return Err(IamError::Common(Fault::invalid(message)));
        }
        let seed = cx.entropy().bytes::<SEED_BYTES>();
        let purpose = MfaDevice::PURPOSE;
        let device = MfaDevice {
            sealed_seed: cx.platform().seal().seal(purpose, serial.as_bytes(), &seed)?,
            serial,
            created: cx.now().whole_seconds(),
            tags: tags::fresh(&input.tags)?,
            user_id: None,
            drift: 0,
            last_step: 0,
        };
        if cx.read(|tx| tx.list::<MfaDevice>(()))?.len() >= MAX_DEVICES {
            return Err(IamError::quota("VirtualMFADevicesPerAccount", MAX_DEVICES));
        }
        cx.write(|tx| {
            if tx.get::<MfaDevice>(&device.serial)?.is_some() {
                return Err(IamError::EntityAlreadyExistsException(
                    "MFADevice entity at the same path and name already exists.".into(),
                ));
            }
            Ok(tx.put(&device)?)
        })
        .await?;
        let seed = BASE32_NOPAD.encode(&seed);
        let uri = uri(cx, &input.virtual_mfa_device_name, &seed);
        let virtual_mfa_device = VirtualDeviceView {
            qr_code_png: Some(qr_code::png(&uri)?.into()),
            base32_string_seed: Some(seed.into()),
            tags: tags_view(&device.tags),
            ..view(&device, None)
        };
        Ok(CreateVirtualMfaDeviceOutput { virtual_mfa_device })
    }
}

fn serial(at: &Scope, input: &CreateVirtualMfaDeviceInput) -> String {
    let path = input.path.as_ref().map(|path| &*path.0);
    new_arn(at, "mfa", path, &input.virtual_mfa_device_name)
}

/// What the picture says (IAM API Reference, "VirtualMFADevice").
fn uri(cx: &Context, name: &str, seed: &str) -> String {
    let holder = match &cx.caller().principal {
        Principal::User { name, .. } => name,
        _ => cx.account(),
    };
    format!("otpauth://totp/{name}@{holder}?secret={seed}")
}

fn view(device: &MfaDevice, assigned: Option<(UserView, Timestamp)>) -> VirtualDeviceView {
    let (user, enable_date) = assigned.unzip();
    VirtualDeviceView {
        serial_number: device.serial.clone(),
        base32_string_seed: None,
        qr_code_png: None,
        user,
        enable_date,
        tags: None,
    }
}

/// Deletes a virtual device that is nobody's.
pub(crate) enum DeleteVirtualMfaDevice {}

/// What DeleteVirtualMFADevice takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteVirtualMFADeviceRequest")]
pub struct DeleteVirtualMfaDeviceInput {
    /// The device.
    pub serial_number: SerialNumber,
}

impl Operation for DeleteVirtualMfaDevice {
    const NAME: &'static str = "DeleteVirtualMFADevice";
    type Input = DeleteVirtualMfaDeviceInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = device_arn(at, &input.serial_number.0);
        Access::on("iam:DeleteVirtualMFADevice", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let serial = &input.serial_number.0;
        cx.write(|tx| {
            if find(&tx.reader(), serial)?.user_id.is_some() {
                return Err(IamError::DeleteConflictException(
                    "MFA VirtualDevice in use. Must deactivate first.".into(),
                ));
            }
            tx.delete::<MfaDevice>(serial);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Whether a device is somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "assignmentStatusType")]
pub enum AssignmentStatus {
    /// It is.
    #[shape(name = "Assigned")]
    Assigned,
    /// It is not.
    #[shape(name = "Unassigned")]
    Unassigned,
    /// Either.
    #[shape(name = "Any")]
    Any,
}

/// Lists the virtual devices of the account.
pub(crate) enum ListVirtualMfaDevices {}

/// What ListVirtualMFADevices takes.
#[derive(Debug, Shape)]
#[shape(name = "ListVirtualMFADevicesRequest")]
pub struct ListVirtualMfaDevicesInput {
    /// Which ones; all if nothing is said.
    pub assignment_status: Option<AssignmentStatus>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListVirtualMFADevices gives.
#[derive(Debug, Shape)]
#[shape(name = "ListVirtualMFADevicesResponse")]
pub struct ListVirtualMfaDevicesOutput {
    /// The devices, without seeds.
    #[shape(name = "VirtualMFADevices")]
    pub virtual_mfa_devices: Vec<VirtualDeviceView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListVirtualMfaDevices {
    const NAME: &'static str = "ListVirtualMFADevices";
    type Input = ListVirtualMfaDevicesInput;
    type Output = ListVirtualMfaDevicesOutput;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:ListVirtualMFADevices").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let wanted = |device: &MfaDevice| match input.assignment_status {
            Some(AssignmentStatus::Assigned) => device.user_id.is_some(),
            Some(AssignmentStatus::Unassigned) => device.user_id.is_none(),
            Some(AssignmentStatus::Any) | None => true,
        };
        cx.read(|tx| {
            let mut devices = tx.list::<MfaDevice>(())?;
            devices.retain(wanted);
            let page = paging.of(devices, order)?;
            let views = page.items.iter().map(|device| Ok(view(device, assigned(tx, device)?)));
            Ok(ListVirtualMfaDevicesOutput {
                virtual_mfa_devices: views.collect::<Result<_, IamError>>()?,
                is_truncated: page.next.is_some(),
                marker: page.next,
            })
        })
    }
}

/// What tells devices apart in an account: the path and name in a serial number, which alone is
/// too long for a marker.
fn order(device: &MfaDevice) -> String {
    device.serial.split_once(":mfa").map_or("", |(_, rest)| rest).to_owned()
}

/// Whose `device` is, and since when.
fn assigned(
    tx: &ReadTx<'_>,
    device: &MfaDevice,
) -> Result<Option<(UserView, Timestamp)>, IamError> {
    let Some(user_id) = &device.user_id else { return Ok(None) };
    let assignment = tx.get::<MfaAssignment>((user_id, &device.serial))?;
    let user = user_by_id(tx, user_id)?;
    let view = user.map(|user| UserView::full(&tx.scope().account, &user));
    Ok(view.zip(assignment.map(|assignment| assignment.enabled)))
}
