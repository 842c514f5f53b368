//! Condition keys: what policies can tell apart.

use crate::{blob, call, cloud, code, key};
use serde_json::{Value, json};
use testkit::ACCOUNT;

fn when(operator: &str, key: &str, value: &str) -> Value {
    json!({
        "Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Condition": { operator: { key: value } },
    })
}

/// A user who may do everything when `condition` holds calls with both inputs: the first is
/// allowed, the second is not.
async fn check(
    (condition, value): (&str, &str),
    operation: &'static str,
    allowed: Value,
    refused: Value,
) {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let mut ids = Vec::new();
    for input in [
        json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}),
        json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}),
        json!({}),
        json!({"Origin": "EXTERNAL"}),
        json!({"MultiRegion": true}),
        json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}),
    ] {
        ids.push(key(&admin, input).await);
    }
    let replicate = json!({"KeyId": ids[4], "ReplicaRegion": "us-west-2"});
    call(&admin, "ReplicateKey", replicate).await;
    let ann = cloud.user("ann", when("StringEquals", condition, value)).await;
    let named = |mut input: Value| {
        if let Some(index) = input["KeyId"].as_u64() {
            input["KeyId"] = json!(ids[usize::try_from(index).unwrap()]);
        }
        input
    };
    let answered = code(&ann, operation, named(allowed)).await;
    assert_ne!(answered, "AccessDeniedException", "{condition} {operation}");
    let answered = code(&ann, operation, named(refused)).await;
    assert_eq!(answered, "AccessDeniedException", "{condition} {operation}");
}

const SIGNER: u64 = 0;
const MAC: u64 = 1;
const SYMMETRIC: u64 = 2;
const EXTERNAL: u64 = 3;
const MULTI_REGION: u64 = 4;
const RSA: u64 = 5;

#[tokio::test]
async fn policies_tell_signatures_apart() {
    let sign = |kind: &str, algorithm: &str| {
        json!({
            "KeyId": SIGNER, "Message": blob(&[7; 32]), "MessageType": kind,
            "SigningAlgorithm": algorithm,
        })
    };
    let (pss, pkcs1) = ("RSASSA_PSS_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256");
    let algorithm = ("kms:SigningAlgorithm", pss);
    check(algorithm, "Sign", sign("RAW", pss), sign("RAW", pkcs1)).await;
    let kind = ("kms:MessageType", "DIGEST");
    check(kind, "Sign", sign("DIGEST", pss), sign("RAW", pss)).await;
    let mac =
        |key: u64| json!({"KeyId": key, "Message": blob(b"m"), "MacAlgorithm": "HMAC_SHA_256"});
    let mut other = mac(MAC);
    other["MacAlgorithm"] = json!("HMAC_SHA_512");
    check(("kms:MacAlgorithm", "HMAC_SHA_256"), "GenerateMac", mac(MAC), other).await;
    let encrypt = |key: u64, algorithm: &str| json!({"KeyId": key, "Plaintext": blob(b"m"), "EncryptionAlgorithm": algorithm});
    let oaep = "RSAES_OAEP_SHA_256";
    let allowed = encrypt(RSA, oaep);
    let refused = encrypt(RSA, "RSAES_OAEP_SHA_1");
    check(("kms:EncryptionAlgorithm", oaep), "Encrypt", allowed, refused).await;
    let pair = |spec: &str| json!({"KeyId": SYMMETRIC, "KeyPairSpec": spec});
    let ed = "ECC_NIST_EDWARDS25519";
    let other = pair("ECC_NIST_P256");
    check(("kms:DataKeyPairSpec", ed), "GenerateDataKeyPair", pair(ed), other).await;
}

#[tokio::test]
async fn policies_tell_keys_apart() {
    let key = |key: u64| json!({"KeyId": key});
    for (condition, value, this, other) in [
        ("kms:KeySpec", "HMAC_256", MAC, SYMMETRIC),
        ("kms:KeyUsage", "SIGN_VERIFY", SIGNER, RSA),
        ("kms:KeyOrigin", "EXTERNAL", EXTERNAL, SYMMETRIC),
        ("kms:MultiRegion", "true", MULTI_REGION, SYMMETRIC),
        ("kms:MultiRegionKeyType", "PRIMARY", MULTI_REGION, SYMMETRIC),
    ] {
        check((condition, value), "DescribeKey", key(this), key(other)).await;
    }
    let create = |multi_region: bool| json!({"MultiRegion": multi_region});
    let kind = ("kms:MultiRegionKeyType", "PRIMARY");
    check(kind, "CreateKey", create(true), create(false)).await;
    let spec = |spec: &str| json!({"CustomerMasterKeySpec": spec, "KeyUsage": "SIGN_VERIFY"});
    let p256 = "ECC_NIST_P256";
    check(("kms:KeySpec", p256), "CreateKey", spec(p256), spec("ECC_NIST_P384")).await;
}

