//! Responses of a provider: signed, altered, and wrapped into each other. The signed ones were
//! made by signxml and libxml2.

use federation::{
    saml::{Assertion, Metadata, Refused, verify},
    xml::{Comments, EXCLUSIVE_C14N, canonical, parse},
};
use proptest::prelude::*;

const METADATA: &str = include_str!("data/metadata.xml");
const BY_ASSERTION: &str = include_str!("data/assertion-signed.xml");
const BY_RESPONSE: &str = include_str!("data/response-signed.xml");
const ISSUER: &str = "https://idp.example.com/saml";

fn keys() -> Vec<Vec<u8>> {
    Metadata::parse(METADATA).expect("a response").keys
}

fn read(text: &str) -> Result<Assertion, Refused> {
    verify(text, ISSUER, &keys())
}

/// What stands between the two, with them.
fn part<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).expect("a response");
    let end = start + text[start..].find(to).expect("a response") + to.len();
    &text[start..end]
}

fn assertion(text: &str) -> &str {
    part(text, "<saml:Assertion", "</saml:Assertion>")
}

fn signature(text: &str) -> &str {
    part(text, "<ds:Signature ", "</ds:Signature>")
}

#[test]
fn a_response_is_read_whichever_part_is_signed() {
    for text in [BY_ASSERTION, BY_RESPONSE] {
        let said = read(text).unwrap();
        assert_eq!(said.subject, "ana & co");
        assert_eq!(said.audiences, ["https://signin.aws.amazon.com/saml"]);
        let name = "https://aws.amazon.com/SAML/Attributes/RoleSessionName";
        assert_eq!(said.attribute(name).collect::<Vec<_>>(), ["ana"]);
        assert_eq!(said.not_on_or_after, Some(said.issued + 300));
    }
}

#[test]
fn the_metadata_say_who_signs() {
    let metadata = Metadata::parse(METADATA).unwrap();
    assert_eq!((metadata.entity_id.as_str(), metadata.keys.len()), (ISSUER, 1));
    assert_eq!(metadata.valid_until, None);
    let encryption = METADATA.replace("use=\"signing\"", "use=\"encryption\"");
    assert!(Metadata::parse(&encryption).is_err());
}

#[test]
fn another_key_or_issuer_is_refused() {
    assert_eq!(verify(BY_ASSERTION, ISSUER, &[]), Err(Refused::Signature));
    let mut other = keys();
    let last = other[0].len() - 10;
    other[0][last] ^= 1;
    assert_eq!(verify(BY_RESPONSE, ISSUER, &other), Err(Refused::Signature));
    assert_eq!(verify(BY_RESPONSE, "https://evil", &keys()), Err(Refused::Issuer));
    let unsigned = BY_ASSERTION.replace(signature(BY_ASSERTION), "");
    assert_eq!(read(&unsigned), Err(Refused::Signature));
    let failed = BY_ASSERTION.replace("status:Success", "status:Responder");
    assert_eq!(read(&failed), Err(Refused::Unsuccessful));
    let encrypted = BY_ASSERTION.replace("saml:Assertion", "saml:EncryptedAssertion");
    assert_eq!(read(&encrypted), Err(Refused::Encrypted));
}

