//! What the management account may do with the root users of members: switched on, off, listed.

use crate::error::IamError;
use service_kit::{
    organization::{Organization, RootFeature},
    prelude::*,
};

/// IAM's own name among the services that organizations trust.
pub(crate) const SERVICE: &str = "iam.amazonaws.com";

/// A feature by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum FeatureType {
    /// Members' root users go without credentials.
    #[shape(name = "RootCredentialsManagement")]
    RootCredentialsManagement,
    /// The management account acts as them for single tasks.
    #[shape(name = "RootSessions")]
    RootSessions,
}

impl From<RootFeature> for FeatureType {
    fn from(feature: RootFeature) -> Self {
        match feature {
            RootFeature::CredentialsManagement => Self::RootCredentialsManagement,
            RootFeature::Sessions => Self::RootSessions,
        }
    }
}

/// An organization's id.
#[derive(Clone, Debug, Shape)]
#[shape(name = "OrganizationIdType", length = ..=34, pattern = r"^o-[a-z0-9]{10,32}$")]
pub struct OrganizationId(pub String);

macro_rules! output {
    ($name:ident, $shape:literal) => {
        /// The organization and what is on.
        #[derive(Debug, Shape)]
        #[shape(name = $shape)]
        pub struct $name {
            /// The organization.
            pub organization_id: Option<OrganizationId>,
            /// What is on.
            pub enabled_features: Option<Vec<FeatureType>>,
        }

        impl From<Organization> for $name {
            fn from(organization: Organization) -> Self {
                let features = organization.root_features.into_iter().map(Into::into);
                Self {
                    organization_id: Some(OrganizationId(organization.id)),
                    enabled_features: Some(features.collect()),
                }
            }
        }
    };
}

macro_rules! switch {
    ($(#[$what:meta])* $name:ident, $output:ident, $shape:literal, $feature:ident, $on:literal) => {
        $(#[$what])*
        pub(crate) enum $name {}

        output!($output, $shape);

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            type Input = Empty;
            type Output = $output;
            type Error = IamError;

            fn access(_: &Empty, _: &Scope) -> Vec<Access> {
                Access::any(concat!("iam:", stringify!($name))).only()
            }

            async fn run(cx: &Context, _: Empty) -> Result<$output, IamError> {
                Ok(switch(cx, RootFeature::$feature, $on).await?.into())
            }
        }
    };
}

switch! {
    /// Keeps root users of members without credentials.
    EnableOrganizationsRootCredentialsManagement,
    EnableOrganizationsRootCredentialsManagementOutput,
    "EnableOrganizationsRootCredentialsManagementResponse",
    CredentialsManagement, true
}
switch! {
    /// Leaves credentials of root users to members.
    DisableOrganizationsRootCredentialsManagement,
    DisableOrganizationsRootCredentialsManagementOutput,
    "DisableOrganizationsRootCredentialsManagementResponse",
    CredentialsManagement, false
}
switch! {
    /// Lets the management account act as root users of members for single tasks.
    EnableOrganizationsRootSessions,
    EnableOrganizationsRootSessionsOutput,
    "EnableOrganizationsRootSessionsResponse",
    Sessions, true
}
switch! {
    /// Ends that.
    DisableOrganizationsRootSessions,
    DisableOrganizationsRootSessionsOutput,
    "DisableOrganizationsRootSessionsResponse",
    Sessions, false
}

/// Lists what is on.
pub(crate) enum ListOrganizationsFeatures {}

output!(ListOrganizationsFeaturesOutput, "ListOrganizationsFeaturesResponse");

impl Operation for ListOrganizationsFeatures {
    const NAME: &'static str = "ListOrganizationsFeatures";
    type Input = Empty;
    type Output = ListOrganizationsFeaturesOutput;
    type Error = IamError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("iam:ListOrganizationsFeatures").only()
    }

    async fn run(cx: &Context, _: Empty) -> Result<Self::Output, IamError> {
        Ok(cx.read(|tx| organization(cx, tx))?.into())
    }
}

async fn switch(cx: &Context, feature: RootFeature, on: bool) -> Result<Organization, IamError> {
    cx.write(|tx| {
        let mut organization = organization(cx, &tx.reader())?;
        if on && organization.management != cx.account() {
            return Err(IamError::CallerIsNotManagementAccountException);
        }
        match on {
            true => organization.root_features.insert(feature),
            false => organization.root_features.remove(&feature),
        };
        tx.put(&organization)?;
        Ok(organization)
    })
    .await
}

/// The organization that the caller's account manages, or administers IAM for.
fn organization(cx: &Context, tx: &ReadTx<'_>) -> Result<Organization, IamError> {
    let organization = Organization::of_account(tx, cx.account())?;
    let organization = organization.ok_or(IamError::OrganizationNotFoundException)?;
    if !organization.is_administered_by(tx, SERVICE, cx.account())? {
        return Err(IamError::AccountNotManagementOrDelegatedAdministratorException);
    }
    if !organization.all_features {
        return Err(IamError::OrganizationNotInAllFeaturesModeException);
    }
    if !organization.services.contains_key(SERVICE) {
        return Err(IamError::ServiceAccessNotEnabledException);
    }
    Ok(organization)
}
