//! A response that carries one assertion. What is not covered by the provider's signature is not
//! read, and what could make two readers find two assertions is refused, so that wrapping a signed
//! assertion into another document gains nothing.

use super::{ASSERTION, PROTOCOL, SIGNATURE, instant, signature};
use crate::xml::{Comments, Element, parse};
use std::collections::HashSet;

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// Why a response is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is no response with one assertion.
    Malformed(&'static str),
    /// The assertion is encrypted.
    Encrypted,
    /// Another entity issued it.
    Issuer,
    /// The provider could not sign its user in.
    Unsuccessful,
    /// No key of the provider's signed it, or not all of it.
    Signature,
}

/// What a provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The entity that says so.
    pub issuer: String,
    /// Whom it is about.
    pub subject: String,
    /// The format of that name, as SAML calls it; empty if it is not said.
    pub subject_format: String,
    /// When it was said, in seconds since 1970.
    pub issued: i64,
    /// The moments before and from which it is good for nothing, the narrowest of all that are
    /// given.
    pub not_before: Option<i64>,
    /// As `not_before`.
    pub not_on_or_after: Option<i64>,
    /// When the session at the provider ends, if it says so.
    pub session_ends: Option<i64>,
    /// Where its bearer may present it, each with the moment from which not.
    pub recipients: Vec<(String, Option<i64>)>,
    /// For whom it is; nobody else may take it.
    pub audiences: Vec<String>,
    /// What it says of the subject: names with their values, in order.
    pub attributes: Vec<(String, Vec<String>)>,
}

impl Assertion {
    /// The values of an attribute, all of them if it stands several times.
    pub fn attribute<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.attributes.iter().filter(move |(known, _)| known == name);
        named.flat_map(|(_, values)| values.iter().map(String::as_str))
    }
}

/// The assertion in the response `text`, if the entity `issuer` signed it with one of `keys`.
///
/// # Errors
/// [`Refused`] when it is not such a response.
pub fn verify(text: &str, issuer: &str, keys: &[Vec<u8>]) -> Result<Assertion, Refused> {
    let root =
        parse(text, Comments::Refused).map_err(|malformed| Refused::Malformed(malformed.0))?;
    if !root.is(PROTOCOL, "Response") {
        return Err(Refused::Malformed("the root is no Response"));
    }
    if root.all(ASSERTION, "EncryptedAssertion").next().is_some() {
        return Err(Refused::Encrypted);
    }
    let assertion = root.only(ASSERTION, "Assertion");
    let assertion = assertion.ok_or(Refused::Malformed("not one Assertion"))?;
    check_shape(&root)?;
    check_signatures(&root, assertion, keys)?;
    let status = root.only(PROTOCOL, "Status").and_then(|it| it.only(PROTOCOL, "StatusCode"));
    if status.and_then(|code| code.attribute("Value")) != Some(SUCCESS) {
        return Err(Refused::Unsuccessful);
    }
    let named = |element: &Element| element.only(ASSERTION, "Issuer").and_then(Element::text);
    let outer =
        root.all(ASSERTION, "Issuer").next().is_none() || named(&root).as_deref() == Some(issuer);
    if !outer || named(assertion).as_deref() != Some(issuer) {
        return Err(Refused::Issuer);
    }
    read(assertion, issuer).ok_or(Refused::Malformed("the Assertion lacks something"))
}

/// No second assertion anywhere, no ID twice, no signature but those of response and assertion.
fn check_shape(root: &Element) -> Result<(), Refused> {
    let (mut assertions, mut signatures, mut twice) = (0, 0, false);
    let mut ids = HashSet::new();
    root.visit(&mut |element| {
        assertions += usize::from(element.local == "Assertion");
        signatures += usize::from(element.is(SIGNATURE, "Signature"));
        for attribute in &element.attributes {
            let is_id = attribute.local.eq_ignore_ascii_case("id");
            twice |= is_id && !ids.insert(attribute.value.as_str());
        }
    });
    let placed = root.all(SIGNATURE, "Signature").count()
        + root.elements().flat_map(|it| it.all(SIGNATURE, "Signature")).count();
    if assertions != 1 || twice || signatures != placed {
        return Err(Refused::Malformed("an Assertion, an ID or a Signature out of place"));
    }
    Ok(())
}

/// Response or assertion must be signed, and whatever is signed must be signed right.
fn check_signatures(root: &Element, assertion: &Element, keys: &[Vec<u8>]) -> Result<(), Refused> {
    let signed = |element: &Element| element.all(SIGNATURE, "Signature").next().is_some();
    let elsewhere = root.elements().any(|it| !std::ptr::eq(it, assertion) && signed(it));
    let outer = !signed(root) || signature::covers(root, &[], keys);
    let inner = !signed(assertion) || signature::covers(assertion, &[root], keys);
    if (signed(root) || signed(assertion)) && outer && inner && !elsewhere {
        return Ok(());
    }
    Err(Refused::Signature)
}

fn read(assertion: &Element, issuer: &str) -> Option<Assertion> {
    if assertion.attribute("Version") != Some("2.0") {
        return None;
    }
    let subject = assertion.only(ASSERTION, "Subject")?;
    let name = subject.only(ASSERTION, "NameID")?;
    let conditions = assertion.only(ASSERTION, "Conditions")?;
    let mut recipients = Vec::new();
    for confirmation in subject.all(ASSERTION, "SubjectConfirmation") {
        if confirmation.attribute("Method") != Some(BEARER) {
            continue;
        }
        let data = confirmation.only(ASSERTION, "SubjectConfirmationData")?;
        let recipient = data.attribute("Recipient")?.to_owned();
        recipients.push((recipient, moment(data, "NotOnOrAfter")?));
    }
    let mut audiences = Vec::new();
    for restriction in conditions.all(ASSERTION, "AudienceRestriction") {
        for audience in restriction.all(ASSERTION, "Audience") {
            audiences.push(audience.text()?);
        }
    }
    let mut session_ends = None;
    for statement in assertion.all(ASSERTION, "AuthnStatement") {
        let ends = moment(statement, "SessionNotOnOrAfter")?;
        session_ends = [session_ends, ends].into_iter().flatten().min();
    }
    Some(Assertion {
        session_ends,
        issuer: issuer.to_owned(),
        subject: name.text().filter(|name| !name.is_empty())?,
        subject_format: name.attribute("Format").unwrap_or_default().to_owned(),
        issued: moment(assertion, "IssueInstant")??,
        not_before: moment(conditions, "NotBefore")?,
        not_on_or_after: moment(conditions, "NotOnOrAfter")?,
        recipients,
        audiences,
        attributes: attributes(assertion)?,
    })
}

/// The moment in an attribute, if it stands there; none at all if it is no moment.
fn moment(element: &Element, name: &str) -> Option<Option<i64>> {
    match element.attribute(name) {
        Some(text) => Some(Some(instant::seconds(text)?)),
        None => Some(None),
    }
}

fn attributes(assertion: &Element) -> Option<Vec<(String, Vec<String>)>> {
    let mut found = Vec::new();
    for statement in assertion.all(ASSERTION, "AttributeStatement") {
        for attribute in statement.all(ASSERTION, "Attribute") {
            let values = attribute.all(ASSERTION, "AttributeValue").map(Element::text);
            let values = values.collect::<Option<Vec<_>>>()?;
            found.push((attribute.attribute("Name")?.to_owned(), values));
        }
    }
    Some(found)
}
