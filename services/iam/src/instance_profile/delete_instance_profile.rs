//! DeleteInstanceProfile: an empty one is no more.

use super::InstanceProfile;
use crate::{
    error::IamError,
    names::{InstanceProfileName, arn},
};
use service_kit::{identity::name_key, prelude::*};

/// Deletes an instance profile that has no role.
pub(crate) enum DeleteInstanceProfile {}

/// What DeleteInstanceProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteInstanceProfileRequest")]
pub struct DeleteInstanceProfileInput {
    /// The instance profile.
    pub instance_profile_name: InstanceProfileName,
}

impl Operation for DeleteInstanceProfile {
    const NAME: &'static str = "DeleteInstanceProfile";
    type Input = DeleteInstanceProfileInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = arn(at, "instance-profile", &input.instance_profile_name.0);
        Access::on("iam:DeleteInstanceProfile", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let name = &input.instance_profile_name.0;
        cx.write(|tx| {
            if InstanceProfile::find(&tx.reader(), name)?.role.is_some() {
                return Err(IamError::in_use("remove roles from instance profile first"));
            }
            tx.delete::<InstanceProfile>(name_key(name));
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}
