//! The lambda service.
