//! XML, read strictly into a tree with resolved namespaces, and its exclusive canonical form.

mod canonical;
mod parse;
mod tree;

pub use canonical::{EXCLUSIVE_C14N, canonical};
pub use parse::{Comments, Malformed, parse};
pub use tree::{Attribute, Element, Node};
