//! The apigateway service.
