//! The derive of shape::Shape.
