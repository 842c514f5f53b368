//! What KMS operations fail with.

use service_kit::prelude::*;

/// The errors of KMS.
#[derive(Debug, ErrorShape)]
pub enum KmsError {
    /// An alias of that name exists already.
    AlreadyExistsException(String),
    /// There is no such custom key store: there are none at all.
    CustomKeyStoreNotFoundException(String),
    /// The key is disabled.
    DisabledException(String),
    /// A dry run that would have succeeded.
    #[error(
        status = 412,
        message = "The request would have succeeded, but the DryRun option is set."
    )]
    DryRunOperationException,
    /// The import token's day is over.
    #[error(message = "The import token has expired.")]
    ExpiredImportTokenException,
    /// The ciphertext was made with another key than the one named.
    #[error(message = "The key ID in the request does not identify a CMK that can perform this \
                       operation.")]
    IncorrectKeyException,
    /// The key material is not of the key's kind, or not what was imported before.
    IncorrectKeyMaterialException(String),
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
    /// The import token is not one of ours, or one for another key.
    #[error(message = "The import token is not valid for this KMS key.")]
    InvalidImportTokenException,
    /// The key cannot be used with the algorithm asked for.
    InvalidKeyUsageException(String),
    /// The pagination marker is not one of ours.
    #[error(message = "Could not deserialize Marker")]
    InvalidMarkerException,
    /// The MAC is not one of the message.
    #[error(code = "KMSInvalidMacException", message = "")]
    KmsInvalidMacException,
    /// The signature is not one of the message.
    #[error(code = "KMSInvalidSignatureException", message = "")]
    KmsInvalidSignatureException,
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
    /// The key is not of a kind that the operation is for.
    UnsupportedOperationException(String),
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
