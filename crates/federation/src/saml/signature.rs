//! An enveloped signature over one element, by one of the keys that are trusted. Everything but
//! the one form that providers use is refused, and the key in the document is not looked at.

use super::SIGNATURE;
use crate::xml::{EXCLUSIVE_C14N, Element, canonical};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    digest,
    signature::{
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
        RsaParameters, UnparsedPublicKey,
    },
};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The signature directly inside `element`, if there is just one.
pub(super) fn of(element: &Element) -> Option<&Element> {
    element.only(SIGNATURE, "Signature")
}

/// Whether the signature directly inside `element`, which stands below `ancestors`, covers it and
/// is one of `keys`' own. The caller makes sure that no other element has the same ID.
pub(super) fn covers(element: &Element, ancestors: &[&Element], keys: &[Vec<u8>]) -> bool {
    verified(element, ancestors, keys).is_some()
}

fn verified(element: &Element, ancestors: &[&Element], keys: &[Vec<u8>]) -> Option<()> {
    let signature = of(element)?;
    let info = signature.only(SIGNATURE, "SignedInfo")?;
    let reference = info.only(SIGNATURE, "Reference")?;
    let id = element.attribute("ID").filter(|id| !id.is_empty())?;
    if reference.attribute("URI")?.strip_prefix('#')? != id {
        return None;
    }
    let wanted = bytes(reference, "DigestValue")?;
    let covered = canonical(element, ancestors, &transforms(reference)?, Some(signature));
    let hash = digest_algorithm(algorithm(reference, "DigestMethod")?)?;
    if digest::digest(hash, covered.as_bytes()).as_ref() != wanted {
        return None;
    }
    let method = info.only(SIGNATURE, "CanonicalizationMethod")?;
    if method.attribute("Algorithm")? != EXCLUSIVE_C14N {
        return None;
    }
    let parameters = signature_algorithm(algorithm(info, "SignatureMethod")?)?;
    let mut outside = ancestors.to_vec();
    outside.extend([element, signature]);
    let signed = canonical(info, &outside, &inclusive(method)?, None);
    let value = bytes(signature, "SignatureValue")?;
    let by = |key: &Vec<u8>| {
        UnparsedPublicKey::new(parameters, key).verify(signed.as_bytes(), &value).is_ok()
    };
    keys.iter().any(by).then_some(())
}

/// The prefixes that the canonical form keeps; none unless the transforms are the two of an
/// enveloped signature, in order.
fn transforms(reference: &Element) -> Option<Vec<&str>> {
    let transforms: Vec<&Element> = reference.only(SIGNATURE, "Transforms")?.elements().collect();
    let [enveloped, form] = transforms.as_slice() else { return None };
    let named = |it: &Element, name| {
        it.is(SIGNATURE, "Transform") && it.attribute("Algorithm") == Some(name)
    };
    if !named(enveloped, ENVELOPED) || enveloped.elements().next().is_some() {
        return None;
    }
    if named(form, EXCLUSIVE_C14N) { inclusive(form) } else { None }
}

/// The prefixes in the InclusiveNamespaces of a method, the only thing it may hold.
fn inclusive(method: &Element) -> Option<Vec<&str>> {
    let mut inside = method.elements();
    let Some(list) = inside.next() else { return Some(Vec::new()) };
    if !list.is(EXCLUSIVE_C14N, "InclusiveNamespaces") || inside.next().is_some() {
        return None;
    }
    Some(list.attribute("PrefixList").unwrap_or_default().split_ascii_whitespace().collect())
}

fn algorithm<'a>(parent: &'a Element, local: &'a str) -> Option<&'a str> {
    let method = parent.only(SIGNATURE, local)?;
    // An algorithm with parameters is another one.
    if method.elements().next().is_some() { None } else { method.attribute("Algorithm") }
}

fn bytes(parent: &Element, local: &str) -> Option<Vec<u8>> {
    let mut text = parent.only(SIGNATURE, local)?.text()?;
    text.retain(|letter| !letter.is_ascii_whitespace());
    STANDARD.decode(text).ok()
}

/// SHA-1 is not taken: what it covers can be forged.
fn digest_algorithm(name: &str) -> Option<&'static digest::Algorithm> {
    match name {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Some(&digest::SHA256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(&digest::SHA384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Some(&digest::SHA512),
        _ => None,
    }
}

fn signature_algorithm(name: &str) -> Option<&'static RsaParameters> {
    match name.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#")? {
        "rsa-sha256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "rsa-sha384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "rsa-sha512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}
