//! The scalars of IAM's requests with their limits, and the ARNs that access is declared on.

use service_kit::prelude::*;

/// A role's name.
#[derive(Clone, Debug, Shape)]
#[shape(name = "roleNameType", length = 1..=64, pattern = r"[\w+=,.@-]+")]
pub struct RoleName(pub String);

/// The name of a new user.
#[derive(Clone, Debug, Shape)]
#[shape(name = "userNameType", length = 1..=64, pattern = r"[\w+=,.@-]+")]
pub struct UserName(pub String);

/// The name of a user, which older users may have longer.
#[derive(Clone, Debug, Shape)]
#[shape(name = "existingUserNameType", length = 1..=128, pattern = r"[\w+=,.@-]+")]
pub struct ExistingUserName(pub String);

impl AsRef<str> for UserName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ExistingUserName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A group's name.
#[derive(Clone, Debug, Shape)]
#[shape(name = "groupNameType", length = 1..=128, pattern = r"[\w+=,.@-]+")]
pub struct GroupName(pub String);

/// A policy's name.
#[derive(Clone, Debug, Shape)]
#[shape(name = "policyNameType", length = 1..=128, pattern = r"[\w+=,.@-]+")]
pub struct PolicyName(pub String);

/// An instance profile's name.
#[derive(Clone, Debug, Shape)]
#[shape(name = "instanceProfileNameType", length = 1..=128, pattern = r"[\w+=,.@-]+")]
pub struct InstanceProfileName(pub String);

/// An ARN; its form is checked where it is used.
#[derive(Clone, Debug, Shape)]
#[shape(name = "arnType", length = 20..=2048)]
pub struct ArnText(pub String);

/// The path of a user, group or role.
#[derive(Clone, Debug, Shape)]
#[shape(name = "pathType", length = 1..=512, pattern = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)")]
pub struct PathText(pub String);

/// The start of paths to list.
#[derive(Clone, Debug, Shape)]
#[shape(name = "pathPrefixType", length = 1..=512, pattern = r"\u002F[\u0021-\u007F]*")]
pub struct PathPrefix(pub String);

/// The path of a managed policy.
#[derive(Clone, Debug, Shape)]
#[shape(name = "policyPathType", length = 1..=512, pattern = r"((/[A-Za-z0-9\.,\+@=_-]+)*)/")]
pub struct PolicyPath(pub String);

/// A policy document as sent.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "policyDocumentType",
    length = 1..=131_072,
    pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
)]
pub struct Document(pub String);

/// A role's description.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "roleDescriptionType",
    length = 0..=1000,
    pattern = r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*"
)]
pub struct RoleDescription(pub String);

/// The key of a tag.
#[derive(Clone, Debug, Shape)]
#[shape(name = "tagKeyType", length = 1..=128)]
pub struct TagKey(pub String);

/// An action to simulate.
#[derive(Clone, Debug, Shape)]
#[shape(name = "ActionNameType", length = 3..=128)]
pub struct ActionName(pub String);

/// A resource to simulate actions on.
#[derive(Clone, Debug, Shape)]
#[shape(name = "ResourceNameType", length = 1..=2048)]
pub struct ResourceName(pub String);

/// The longest session of a role, in seconds.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "roleMaxSessionDurationType", range = 3600..=43_200)]
pub struct MaxSessionSecs(pub u32);

/// The id of a policy's version.
#[derive(Clone, Debug, Shape)]
#[shape(name = "policyVersionIdType", pattern = r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?")]
pub struct VersionId(pub String);

/// The id of an access key.
#[derive(Clone, Debug, Shape)]
#[shape(name = "accessKeyIdType", length = 16..=128, pattern = r"[\w]+")]
pub struct AccessKeyId(pub String);

/// The serial number of an MFA device: the ARN of a virtual one.
#[derive(Clone, Debug, Shape)]
#[shape(name = "serialNumberType", length = 9..=256, pattern = r"[\w+=/:,.@-]+")]
pub struct SerialNumber(pub String);

/// What an MFA device shows.
#[derive(Clone, Debug, Shape)]
#[shape(name = "authenticationCodeType", length = 6..=6, pattern = r"[\d]+")]
pub struct AuthenticationCode(pub String);

/// A server certificate's name.
#[derive(Clone, Debug, Shape)]
#[shape(name = "serverCertificateNameType", length = 1..=128, pattern = r"[\w+=,.@-]+")]
pub struct ServerCertificateName(pub String);

/// A certificate in PEM.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "certificateBodyType",
    length = 1..=16_384,
    pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
)]
pub struct CertificateBody(pub String);

/// Where a list goes on.
#[derive(Clone, Debug, Shape)]
#[shape(name = "markerType", length = 1..=320, pattern = r"[\u0020-\u00FF]+")]
pub struct Marker(pub String);

/// The most entries of a page.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "maxItemsType", range = 1..=1000)]
pub struct MaxItems(pub u32);

/// The start of every path, and the path of what is given none.
pub(crate) const ROOT_PATH: &str = "/";

/// The path given, or the root.
pub(crate) fn path_or_root(path: Option<PathText>) -> String {
    path.map_or_else(|| ROOT_PATH.to_owned(), |path| path.0)
}

/// `arn:aws:iam::account:kind/name`, as a request without path names an entity. The facts of the
/// service replace it by the true ARN before policies are asked.
pub(crate) fn arn(at: &Scope, kind: &str, name: &str) -> String {
    at.global_arn("iam", format_args!("{kind}/{name}"))
}

/// The ARN that an entity is about to get.
pub(crate) fn new_arn(at: &Scope, kind: &str, path: Option<&str>, name: &str) -> String {
    at.global_arn("iam", format_args!("{kind}{}{name}", path.unwrap_or(ROOT_PATH)))
}
