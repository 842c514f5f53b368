//! Tokens, good and hostile.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use federation::jwt::{KeySet, MAX_KEYS, Refused, Token};
use proptest::prelude::*;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token and the set of the key that signed it.
fn signed(header: &str, claims: &str) -> (String, KeySet) {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).expect("a key");
    let text = format!("{}.{}", encode(header), encode(claims));
    let signature = key.sign(&random, text.as_bytes()).expect("a key");
    let point = key.public_key().as_ref();
    let set = format!(
        r#"{{"keys":[7,{{"kty":"oct","kid":"k","k":"AAAA"}},{{"kty":"EC","crv":"P-384","kid":"k",
        "x":"{}","y":"{}"}}]}}"#,
        encode(&point[1..49]),
        encode(&point[49..]),
    );
    (
        format!("{text}.{}", encode(signature.as_ref())),
        KeySet::parse(set.as_bytes()).expect("a key"),
    )
}

#[test]
fn a_token_is_verified_with_the_key_it_names() {
    let (text, keys) = signed(r#"{"alg":"ES384","kid":"k"}"#, r#"{"sub":"ana","exp":1.5e9}"#);
    let token = Token::parse(&text).unwrap();
    assert_eq!((token.text("sub"), token.seconds("exp")), (Some("ana"), Some(1_500_000_000)));
    assert_eq!(keys.verify(&token), Ok(()));
    assert_eq!(KeySet::default().verify(&token), Err(Refused::UnknownKey));
    let (_, others) = signed("{}", "{}");
    assert_eq!(others.verify(&token), Err(Refused::Signature));
}

#[test]
fn what_is_no_token_is_refused_for_its_reason() {
    let of = |header: &str| signed(header, "{}").0;
    for (text, why) in [
        (of(r#"{"alg":"none","kid":"k"}"#), Refused::Algorithm),
        (of(r#"{"alg":"HS256","kid":"k"}"#), Refused::Algorithm),
        (of(r#"{"alg":"es384","kid":"k"}"#), Refused::Algorithm),
        (of(r#"{"kid":"k"}"#), Refused::Algorithm),
        (of(r#"{"alg":"ES384"}"#), Refused::NoKeyId),
        (of(r#"{"alg":"ES384","kid":""}"#), Refused::NoKeyId),
        (of(r#"{"alg":"ES384","kid":"k","crit":[]}"#), Refused::Malformed),
        (of(r#"{"alg":"ES384","alg":"ES384","kid":"k"}"#), Refused::Malformed),
        (of("[]"), Refused::Malformed),
        ("a.b".into(), Refused::Malformed),
        ("a.b.c.d".into(), Refused::Malformed),
        ("x".repeat(20_001), Refused::Malformed),
    ] {
        assert_eq!(Token::parse(&text).err(), Some(why), "{text}");
    }
}

#[test]
fn sets_are_limited_and_hold_what_signs() {
    let many = format!(r#"{{"keys":[{}]}}"#, vec!["{}"; MAX_KEYS + 1].join(","));
    assert!(KeySet::parse(many.as_bytes()).is_none());
    assert!(KeySet::parse(b"{}").is_none());
    let encryption = r#"{"keys":[{"kty":"RSA","kid":"r","use":"enc","n":"AQAB","e":"AQAB"}]}"#;
    assert!(!KeySet::parse(encryption.as_bytes()).unwrap().has("r"));
    let signing = encryption.replace("enc", "sig");
    assert!(KeySet::parse(signing.as_bytes()).unwrap().has("r"));
}

proptest! {
    #[test]
    fn nothing_in_a_token_can_be_altered(at in 0..400_usize, put in "[A-Za-z0-9_.=-]{1,2}") {
        let (text, keys) = signed(r#"{"alg":"ES384","kid":"k"}"#, r#"{"sub":"ana"}"#);
        let at = at % text.len();
        let altered = format!("{}{put}{}", &text[..at], &text[(at + put.len()).min(text.len())..]);
        if altered != text && let Ok(token) = Token::parse(&altered) {
            prop_assert!(keys.verify(&token).is_err());
        }
    }

    #[test]
    fn whatever_comes_is_answered(text in "[A-Za-z0-9_.=-]{0,60}", set in ".{0,60}") {
        prop_assert!(Token::parse(&text).is_err());
        KeySet::parse(set.as_bytes());
    }
}
