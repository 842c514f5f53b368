//! The engine seen from outside.
mod acceptance;
mod compare;
mod conditions;
mod cost;
mod explain;
mod grammar;
mod hostile;
mod matrix;
mod principals;
mod properties;
mod support;
