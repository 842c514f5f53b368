//! ECDH: the secret that two parties share.

use crate::shapes::KeySpec;
use aws_lc_rs::{
    agreement::{self, Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey},
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ParsedPublicKey,
        VerificationAlgorithm,
    },
};

fn algorithms(spec: KeySpec) -> Option<(&'static Algorithm, &'static dyn VerificationAlgorithm)> {
    match spec {
        KeySpec::EccNistP256 => Some((&ECDH_P256, &ECDSA_P256_SHA256_ASN1)),
        KeySpec::EccNistP384 => Some((&ECDH_P384, &ECDSA_P384_SHA384_ASN1)),
        KeySpec::EccNistP521 => Some((&ECDH_P521, &ECDSA_P521_SHA512_ASN1)),
        _ => None,
    }
}

/// The x coordinate of the product of `private` and the other party's public key; none if that is
/// no point of the same curve.
pub fn derive(spec: KeySpec, private: &[u8], public: &[u8]) -> Option<Vec<u8>> {
    let (algorithm, of_curve) = algorithms(spec)?;
    // The API takes SubjectPublicKeyInfo only, which always says its curve.
    ParsedPublicKey::new(of_curve, public).ok().filter(|_| public.first() == Some(&0x30))?;
    let private = PrivateKey::from_private_key_der(algorithm, private).ok()?;
    let public = UnparsedPublicKey::new(algorithm, public);
    agreement::agree(&private, public, (), |secret| Ok(secret.to_vec())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::pair;

    #[test]
    fn both_parties_derive_the_same_and_only_on_one_curve() {
        let curves = [KeySpec::EccNistP256, KeySpec::EccNistP384, KeySpec::EccNistP521];
        for spec in curves {
            let (ann, bob) = (pair::generate(spec).unwrap(), pair::generate(spec).unwrap());
            let one = derive(spec, &ann.private, &bob.public).unwrap();
            assert_eq!(derive(spec, &bob.private, &ann.public).unwrap(), one);
            for other in curves.into_iter().filter(|other| *other != spec) {
                let eve = pair::generate(other).unwrap();
                assert_eq!(derive(spec, &ann.private, &eve.public), None);
            }
            assert_eq!(derive(spec, &ann.private, &bob.public[..20]), None);
        }
    }
}
