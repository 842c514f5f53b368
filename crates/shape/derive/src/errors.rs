//! Error enumerations.

use crate::{
    attributes::{Attributes, option},
    structure::member_name,
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, LitInt, LitStr, Variant};

/// What `#[error(...)]` says on a variant.
struct Said {
    status: u16,
    code: String,
    query: Option<String>,
    message: Option<String>,
    transparent: bool,
}

impl Said {
    fn parse(variant: &Variant) -> syn::Result<Self> {
        let code = variant.ident.to_string();
        let mut said = Self { status: 400, code, query: None, message: None, transparent: false };
        for attribute in variant.attrs.iter().filter(|attribute| attribute.path().is_ident("error"))
        {
            attribute.parse_nested_meta(|meta| {
                match meta.path.require_ident()?.to_string().as_str() {
                    "status" => said.status = meta.value()?.parse::<LitInt>()?.base10_parse()?,
                    "code" => said.code = meta.value()?.parse::<LitStr>()?.value(),
                    "query" => said.query = Some(meta.value()?.parse::<LitStr>()?.value()),
                    "message" => said.message = Some(meta.value()?.parse::<LitStr>()?.value()),
                    "transparent" => said.transparent = true,
                    other => return Err(meta.error(format!("unknown error attribute `{other}`"))),
                }
                Ok(())
            })?;
        }
        Ok(said)
    }
}

/// The whole derive.
pub fn errors(input: &DeriveInput) -> syn::Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(syn::Error::new_spanned(&input.ident, "errors are an enumeration"));
    };
    let mut codes = Vec::new();
    let mut arms = Vec::new();
    let mut froms = Vec::new();
    let ident = &input.ident;
    for variant in &data.variants {
        let said = Said::parse(variant)?;
        let name = &variant.ident;
        if said.transparent {
            arms.push(quote!(Self::#name(inner) => ::shape::ErrorShape::into_failure(inner)));
            let inner = variant.fields.iter().next().map(|field| &field.ty);
            froms.push(quote! {
                impl From<#inner> for #ident {
                    fn from(inner: #inner) -> Self { Self::#name(inner) }
                }
            });
            continue;
        }
        let (code, status, query) = (&said.code, said.status, option(said.query.as_ref()));
        codes.push(quote! {
            ::shape::ErrorCode { code: #code, status: #status, query_code: #query }
        });
        arms.push(arm(variant, &said)?);
    }
    Ok(quote! {
        impl ::shape::ErrorShape for #ident {
            const CODES: &'static [::shape::ErrorCode] = &[#(#codes),*];

            fn into_failure(self) -> ::shape::Failure {
                match self { #(#arms),* }
            }
        }
        #(#froms)*
    })
}

/// One `match` arm: binds the variant's fields and builds the failure.
fn arm(variant: &Variant, said: &Said) -> syn::Result<TokenStream> {
    let name = &variant.ident;
    let mut message = said.message.as_ref().map(|text| quote!(#text.into()));
    let mut fields = Vec::new();
    let pattern = match &variant.fields {
        Fields::Unit => quote!(Self::#name),
        Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 => {
            message = Some(quote!(text.into()));
            quote!(Self::#name(text))
        }
        Fields::Named(named) => {
            let mut idents = Vec::new();
            for field in &named.named {
                let Some(ident) = field.ident.as_ref() else { continue };
                idents.push(ident);
                if ident == "message" {
                    message = Some(quote!(message.into()));
                    continue;
                }
                let attributes = Attributes::parse(&field.attrs)?;
                let wire = attributes.name.unwrap_or_else(|| member_name(ident, false));
                let ty = &field.ty;
                fields.push(quote! {
                    (#wire, <#ty as ::shape::Shape>::schema(), ::shape::Shape::write(#ident))
                });
            }
            quote!(Self::#name { #(#idents),* })
        }
        Fields::Unnamed(_) => {
            return Err(syn::Error::new_spanned(variant, "carry one message, or name the fields"));
        }
    };
    let message = message.ok_or_else(|| {
        syn::Error::new_spanned(variant, "say its message: #[error(message = \"...\")]")
    })?;
    let (code, status, query) = (&said.code, said.status, option(said.query.as_ref()));
    Ok(quote! {
        #pattern => ::shape::Failure {
            code: #code,
            status: #status,
            query_code: #query,
            message: #message,
            fields: vec![#(#fields),*],
            cause: None,
        }
    })
}
