//! All that a service author imports.
