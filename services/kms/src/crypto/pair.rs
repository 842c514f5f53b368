//! Pairs of keys: made, and read from what somebody imports.

use crate::shapes::KeySpec;
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1_SIGNING,
        ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING,
        ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm,
    },
};

/// Both halves.
pub struct Pair {
    /// PKCS #8.
    pub private: Vec<u8>,
    /// SubjectPublicKeyInfo.
    pub public: Vec<u8>,
}

/// A key of an asymmetric spec, ready to be used.
pub enum Private {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair),
}

/// How one kind of keys is made.
enum Kind {
    Rsa(KeySize),
    Ec(&'static EcdsaSigningAlgorithm),
    Ed25519,
    MlDsa(&'static PqdsaSigningAlgorithm),
}

fn kind(spec: KeySpec) -> Option<Kind> {
    Some(match spec {
        KeySpec::Rsa2048 => Kind::Rsa(KeySize::Rsa2048),
        KeySpec::Rsa3072 => Kind::Rsa(KeySize::Rsa3072),
        KeySpec::Rsa4096 => Kind::Rsa(KeySize::Rsa4096),
        KeySpec::EccNistP256 => Kind::Ec(&ECDSA_P256_SHA256_ASN1_SIGNING),
        KeySpec::EccNistP384 => Kind::Ec(&ECDSA_P384_SHA384_ASN1_SIGNING),
        KeySpec::EccNistP521 => Kind::Ec(&ECDSA_P521_SHA512_ASN1_SIGNING),
        KeySpec::EccSecgP256K1 => Kind::Ec(&ECDSA_P256K1_SHA256_ASN1_SIGNING),
        KeySpec::EccNistEdwards25519 => Kind::Ed25519,
        KeySpec::MlDsa44 => Kind::MlDsa(&ML_DSA_44_SIGNING),
        KeySpec::MlDsa65 => Kind::MlDsa(&ML_DSA_65_SIGNING),
        KeySpec::MlDsa87 => Kind::MlDsa(&ML_DSA_87_SIGNING),
        KeySpec::SymmetricDefault
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512
        | KeySpec::Sm2 => return None,
    })
}

/// A new pair; none for specs that have none. RSA keys take up to seconds.
pub fn generate(spec: KeySpec) -> Option<Pair> {
    let made = match kind(spec)? {
        Kind::Rsa(size) => Private::Rsa(RsaKeyPair::generate(size).ok()?),
        Kind::Ec(algorithm) => Private::Ec(EcdsaKeyPair::generate(algorithm).ok()?),
        Kind::Ed25519 => Private::Ed25519(Ed25519KeyPair::generate().ok()?),
        Kind::MlDsa(algorithm) => Private::MlDsa(PqdsaKeyPair::generate(algorithm).ok()?),
    };
    made.pair()
}

impl Private {
    /// Reads a PKCS #8 private key, which must be one of `spec`.
    pub fn read(spec: KeySpec, pkcs8: &[u8]) -> Option<Self> {
        Some(match kind(spec)? {
            Kind::Rsa(_) => {
                let key = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
                let bits = key.public_modulus_len() * 8;
                Self::Rsa(Some(key).filter(|_| Some(bits) == spec.rsa_bits())?)
            }
            Kind::Ec(algorithm) => Self::Ec(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok()?),
            Kind::Ed25519 => Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8).ok()?),
            Kind::MlDsa(algorithm) => Self::MlDsa(PqdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok()?),
        })
    }

    /// Both halves in the form in which they are kept.
    pub fn pair(&self) -> Option<Pair> {
        let private: Vec<u8> = match self {
            Self::Rsa(key) => AsDer::<Pkcs8V1Der<'_>>::as_der(key).ok()?.as_ref().to_vec(),
            Self::Ec(key) => key.to_pkcs8v1().ok()?.as_ref().to_vec(),
            Self::Ed25519(key) => key.to_pkcs8v1().ok()?.as_ref().to_vec(),
            Self::MlDsa(key) => key.to_pkcs8v1().ok()?.as_ref().to_vec(),
        };
        let public: PublicKeyX509Der<'_> = match self {
            Self::Rsa(key) => key.public_key().as_der().ok()?,
            Self::Ec(key) => key.public_key().as_der().ok()?,
            Self::Ed25519(key) => key.public_key().as_der().ok()?,
            Self::MlDsa(key) => key.public_key().as_der().ok()?,
        };
        Some(Pair { private, public: public.as_ref().to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_read_as_it_was_made_and_as_no_other_spec() {
        let specs = [
            KeySpec::Rsa2048,
            KeySpec::EccNistP256,
            KeySpec::EccNistP384,
            KeySpec::EccNistP521,
            KeySpec::EccSecgP256K1,
            KeySpec::EccNistEdwards25519,
            KeySpec::MlDsa44,
            KeySpec::MlDsa65,
            KeySpec::MlDsa87,
        ];
        for spec in specs {
            let made = generate(spec).unwrap();
            let again = Private::read(spec, &made.private).unwrap().pair().unwrap();
            assert_eq!((again.private, again.public), (made.private.clone(), made.public));
            for other in specs.into_iter().filter(|other| *other != spec) {
                assert!(Private::read(other, &made.private).is_none(), "{spec:?} as {other:?}");
            }
        }
        assert!(generate(KeySpec::Hmac256).is_none());
    }
}
