//! Signing and verifying messages, and digests of messages.

use crate::{
    crypto::{
        pair::Private,
        prehashed::{ed25519ph_sign, ed25519ph_verify, mu_sign, mu_verify},
    },
    shapes::{KeySpec, SigningAlgorithmSpec as Algorithm},
};
use aws_lc_rs::{
    digest::{self, Digest},
    encoding::AsBigEndian,
    rand::SystemRandom,
    signature::{
        self, ECDSA_P256_SHA256_ASN1, ECDSA_P256K1_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
        ECDSA_P521_SHA512_ASN1, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87, RsaEncoding,
        UnparsedPublicKey, VerificationAlgorithm,
    },
};

/// What is signed.
#[derive(Clone, Copy)]
pub enum Message<'a> {
    /// To be hashed first, as the algorithm says.
    Raw(&'a [u8]),
    /// Hashed already.
    Digest(&'a [u8]),
    /// ML-DSA's representative of a message and a public key.
    Mu(&'a [u8]),
}

/// The bytes of an ML-DSA mu.
const MU_BYTES: usize = 64;

/// The hash of an algorithm, for those that sign digests.
fn hash(algorithm: Algorithm) -> Option<&'static digest::Algorithm> {
    match algorithm {
        Algorithm::RsassaPssSha256 | Algorithm::RsassaPkcs1V15Sha256 | Algorithm::EcdsaSha256 => {
            Some(&digest::SHA256)
        }
        Algorithm::RsassaPssSha384 | Algorithm::RsassaPkcs1V15Sha384 | Algorithm::EcdsaSha384 => {
            Some(&digest::SHA384)
        }
        Algorithm::RsassaPssSha512
        | Algorithm::RsassaPkcs1V15Sha512
        | Algorithm::EcdsaSha512
        | Algorithm::Ed25519PhSha512 => Some(&digest::SHA512),
        Algorithm::Ed25519Sha512 | Algorithm::MlDsaShake256 | Algorithm::Sm2Dsa => None,
    }
}

/// What keeps `message` from being signed with `algorithm`, in AWS's words.
pub fn objection(algorithm: Algorithm, message: Message<'_>) -> Option<String> {
    let name = algorithm.as_str();
    let kind = |kind: &str| Some(format!("MessageType {kind} is not supported by {name}."));
    match (message, hash(algorithm)) {
        (Message::Raw(_), _) if algorithm == Algorithm::Ed25519PhSha512 => kind("RAW"),
        (Message::Raw(_), _) => None,
        (Message::Digest(digest), Some(hash)) => (digest.len() != hash.output_len())
            .then(|| format!("Digest is invalid length for algorithm {name}.")),
        (Message::Digest(_), None) => kind("DIGEST"),
        (Message::Mu(mu), None) if algorithm == Algorithm::MlDsaShake256 => (mu.len() != MU_BYTES)
            .then(|| format!("EXTERNAL_MU is invalid length for algorithm {name}.")),
        (Message::Mu(_), _) => kind("EXTERNAL_MU"),
    }
}

fn digest(algorithm: Algorithm, message: Message<'_>) -> Option<Digest> {
    match message {
        Message::Raw(raw) => Some(digest::digest(hash(algorithm)?, raw)),
        Message::Digest(bytes) => Digest::import_less_safe(bytes, hash(algorithm)?).ok(),
        Message::Mu(_) => None,
    }
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::RsassaPssSha256 => &signature::RSA_PSS_SHA256,
        Algorithm::RsassaPssSha384 => &signature::RSA_PSS_SHA384,
        Algorithm::RsassaPssSha512 => &signature::RSA_PSS_SHA512,
        Algorithm::RsassaPkcs1V15Sha256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::RsassaPkcs1V15Sha384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RsassaPkcs1V15Sha512 => &signature::RSA_PKCS1_SHA512,
        _ => return None,
    })
}

/// The signature of `message` by a private key of `spec`; none when they do not go together.
pub fn sign(
    spec: KeySpec,
    private: &[u8],
    algorithm: Algorithm,
    message: Message<'_>,
) -> Option<Vec<u8>> {
    match (Private::read(spec, private)?, message) {
        (Private::Rsa(key), message) => {
            let mut signature = vec![0; key.public_modulus_len()];
            let digest = digest(algorithm, message)?;
            key.sign_digest(rsa_encoding(algorithm)?, &digest, &mut signature).ok()?;
            Some(signature)
        }
        (Private::Ec(key), Message::Raw(raw)) => {
            Some(key.sign(&SystemRandom::new(), raw).ok()?.as_ref().to_vec())
        }
        (Private::Ec(key), message) => {
            Some(key.sign_digest(&digest(algorithm, message)?).ok()?.as_ref().to_vec())
        }
        (Private::Ed25519(key), Message::Raw(raw)) => {
            Some(key.try_sign(raw).ok()?.as_ref().to_vec())
        }
        (Private::Ed25519(key), Message::Digest(digest)) => {
            let seed = key.seed().ok()?.as_be_bytes().ok()?;
            ed25519ph_sign(seed.as_ref(), digest)
        }
        (Private::MlDsa(key), Message::Raw(raw)) => {
            let mut signature = vec![0; key.algorithm().signature_len()];
            key.sign(raw, &mut signature).ok()?;
            Some(signature)
        }
        (Private::MlDsa(_), Message::Mu(mu)) => mu_sign(spec, private, mu),
        (Private::Ed25519(_), Message::Mu(_)) | (Private::MlDsa(_), Message::Digest(_)) => None,
    }
}

