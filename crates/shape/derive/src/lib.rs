//! The derives of `shape::Shape` and `shape::ErrorShape`.
//!
//! What is generated is kept small: one static schema and two straight-line functions a shape. All
//! that can be shared lives in the `shape` crate.

mod attributes;
mod enumeration;
mod errors;
mod structure;

use proc_macro::TokenStream;
use syn::{Data, DeriveInput, Fields, parse_macro_input};

/// Derives `shape::Shape`.
///
/// On the type: `name = "..."` (default: the type's name), `camel` (members start lower-case),
/// and on a one-field tuple struct `length`, `range`, `pattern`.
///
/// On a field: `name`, `wire`, `length = 1..=255`, `range = 0..=10`, `pattern = "..."`, `default`
/// (absent means the type's default), `label`, `query`, `header`, `prefix_headers`, `payload`,
/// `status`, `flattened`, `item = "..."`, `timestamp = DateTime`, `sensitive`. `query` and
/// `header` take the name on the wire as a value where it differs from the member's.
///
/// On a variant: `name` (default: `SCREAMING_SNAKE_CASE` for plain variants).
#[proc_macro_derive(Shape, attributes(shape))]
pub fn derive_shape(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let expanded = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                structure::newtype(&input, &fields.unnamed[0])
            }
            fields => structure::structure(&input, fields),
        },
        Data::Enum(data) => enumeration::enumeration(&input, data),
        Data::Union(_) => Err(syn::Error::new_spanned(&input.ident, "a shape cannot be a union")),
    };
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Derives `shape::ErrorShape` for an enumeration of a service's errors.
///
/// On a variant: `status = 400` (the default), `code = "..."` (default: the variant's name),
/// `query = "..."` (the query protocol's code), `message = "..."` for variants without one of
/// their own, `transparent` for the variant that wraps another error shape.
#[proc_macro_derive(ErrorShape, attributes(error, shape))]
pub fn derive_error_shape(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    errors::errors(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
