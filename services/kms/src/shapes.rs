//! The shapes that several operations share.

use crate::key::Key;
use service_kit::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum KeyUsageType {
    SignVerify,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum OriginType {
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
    pub origin: Option<OriginType>,
    pub key_manager: Option<KeyManagerType>,
    pub customer_master_key_spec: Option<CustomerMasterKeySpec>,
    pub key_spec: Option<KeySpec>,
    pub encryption_algorithms: Option<Vec<EncryptionAlgorithmSpec>>,
    pub multi_region: Option<bool>,
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
        Self {
            aws_account_id: Some(key.account.clone()),
            key_id: key.id.clone(),
            arn: Some(key.arn()),
            creation_date: Some(key.created),
            enabled: Some(key.state() == KeyState::Enabled),
            description: Some(key.description.clone()),
            key_usage: Some(KeyUsageType::EncryptDecrypt),
            key_state: Some(key.state()),
            deletion_date: key.deletion,
            origin: Some(OriginType::AwsKms),
            key_manager: Some(manager),
            customer_master_key_spec: Some(CustomerMasterKeySpec::SymmetricDefault),
            key_spec: Some(KeySpec::SymmetricDefault),
            encryption_algorithms: Some(vec![EncryptionAlgorithmSpec::SymmetricDefault]),
            multi_region: Some(false),
            current_key_material_id: Some(key.material_id.clone()),
        }
    }
}
