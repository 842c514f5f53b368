//! Signatures of what the caller hashed: Ed25519ph, and ML-DSA with an external mu. AWS-LC has
//! them; its interface for Rust does not.

use crate::shapes::KeySpec;
use digest::{
    FixedOutput, HashMarker, Output, OutputSizeUser, Update,
    consts::{U32, U64},
};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Seed};

/// The bytes of a seed, from which a private key is derived.
const SEED_BYTES: usize = 32;

/// A digest that is there already, in the form of a hash that gives it.
#[derive(Clone, Default)]
struct Hashed(Vec<u8>);

impl OutputSizeUser for Hashed {
    type OutputSize = U64;
}

impl HashMarker for Hashed {}

impl Update for Hashed {
    fn update(&mut self, data: &[u8]) {
        self.0.extend_from_slice(data);
    }
}

impl FixedOutput for Hashed {
    fn finalize_into(self, out: &mut Output<Self>) {
        // Both have 64 bytes: `hashed` is the only place where one is made.
        for (to, from) in out.iter_mut().zip(self.0) {
            *to = from;
        }
    }
}

fn hashed(digest: &[u8]) -> Option<Hashed> {
    (digest.len() == 64).then(|| Hashed(digest.to_vec()))
}

/// The Ed25519ph signature of a message with this SHA-512 `digest` (RFC 8032).
pub fn ed25519ph_sign(seed: &[u8], digest: &[u8]) -> Option<Vec<u8>> {
    let key = SigningKey::from_bytes(seed.try_into().ok()?);
    let signature = key.sign_prehashed(hashed(digest)?, None).ok()?;
    Some(signature.to_bytes().to_vec())
}

/// Whether `signature` is one of the message with that `digest`; `public` is SubjectPublicKeyInfo.
pub fn ed25519ph_verify(public: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let (_, public) = public.split_last_chunk()?;
    let key = VerifyingKey::from_bytes(public).ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    key.verify_prehashed_strict(hashed(digest)?, None, &signature).ok()
}

/// The ML-DSA signature of a message with this `mu` (FIPS 204, algorithm 2), by the key in PKCS #8
/// that ends with its seed.
pub fn mu_sign(spec: KeySpec, pkcs8: &[u8], mu: &[u8]) -> Option<Vec<u8>> {
    fn sign<P: MlDsaParams>(seed: &Seed, mu: &[u8]) -> Option<Vec<u8>> {
        let key = ExpandedSigningKey::<P>::from_seed(seed);
        let signature = key.sign_mu_deterministic(&mu.try_into().ok()?);
        Some(signature.encode().to_vec())
    }
    let seed: digest::array::Array<u8, U32> = (*pkcs8.split_last_chunk::<SEED_BYTES>()?.1).into();
    match spec {
        KeySpec::MlDsa44 => sign::<MlDsa44>(&seed, mu),
        KeySpec::MlDsa65 => sign::<MlDsa65>(&seed, mu),
        KeySpec::MlDsa87 => sign::<MlDsa87>(&seed, mu),
        _ => None,
    }
}

/// Whether `signature` is one of the message with that `mu`; `public` is SubjectPublicKeyInfo.
pub fn mu_verify(spec: KeySpec, public: &[u8], mu: &[u8], signature: &[u8]) -> Option<()> {
    fn verify<P: MlDsaParams>(public: &[u8], mu: &[u8], signature: &[u8]) -> Option<()> {
        let length = ml_dsa::EncodedVerifyingKey::<P>::default().len();
        let raw = public.get(public.len().checked_sub(length)?..)?;
        let key = ml_dsa::VerifyingKey::<P>::decode(&raw.try_into().ok()?);
        let signature = ml_dsa::Signature::<P>::try_from(signature).ok()?;
        key.verify_mu(&mu.try_into().ok()?, &signature).then_some(())
    }
    match spec {
        KeySpec::MlDsa44 => verify::<MlDsa44>(public, mu, signature),
        KeySpec::MlDsa65 => verify::<MlDsa65>(public, mu, signature),
        KeySpec::MlDsa87 => verify::<MlDsa87>(public, mu, signature),
        _ => None,
    }
}
