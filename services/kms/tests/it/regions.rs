//! Multi-Region keys: one id and one material in several regions.

use crate::{blob, bytes, call, cloud, code, imports::import, key, metadata};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::ACCOUNT;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_ciphertext_opens_where_there_is_a_replica() {
    let cloud = cloud().await;
    let (here, there) = (cloud.admin(), cloud.admin().in_region("eu-west-1"));
    let id = key(&here, json!({"MultiRegion": true})).await;
    assert!(id.starts_with("mrk-"), "{id}");
    let context = json!({"a": "1"});
    let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello"), "EncryptionContext": context});
    let sealed = call(&here, "Encrypt", encrypt.clone()).await["CiphertextBlob"].clone();
    let decrypt = json!({"CiphertextBlob": sealed, "EncryptionContext": context});
    assert_eq!(code(&there, "Decrypt", decrypt.clone()).await, "AccessDeniedException");

    let replicate = json!({
        "KeyId": id, "ReplicaRegion": "eu-west-1", "Description": "a copy",
        "Tags": [{"TagKey": "t", "TagValue": "1"}],
    });
    let made = call(&here, "ReplicateKey", replicate.clone()).await;
    assert_eq!(made["ReplicaTags"][0]["TagKey"], "t");
    let replica = &made["ReplicaKeyMetadata"];
    assert_eq!((&replica["KeyId"], &replica["KeyState"]), (&json!(id), &json!("Enabled")));
    let arn = |region: &str| format!("arn:aws:kms:{region}:{ACCOUNT}:key/{id}");
    assert_eq!(replica["Arn"], arn("eu-west-1"));
    let related = json!({
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": arn("us-east-1"), "Region": "us-east-1"},
        "ReplicaKeys": [{"Arn": arn("eu-west-1"), "Region": "eu-west-1"}],
    });
    assert_eq!(replica["MultiRegionConfiguration"], related);
    assert_eq!(
        metadata(&here, &id).await["MultiRegionConfiguration"]["MultiRegionKeyType"],
        "PRIMARY"
    );
    assert_eq!(code(&here, "ReplicateKey", replicate).await, "AlreadyExistsException");

    let opened = call(&there, "Decrypt", decrypt.clone()).await;
    assert_eq!(
        (bytes(&opened["Plaintext"]), &opened["KeyId"]),
        (b"hello".to_vec(), &json!(arn("eu-west-1")))
    );
    let back = call(&there, "Encrypt", encrypt).await["CiphertextBlob"].clone();
    let back = json!({"CiphertextBlob": back, "EncryptionContext": context, "KeyId": id});
    assert_eq!(bytes(&call(&here, "Decrypt", back).await["Plaintext"]), b"hello");

    // What is done to one of them is not done to the other.
    call(&there, "DisableKey", json!({"KeyId": id})).await;
    assert_eq!(code(&there, "Decrypt", decrypt.clone()).await, "DisabledException");
    assert_eq!(code(&here, "Decrypt", decrypt).await, "");
    let single = key(&here, json!({})).await;
    let replicate = json!({"KeyId": single, "ReplicaRegion": "eu-west-1"});
    assert_eq!(code(&here, "ReplicateKey", replicate).await, "UnsupportedOperationException");
}

