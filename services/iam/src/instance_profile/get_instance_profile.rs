//! GetInstanceProfile: one instance profile with its role.

use super::{InstanceProfile, InstanceProfileView};
use crate::{
    error::IamError,
    names::{InstanceProfileName, arn},
};
use service_kit::prelude::*;

/// Shows an instance profile.
pub(crate) enum GetInstanceProfile {}

/// What GetInstanceProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "GetInstanceProfileRequest")]
pub struct GetInstanceProfileInput {
    /// The instance profile.
    pub instance_profile_name: InstanceProfileName,
}

/// What GetInstanceProfile gives.
#[derive(Debug, Shape)]
#[shape(name = "GetInstanceProfileResponse")]
pub struct GetInstanceProfileOutput {
    /// The instance profile.
    pub instance_profile: InstanceProfileView,
}

impl Operation for GetInstanceProfile {
    const NAME: &'static str = "GetInstanceProfile";
    type Input = GetInstanceProfileInput;
    type Output = GetInstanceProfileOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = arn(at, "instance-profile", &input.instance_profile_name.0);
        Access::on("iam:GetInstanceProfile", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let instance_profile = cx.read(|tx| {
            let profile = InstanceProfile::find(tx, &input.instance_profile_name.0)?;
            Ok::<_, IamError>(InstanceProfileView::full(tx, &profile)?)
        })?;
        Ok(GetInstanceProfileOutput { instance_profile })
    }
}
