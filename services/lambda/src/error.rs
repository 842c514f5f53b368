//! What Lambda operations fail with.

use service_kit::prelude::*;

/// The errors of Lambda. Most carry a `Type`, which is `User` for what the caller did wrong.
#[derive(Debug, ErrorShape)]
pub enum LambdaError {
    /// The account's functions hold more code than allowed.
    CodeStorageExceededException {
        /// What is said.
        message: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// A parameter is malformed or does not fit the others.
    InvalidParameterValueException {
        /// What is said.
        message: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// The event is not JSON.
    InvalidRequestContentException {
        /// What is said.
        message: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// The resource policy would be too long.
    #[error(status = 400)]
    PolicyLengthExceededException {
        /// What is said.
        message: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// The revision id given is not the latest one.
    #[error(status = 412)]
    PreconditionFailedException {
        /// What is said.
        message: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// The event is larger than allowed.
    #[error(status = 413)]
    RequestTooLargeException {
        /// What is said.
        message: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// The resource exists already, or is in use.
    #[error(status = 409)]
    ResourceConflictException {
        /// What is said.
        message: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// There is no such function, version, alias or policy.
    #[error(status = 404)]
    ResourceNotFoundException {
        /// What is said.
        message: String,
        /// The same, where this error's clients look for it.
        #[shape(name = "Message")]
        text: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// The host cannot run the function.
    #[error(status = 500)]
    ServiceException {
        /// What is said.
        message: String,
        /// The same, where this error's clients look for it.
        #[shape(name = "Message")]
        text: String,
        /// `Service`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// More concurrent executions than allowed.
    #[error(status = 429)]
    TooManyRequestsException {
        /// What is said.
        message: String,
        /// Which limit was met.
        #[shape(name = "Reason")]
        reason: String,
        /// `User`.
        #[shape(name = "Type")]
        kind: String,
    },
    /// Anything that can go wrong in any service.
    #[error(transparent)]
    Common(Fault),
}

/// Which limit on concurrent executions was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The account's, or the host's.
    Account,
    /// The one reserved for the function.
    Reserved,
}

fn user() -> String {
    "User".to_owned()
}

impl LambdaError {
    /// A parameter is wrong in the way `message` says.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidParameterValueException { message: message.into(), kind: user() }
    }

    /// Something exists already, or is in use.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::ResourceConflictException { message: message.into(), kind: user() }
    }

    /// Something is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::ResourceNotFoundException { text: message.clone(), message, kind: user() }
    }

    /// The function, version or alias at `arn` is not there.
    pub fn no_function(arn: &str) -> Self {
        Self::not_found(format!("Function not found: {arn}"))
    }

    /// The host cannot do it; `message` says what to do about it.
    pub fn host(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::ServiceException { text: message.clone(), message, kind: "Service".to_owned() }
    }

    /// One execution too many.
    pub fn throttled(limit: Limit) -> Self {
        let reason = match limit {
            Limit::Account => "ConcurrentInvocationLimitExceeded",
            Limit::Reserved => "ReservedFunctionConcurrentInvocationLimitExceeded",
        };
        let message = "Rate Exceeded.".to_owned();
        Self::TooManyRequestsException { message, reason: reason.to_owned(), kind: user() }
    }

    /// An event of more than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        let message =
            format!("Request must be smaller than {limit} bytes for the InvokeFunction operation");
        Self::RequestTooLargeException { message, kind: user() }
    }

    /// An event that is not JSON, with the parser's `reason`.
    pub fn not_json(reason: impl std::fmt::Display) -> Self {
        let message = format!("Could not parse request body into json: {reason}");
        Self::InvalidRequestContentException { message, kind: user() }
    }

    /// A revision id that is not the latest one of a function or alias.
    pub fn stale_revision() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the \
                       GetFunction/GetAlias API to retrieve the latest Revision Id"
            .to_owned();
        Self::PreconditionFailedException { message, kind: user() }
    }

    /// A revision id that is not the latest one of a resource policy.
    pub fn stale_policy() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the \
                       GetPolicy API to retrieve the latest Revision Id"
            .to_owned();
        Self::PreconditionFailedException { message, kind: user() }
    }

    /// A resource policy that would be longer than `limit` bytes.
    pub fn policy_too_long(limit: usize) -> Self {
        let message = format!("The final policy size is bigger than the limit ({limit}).");
        Self::PolicyLengthExceededException { message, kind: user() }
    }

    /// More code than the account may store.
    pub fn storage_exceeded() -> Self {
        let message = "Code storage limit exceeded.".to_owned();
        Self::CodeStorageExceededException { message, kind: user() }
    }
}
