//! Reads `#[shape(...)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprRange, Ident, LitStr, Path, RangeLimits, meta::ParseNestedMeta};

/// What `#[shape(...)]` says, on a type, field or variant alike.
#[derive(Default)]
pub struct Attributes {
    pub name: Option<String>,
    pub wire: Option<String>,
    pub camel: bool,
    pub default: bool,
    pub flattened: bool,
    pub sensitive: bool,
    pub item: Option<String>,
    pub timestamp: Option<Ident>,
    pub location: Option<&'static str>,
    pub absent: Option<String>,
    pub empty: Option<String>,
    length: Option<TokenStream>,
    range: Option<TokenStream>,
    pattern: Option<String>,
    keys: Option<Path>,
    terse: bool,
}

impl Attributes {
    /// Reads all `#[shape(...)]` among `attributes`.
    pub fn parse(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("shape")) {
            attribute.parse_nested_meta(|meta| found.entry(&meta))?;
        }
        Ok(found)
    }

    fn entry(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let key = meta.path.require_ident()?.to_string();
        match key.as_str() {
            "name" => self.name = Some(text(meta)?),
            "wire" => self.wire = Some(text(meta)?),
            "item" => self.item = Some(text(meta)?),
            "absent" => self.absent = Some(text(meta)?),
            "empty" => self.empty = Some(text(meta)?),
            "keys" => self.keys = Some(meta.value()?.parse()?),
            "terse" => self.terse = true,
            "pattern" => self.pattern = Some(text(meta)?),
            "length" => self.length = Some(bounds(meta)?),
            "range" => self.range = Some(bounds(meta)?),
            "timestamp" => self.timestamp = Some(meta.value()?.parse()?),
            "camel" => self.camel = true,
            "default" => self.default = true,
            "flattened" => self.flattened = true,
            "sensitive" => self.sensitive = true,
            "label" => self.located(meta, "Label")?,
            "query" => self.located(meta, "Query")?,
            "header" => self.located(meta, "Header")?,
            "prefix_headers" => self.located(meta, "PrefixHeaders")?,
            "payload" => self.located(meta, "Payload")?,
            "status" => self.located(meta, "StatusCode")?,
            other => return Err(meta.error(format!("unknown shape attribute `{other}`"))),
        }
        Ok(())
    }

    fn located(&mut self, meta: &ParseNestedMeta<'_>, location: &'static str) -> syn::Result<()> {
        self.location = Some(location);
        if meta.input.peek(syn::Token![=]) {
            self.wire = Some(text(meta)?);
        }
        Ok(())
    }

    /// The `Constraints` expression.
    pub fn constraints(&self) -> TokenStream {
        let length = option(self.length.as_ref());
        let range = option(self.range.as_ref());
        let pattern = option(self.pattern.as_ref());
        let keys = option(self.keys.as_ref().map(|keys| quote!(&#keys)));
        let terse = self.terse;
        quote! {
            ::shape::Constraints {
                length: #length,
                range: #range,
                pattern: #pattern,
                keys: #keys,
                terse: #terse,
                ..::shape::Constraints::NONE
            }
        }
    }
}

/// `Some(x)` or `None` as tokens.
pub fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

/// `a..=b`, `a..` or `..=b` as a pair.
fn bounds(meta: &ParseNestedMeta<'_>) -> syn::Result<TokenStream> {
    let Expr::Range(ExprRange { start, end, limits, .. }) = meta.value()?.parse::<Expr>()? else {
        return Err(meta.error("expected a range such as 1..=255"));
    };
    if end.is_some() && matches!(limits, RangeLimits::HalfOpen(_)) {
        return Err(meta.error("write an inclusive range, 1..=255"));
    }
    let start = start.map_or_else(|| quote!(0), |start| quote!(#start));
    // The models write no upper bound as absent; the greatest i64 fits both kinds of bound.
    let end = end.map_or_else(|| quote!(0x7fff_ffff_ffff_ffff), |end| quote!(#end));
    Ok(quote!((#start, #end)))
}
