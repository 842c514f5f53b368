//! The errors of CloudWatch Logs.

use service_kit::prelude::*;

/// What CloudWatch Logs answers when it does not do what was asked for.
#[derive(Debug, ErrorShape)]
pub enum LogsError {
    /// A parameter that breaks a rule.
    InvalidParameterException(String),
    /// The group or stream is there already.
    ResourceAlreadyExistsException(String),
    /// No such group or stream.
    ResourceNotFoundException(String),
    /// More tags than a resource can have.
    TooManyTagsException {
        /// What the client is told.
        message: String,
        /// The resource.
        #[shape(name = "resourceName")]
        resource_name: String,
    },
    /// The operation is not possible in the resource's state.
    ValidationException(String),
    /// The platform's own.
    #[error(transparent)]
    Common(Fault),
}

impl LogsError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidParameterException(message.into())
    }

    pub(crate) fn no_group() -> Self {
        Self::ResourceNotFoundException("The specified log group does not exist.".into())
    }

    pub(crate) fn no_stream() -> Self {
        Self::ResourceNotFoundException("The specified log stream does not exist.".into())
    }

    pub(crate) fn bad_token() -> Self {
        Self::invalid("The specified nextToken is invalid.")
    }
}
