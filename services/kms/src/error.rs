//! What KMS operations fail with.

use service_kit::prelude::*;

/// The errors of KMS.
#[derive(Debug, ErrorShape)]
pub enum KmsError {
    /// An alias of that name exists already.
    AlreadyExistsException(String),
    /// The key is disabled.
    DisabledException(String),
    /// A dry run that would have succeeded.
    #[error(
        status = 412,
        message = "The request would have succeeded, but the DryRun option is set."
    )]
    DryRunOperationException,
    /// The ciphertext was made with another key than the one named.
    #[error(message = "The key ID in the request does not identify a CMK that can perform this \
                       operation.")]
    IncorrectKeyException,
    /// The alias name is reserved or malformed.
    InvalidAliasNameException(String),
    /// The ARN is malformed or of the wrong type.
    InvalidArnException(String),
    /// The ciphertext is damaged, or the encryption context is not the one it was made with.
    #[error(message = "")]
    InvalidCiphertextException,
    /// No grant of that id on the key.
    InvalidGrantIdException(String),
    /// The grant token is not one of ours.
    #[error(message = "The grant token is not valid.")]
    InvalidGrantTokenException,
    /// The key cannot be used with the algorithm asked for.
    InvalidKeyUsageException(String),
    /// The pagination marker is not one of ours.
    #[error(message = "Could not deserialize Marker")]
    InvalidMarkerException,
    /// The key's state does not permit the operation.
    #[error(code = "KMSInvalidStateException")]
    KmsInvalidStateException(String),
    /// A quota is used up.
    LimitExceededException(String),
    /// The key policy is not one.
    MalformedPolicyDocumentException(String),
    /// There is no such key, alias or policy.
    NotFoundException(String),
    /// A tag is malformed.
    TagException(String),
    /// Anything that can go wrong in any service.
    #[error(transparent)]
    Common(Fault),
}

impl KmsError {
    /// A `ValidationException`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Common(Fault::invalid(message))
    }
}
