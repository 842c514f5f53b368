//! The sns service.
