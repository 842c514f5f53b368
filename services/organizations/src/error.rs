//! What Organizations answers when it refuses.

use service_kit::{identity::Unstorable, prelude::*};

/// The errors of Organizations.
#[derive(Debug, ErrorShape)]
pub enum OrganizationsError {
    /// The caller's account is in no organization.
    #[error(message = "Your account is not a member of an organization.")]
    AWSOrganizationsNotInUseException,
    /// The account is closed already.
    #[error(message = "The specified account is already closed.")]
    AccountAlreadyClosedException,
    /// The account administers the service already.
    #[error(message = "The specified account is already a delegated administrator for this \
                       service.")]
    AccountAlreadyRegisteredException,
    /// The organization has no such account.
    #[error(message = "You specified an account that doesn't exist.")]
    AccountNotFoundException,
    /// The account does not administer the service.
    #[error(message = "The specified account is not a delegated administrator for this service.")]
    AccountNotRegisteredException,
    /// The caller's account is in an organization.
    #[error(message = "The AWS account is already a member of an organization.")]
    AlreadyInOrganizationException,
    /// The organization has no such account or unit.
    #[error(message = "You specified a child that doesn't exist.")]
    ChildNotFoundException,
    /// Something that the organization needs stands against it.
    ConstraintViolationException {
        /// In words.
        message: String,
        /// What.
        reason: ConstraintReason,
    },
    /// No account was asked for by that id.
    #[error(message = "You specified a create account request that doesn't exist.")]
    CreateAccountStatusNotFoundException,
    /// There is no such root or unit to move to.
    #[error(message = "You specified a destination parent that doesn't exist.")]
    DestinationParentNotFoundException,
    /// The account is where it should be moved to.
    #[error(message = "The account is already in the destination parent.")]
    DuplicateAccountException,
    /// That account is invited already.
    #[error(message = "A handshake with the same action and target already exists.")]
    DuplicateHandshakeException,
    /// A unit of that name is there.
    #[error(message = "An OU with the same name already exists.")]
    DuplicateOrganizationalUnitException,
    /// The policy is attached already.
    #[error(message = "The selected policy is already attached to the specified target.")]
    DuplicatePolicyAttachmentException,
    /// A policy of that name is there.
    #[error(message = "A policy with the same name already exists.")]
    DuplicatePolicyException,
    /// The handshake is in that state already.
    #[error(message = "The specified handshake is already in the requested state.")]
    HandshakeAlreadyInStateException,
    /// Something stands against the invitation.
    HandshakeConstraintViolationException {
        /// In words.
        message: String,
        /// What.
        reason: HandshakeReason,
    },
    /// The caller has to do with no such handshake.
    #[error(message = "We can't find a handshake with the specified ID.")]
    HandshakeNotFoundException,
    /// The handshake cannot change so.
    #[error(message = "You can't perform the operation on the handshake in its current state.")]
    InvalidHandshakeTransitionException,
    /// A value makes no sense.
    InvalidInputException {
        /// In words.
        message: String,
        /// What.
        reason: InputReason,
    },
    /// The document is no policy of its type.
    MalformedPolicyDocumentException(String),
    /// The management account is what keeps the organization.
    #[error(message = "You can't remove a management account from an organization.")]
    MasterCannotLeaveOrganizationException,
    /// There are other accounts.
    #[error(message = "To delete an organization you must first remove all member accounts \
                       (except the master).")]
    OrganizationNotEmptyException,
    /// Something is in the unit.
    #[error(message = "The specified OU is not empty.")]
    OrganizationalUnitNotEmptyException,
    /// The organization has no such unit.
    #[error(message = "You specified an organizational unit that doesn't exist.")]
    OrganizationalUnitNotFoundException,
    /// The organization has no such root or unit.
    #[error(message = "You specified parent that doesn't exist.")]
    ParentNotFoundException,
    /// The policy is attached to something.
    #[error(message = "The specified policy is attached to one or more targets.")]
    PolicyInUseException,
    /// The policy is not attached there.
    #[error(message = "The policy isn't attached to the specified target.")]
    PolicyNotAttachedException,
    /// The organization has no such policy.
    #[error(message = "You specified a policy that doesn't exist.")]
    PolicyNotFoundException,
    /// The type is enabled already.
    #[error(message = "The specified policy type is already enabled.")]
    PolicyTypeAlreadyEnabledException,
    /// The organization does not have all features.
    #[error(message = "You can't use the specified policy type with the feature set currently \
                       enabled for this organization.")]
    PolicyTypeNotAvailableForOrganizationException,
    /// Policies of the type are not in force.
    #[error(message = "The specified policy type isn't currently enabled in this root.")]
    PolicyTypeNotEnabledException,
    /// There is none.
    #[error(message = "We can't find a resource policy for this organization.")]
    ResourcePolicyNotFoundException,
    /// The organization has no such root.
    #[error(message = "You specified a root that doesn't exist.")]
    RootNotFoundException,
    /// The account is not where it should be moved from.
    #[error(message = "You specified a source parent that doesn't exist.")]
    SourceParentNotFoundException,
    /// The organization has no such root, unit, account or policy.
    #[error(message = "You specified a target that doesn't exist.")]
    TargetNotFoundException,
    /// Anything that can go wrong in any service.
    #[error(transparent)]
    Common(Fault),
}

