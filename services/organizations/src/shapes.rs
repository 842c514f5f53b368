//! The scalars of requests and answers with their limits, and what several answers hold.

use service_kit::{organization::ControlType, prelude::*};

macro_rules! scalars {
    ($($(#[$what:meta])* $name:ident($($limits:tt)+);)+) => {
        $(
            $(#[$what])*
            #[derive(Clone, Debug, PartialEq, Eq, Shape)]
            #[shape($($limits)+)]
            pub struct $name(pub String);
        )+
    };
}

scalars! {
    /// An account's number.
    AccountId(length = ..=12, pattern = r"^\d{12}$");
    /// A new account's name.
    CreateAccountName(length = 1..=50, pattern = r"[\u0020-\u007E]+");
    /// An account's name.
    AccountName(length = 1..=128, pattern = r"[\s\S]*");
    /// An account's ARN.
    AccountArn(pattern = r"^arn:aws:organizations::\d{12}:account\/o-[a-z0-9]{10,32}\/\d{12}");
    /// The address of a root user.
    Email(length = 6..=64, pattern = r"[^\s@]+@[^\s@]+\.[^\s@]+");
    /// What CreateAccount answers with.
    CreateAccountRequestId(length = ..=36, pattern = r"^car-[a-z0-9]{8,32}$");
    /// A role's name.
    RoleName(length = ..=64, pattern = r"[\w+=,.@-]{1,64}");
    /// An organization's id.
    OrganizationId(pattern = r"^o-[a-z0-9]{10,32}$");
    /// An organization's ARN.
    OrganizationArn(pattern = r"^arn:aws:organizations::\d{12}:organization\/o-[a-z0-9]{10,32}");
    /// A root's id.
    RootId(length = ..=34, pattern = r"^r-[0-9a-z]{4,32}$");
    /// A root's ARN.
    RootArn(pattern = r"^arn:aws:organizations::\d{12}:root\/o-[a-z0-9]{10,32}\/r-[0-9a-z]{4,32}");
    /// A root's name.
    RootName(length = 1..=128);
    /// A unit's id.
    OrganizationalUnitId(length = ..=68, pattern = r"^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$");
    /// A unit's ARN.
    OrganizationalUnitArn(pattern = r"^arn:aws:organizations::\d{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}");
    /// A unit's name.
    OrganizationalUnitName(length = 1..=128, pattern = r"[\s\S]*");
    /// The way from the organization to a unit or account.
    Path(pattern = r"^(o-[a-z0-9]{10,32}\/r-[0-9a-z]{4,32}(\/ou\-[0-9a-z]{4,32}-[a-z0-9]{8,32})*(\/\d{12})*)\/");
    /// The id of a root or unit.
    ParentId(length = ..=100, pattern = r"^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$");
    /// The id of an account or unit.
    ChildId(length = ..=100, pattern = r"^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$");
    /// The id of a root, unit or account.
    PolicyTargetId(length = ..=100, pattern = r"^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$");
    /// The name of a root, unit or account.
    TargetName(length = 1..=128);
    /// The ARN of a root, unit or account.
    GenericArn(pattern = r"^arn:aws:organizations::.+:.+");
    /// A policy's id.
    PolicyId(length = ..=130, pattern = r"^p-[0-9a-zA-Z_]{8,128}$");
    /// A policy's ARN.
    PolicyArn(pattern = r"^(arn:aws:organizations::\d{12}:policy\/o-[a-z0-9]{10,32}\/[0-9a-z_]+\/p-[0-9a-z]{10,32})|(arn:aws:organizations::aws:policy\/[0-9a-z_]+\/p-[0-9a-zA-Z_]{10,128})");
    /// A policy's name.
    PolicyName(length = 1..=128, pattern = r"[\s\S]*");
    /// A policy's description.
    PolicyDescription(length = ..=512, pattern = r"[\s\S]*");
    /// A policy's document.
    PolicyContent(length = 1.., pattern = r"[\s\S]*");
    /// A handshake's id.
    HandshakeId(length = ..=34, pattern = r"^h-[0-9a-z]{8,32}$");
    /// A handshake's ARN.
    HandshakeArn(pattern = r"^arn:aws:organizations::\d{12}:handshake\/o-[a-z0-9]{10,32}\/[a-z_]{1,32}\/h-[0-9a-z]{8,32}");
    /// Who takes part in a handshake.
    HandshakePartyId(length = 1..=64, pattern = r"[\s\S]*");
    /// Words to the invited.
    HandshakeNotes(length = ..=1024, pattern = r"[\s\S]*");
    /// The name of a service, such as `iam.amazonaws.com`.
    ServicePrincipal(length = 1..=128, pattern = r"[\w+=,.@-]*");
    /// The document of the organization's own policy.
    ResourcePolicyContent(length = 1..=40000, pattern = r"[\s\S]*");
    /// The id of that policy.
    ResourcePolicyId(length = ..=131, pattern = r"^rp-[0-9a-zA-Z_]{4,128}$");
    /// The ARN of that policy.
    ResourcePolicyArn(pattern = r"^arn:[a-z0-9][a-z0-9-.]{0,62}:organizations::\d{12}:resourcepolicy\/o-[a-z0-9]{10,32}\/rp-[0-9a-zA-Z_]{4,128}");
    /// The id of something that has tags.
    TaggableResourceId(length = ..=130, pattern = r"^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})|(^p-[0-9a-zA-Z_]{8,128})|(^rp-[0-9a-zA-Z_]{4,128})|(^rt-[0-9a-zA-Z_]{8,32})$");
    /// A tag's key; [`crate::tags`] checks its letters.
    TagKey(length = 1..=128);
    /// A tag's value, likewise.
    TagValue(length = 0..=256);
    /// Where a list goes on.
    NextToken(length = ..=100000, pattern = r"[\s\S]*");
}

/// The most entries of a page.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(range = 1..=20)]
pub struct MaxResults(pub u32);

/// A tag.
#[derive(Clone, Debug, Shape)]
pub struct Tag {
    /// The key.
    pub key: TagKey,
    /// The value.
    pub value: TagValue,
}

/// The types of policies that AWS has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum PolicyType {
    ServiceControlPolicy,
    ResourceControlPolicy,
    TagPolicy,
    BackupPolicy,
    AiservicesOptOutPolicy,
    ChatbotPolicy,
    #[shape(name = "DECLARATIVE_POLICY_EC2")]
    DeclarativePolicyEc2,
    SecurityhubPolicy,
    InspectorPolicy,
    UpgradeRolloutPolicy,
    BedrockPolicy,
    #[shape(name = "S3_POLICY")]
    S3Policy,
    NetworkSecurityDirectorPolicy,
}

impl PolicyType {
    /// The type, if policies of it do something here.
    ///
    /// # Errors
    /// One that names those that would do nothing.
    pub(crate) fn control(self) -> Result<ControlType, Fault> {
        match self {
            Self::ServiceControlPolicy => Ok(ControlType::Service),
            Self::ResourceControlPolicy => Ok(ControlType::Resource),
            other => Err(Fault::unsupported(format!("policies of type {}", other.name()))),
        }
    }

    /// The name in requests.
    pub(crate) fn name(self) -> String {
        match self.write() {
            shape::Value::String(name) => name.to_string(),
            _ => String::new(),
        }
    }
}

impl From<ControlType> for PolicyType {
    fn from(control: ControlType) -> Self {
        match control {
            ControlType::Service => Self::ServiceControlPolicy,
            ControlType::Resource => Self::ResourceControlPolicy,
        }
    }
}

/// Whether policies of a type are in force.
#[derive(Clone, Copy, Debug, Shape)]
pub enum PolicyTypeStatus {
    /// They are.
    Enabled,
    /// They will be.
    PendingEnable,
    /// They were.
    PendingDisable,
}

/// A type of policies that is in force.
#[derive(Clone, Debug, Shape)]
pub struct PolicyTypeSummary {
    /// The type.
    #[shape(name = "Type")]
    pub policy_type: Option<PolicyType>,
    /// Whether it is in force.
    pub status: Option<PolicyTypeStatus>,
}

impl PolicyTypeSummary {
    /// `control`, which is in force.
    pub(crate) fn enabled(control: ControlType) -> Self {
        Self { policy_type: Some(control.into()), status: Some(PolicyTypeStatus::Enabled) }
    }
}
