//! String enumerations and unions.

use crate::{attributes::Attributes, structure::name};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, DeriveInput, Fields, Ident, Type};

/// Plain variants make an enumeration, variants with a value each make a union.
pub fn enumeration(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    if data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit)) {
        return strings(input, data);
    }
    union(input, data)
}

fn strings(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let container = Attributes::parse(&input.attrs)?;
    let mut idents = Vec::new();
    let mut names = Vec::new();
    for variant in &data.variants {
        let given = Attributes::parse(&variant.attrs)?.name;
        names.push(given.unwrap_or_else(|| screaming(&variant.ident)));
        idents.push(&variant.ident);
    }
    let (ident, name) = (&input.ident, name(input, &container));
    Ok(quote! {
        impl #ident {
            /// The value's spelling on the wire.
            pub fn as_str(&self) -> &'static str {
                match self { #(Self::#idents => #names),* }
            }
        }

        impl ::shape::Shape for #ident {
            fn schema() -> &'static ::shape::Schema {
                static SCHEMA: ::shape::Schema =
                    ::shape::Schema::new(#name, ::shape::Kind::Enum(&[#(#names),*]));
                &SCHEMA
            }

            fn read(value: ::shape::Value) -> Result<Self, ::shape::Mismatch> {
                match value.as_str() {
                    #(Some(#names) => Ok(Self::#idents),)*
                    _ => Err(::shape::Mismatch::kind(#name, &value)),
                }
            }

            fn write(self) -> ::shape::Value {
                ::shape::Value::String(self.as_str().to_owned())
            }
        }
    })
}

fn union(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let container = Attributes::parse(&input.attrs)?;
    let mut idents: Vec<&Ident> = Vec::new();
    let mut names = Vec::new();
    let mut types: Vec<&Type> = Vec::new();
    for variant in &data.variants {
        let given = Attributes::parse(&variant.attrs)?.name;
        names.push(given.unwrap_or_else(|| variant.ident.to_string()));
        idents.push(&variant.ident);
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                types.push(&fields.unnamed[0].ty)
            }
            _ => {
                return Err(syn::Error::new_spanned(variant, "a union's variants carry one value"));
            }
        }
    }
    let indexes: Vec<usize> = (0..idents.len()).collect();
    let (ident, name) = (&input.ident, name(input, &container));
    Ok(quote! {
        impl ::shape::Shape for #ident {
            fn schema() -> &'static ::shape::Schema {
                static SCHEMA: ::shape::Schema = ::shape::Schema::new(
                    #name,
                    ::shape::Kind::Union(&[#(::shape::Member {
                        required: false,
                        ..::shape::Member::new(#names, <#types as ::shape::Shape>::schema)
                    }),*]),
                );
                &SCHEMA
            }

            fn read(value: ::shape::Value) -> Result<Self, ::shape::Mismatch> {
                match value {
                    #(::shape::Value::Union(#indexes, value) => {
                        <#types as ::shape::Shape>::read(*value).map(Self::#idents)
                    })*
                    other => Err(::shape::Mismatch::union(#name, &other)),
                }
            }

            fn write(self) -> ::shape::Value {
                match self {
                    #(Self::#idents(value) => {
                        ::shape::Value::Union(#indexes, Box::new(::shape::Shape::write(value)))
                    })*
                }
            }
        }
    })
}

/// `PayPerRequest` is `PAY_PER_REQUEST`.
fn screaming(ident: &Ident) -> String {
    let mut name = String::new();
    for letter in ident.to_string().chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
