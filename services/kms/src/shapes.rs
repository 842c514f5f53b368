//! The shapes that several operations share.

use crate::key::Key;
use service_kit::prelude::*;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Shape, Serialize, Deserialize)]
pub enum KeyUsageType {
    SignVerify,
    #[default]
    EncryptDecrypt,
    GenerateVerifyMac,
    KeyAgreement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum CustomerMasterKeySpec {
    #[shape(name = "RSA_2048")]
    Rsa2048,
    #[shape(name = "RSA_3072")]
    Rsa3072,
    #[shape(name = "RSA_4096")]
    Rsa4096,
    EccNistP256,
    EccNistP384,
    EccNistP521,
    #[shape(name = "ECC_SECG_P256K1")]
    EccSecgP256K1,
    SymmetricDefault,
    #[shape(name = "HMAC_224")]
    Hmac224,
    #[shape(name = "HMAC_256")]
    Hmac256,
    #[shape(name = "HMAC_384")]
    Hmac384,
    #[shape(name = "HMAC_512")]
    Hmac512,
    Sm2,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Shape, Serialize, Deserialize)]
pub enum KeySpec {
    #[shape(name = "RSA_2048")]
    Rsa2048,
    #[shape(name = "RSA_3072")]
    Rsa3072,
    #[shape(name = "RSA_4096")]
    Rsa4096,
    EccNistP256,
    EccNistP384,
    EccNistP521,
    #[shape(name = "ECC_SECG_P256K1")]
    EccSecgP256K1,
    #[default]
    SymmetricDefault,
    #[shape(name = "HMAC_224")]
    Hmac224,
    #[shape(name = "HMAC_256")]
    Hmac256,
    #[shape(name = "HMAC_384")]
    Hmac384,
    #[shape(name = "HMAC_512")]
    Hmac512,
    Sm2,
    #[shape(name = "ML_DSA_44")]
    MlDsa44,
    #[shape(name = "ML_DSA_65")]
    MlDsa65,
    #[shape(name = "ML_DSA_87")]
    MlDsa87,
    EccNistEdwards25519,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Shape, Serialize, Deserialize)]