#[tokio::test]
async fn policies_tell_imports_and_regions_apart() {
    let wrapped = |algorithm: &str, spec: &str| json!({"KeyId": EXTERNAL, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec});
    let (one, two) = ("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1");
    let asked = "GetParametersForImport";
    let (small, large) = ("RSA_2048", "RSA_3072");
    check(("kms:WrappingAlgorithm", one), asked, wrapped(one, small), wrapped(two, small)).await;
    check(("kms:WrappingKeySpec", small), asked, wrapped(one, small), wrapped(one, large)).await;
    let import = |model: &str| {
        json!({
            "KeyId": EXTERNAL, "ImportToken": blob(b"t"), "EncryptedKeyMaterial": blob(b"m"),
            "ExpirationModel": model,
        })
    };
    let forever = "KEY_MATERIAL_DOES_NOT_EXPIRE";
    let expires = import("KEY_MATERIAL_EXPIRES");
    let model = ("kms:ExpirationModel", forever);
    check(model, "ImportKeyMaterial", import(forever), expires).await;
    let primary = |region: &str| json!({"KeyId": MULTI_REGION, "PrimaryRegion": region});
    let region = ("kms:PrimaryRegion", "us-west-2");
    check(region, "UpdatePrimaryRegion", primary("us-west-2"), primary("eu-west-1")).await;
}

#[tokio::test]
async fn policies_limit_how_long_imports_last() {
    let cloud = cloud().await;
    let id = key(&cloud.admin(), json!({"Origin": "EXTERNAL"})).await;
    let until = (testkit::START + std::time::Duration::from_secs(3600)).date_time();
    let ann = cloud.user("ann", when("DateLessThan", "kms:ValidTo", &until)).await;
    let import = |seconds: i64| {
        json!({
            "KeyId": id, "ImportToken": blob(b"t"), "EncryptedKeyMaterial": blob(b"m"),
            "ValidTo": testkit::START.as_secs() + seconds,
        })
    };
    let refused = code(&ann, "ImportKeyMaterial", import(3599)).await;
    assert_eq!(refused, "InvalidImportTokenException", "allowed to try");
    assert_eq!(code(&ann, "ImportKeyMaterial", import(3601)).await, "AccessDeniedException");
}

#[tokio::test]
async fn re_encrypting_under_the_same_key_is_told_apart() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (one, two) = (key(&admin, json!({})).await, key(&admin, json!({})).await);
    let encrypt = json!({"KeyId": one, "Plaintext": blob(b"hello")});
    let sealed = call(&admin, "Encrypt", encrypt).await["CiphertextBlob"].clone();
    let ann = cloud.user("ann", when("Bool", "kms:ReEncryptOnSameKey", "true")).await;
    let to = |key: &str| json!({"CiphertextBlob": sealed, "DestinationKeyId": key});
    assert_eq!(code(&ann, "ReEncrypt", to(&one)).await, "");
    assert_eq!(code(&ann, "ReEncrypt", to(&two)).await, "AccessDeniedException");
}

#[tokio::test]
async fn replicating_needs_both_permissions() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({"MultiRegion": true})).await;
    let replicate = when("StringEquals", "kms:ReplicaRegion", "us-west-2");
    let ann = cloud.user("ann", replicate.clone()).await;
    let create = json!({
        "Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*",
        "Condition": {"StringEquals": {
            "kms:MultiRegionKeyType": "REPLICA", "kms:KeySpec": "SYMMETRIC_DEFAULT",
        }},
    });
    let bob = cloud.user("bob", json!([replicate, create])).await;
    let input = |region: &str| json!({"KeyId": id, "ReplicaRegion": region});
    let denied = "AccessDeniedException";
    assert_eq!(code(&ann, "ReplicateKey", input("us-west-2")).await, denied, "no kms:CreateKey");
    assert_eq!(code(&bob, "ReplicateKey", input("eu-west-1")).await, denied, "another region");
    assert_eq!(code(&bob, "ReplicateKey", input("us-west-2")).await, "");
}

#[tokio::test]
async fn grants_permit_what_the_key_can_do() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let bob = cloud.user("bob", None).await;
    let id = key(&admin, json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await;
    let bob_arn = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let grant = |operations: Value| {
        json!({
            "KeyId": id, "GranteePrincipal": bob_arn, "RetiringPrincipal": bob_arn,
            "Operations": operations,
        })
    };
    let encrypting = grant(json!(["Encrypt"]));
    assert_eq!(code(&admin, "CreateGrant", encrypting).await, "ValidationException");
    let mut constrained = grant(json!(["Sign"]));
    constrained["Constraints"] = json!({"EncryptionContextEquals": {"a": "1"}});
    assert_eq!(code(&admin, "CreateGrant", constrained).await, "ValidationException");
    let arn = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}");
    let sign = json!({
        "KeyId": arn, "Message": blob(b"hello"), "SigningAlgorithm": "ECDSA_SHA_256",
    });
    assert_eq!(code(&bob, "Sign", sign.clone()).await, "AccessDeniedException");
    let made = call(&admin, "CreateGrant", grant(json!(["Sign", "GetPublicKey"]))).await;
    assert_eq!(code(&bob, "Sign", sign).await, "");
    assert_eq!(code(&bob, "GetPublicKey", json!({"KeyId": arn})).await, "");

    let listed = json!({"RetiringPrincipal": bob_arn});
    let listed = call(&admin, "ListRetirableGrants", listed).await["Grants"].clone();
    assert_eq!((&listed[0]["GrantId"], &listed[0]["KeyId"]), (&made["GrantId"], &json!(arn)));
    let nobody = json!({"RetiringPrincipal": format!("arn:aws:iam::{ACCOUNT}:user/ann")});
    let none = call(&admin, "ListRetirableGrants", nobody).await;
    assert_eq!(none["Grants"], json!([]));
}
