//! The xray service.