pub enum OriginType {
    #[default]
    AwsKms,
    External,
    AwsCloudhsm,
    ExternalKeyStore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum KeyState {
    #[shape(name = "Creating")]
    Creating,
    #[shape(name = "Enabled")]
    Enabled,
    #[shape(name = "Disabled")]
    Disabled,
    #[shape(name = "PendingDeletion")]
    PendingDeletion,
    #[shape(name = "PendingImport")]
    PendingImport,
    #[shape(name = "PendingReplicaDeletion")]
    PendingReplicaDeletion,
    #[shape(name = "Unavailable")]
    Unavailable,
    #[shape(name = "Updating")]
    Updating,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum KeyManagerType {
    Aws,
    Customer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum EncryptionAlgorithmSpec {
    SymmetricDefault,
    #[shape(name = "RSAES_OAEP_SHA_1")]
    RsaesOaepSha1,
    #[shape(name = "RSAES_OAEP_SHA_256")]
    RsaesOaepSha256,
    #[shape(name = "SM2PKE")]
    Sm2Pke,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum SigningAlgorithmSpec {
    #[shape(name = "RSASSA_PSS_SHA_256")]
    RsassaPssSha256,
    #[shape(name = "RSASSA_PSS_SHA_384")]
    RsassaPssSha384,
    #[shape(name = "RSASSA_PSS_SHA_512")]
    RsassaPssSha512,
    #[shape(name = "RSASSA_PKCS1_V1_5_SHA_256")]
    RsassaPkcs1V15Sha256,
    #[shape(name = "RSASSA_PKCS1_V1_5_SHA_384")]
    RsassaPkcs1V15Sha384,
    #[shape(name = "RSASSA_PKCS1_V1_5_SHA_512")]
    RsassaPkcs1V15Sha512,
    #[shape(name = "ECDSA_SHA_256")]
    EcdsaSha256,
    #[shape(name = "ECDSA_SHA_384")]
    EcdsaSha384,
    #[shape(name = "ECDSA_SHA_512")]
    EcdsaSha512,
    #[shape(name = "SM2DSA")]
    Sm2Dsa,
    #[shape(name = "ML_DSA_SHAKE_256")]
    MlDsaShake256,
    #[shape(name = "ED25519_SHA_512")]
    Ed25519Sha512,
    #[shape(name = "ED25519_PH_SHA_512")]
    Ed25519PhSha512,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum MacAlgorithmSpec {
    #[shape(name = "HMAC_SHA_224")]
    HmacSha224,
    #[shape(name = "HMAC_SHA_256")]
    HmacSha256,
    #[shape(name = "HMAC_SHA_384")]
    HmacSha384,
    #[shape(name = "HMAC_SHA_512")]
    HmacSha512,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum KeyAgreementAlgorithmSpec {
    Ecdh,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ExpirationModelType {
    KeyMaterialExpires,
    KeyMaterialDoesNotExpire,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum MultiRegionKeyType {
    Primary,
    Replica,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct MultiRegionConfiguration {
    pub multi_region_key_type: Option<MultiRegionKeyType>,
    pub primary_key: Option<MultiRegionKey>,
    pub replica_keys: Option<Vec<MultiRegionKey>>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct MultiRegionKey {
    #[shape(length = 20..=2048)]
    pub arn: Option<String>,
    #[shape(length = 1..=32, pattern = r"^([a-z]+-){2,3}\d+$")]
    pub region: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Tag {
    #[shape(length = 1..=128)]
    pub tag_key: String,
    #[shape(length = 0..=256)]
    pub tag_value: String,
}

#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=8192)]
pub struct GrantTokenType(pub String);

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct KeyMetadata {
    #[shape(name = "AWSAccountId")]
    pub aws_account_id: Option<String>,
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(length = 20..=2048)]
    pub arn: Option<String>,
    pub creation_date: Option<Timestamp>,
    pub enabled: Option<bool>,
    #[shape(length = 0..=8192)]
    pub description: Option<String>,
    pub key_usage: Option<KeyUsageType>,
    pub key_state: Option<KeyState>,
    pub deletion_date: Option<Timestamp>,
    pub valid_to: Option<Timestamp>,
    pub origin: Option<OriginType>,
    pub expiration_model: Option<ExpirationModelType>,
    pub key_manager: Option<KeyManagerType>,
    pub customer_master_key_spec: Option<CustomerMasterKeySpec>,
    pub key_spec: Option<KeySpec>,
    pub encryption_algorithms: Option<Vec<EncryptionAlgorithmSpec>>,
    pub signing_algorithms: Option<Vec<SigningAlgorithmSpec>>,
    pub key_agreement_algorithms: Option<Vec<KeyAgreementAlgorithmSpec>>,
    pub multi_region: Option<bool>,
    pub multi_region_configuration: Option<MultiRegionConfiguration>,
    #[shape(range = 1..=365)]
    pub pending_deletion_window_in_days: Option<u32>,
    pub mac_algorithms: Option<Vec<MacAlgorithmSpec>>,
    #[shape(length = 64..=64, pattern = "^[a-f0-9]+$")]
    pub current_key_material_id: Option<String>,
}

impl KeyMetadata {
    /// What clients are told of `key`.
    pub fn of(key: &Key) -> Self {
        let manager = match key.service {
            Some(_) => KeyManagerType::Aws,
            None => KeyManagerType::Customer,
        };
        let algorithms = key.algorithms();
        let waits = key.state() == KeyState::PendingReplicaDeletion;
        Self {
            aws_account_id: Some(key.account.clone()),
            key_id: key.id.clone(),
            arn: Some(key.arn()),
            creation_date: Some(key.created),
            enabled: Some(key.state() == KeyState::Enabled),
            description: Some(key.description.clone()),
            key_usage: Some(key.usage),
            key_state: Some(key.state()),
            deletion_date: key.deletion,
            valid_to: key.expiry,
            origin: Some(key.origin),
            expiration_model: key.expiration_model(),
            key_manager: Some(manager),
            customer_master_key_spec: key.spec.as_before(),
            key_spec: Some(key.spec),
            encryption_algorithms: some_of(algorithms.encryption),
            signing_algorithms: some_of(algorithms.signing),
            key_agreement_algorithms: some_of(algorithms.agreement),
            multi_region: Some(key.regions.is_some()),
            multi_region_configuration: key.multi_region_configuration(),
            pending_deletion_window_in_days: key.window_days.filter(|_| waits),
            mac_algorithms: some_of(algorithms.mac),
            current_key_material_id: key.shown_material_id(),
        }
    }
}

/// The items, unless there are none: an answer leaves empty lists of algorithms out.
pub fn some_of<T: Clone>(items: &[T]) -> Option<Vec<T>> {
    (!items.is_empty()).then(|| items.to_vec())
}
