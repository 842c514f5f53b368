//! KMS: keys that never leave the instance, and the operations that use them.

mod alias;
mod cancel_key_deletion;
mod cipher;
mod create_alias;
mod create_grant;
mod create_key;
mod crypto;
mod decrypt;
mod delete_alias;
mod delete_imported_key_material;
mod derive_shared_secret;
mod describe_custom_key_stores;
mod describe_key;
mod disable_key;
mod enable_key;
mod encrypt;
mod error;
mod facts;
mod generate_data_key;
mod generate_data_key_pair;
mod generate_data_key_pair_without_plaintext;
mod generate_data_key_without_plaintext;
mod generate_mac;
mod generate_random;
mod get_parameters_for_import;
mod get_public_key;
mod grant;
mod import_key_material;
mod import_token;
mod imported;
mod key;
mod key_policy;
mod key_ref;
mod last_use;
mod list_aliases;
mod list_grants;
mod list_key_rotations;
mod list_keys;
mod list_retirable_grants;
mod managed;
mod material;
mod re_encrypt;
mod regions;
mod replicate_key;
mod retire_grant;
mod revoke_grant;
mod rotation;
mod schedule_key_deletion;
mod shapes;
mod sign;
mod spec;
mod tags;
mod update_alias;
mod update_key_description;
mod update_primary_region;
mod verify;
mod verify_mac;

use service_kit::{
    job::job,
    operation::operation,
    service::{Service, Speaks},
};

/// The KMS service.
pub static SERVICE: Service = Service {
    traced_as: ("KMS", "AWS::KMS::Key"),
    speaks: &[Speaks::AwsJson11 { target: "TrentService" }],
    operations: &[
        operation::<cancel_key_deletion::CancelKeyDeletion>(),
        operation::<create_alias::CreateAlias>(),
        operation::<create_grant::CreateGrant>(),
        operation::<create_key::CreateKey>(),
        operation::<decrypt::Decrypt>(),
        operation::<delete_alias::DeleteAlias>(),
        operation::<delete_imported_key_material::DeleteImportedKeyMaterial>(),
        operation::<derive_shared_secret::DeriveSharedSecret>(),
        operation::<describe_custom_key_stores::DescribeCustomKeyStores>(),
        operation::<describe_key::DescribeKey>(),
        operation::<disable_key::DisableKey>(),
        operation::<rotation::DisableKeyRotation>(),
        operation::<enable_key::EnableKey>(),
        operation::<rotation::EnableKeyRotation>(),
        operation::<encrypt::Encrypt>(),
        operation::<generate_data_key::GenerateDataKey>(),
        operation::<generate_data_key_pair::GenerateDataKeyPair>(),
        operation::<generate_data_key_pair_without_plaintext::GenerateDataKeyPairWithoutPlaintext>(
        ),
        operation::<generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext>(),
        operation::<generate_mac::GenerateMac>(),
        operation::<generate_random::GenerateRandom>(),
        operation::<last_use::GetKeyLastUsage>(),
        operation::<key_policy::GetKeyPolicy>(),
        operation::<rotation::GetKeyRotationStatus>(),
        operation::<get_parameters_for_import::GetParametersForImport>(),
        operation::<get_public_key::GetPublicKey>(),
        operation::<import_key_material::ImportKeyMaterial>(),
        operation::<list_aliases::ListAliases>(),
        operation::<list_grants::ListGrants>(),
        operation::<key_policy::ListKeyPolicies>(),
        operation::<list_key_rotations::ListKeyRotations>(),
        operation::<list_keys::ListKeys>(),
        operation::<tags::ListResourceTags>(),
        operation::<list_retirable_grants::ListRetirableGrants>(),
        operation::<key_policy::PutKeyPolicy>(),
        operation::<re_encrypt::ReEncrypt>(),
        operation::<replicate_key::ReplicateKey>(),
        operation::<retire_grant::RetireGrant>(),
        operation::<revoke_grant::RevokeGrant>(),
        operation::<rotation::RotateKeyOnDemand>(),
        operation::<schedule_key_deletion::ScheduleKeyDeletion>(),
        operation::<sign::Sign>(),
        operation::<tags::TagResource>(),
        operation::<tags::UntagResource>(),
        operation::<update_alias::UpdateAlias>(),
        operation::<update_key_description::UpdateKeyDescription>(),
        operation::<update_primary_region::UpdatePrimaryRegion>(),
        operation::<verify::Verify>(),
        operation::<verify_mac::VerifyMac>(),
    ],
    // The longest request holds a key policy or two ciphertexts; encryption contexts are judged
    // before their own limit is looked at.
    max_body_bytes: 256 << 10,
    facts: Some(facts::facts),
    misnamed: key_ref::misnamed,
    jobs: &[
        job::<schedule_key_deletion::DestroyKey>(),
        job::<imported::ExpireMaterial>(),
        job::<rotation::RotateKey>(),
    ],
    ..Service::new("kms", "kms.amazonaws.com")
};
