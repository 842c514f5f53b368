//! The sqs service.
