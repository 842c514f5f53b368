//! Set, remove and list the tags of a virtual MFA device.

use super::{change, device_arn, find};
use crate::{
    error::IamError,
    names::{Marker, MaxItems, SerialNumber, TagKey},
    paging::Paging,
    shapes::TagView,
    tags,
};
use service_kit::prelude::*;

/// Adds tags to a device, replacing those of the same name.
pub(crate) enum TagMfaDevice {}

/// What TagMFADevice takes.
#[derive(Debug, Shape)]
#[shape(name = "TagMFADeviceRequest")]
pub struct TagMfaDeviceInput {
    /// The device.
    pub serial_number: SerialNumber,
    /// The tags.
    #[shape(length = 0..=50)]
    pub tags: Vec<TagView>,
}

impl Operation for TagMfaDevice {
    const NAME: &'static str = "TagMFADevice";
    type Input = TagMfaDeviceInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:TagMFADevice", device_arn(at, &input.serial_number.0))
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let serial = &input.serial_number.0;
        cx.write(|tx| change(tx, serial, |device| tags::set(&mut device.tags, &input.tags)))
            .await?;
        Ok(Empty)
    }
}

/// Removes tags from a device.
pub(crate) enum UntagMfaDevice {}

/// What UntagMFADevice takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagMFADeviceRequest")]
pub struct UntagMfaDeviceInput {
    /// The device.
    pub serial_number: SerialNumber,
    /// The names of tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagMfaDevice {
    const NAME: &'static str = "UntagMFADevice";
    type Input = UntagMfaDeviceInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:UntagMFADevice", device_arn(at, &input.serial_number.0))
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        cx.write(|tx| {
            change(tx, &input.serial_number.0, |device| {
                tags::unset(&mut device.tags, &input.tag_keys);
                Ok(())
            })
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists the tags of a device by name.
pub(crate) enum ListMfaDeviceTags {}

/// What ListMFADeviceTags takes.
#[derive(Debug, Shape)]
#[shape(name = "ListMFADeviceTagsRequest")]
pub struct ListMfaDeviceTagsInput {
    /// The device.
    pub serial_number: SerialNumber,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListMFADeviceTags gives.
#[derive(Debug, Shape)]
#[shape(name = "ListMFADeviceTagsResponse")]
pub struct ListMfaDeviceTagsOutput {
    /// The tags.
    pub tags: Vec<TagView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListMfaDeviceTags {
    const NAME: &'static str = "ListMFADeviceTags";
    type Input = ListMfaDeviceTagsInput;
    type Output = ListMfaDeviceTagsOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListMFADeviceTags", device_arn(at, &input.serial_number.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let device = cx.read(|tx| find(tx, &input.serial_number.0))?;
        let page = tags::list(&device.tags, &paging)?;
        Ok(ListMfaDeviceTagsOutput {
            tags: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