/// What stands against a request.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "ConstraintViolationExceptionReason")]
pub enum ConstraintReason {
    /// The account must stay as long as it administers a service.
    CannotRemoveDelegatedAdministratorFromOrg,
    /// The management account cannot be closed.
    CannotCloseManagementAccount,
    /// The management account has all powers already.
    CannotRegisterMasterAsDelegatedAdministrator,
    /// A closed account can administer nothing.
    CannotRegisterSuspendedAccountAsDelegatedAdministrator,
    /// Too many accounts were closed within 30 days.
    CloseAccountQuotaExceeded,
    /// No further account fits.
    AccountNumberLimitExceeded,
    /// The account is too young, or closed.
    AccountCannotLeaveOrganization,
    /// The service administers nothing in the organization yet.
    ServiceAccessNotEnabled,
    /// The service has all its administrators.
    MaxDelegatedAdministratorsForServiceLimitExceeded,
    /// Accounts still administer the service.
    DelegatedAdministratorExistsForThisService,
    /// No further policy may be attached there.
    MaxPolicyTypeAttachmentLimitExceeded,
    /// The last policy of its type must stay.
    MinPolicyTypeAttachmentLimitExceeded,
    /// No further tag fits.
    MaxTagLimitExceeded,
    /// The organization only has the features of consolidated billing.
    OrganizationNotInAllFeaturesMode,
    /// Units nest too deep.
    OuDepthLimitExceeded,
    /// No further unit fits.
    OuNumberLimitExceeded,
    /// The document is too long.
    PolicyContentLimitExceeded,
    /// No further policy fits.
    PolicyNumberLimitExceeded,
    /// The account was made too recently.
    WaitPeriodActive,
}

/// What stands against a handshake.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "HandshakeConstraintViolationExceptionReason")]
pub enum HandshakeReason {
    /// No further account fits.
    AccountNumberLimitExceeded,
    /// The invited account belongs to one.
    AlreadyInAnOrganization,
    /// There is nothing more to enable.
    OrganizationAlreadyHasAllFeatures,
    /// That is under way.
    OrganizationIsAlreadyPendingAllFeaturesMigration,
    /// Nobody is invited while members are asked.
    InviteDisabledDuringEnableAllFeatures,
}

/// What makes no sense.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "InvalidInputExceptionReason")]
pub enum InputReason {
    /// A tag's key is there twice.
    DuplicateTagKey,
    /// AWS keeps the policy.
    ImmutablePolicy,
    /// Something that must be there is not.
    InputRequired,
    /// The token is not one of ours.
    InvalidNextToken,
    /// No account goes by it.
    InvalidPartyTypeTarget,
    /// Somebody named does not exist.
    InvalidPrincipal,
    /// The document is no policy.
    InvalidResourcePolicyJson,
    /// The key is reserved.
    InvalidSystemTagsParameter,
    /// The filter goes with another one only.
    MaxLimitExceededFilter,
    /// The policy stays wherever it is attached.
    NonDetachablePolicy,
    /// It cannot be done to this.
    TargetNotSupported,
    /// There is no such service.
    UnrecognizedServicePrincipal,
    /// Only what manages an organization can be delegated.
    UnsupportedActionInResourcePolicy,
}

impl OrganizationsError {
    /// Something stands against it.
    pub(crate) fn constraint(reason: ConstraintReason, message: impl Into<String>) -> Self {
        Self::ConstraintViolationException { message: message.into(), reason }
    }

    /// Something stands against a handshake.
    pub(crate) fn handshake(reason: HandshakeReason, message: impl Into<String>) -> Self {
        Self::HandshakeConstraintViolationException { message: message.into(), reason }
    }

    /// A value makes no sense.
    pub(crate) fn input(reason: InputReason, message: impl Into<String>) -> Self {
        Self::InvalidInputException { message: message.into(), reason }
    }

    /// The caller's account may not.
    pub(crate) fn denied() -> Self {
        let message = "You don't have permissions to access this resource.";
        Fault::AccessDenied(message.into()).into()
    }
}

impl From<Unstorable> for OrganizationsError {
    fn from(unstorable: Unstorable) -> Self {
        match unstorable {
            Unstorable::Malformed(message) if message.starts_with("Invalid principal") => {
                Self::input(InputReason::InvalidPrincipal, message)
            }
            Unstorable::Malformed(message) => {
                Self::input(InputReason::InvalidResourcePolicyJson, message)
            }
            Unstorable::Fault(fault) => fault.into(),
        }
    }
}