#[tokio::test]
async fn rotation_is_the_primary_keys_and_reaches_all() {
    let cloud = cloud().await;
    let (here, there) = (cloud.admin(), cloud.admin().in_region("eu-west-1"));
    let id = key(&here, json!({"MultiRegion": true})).await;
    let named = || json!({"KeyId": id});
    call(&here, "ReplicateKey", json!({"KeyId": id, "ReplicaRegion": "eu-west-1"})).await;
    for operation in ["EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"] {
        let refused = code(&there, operation, named()).await;
        assert_eq!(refused, "UnsupportedOperationException", "{operation}");
    }
    let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello")});
    let old = call(&there, "Encrypt", encrypt.clone()).await["CiphertextBlob"].clone();
    call(&here, "EnableKeyRotation", json!({"KeyId": id, "RotationPeriodInDays": 90})).await;
    let status = call(&there, "GetKeyRotationStatus", named()).await;
    assert_eq!(status["KeyRotationEnabled"], true);
    let first = metadata(&here, &id).await["CurrentKeyMaterialId"].clone();
    cloud.clock().advance(DAY * 90 + Duration::from_secs(1));
    let second = cloud
        .eventually(async || {
            let now = metadata(&there, &id).await["CurrentKeyMaterialId"].clone();
            (now != first).then_some(now)
        })
        .await;
    assert_eq!(metadata(&here, &id).await["CurrentKeyMaterialId"], second);
    let new = call(&here, "Encrypt", encrypt).await["CiphertextBlob"].clone();
    for sealed in [old, new] {
        let opened = call(&there, "Decrypt", json!({"CiphertextBlob": sealed})).await;
        assert_eq!(bytes(&opened["Plaintext"]), b"hello");
    }
    let listed = call(&there, "ListKeyRotations", named()).await["Rotations"].clone();
    assert_eq!(listed[0]["RotationType"], "AUTOMATIC");

    // The new primary key goes on with the rotation.
    let update = json!({"KeyId": id, "PrimaryRegion": "eu-west-1"});
    call(&here, "UpdatePrimaryRegion", update.clone()).await;
    assert_eq!(code(&here, "UpdatePrimaryRegion", update).await, "UnsupportedOperationException");
    let type_of = |shown: Value| shown["MultiRegionConfiguration"]["MultiRegionKeyType"].clone();
    assert_eq!(type_of(metadata(&there, &id).await), "PRIMARY");
    assert_eq!(type_of(metadata(&here, &id).await), "REPLICA");
    cloud.clock().advance(DAY * 90 + Duration::from_secs(1));
    cloud
        .eventually(async || {
            let now = metadata(&here, &id).await["CurrentKeyMaterialId"].clone();
            (now != second).then_some(())
        })
        .await;
    assert_eq!(code(&there, "RotateKeyOnDemand", named()).await, "");
}

#[tokio::test]
async fn a_primary_key_goes_after_its_replicas() {
    let cloud = cloud().await;
    let (here, there) = (cloud.admin(), cloud.admin().in_region("eu-west-1"));
    let id = key(&here, json!({"MultiRegion": true})).await;
    call(&here, "ReplicateKey", json!({"KeyId": id, "ReplicaRegion": "eu-west-1"})).await;
    let soon = |days: u32| json!({"KeyId": id, "PendingWindowInDays": days});
    let scheduled = call(&here, "ScheduleKeyDeletion", soon(8)).await;
    assert_eq!(scheduled["KeyState"], "PendingReplicaDeletion");
    assert_eq!(scheduled["DeletionDate"], Value::Null);
    assert_eq!(metadata(&here, &id).await["PendingDeletionWindowInDays"], 8);
    let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello")});
    assert_eq!(code(&here, "Encrypt", encrypt.clone()).await, "KMSInvalidStateException");
    assert_eq!(code(&there, "Encrypt", encrypt).await, "");
    call(&here, "CancelKeyDeletion", json!({"KeyId": id})).await;
    assert_eq!(metadata(&here, &id).await["KeyState"], "Disabled");
    call(&here, "ScheduleKeyDeletion", soon(8)).await;

    let scheduled = call(&there, "ScheduleKeyDeletion", soon(7)).await;
    assert_eq!(scheduled["KeyState"], "PendingDeletion");
    cloud.clock().advance(DAY * 7 + Duration::from_secs(1));
    cloud
        .eventually(async || {
            (metadata(&here, &id).await["KeyState"] == "PendingDeletion").then_some(())
        })
        .await;
    let gone = json!({"KeyId": id});
    assert_eq!(code(&there, "DescribeKey", gone.clone()).await, "NotFoundException");
    let shown = metadata(&here, &id).await;
    assert_eq!(shown["MultiRegionConfiguration"]["ReplicaKeys"], json!([]));
    cloud.clock().advance(DAY * 8 + Duration::from_secs(1));
    cloud
        .eventually(async || {
            (code(&here, "DescribeKey", gone.clone()).await == "NotFoundException").then_some(())
        })
        .await;
}

