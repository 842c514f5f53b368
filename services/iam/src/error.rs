//! The errors of IAM.

use service_kit::{identity::Unstorable, prelude::*};

/// What IAM answers when it does not do what was asked.
#[derive(Debug, ErrorShape)]
pub enum IamError {
    /// The account neither manages the organization nor administers IAM for it.
    #[error(message = "The account making the request is neither the management account of the \
                       organization nor a delegated administrator for IAM.")]
    AccountNotManagementOrDelegatedAdministratorException,
    /// Only the management account may.
    #[error(message = "The account making the request is not the management account of the \
                       organization.")]
    CallerIsNotManagementAccountException,
    /// There was a credential report once; it is too old.
    #[error(status = 410, query = "ReportExpired")]
    CredentialReportExpiredException(String),
    /// No credential report was ever asked for.
    #[error(status = 410, query = "ReportNotPresent")]
    CredentialReportNotPresentException(String),
    /// The credential report is being made.
    #[error(status = 404, query = "ReportInProgress")]
    CredentialReportNotReadyException(String),
    /// Something that still belongs to the entity keeps it from being deleted.
    #[error(status = 409, query = "DeleteConflict")]
    DeleteConflictException(String),
    /// The account has this certificate already.
    #[error(status = 409, query = "DuplicateCertificate")]
    DuplicateCertificateException(String),
    /// The user has this key already.
    #[error(status = 400, query = "DuplicateSSHPublicKey")]
    DuplicateSSHPublicKeyException(String),
    /// The name is taken, perhaps in other letter case.
    #[error(status = 409, query = "EntityAlreadyExists")]
    EntityAlreadyExistsException(String),
    /// Somebody else changes the same thing right now.
    #[error(status = 409, query = "EntityTemporarilyUnmodifiable")]
    EntityTemporarilyUnmodifiableException(String),
    /// The account has no outbound web identity federation.
    #[error(status = 404, query = "FeatureDisabled")]
    FeatureDisabledException(String),
    /// The account has outbound web identity federation already.
    #[error(status = 409, query = "FeatureEnabled")]
    FeatureEnabledException(String),
    /// The codes are not what the MFA device shows.
    #[error(status = 403, query = "InvalidAuthenticationCode")]
    InvalidAuthenticationCodeException(String),
    /// The certificate cannot be used.
    #[error(status = 400, query = "InvalidCertificate")]
    InvalidCertificateException(String),
    /// A value makes no sense.
    #[error(status = 400, query = "InvalidInput")]
    InvalidInputException(String),
    /// The key is none that can be used.
    #[error(status = 400, query = "InvalidPublicKey")]
    InvalidPublicKeyException(String),
    /// Only users have what is asked for.
    #[error(status = 400, query = "InvalidUserType")]
    InvalidUserTypeException(String),
    /// The private key is not the certificate's.
    #[error(status = 400, query = "KeyPairMismatch")]
    KeyPairMismatchException(String),
    /// A quota would be exceeded.
    #[error(status = 409, query = "LimitExceeded")]
    LimitExceededException(String),
    /// The certificate, its chain or its key cannot be read.
    #[error(status = 400, query = "MalformedCertificate")]
    MalformedCertificateException(String),
    /// A document is no policy of its kind, or names somebody who does not exist.
    #[error(status = 400, query = "MalformedPolicyDocument")]
    MalformedPolicyDocumentException(String),
    /// There is no such thing.
    #[error(status = 404, query = "NoSuchEntity")]
    NoSuchEntityException(String),
    /// The account belongs to no organization.
    #[error(message = "The account does not belong to an organization.")]
    OrganizationNotFoundException,
    /// The organization only has the features of consolidated billing.
    #[error(message = "The organization does not have all features enabled.")]
    OrganizationNotInAllFeaturesModeException,
    /// The password breaks a rule of the account's.
    #[error(status = 400, query = "PasswordPolicyViolation")]
    PasswordPolicyViolationException(String),
    /// A policy of a service's own role, meant for another role.
    #[error(status = 400, query = "PolicyNotAttachable")]
    PolicyNotAttachableException(String),
    /// The organization does not trust IAM.
    #[error(message = "Trusted access is not enabled for IAM in AWS Organizations.")]
    ServiceAccessNotEnabledException,
    /// The service has no credentials of its own.
    #[error(status = 404, query = "NotSupportedService")]
    ServiceNotSupportedException(String),
    /// It belongs to a service, which alone may change it.
    #[error(status = 400, query = "UnmodifiableEntity")]
    UnmodifiableEntityException(String),
    /// The key is written in no known way.
    #[error(status = 400, query = "UnrecognizedPublicKeyEncoding")]
    UnrecognizedPublicKeyEncodingException(String),
    /// The platform's own.
    #[error(transparent)]
    Common(Fault),
}

impl IamError {
    /// `The role with name x cannot be found.`
    pub(crate) fn not_found(kind: &str, name: &str) -> Self {
        Self::NoSuchEntityException(format!("The {kind} with name {name} cannot be found."))
    }

    /// `Role with name x already exists.`
    pub(crate) fn exists(kind: &str, name: &str) -> Self {
        Self::EntityAlreadyExistsException(format!("{kind} with name {name} already exists."))
    }

    /// `Cannot exceed quota for PoliciesPerRole: 10`
    pub(crate) fn quota(name: &str, most: usize) -> Self {
        Self::LimitExceededException(format!("Cannot exceed quota for {name}: {most}"))
    }

    /// An ARN that is not of the form IAM gives.
    pub(crate) fn invalid_arn(arn: &str) -> Self {
        Self::InvalidInputException(format!("ARN {arn} is not valid."))
    }

    /// A conflict in AWS's words: `Cannot delete entity, must …`.
    pub(crate) fn in_use(must: &str) -> Self {
        Self::DeleteConflictException(format!("Cannot delete entity, must {must}."))
    }
}

impl From<Unstorable> for IamError {
    fn from(unstorable: Unstorable) -> Self {
        match unstorable {
            Unstorable::Malformed(message) => Self::MalformedPolicyDocumentException(message),
            Unstorable::Fault(fault) => Self::Common(fault),
        }
    }
}