fn verification(spec: KeySpec, algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (spec, algorithm) {
        (_, Algorithm::RsassaPssSha256) => &signature::RSA_PSS_2048_8192_SHA256,
        (_, Algorithm::RsassaPssSha384) => &signature::RSA_PSS_2048_8192_SHA384,
        (_, Algorithm::RsassaPssSha512) => &signature::RSA_PSS_2048_8192_SHA512,
        (_, Algorithm::RsassaPkcs1V15Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (_, Algorithm::RsassaPkcs1V15Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (_, Algorithm::RsassaPkcs1V15Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (KeySpec::EccNistP256, _) => &ECDSA_P256_SHA256_ASN1,
        (KeySpec::EccSecgP256K1, _) => &ECDSA_P256K1_SHA256_ASN1,
        (KeySpec::EccNistP384, _) => &ECDSA_P384_SHA384_ASN1,
        (KeySpec::EccNistP521, _) => &ECDSA_P521_SHA512_ASN1,
        (KeySpec::EccNistEdwards25519, _) => &ED25519,
        (KeySpec::MlDsa44, _) => &ML_DSA_44,
        (KeySpec::MlDsa65, _) => &ML_DSA_65,
        (KeySpec::MlDsa87, _) => &ML_DSA_87,
        _ => return None,
    })
}

/// Whether `signature` is one of `message` by the private half of `public`.
pub fn verify(
    spec: KeySpec,
    public: &[u8],
    algorithm: Algorithm,
    message: Message<'_>,
    signature: &[u8],
) -> bool {
    let valid = match (message, algorithm) {
        (Message::Digest(digest), Algorithm::Ed25519PhSha512) => {
            ed25519ph_verify(public, digest, signature)
        }
        (Message::Mu(mu), _) => mu_verify(spec, public, mu, signature),
        (Message::Raw(raw), _) => verification(spec, algorithm)
            .and_then(|by| UnparsedPublicKey::new(by, public).verify(raw, signature).ok()),
        (message, _) => digest(algorithm, message).and_then(|digest| {
            let by = verification(spec, algorithm)?;
            UnparsedPublicKey::new(by, public).verify_digest(&digest, signature).ok()
        }),
    };
    valid.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{crypto::pair, shapes::KeyUsageType};

    /// Each way in which `algorithm` takes a message.
    fn messages(algorithm: Algorithm) -> Vec<(Message<'static>, Message<'static>)> {
        let ways = [Message::Raw(&[7; 100]), Message::Digest(&[7; 64]), Message::Mu(&[7; 64])];
        let others = [Message::Raw(&[8; 100]), Message::Digest(&[8; 64]), Message::Mu(&[8; 64])];
        let fit = |message: Message<'static>| match (message, hash(algorithm)) {
            (Message::Digest(bytes), Some(hash)) => Message::Digest(&bytes[..hash.output_len()]),
            _ => message,
        };
        let pairs = ways.into_iter().map(fit).zip(others.into_iter().map(fit));
        pairs.filter(|(message, _)| objection(algorithm, *message).is_none()).collect()
    }

    #[test]
    fn what_is_signed_verifies_and_nothing_else() {
        for spec in [
            KeySpec::Rsa2048,
            KeySpec::EccNistP256,
            KeySpec::EccNistP384,
            KeySpec::EccNistP521,
            KeySpec::EccSecgP256K1,
            KeySpec::EccNistEdwards25519,
            KeySpec::MlDsa44,
            KeySpec::MlDsa65,
            KeySpec::MlDsa87,
        ] {
            let (key, other) = (pair::generate(spec).unwrap(), pair::generate(spec).unwrap());
            for algorithm in spec.algorithms(KeyUsageType::SignVerify).signing {
                for (message, changed) in messages(*algorithm) {
                    let signed = sign(spec, &key.private, *algorithm, message).unwrap();
                    let holds = |public: &[u8], message, signature: &[u8]| {
                        verify(spec, public, *algorithm, message, signature)
                    };
                    assert!(holds(&key.public, message, &signed), "{algorithm:?}");
                    assert!(!holds(&key.public, changed, &signed));
                    assert!(!holds(&other.public, message, &signed));
                    assert!(!holds(&key.public, message, &signed[1..]));
                    for bit in [0, signed.len() * 4, signed.len() * 8 - 1] {
                        let mut forged = signed.clone();
                        forged[bit / 8] ^= 1 << (bit % 8);
                        assert!(!holds(&key.public, message, &forged), "{algorithm:?} {bit}");
                    }
                }
            }
        }
    }

    #[test]
    fn both_libraries_sign_the_same_thing() {
        // RFC 8032 and FIPS 204 say how mu comes from a message: SHAKE256 of the public key's
        // hash, two zero bytes and the message.
        let key = pair::generate(KeySpec::MlDsa44).unwrap();
        let raw = &key.public[key.public.len() - 1312..];
        let verifying = ml_dsa::VerifyingKey::<ml_dsa::MlDsa44>::decode(&raw.try_into().unwrap());
        let mu = verifying
            .compute_mu(
                |hash| {
                    digest_update(hash, b"hello");
                    Ok(())
                },
                &[],
            )
            .unwrap();
        let algorithm = Algorithm::MlDsaShake256;
        let signed =
            sign(KeySpec::MlDsa44, &key.private, algorithm, Message::Mu(mu.as_slice())).unwrap();
        let raw = Message::Raw(b"hello");
        assert!(verify(KeySpec::MlDsa44, &key.public, algorithm, raw, &signed));
        let signed = sign(KeySpec::MlDsa44, &key.private, algorithm, raw).unwrap();
        let mu = Message::Mu(mu.as_slice());
        assert!(verify(KeySpec::MlDsa44, &key.public, algorithm, mu, &signed));
    }

    fn digest_update(hash: &mut impl ::digest::Update, bytes: &[u8]) {
        hash.update(bytes);
    }
}