/// The eight ways of "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012), and
/// some more.
#[test]
fn wrapping_a_signed_part_gains_nothing() {
    let (by_assertion, by_response) = (BY_ASSERTION, BY_RESPONSE);
    let evil = |text: &str| text.replace("ana &amp; co", "root").replace("ID=\"_a1\"", "ID=\"_e\"");
    let signed = assertion(by_assertion);
    let bare = signed.replace(signature(by_assertion), "");
    let forged = evil(&bare);
    let seal = signature(by_assertion);
    let whole = by_response.strip_prefix("<?xml version='1.0'?>").unwrap_or(by_response);
    let outer = signature(by_response);
    let inner_response = whole.replace(outer, "");
    let wrap = |inside: String| by_assertion.replace(signed, &inside);
    let into_seal = |inside: &str| {
        let object = format!("<ds:Object>{inside}</ds:Object></ds:Signature>");
        seal.replace("</ds:Signature>", &object)
    };
    let attacks = [
        // 1 and 2: the signed response inside or beside the signature of a forged one.
        evil(whole).replace("ID=\"_r1\"", "ID=\"_x\"").replace(
            outer,
            &outer.replace("</ds:Signature>", &format!("<ds:Object>{inner_response}</ds:Object></ds:Signature>")),
        ),
        evil(whole).replace("ID=\"_r1\"", "ID=\"_x\"").replace(outer, &format!("{outer}{inner_response}")),
        // 3: a forged assertion before the signed one, and after it.
        wrap(format!("{forged}{signed}")),
        wrap(format!("{signed}{forged}")),
        // 4: the signed one inside the forged one.
        wrap(forged.replace("</saml:Assertion>", &format!("{signed}</saml:Assertion>"))),
        // 5: the forged one has the signature, the signed one comes after it.
        wrap(format!("{}{bare}", forged.replacen("<saml:Subject>", &format!("{seal}<saml:Subject>"), 1))),
        // 6 and 8: the signed one inside the signature that the forged one has.
        wrap(forged.replacen("<saml:Subject>", &format!("{}<saml:Subject>", into_seal(&bare)), 1)),
        wrap(signed.replace(seal, &into_seal(&forged))),
        // 7: the forged one in an extension, with the ID of the signed one.
        wrap(format!("<samlp:Extensions>{}</samlp:Extensions>{signed}", forged.replace("_e", "_a1"))),
        // The signature covers something else that is empty.
        wrap(signed.replace("ana &amp; co", "root").replace("URI=\"#_a1\"", "URI=\"\"")),
        wrap(signed.replace("ana &amp; co", "root").replace("URI=\"#_a1\"", "URI=\"#_r1\"")),
        // Text cut by a comment, which the canonical form leaves out.
        by_assertion.replace("ana &amp; co", "root<!---->ana &amp; co"),
        by_assertion.replace("ana &amp; co", "ana<!----> &amp; co"),
        // A second name, a second subject, a second signature.
        by_assertion.replace("<saml:Subject>", "<saml:Subject/><saml:Subject>"),
        by_assertion.replace(seal, &format!("{seal}{seal}")),
        // Weaker transforms and algorithms.
        by_assertion.replace(EXCLUSIVE_C14N, &format!("{EXCLUSIVE_C14N}WithComments")),
        by_assertion.replace("rsa-sha256", "rsa-sha1"),
        by_assertion.replace("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"),
        by_assertion.replace(
            "<ds:Transforms>",
            "<ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>",
        ),
        by_assertion.replace("<ds:DigestMethod", "<ds:DigestMethod Algorithm=\"x\"/><ds:DigestMethod"),
    ];
    for (index, attack) in attacks.iter().enumerate() {
        assert_ne!(attack, by_assertion, "attack {index} changes nothing");
        let answer = read(attack);
        assert!(answer.is_err(), "attack {index}: {answer:?}");
    }
}

#[test]
fn one_element_can_be_left_out_of_the_form() {
    let root = parse("<a><b/><c/></a>", Comments::Refused).unwrap();
    let b = root.elements().next().unwrap();
    assert_eq!(canonical(&root, &[], &[], Some(b)), "<a><c></c></a>");
}

proptest! {
    /// Whatever happens to a response on its way, it is refused or says what it said.
    #[test]
    fn nothing_can_be_altered(
        response in prop::bool::ANY,
        at in 0..4_000_usize,
        length in 0..8_usize,
        put in "[<>a-z/=\" &;0-9]{0,8}",
    ) {
        let text = if response { BY_RESPONSE } else { BY_ASSERTION };
        let start = text.floor_char_boundary(at.min(text.len()));
        let end = text.floor_char_boundary((start + length).min(text.len()));
        let altered = format!("{}{put}{}", &text[..start], &text[end..]);
        if let Ok(said) = read(&altered) {
            prop_assert_eq!(said, read(text).unwrap());
        }
    }

    /// Parts of a response put together anew never say anything else.
    #[test]
    fn nothing_can_be_rearranged(order in prop::collection::vec(0..12_usize, 1..14)) {
        let signed = assertion(BY_ASSERTION);
        let bare = signed.replace(signature(BY_ASSERTION), "");
        let forged = bare.replace("ana &amp; co", "root");
        let head = part(BY_ASSERTION, "<samlp:Response", ">");
        let status = part(BY_ASSERTION, "<samlp:Status>", "</samlp:Status>");
        let pieces = [
            signed, &bare, &forged, signature(BY_ASSERTION), status, "<samlp:Extensions>",
            "</samlp:Extensions>", "<saml:Assertion ID=\"_a1\" Version=\"2.0\">",
            "</saml:Assertion>", "<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
            "</ds:Object>", "<saml:Advice>",
        ];
        let inside: String = order.iter().map(|index| pieces[*index]).collect();
        if let Ok(said) = read(&format!("{head}{status}{inside}</samlp:Response>")) {
            prop_assert_eq!(said.subject, "ana & co");
        }
    }

    #[test]
    fn whatever_comes_as_metadata_is_answered(at in 0..1_800_usize, put in ".{0,4}") {
        let start = METADATA.floor_char_boundary(at);
        let altered = format!("{}{put}{}", &METADATA[..start], &METADATA[start..]);
        if let Ok(metadata) = Metadata::parse(&altered) {
            prop_assert!(!metadata.keys.is_empty());
        }
    }
}