#[tokio::test]
async fn other_kinds_of_keys_have_replicas_too() {
    let cloud = cloud().await;
    let (here, there) = (cloud.admin(), cloud.admin().in_region("eu-west-1"));
    let input = json!({
        "MultiRegion": true, "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY",
    });
    let id = key(&here, input).await;
    call(&here, "ReplicateKey", json!({"KeyId": id, "ReplicaRegion": "eu-west-1"})).await;
    let mut input = json!({
        "KeyId": id, "Message": blob(b"hello"), "SigningAlgorithm": "ECDSA_SHA_256",
    });
    input["Signature"] = call(&there, "Sign", input.clone()).await["Signature"].clone();
    assert_eq!(call(&here, "Verify", input).await["SignatureValid"], true);
}

#[tokio::test]
async fn the_same_material_is_imported_everywhere() {
    let cloud = cloud().await;
    let (here, there) = (cloud.admin(), cloud.admin().in_region("eu-west-1"));
    let id = key(&here, json!({"MultiRegion": true, "Origin": "EXTERNAL"})).await;
    call(&here, "ReplicateKey", json!({"KeyId": id, "ReplicaRegion": "eu-west-1"})).await;
    assert_eq!(metadata(&there, &id).await["KeyState"], "PendingImport");
    assert_eq!(metadata(&there, &id).await["Origin"], "EXTERNAL");
    let refused = import(&there, &id, &[1; 32], json!({})).await;
    assert_eq!(refused, "UnsupportedOperationException", "the primary key comes first");
    assert_eq!(import(&here, &id, &[1; 32], json!({})).await, "");
    let refused = import(&there, &id, &[2; 32], json!({})).await;
    assert_eq!(refused, "IncorrectKeyMaterialException");
    assert_eq!(metadata(&there, &id).await["KeyState"], "PendingImport");
    assert_eq!(import(&there, &id, &[1; 32], json!({})).await, "");
    assert_eq!(metadata(&there, &id).await["KeyState"], "Enabled");
    let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello")});
    let sealed = call(&here, "Encrypt", encrypt).await["CiphertextBlob"].clone();
    assert_eq!(code(&there, "Decrypt", json!({"CiphertextBlob": sealed})).await, "");

    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    assert_eq!(import(&here, &id, &[2; 32], new).await, "");
    let state = || async {
        let input = json!({"KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
        call(&here, "ListKeyRotations", input).await["Rotations"][1]["KeyMaterialState"].clone()
    };
    assert_eq!(state().await, "PENDING_MULTI_REGION_IMPORT_AND_ROTATION");
    let rotate = json!({"KeyId": id});
    let refused = code(&here, "RotateKeyOnDemand", rotate.clone()).await;
    assert_eq!(refused, "KMSInvalidStateException");
    assert_eq!(import(&there, &id, &[2; 32], json!({})).await, "");
    assert_eq!(state().await, "PENDING_ROTATION");
    // What waits and is deleted where it came first is gone everywhere, and may come again.
    let input = json!({"KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
    let listed = call(&there, "ListKeyRotations", input.clone()).await["Rotations"].clone();
    let erase = json!({"KeyId": id, "KeyMaterialId": listed[1]["KeyMaterialId"]});
    call(&here, "DeleteImportedKeyMaterial", erase).await;
    let listed = call(&there, "ListKeyRotations", input).await["Rotations"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(metadata(&here, &id).await["KeyState"], "Enabled");
    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    assert_eq!(import(&here, &id, &[2; 32], new).await, "");
    assert_eq!(import(&there, &id, &[2; 32], json!({})).await, "");
    call(&here, "RotateKeyOnDemand", rotate).await;
    let current = metadata(&there, &id).await["CurrentKeyMaterialId"].clone();
    assert_eq!(metadata(&here, &id).await["CurrentKeyMaterialId"], current);
}
