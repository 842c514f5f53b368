//! KMS: keys that never leave the instance, and the operations that use them.

mod alias;
mod cancel_key_deletion;
mod cipher;
mod create_alias;
mod create_grant;
mod create_key;
mod decrypt;
mod delete_alias;
mod describe_key;
mod disable_key;
mod enable_key;
mod encrypt;
mod error;
mod facts;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod grant;
mod key;
mod key_policy;
mod key_ref;
mod list_aliases;
mod list_grants;
mod list_keys;
mod managed;
mod re_encrypt;
mod retire_grant;
mod revoke_grant;
mod rotation;
mod schedule_key_deletion;
mod shapes;
mod tags;
mod update_alias;
mod update_key_description;

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
        operation::<describe_key::DescribeKey>(),
        operation::<disable_key::DisableKey>(),
        operation::<rotation::DisableKeyRotation>(),
        operation::<enable_key::EnableKey>(),
        operation::<rotation::EnableKeyRotation>(),
        operation::<encrypt::Encrypt>(),
        operation::<generate_data_key::GenerateDataKey>(),
        operation::<generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext>(),
        operation::<generate_random::GenerateRandom>(),
        operation::<key_policy::GetKeyPolicy>(),
        operation::<rotation::GetKeyRotationStatus>(),
        operation::<list_aliases::ListAliases>(),
        operation::<list_grants::ListGrants>(),
        operation::<key_policy::ListKeyPolicies>(),
        operation::<list_keys::ListKeys>(),
        operation::<tags::ListResourceTags>(),
        operation::<key_policy::PutKeyPolicy>(),
        operation::<re_encrypt::ReEncrypt>(),
        operation::<retire_grant::RetireGrant>(),
        operation::<revoke_grant::RevokeGrant>(),
        operation::<rotation::RotateKeyOnDemand>(),
        operation::<schedule_key_deletion::ScheduleKeyDeletion>(),
        operation::<tags::TagResource>(),
        operation::<tags::UntagResource>(),
        operation::<update_alias::UpdateAlias>(),
        operation::<update_key_description::UpdateKeyDescription>(),
    ],
    // The longest request holds a key policy or two ciphertexts; encryption contexts are judged
    // before their own limit is looked at.
    max_body_bytes: 256 << 10,
    facts: Some(facts::facts),
    jobs: &[job::<schedule_key_deletion::DestroyKey>(), job::<rotation::RotateKey>()],
    ..Service::new("kms", "kms.amazonaws.com")
};
