//! What API Gateway's operations fail with.

use service_kit::prelude::*;

/// The errors of API Gateway.
#[derive(Debug, ErrorShape)]
pub enum ApiGatewayError {
    /// The request does not make sense for the API as it is.
    BadRequestException(String),
    /// Something of that name, method or status exists already.
    #[error(status = 409)]
    ConflictException(String),
    /// A quota is used up.
    #[error(status = 429)]
    LimitExceededException(String),
    /// There is no such API, resource, method, integration, response, deployment or stage.
    #[error(status = 404)]
    NotFoundException(String),
    /// Anything that can go wrong in any service.
    #[error(transparent)]
    Common(Fault),
}

/// What nearly every function here returns.
pub type Result<T, E = ApiGatewayError> = std::result::Result<T, E>;

/// A `BadRequestException`.
pub fn bad(message: impl Into<String>) -> ApiGatewayError {
    ApiGatewayError::BadRequestException(message.into())
}

/// A `NotFoundException` for something named by a wrong `noun` identifier.
pub fn unknown(noun: &str) -> ApiGatewayError {
    ApiGatewayError::NotFoundException(format!("Invalid {noun} identifier specified"))
}

/// A refusal to pretend: `what` is named to the client.
pub fn unsupported(what: impl std::fmt::Display) -> ApiGatewayError {
    Fault::unsupported(what).into()
}
