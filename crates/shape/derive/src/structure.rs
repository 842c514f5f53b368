//! Structures and named scalars.

use crate::attributes::{Attributes, option};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Field, Fields, GenericArgument, Ident, PathArguments, Type};

/// A struct with named fields.
pub fn structure(input: &DeriveInput, fields: &Fields) -> syn::Result<TokenStream> {
    let container = Attributes::parse(&input.attrs)?;
    let mut members = Vec::new();
    let mut reads = Vec::new();
    let mut writes = Vec::new();
    for field in fields {
        let member = MemberOf::parse(field, container.camel)?;
        members.push(member.schema());
        reads.push(member.read());
        writes.push(member.write());
    }
    let (ident, name) = (&input.ident, name(input, &container));
    Ok(quote! {
        impl ::shape::Shape for #ident {
            fn schema() -> &'static ::shape::Schema {
                static SCHEMA: ::shape::Schema =
                    ::shape::Schema::new(#name, ::shape::Kind::Structure(&[#(#members),*]));
                &SCHEMA
            }

            fn read(value: ::shape::Value) -> Result<Self, ::shape::Mismatch> {
                #[allow(unused_mut, unused_variables)]
                let mut slots = value.into_slots(Self::schema())?;
                Ok(Self { #(#reads),* })
            }

            fn write(self) -> ::shape::Value {
                ::shape::Value::Structure(vec![#(#writes),*])
            }
        }
    })
}

/// `struct Name(Inner)`: the inner shape under its own name and limits.
pub fn newtype(input: &DeriveInput, field: &Field) -> syn::Result<TokenStream> {
    let container = Attributes::parse(&input.attrs)?;
    let constraints = container.constraints();
    let (ident, name, inner) = (&input.ident, name(input, &container), &field.ty);
    let kind = kind_of(inner)?;
    Ok(quote! {
        impl ::shape::Shape for #ident {
            fn schema() -> &'static ::shape::Schema {
                static SCHEMA: ::shape::Schema =
                    ::shape::Schema { name: #name, kind: #kind, constraints: #constraints };
                &SCHEMA
            }

            fn read(value: ::shape::Value) -> Result<Self, ::shape::Mismatch> {
                <#inner as ::shape::Shape>::read(value).map(Self)
            }

            fn write(self) -> ::shape::Value {
                ::shape::Shape::write(self.0)
            }
        }
    })
}

/// The kind of a newtype's inner type; schemas of other shapes are not readable in a static.
fn kind_of(inner: &Type) -> syn::Result<TokenStream> {
    if let Some(item) = argument(inner, "Vec") {
        return Ok(quote!(::shape::Kind::List(<#item as ::shape::Shape>::schema)));
    }
    let kind = match last_segment(inner).map(|segment| segment.ident.to_string()).as_deref() {
        Some("String") => quote!(String),
        Some("i32" | "u32" | "u16") => quote!(Integer),
        Some("i64" | "u64") => quote!(Long),
        Some("f64") => quote!(Double),
        Some("bool") => quote!(Boolean),
        Some("Bytes") => quote!(Blob),
        Some("Timestamp") => quote!(Timestamp),
        _ => return Err(syn::Error::new_spanned(inner, "a named scalar wraps a scalar or a Vec")),
    };
    Ok(quote!(::shape::Kind::#kind))
}

pub fn name(input: &DeriveInput, container: &Attributes) -> String {
    container.name.clone().unwrap_or_else(|| input.ident.to_string())
}

enum Presence {
    Required,
    Optional,
    Defaulted,
}

/// One field as a member.
struct MemberOf {
    ident: Ident,
    name: String,
    /// The type inside an `Option`.
    inner: Type,
    presence: Presence,
    attributes: Attributes,
}

impl MemberOf {
    fn parse(field: &Field, camel: bool) -> syn::Result<Self> {
        let attributes = Attributes::parse(&field.attrs)?;
        let ident = field.ident.clone().ok_or_else(|| {
            syn::Error::new_spanned(field, "a shape's fields have names, or there is just one")
        })?;
        let name = attributes.name.clone().unwrap_or_else(|| member_name(&ident, camel));
        let (inner, presence) = match argument(&field.ty, "Option") {
            Some(inner) => (inner.clone(), Presence::Optional),
            None if attributes.default => (field.ty.clone(), Presence::Defaulted),
            None => (field.ty.clone(), Presence::Required),
        };
        Ok(Self { ident, name, inner, presence, attributes })
    }

    fn schema(&self) -> TokenStream {
        let Self { name, inner, attributes, .. } = self;
        let required = matches!(self.presence, Presence::Required);
        let constraints = attributes.constraints();
        let wire = option(attributes.wire.as_ref());
        let item = option(attributes.item.as_ref());
        let location = syn::parse_str::<Ident>(attributes.location.unwrap_or("Body"))
            .map(|location| quote!(::shape::Location::#location));
        let location = location.unwrap_or_else(syn::Error::into_compile_error);
        let format = attributes.timestamp.as_ref();
        let timestamp = option(format.map(|format| quote!(::shape::TimestampFormat::#format)));
        let (flattened, sensitive) = (attributes.flattened, attributes.sensitive);
        let absent = option(attributes.absent.as_ref());
        let empty = option(attributes.empty.as_ref());
        quote! {
            ::shape::Member {
                name: #name,
                wire_name: #wire,
                target: <#inner as ::shape::Shape>::schema,
                required: #required,
                location: #location,
                constraints: #constraints,
                flattened: #flattened,
                item_name: #item,
                timestamp: #timestamp,
                sensitive: #sensitive,
                absent: #absent,
                empty: #empty,
            }
        }
    }

    fn read(&self) -> TokenStream {
        let ident = &self.ident;
        match self.presence {
            Presence::Required => quote!(#ident: slots.required()?),
            Presence::Optional => quote!(#ident: slots.optional()?),
            Presence::Defaulted => quote!(#ident: slots.or_default()?),
        }
    }

    fn write(&self) -> TokenStream {
        let ident = &self.ident;
        match self.presence {
            Presence::Optional => quote!(self.#ident.map(::shape::Shape::write)),
            _ => quote!(Some(::shape::Shape::write(self.#ident))),
        }
    }
}

/// `queue_url` is `QueueUrl`, or `queueUrl` where the model starts members in lower case.
pub fn member_name(ident: &Ident, camel: bool) -> String {
    let text = ident.to_string();
    let text = text.strip_prefix("r#").unwrap_or(&text);
    let mut name = String::new();
    for (index, word) in text.split('_').enumerate() {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            let keep = camel && index == 0;
            name.push(if keep { first } else { first.to_ascii_uppercase() });
        }
        name.extend(letters);
    }
    name
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The `T` of `Wrapper<T>`.
fn argument<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}
