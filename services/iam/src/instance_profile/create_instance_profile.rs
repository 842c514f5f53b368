//! CreateInstanceProfile: something that may hand out a role.

use super::{InstanceProfile, InstanceProfileView};
use crate::{
    error::IamError,
    names::{InstanceProfileName, PathText, new_arn, path_or_root},
    shapes::TagView,
    tags,
};
use service_kit::{
    identity::{name_key, unique_id},
    prelude::*,
};

/// The most instance profiles of an account (IAM User Guide, "IAM and AWS STS quotas").
const MAX_PROFILES: usize = 1_000;

/// Makes an instance profile without a role.
pub(crate) enum CreateInstanceProfile {}

/// What CreateInstanceProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateInstanceProfileRequest")]
pub struct CreateInstanceProfileInput {
    /// The name, unique ignoring case.
    pub instance_profile_name: InstanceProfileName,
    /// The path.
    pub path: Option<PathText>,
    /// Tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<TagView>,
}

/// What CreateInstanceProfile gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateInstanceProfileResponse")]
pub struct CreateInstanceProfileOutput {
    /// The instance profile.
    pub instance_profile: InstanceProfileView,
}

impl Operation for CreateInstanceProfile {
    const NAME: &'static str = "CreateInstanceProfile";
    type Input = CreateInstanceProfileInput;
    type Output = CreateInstanceProfileOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let path = input.path.as_ref().map(|path| &*path.0);
        let arn = new_arn(at, "instance-profile", path, &input.instance_profile_name.0);
        Access::on("iam:CreateInstanceProfile", arn).with_tags(tags::pairs(&input.tags)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let profile = InstanceProfile {
            name: input.instance_profile_name.0,
            path: path_or_root(input.path),
            id: unique_id("AIPA", cx.entropy()),
            created: cx.now().whole_seconds(),
            role: None,
            tags: tags::fresh(&input.tags)?,
        };
        if cx.read(|tx| tx.list::<InstanceProfile>(()))?.len() >= MAX_PROFILES {
            return Err(IamError::quota("InstanceProfilesPerAccount", MAX_PROFILES));
        }
        let view = cx.write(|tx| {
            if tx.get::<InstanceProfile>(name_key(&profile.name))?.is_some() {
                let message = format!("Instance Profile {} already exists.", profile.name);
                return Err(IamError::EntityAlreadyExistsException(message));
            }
            tx.put(&profile)?;
            Ok(InstanceProfileView::full(&tx.reader(), &profile)?)
        });
        Ok(CreateInstanceProfileOutput { instance_profile: view.await? })
    }
}
