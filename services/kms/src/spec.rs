//! Key specs: what keys of each can be used for, and with which algorithms.

use crate::{
    error::KmsError,
    grant::GrantOperation,
    shapes::{
        CustomerMasterKeySpec, EncryptionAlgorithmSpec as Encryption,
        KeyAgreementAlgorithmSpec as Agreement, KeySpec, KeyUsageType, MacAlgorithmSpec as Mac,
        SigningAlgorithmSpec as Signing,
    },
};
use shape::{Shape, Value};

/// The algorithms that a key can be used with.
#[derive(Clone, Copy, Default)]
pub struct Algorithms {
    pub encryption: &'static [Encryption],
    pub signing: &'static [Signing],
    pub mac: &'static [Mac],
    pub agreement: &'static [Agreement],
}

impl KeySpec {
    /// What keys of this spec can be made for.
    pub fn usages(self) -> &'static [KeyUsageType] {
        use KeyUsageType::{EncryptDecrypt, GenerateVerifyMac, KeyAgreement, SignVerify};
        match self {
            Self::SymmetricDefault => &[EncryptDecrypt],
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => &[EncryptDecrypt, SignVerify],
            Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521 => {
                &[SignVerify, KeyAgreement]
            }
            Self::EccSecgP256K1 | Self::EccNistEdwards25519 => &[SignVerify],
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512 => &[GenerateVerifyMac],
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => &[SignVerify],
            Self::Sm2 => &[],
        }
    }

    /// The algorithms of a key of this spec that is for `usage`.
    pub fn algorithms(self, usage: KeyUsageType) -> Algorithms {
        let none = Algorithms::default();
        match usage {
            KeyUsageType::EncryptDecrypt => Algorithms { encryption: self.encryption(), ..none },
            KeyUsageType::SignVerify => Algorithms { signing: self.signing(), ..none },
            KeyUsageType::GenerateVerifyMac => Algorithms { mac: self.mac(), ..none },
            KeyUsageType::KeyAgreement => Algorithms { agreement: &[Agreement::Ecdh], ..none },
        }
    }

    fn encryption(self) -> &'static [Encryption] {
        match self {
            Self::SymmetricDefault => &[Encryption::SymmetricDefault],
            _ => &[Encryption::RsaesOaepSha1, Encryption::RsaesOaepSha256],
        }
    }

    fn signing(self) -> &'static [Signing] {
        match self {
            Self::EccNistP256 | Self::EccSecgP256K1 => &[Signing::EcdsaSha256],
            Self::EccNistP384 => &[Signing::EcdsaSha384],
            Self::EccNistP521 => &[Signing::EcdsaSha512],
            Self::EccNistEdwards25519 => &[Signing::Ed25519Sha512, Signing::Ed25519PhSha512],
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => &[Signing::MlDsaShake256],
            _ => &[
                Signing::RsassaPkcs1V15Sha256,
                Signing::RsassaPkcs1V15Sha384,
                Signing::RsassaPkcs1V15Sha512,
                Signing::RsassaPssSha256,
                Signing::RsassaPssSha384,
                Signing::RsassaPssSha512,
            ],
        }
    }

    fn mac(self) -> &'static [Mac] {
        match self {
            Self::Hmac224 => &[Mac::HmacSha224],
            Self::Hmac256 => &[Mac::HmacSha256],
            Self::Hmac384 => &[Mac::HmacSha384],
            _ => &[Mac::HmacSha512],
        }
    }

    /// Whether its keys have a private and a public half.
    pub fn is_asymmetric(self) -> bool {
        self.secret_bytes().is_none()
    }

    /// The bytes of a key's secret; none for pairs of keys.
    pub fn secret_bytes(self) -> Option<usize> {
        match self {
            Self::SymmetricDefault | Self::Hmac256 => Some(32),
            Self::Hmac224 => Some(28),
            Self::Hmac384 => Some(48),
            Self::Hmac512 => Some(64),
            _ => None,
        }
    }

    /// The bits of an RSA key's modulus.
    pub fn rsa_bits(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            _ => None,
        }
    }

    /// The spec under the member's former name, which does not know newer ones.
    pub fn as_before(self) -> Option<CustomerMasterKeySpec> {
        CustomerMasterKeySpec::read(Value::String(self.as_str().into())).ok()
    }
}

/// What a grant on a key of `spec` for `usage` can permit.
pub fn grantable(spec: KeySpec, usage: KeyUsageType) -> &'static [GrantOperation] {
    use GrantOperation as Op;
    match usage {
        KeyUsageType::EncryptDecrypt if spec.is_asymmetric() => &[
            Op::Decrypt,
            Op::Encrypt,
            Op::ReEncryptFrom,
            Op::ReEncryptTo,
            Op::GetPublicKey,
            Op::CreateGrant,
            Op::RetireGrant,
            Op::DescribeKey,
        ],
        KeyUsageType::EncryptDecrypt => &[
            Op::Decrypt,
            Op::Encrypt,
            Op::GenerateDataKey,
            Op::GenerateDataKeyWithoutPlaintext,
            Op::GenerateDataKeyPair,
            Op::GenerateDataKeyPairWithoutPlaintext,
            Op::ReEncryptFrom,
            Op::ReEncryptTo,
            Op::CreateGrant,
            Op::RetireGrant,
            Op::DescribeKey,
        ],
        KeyUsageType::SignVerify => &[
            Op::Sign,
            Op::Verify,
            Op::GetPublicKey,
            Op::CreateGrant,
            Op::RetireGrant,
            Op::DescribeKey,
        ],
        KeyUsageType::GenerateVerifyMac => {
            &[Op::GenerateMac, Op::VerifyMac, Op::CreateGrant, Op::RetireGrant, Op::DescribeKey]
        }
        KeyUsageType::KeyAgreement => &[
            Op::DeriveSharedSecret,
            Op::GetPublicKey,
            Op::CreateGrant,
            Op::RetireGrant,
            Op::DescribeKey,
        ],
    }
}

/// Refuses a spec that is not to be had here, or not for that usage.
///
/// # Errors
/// [`KmsError::UnsupportedOperationException`] or a validation fault.
pub fn check(spec: KeySpec, usage: KeyUsageType) -> Result<(), KmsError> {
    if spec == KeySpec::Sm2 {
        // "Key spec reference": China Regions only.
        let message = "KeySpec SM2 is supported only in China Regions.";
        return Err(KmsError::UnsupportedOperationException(message.into()));
    }
    if spec.usages().contains(&usage) {
        return Ok(());
    }
    let (usage, spec) = (usage.as_str(), spec.as_str());
    Err(KmsError::invalid(format!("KeyUsage {usage} is not compatible with KeySpec {spec}")))
}
