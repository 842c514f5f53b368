//! Instance profiles: what hands a role to virtual machines.

pub(crate) mod create_instance_profile;
pub(crate) mod delete_instance_profile;
pub(crate) mod get_instance_profile;
pub(crate) mod instance_profile_roles;
pub(crate) mod instance_profile_tags;
pub(crate) mod list_instance_profiles;

use crate::{
    error::IamError,
    shapes::{RoleView, TagView, tags_view},
};
use service_kit::{
    identity::{Role, Tag, name_key},
    key::Key,
    prelude::*,
};

/// An instance profile as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InstanceProfile {
    /// The name as created, unique ignoring case.
    pub name: String,
    /// With slashes at both ends.
    pub path: String,
    /// `AIPA…`.
    pub id: String,
    /// When it was created.
    pub created: Timestamp,
    /// The key (see [`name_key`]) of its role; there is one at most.
    pub role: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

impl Record for InstanceProfile {
    const TABLE: &'static str = "iam.instance-profile";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        name_key(&self.name)
    }
}

impl InstanceProfile {
    /// Its ARN in `account`.
    pub(crate) fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:instance-profile{}{}", self.path, self.name)
    }

    /// The one called `name`, ignoring case.
    pub(crate) fn find(tx: &ReadTx<'_>, name: &str) -> Result<Self, IamError> {
        tx.get::<Self>(name_key(name))?.ok_or_else(|| {
            IamError::NoSuchEntityException(format!("Instance Profile {name} cannot be found."))
        })
    }

    /// Changes the one called `name`.
    pub(crate) async fn change(
        cx: &Context,
        name: &str,
        mut change: impl FnMut(&mut Self, &ReadTx<'_>) -> Result<(), IamError> + Send,
    ) -> Result<(), IamError> {
        cx.write(|tx| {
            let mut profile = Self::find(&tx.reader(), name)?;
            change(&mut profile, &tx.reader())?;
            Ok(tx.put(&profile)?)
        })
        .await
    }

    /// Those that the role called `name` is in.
    pub(crate) fn of_role(tx: &ReadTx<'_>, name: &str) -> Result<Vec<Self>, Fault> {
        let key = name_key(name);
        let all = tx.list::<Self>(())?.into_iter();
        Ok(all.filter(|profile| profile.role.as_ref() == Some(&key)).collect())
    }
}

/// An instance profile as it is sent.
#[derive(Clone, Debug, Shape)]
#[shape(name = "InstanceProfile")]
pub struct InstanceProfileView {
    /// The path.
    pub path: String,
    /// The name.
    pub instance_profile_name: String,
    /// `AIPA…`.
    pub instance_profile_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was created.
    pub create_date: Timestamp,
    /// Its role, if it has one.
    pub roles: Vec<RoleView>,
    /// Tags.
    pub tags: Option<Vec<TagView>>,
}

impl InstanceProfileView {
    /// All of `profile`.
    pub(crate) fn full(tx: &ReadTx<'_>, profile: &InstanceProfile) -> Result<Self, Fault> {
        Ok(Self { tags: tags_view(&profile.tags), ..Self::brief(tx, profile)? })
    }

    /// What lists show: no tags (IAM API Reference, "ListInstanceProfiles").
    pub(crate) fn brief(tx: &ReadTx<'_>, profile: &InstanceProfile) -> Result<Self, Fault> {
        let role = match &profile.role {
            Some(key) => tx.get::<Role>(key)?,
            None => None,
        };
        Ok(Self {
            path: profile.path.clone(),
            instance_profile_name: profile.name.clone(),
            instance_profile_id: profile.id.clone(),
            arn: profile.arn(&tx.scope().account),
            create_date: profile.created,
            roles: role.iter().map(|role| RoleView::brief(tx, role)).collect::<Result<_, _>>()?,
            tags: None,
        })
    }
}
