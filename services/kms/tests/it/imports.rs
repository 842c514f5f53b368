//! Imported material: brought wrapped, kept for a time, brought again.

use crate::{blob, bytes, call, cloud, code, key, metadata};
use aws_lc_rs::{
    encoding::AsDer,
    key_wrap::{AES_256, AesKek, KeyWrapPadded},
    rsa::{
        KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey,
        PublicEncryptingKey,
    },
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::Client;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Encrypts `plain` as the algorithm says, as a customer does outside.
fn wrap(algorithm: &str, public: &[u8], plain: &[u8]) -> Vec<u8> {
    let public = PublicEncryptingKey::from_der(public).unwrap();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let oaep = |plain: &[u8]| {
        let algorithm = match algorithm.ends_with("256") {
            true => &OAEP_SHA256_MGF1SHA256,
            false => &OAEP_SHA1_MGF1SHA1,
        };
        let mut sealed = vec![0; public.ciphertext_size()];
        public.encrypt(algorithm, plain, &mut sealed, None).unwrap().to_vec()
    };
    if !algorithm.starts_with("RSA_AES") {
        return oaep(plain);
    }
    let mut wrapped = vec![0; plain.len() + 16];
    let kek = AesKek::new(&AES_256, &[9; 32]).unwrap();
    let wrapped = kek.wrap_with_padding(plain, &mut wrapped).unwrap().to_vec();
    [oaep(&[9; 32]), wrapped].concat()
}

/// The input that imports `plain` into the key.
async fn prepared(admin: &Client<'_>, id: &str, algorithm: &str, plain: &[u8]) -> Value {
    let asked = json!({
        "KeyId": id, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048",
    });
    let given = call(admin, "GetParametersForImport", asked).await;
    json!({
        "KeyId": id, "ImportToken": given["ImportToken"],
        "EncryptedKeyMaterial": blob(&wrap(algorithm, &bytes(&given["PublicKey"]), plain)),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    })
}

/// Imports `plain` with these members more, or without those that are null; gives the refusal.
pub async fn import(admin: &Client<'_>, id: &str, plain: &[u8], more: Value) -> &'static str {
    let mut input = prepared(admin, id, "RSAES_OAEP_SHA_256", plain).await;
    for (member, value) in more.as_object().unwrap() {
        match value.is_null() {
            true => drop(input.as_object_mut().unwrap().remove(member)),
            false => input[member] = value.clone(),
        }
    }
    code(admin, "ImportKeyMaterial", input).await
}

#[tokio::test]
async fn a_key_waits_for_its_material_and_uses_it() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({"Origin": "EXTERNAL"})).await;
    let shown = metadata(&admin, &id).await;
    assert_eq!((&shown["KeyState"], &shown["Enabled"]), (&json!("PendingImport"), &json!(false)));
    assert_eq!(shown["CurrentKeyMaterialId"], Value::Null);
    let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello")});
    assert_eq!(code(&admin, "Encrypt", encrypt.clone()).await, "KMSInvalidStateException");
    assert_eq!(code(&admin, "DisableKey", json!({"KeyId": id})).await, "KMSInvalidStateException");
    let rotation = json!({"KeyId": id});
    let refused = code(&admin, "EnableKeyRotation", rotation).await;
    assert_eq!(refused, "UnsupportedOperationException");

    let mut input = prepared(&admin, &id, "RSA_AES_KEY_WRAP_SHA_1", &[3; 32]).await;
    let imported = call(&admin, "ImportKeyMaterial", input.clone()).await;
    let shown = metadata(&admin, &id).await;
    assert_eq!((&shown["KeyState"], &shown["Origin"]), (&json!("Enabled"), &json!("EXTERNAL")));
    assert_eq!(shown["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE");
    assert_eq!(shown["CurrentKeyMaterialId"], imported["KeyMaterialId"]);
    let sealed = call(&admin, "Encrypt", encrypt.clone()).await["CiphertextBlob"].clone();

    call(&admin, "DeleteImportedKeyMaterial", json!({"KeyId": id})).await;
    let decrypt = json!({"CiphertextBlob": sealed});
    assert_eq!(code(&admin, "Decrypt", decrypt.clone()).await, "KMSInvalidStateException");
    let incorrect = "IncorrectKeyMaterialException";
    assert_eq!(import(&admin, &id, &[4; 32], json!({})).await, incorrect);
    assert_eq!(import(&admin, &id, &[3; 31], json!({})).await, incorrect);
    let named = json!({"KeyMaterialId": "0".repeat(64)});
    assert_eq!(import(&admin, &id, &[3; 32], named).await, incorrect);
    let again = call(&admin, "ImportKeyMaterial", input.clone()).await;
    assert_eq!(again["KeyMaterialId"], imported["KeyMaterialId"], "a token holds for a day");
    assert_eq!(bytes(&call(&admin, "Decrypt", decrypt).await["Plaintext"]), b"hello");

    input["EncryptedKeyMaterial"] = blob(&[1; 300]);
    let refused = code(&admin, "ImportKeyMaterial", input.clone()).await;
    assert_eq!(refused, "InvalidCiphertextException");
    cloud.clock().advance(DAY + Duration::from_secs(1));
    let refused = code(&admin, "ImportKeyMaterial", input.clone()).await;
    assert_eq!(refused, "ExpiredImportTokenException");
    let other = key(&admin, json!({"Origin": "EXTERNAL"})).await;
    input["KeyId"] = json!(other);
    let refused = code(&admin, "ImportKeyMaterial", input).await;
    assert_eq!(refused, "InvalidImportTokenException");
}

#[tokio::test]
async fn material_expires_on_the_clock() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({"Origin": "EXTERNAL"})).await;
    let at = |days: u32| (cloud.clock().now() + DAY * days).as_secs();
    let lasts = |days: u32| json!({"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": at(days)});
    let unsaid = json!({"ExpirationModel": null});
    assert_eq!(import(&admin, &id, &[3; 32], unsaid).await, "ValidationException");
    assert_eq!(import(&admin, &id, &[3; 32], lasts(366)).await, "ValidationException");
    let both = json!({"ValidTo": at(2)});
    assert_eq!(import(&admin, &id, &[3; 32], both).await, "ValidationException");
    assert_eq!(import(&admin, &id, &[3; 32], lasts(2)).await, "");
    let shown = metadata(&admin, &id).await;
    assert_eq!(shown["ExpirationModel"], "KEY_MATERIAL_EXPIRES");
    assert_eq!(shown["ValidTo"].as_f64().unwrap(), at(2) as f64);
    // Imported again with a later end, the first one does not count any more.
    assert_eq!(import(&admin, &id, &[3; 32], lasts(4)).await, "");
    cloud.clock().advance(DAY * 3);
    let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello")});
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(code(&admin, "Encrypt", encrypt).await, "");
    cloud.clock().advance(DAY + Duration::from_secs(1));
    // Refused from the very second on, even before the material is erased.
    let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello")});
    assert_eq!(code(&admin, "Encrypt", encrypt).await, "KMSInvalidStateException");
    cloud
        .eventually(async || {
            (metadata(&admin, &id).await["KeyState"] == "PendingImport").then_some(())
        })
        .await;
    assert_eq!(metadata(&admin, &id).await["ValidTo"], Value::Null);
    assert_eq!(import(&admin, &id, &[3; 32], json!({})).await, "");
    assert_eq!(metadata(&admin, &id).await["KeyState"], "Enabled");
}

#[tokio::test]
async fn new_material_waits_for_a_rotation() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({"Origin": "EXTERNAL"})).await;
    let rotate = json!({"KeyId": id});
    assert_eq!(import(&admin, &id, &[1; 32], json!({})).await, "");
    let refused = code(&admin, "RotateKeyOnDemand", rotate.clone()).await;
    assert_eq!(refused, "KMSInvalidStateException", "nothing to rotate to");
    let sealed = json!({"KeyId": id, "Plaintext": blob(b"hello")});
    let sealed = call(&admin, "Encrypt", sealed).await["CiphertextBlob"].clone();
    let new = json!({"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "second"});
    assert_eq!(import(&admin, &id, &[2; 32], new.clone()).await, "");
    let named = json!({"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialId": "0".repeat(64)});
    assert_eq!(import(&admin, &id, &[3; 32], named).await, "ValidationException");
    let third = import(&admin, &id, &[3; 32], new).await;
    assert_eq!(third, "KMSInvalidStateException", "one waits already");
    let listed = || async {
        let input = json!({"KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
        call(&admin, "ListKeyRotations", input).await["Rotations"].take()
    };
    let states = |listed: &Value| -> Vec<String> {
        let entries = listed.as_array().unwrap().iter();
        entries.map(|it| it["KeyMaterialState"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states(&listed().await), ["CURRENT", "PENDING_ROTATION"]);
    call(&admin, "RotateKeyOnDemand", rotate).await;
    let now = listed().await;
    assert_eq!(states(&now), ["NON_CURRENT", "CURRENT"]);
    assert_eq!(now[1]["RotationType"], "ON_DEMAND");
    assert_eq!(now[1]["KeyMaterialDescription"], "second");
    assert_eq!(now[1]["ImportState"], "IMPORTED");
    assert_eq!(metadata(&admin, &id).await["CurrentKeyMaterialId"], now[1]["KeyMaterialId"]);
    let only = call(&admin, "ListKeyRotations", json!({"KeyId": id})).await;
    assert_eq!(only["Rotations"].as_array().unwrap().len(), 1);
    let decrypt = json!({"CiphertextBlob": sealed});
    let opened = call(&admin, "Decrypt", decrypt.clone()).await;
    assert_eq!(opened["KeyMaterialId"], now[0]["KeyMaterialId"]);

    // Any material that is missing makes the whole key wait.
    let erase = json!({"KeyId": id, "KeyMaterialId": now[0]["KeyMaterialId"]});
    call(&admin, "DeleteImportedKeyMaterial", erase).await;
    assert_eq!(metadata(&admin, &id).await["KeyState"], "PendingImport");
    assert_eq!(import(&admin, &id, &[1; 32], json!({})).await, "");
    assert_eq!(bytes(&call(&admin, "Decrypt", decrypt).await["Plaintext"]), b"hello");
}

#[tokio::test]
async fn pairs_and_codes_are_imported_too() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let external =
        |spec: &str, usage: &str| json!({"KeySpec": spec, "KeyUsage": usage, "Origin": "EXTERNAL"});
    let mac = key(&admin, external("HMAC_384", "GENERATE_VERIFY_MAC")).await;
    let new = json!({"ImportType": "NEW_KEY_MATERIAL"});
    assert_eq!(import(&admin, &mac, &[5; 48], new).await, "ValidationException");
    assert_eq!(import(&admin, &mac, &[5; 48], json!({})).await, "");
    let other = import(&admin, &mac, &[6; 48], json!({})).await;
    assert_eq!(other, "IncorrectKeyMaterialException", "its material never changes");
    let input = json!({"KeyId": mac, "Message": blob(b"hello"), "MacAlgorithm": "HMAC_SHA_384"});
    let made = bytes(&call(&admin, "GenerateMac", input).await["Mac"]);
    let key_of = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA384, &[5; 48]);
    aws_lc_rs::hmac::verify(&key_of, b"hello", &made).unwrap();

    let ec = key(&admin, external("ECC_NIST_P256", "SIGN_VERIFY")).await;
    let mine = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let pkcs8 = mine.to_pkcs8v1().unwrap();
    assert_eq!(import(&admin, &ec, pkcs8.as_ref(), json!({})).await, "");
    let shown = call(&admin, "GetPublicKey", json!({"KeyId": ec})).await;
    use aws_lc_rs::signature::KeyPair as _;
    assert_eq!(bytes(&shown["PublicKey"]), mine.public_key().as_der().unwrap().as_ref());

    let rsa = key(&admin, external("RSA_3072", "SIGN_VERIFY")).await;
    let oaep = json!({
        "KeyId": rsa, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_4096",
    });
    let refused = code(&admin, "GetParametersForImport", oaep).await;
    assert_eq!(refused, "UnsupportedOperationException");
    let wrong = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
    let right = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa3072).unwrap();
    for (pair, expected) in [(wrong, "IncorrectKeyMaterialException"), (right, "")] {
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let input = prepared(&admin, &rsa, "RSA_AES_KEY_WRAP_SHA_256", der.as_ref()).await;
        assert_eq!(code(&admin, "ImportKeyMaterial", input).await, expected);
    }
    assert_eq!(metadata(&admin, &rsa).await["KeyState"], "Enabled");
}

#[tokio::test]
async fn only_keys_for_it_import() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let asked = |id: &str, algorithm: &str| json!({"KeyId": id, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"});
    let own = key(&admin, json!({})).await;
    let external = key(&admin, json!({"Origin": "EXTERNAL"})).await;
    for input in [
        asked(&own, "RSAES_OAEP_SHA_256"),
        asked(&external, "RSAES_PKCS1_V1_5"),
        asked(&external, "SM2PKE"),
    ] {
        let refused = code(&admin, "GetParametersForImport", input).await;
        assert_eq!(refused, "UnsupportedOperationException");
    }
    let erase = json!({"KeyId": own});
    let refused = code(&admin, "DeleteImportedKeyMaterial", erase).await;
    assert_eq!(refused, "UnsupportedOperationException");
    call(&admin, "DeleteImportedKeyMaterial", json!({"KeyId": external})).await;
    let soon = json!({"KeyId": external, "PendingWindowInDays": 7});
    call(&admin, "ScheduleKeyDeletion", soon).await;
    call(&admin, "DeleteImportedKeyMaterial", json!({"KeyId": external})).await;
    assert_eq!(metadata(&admin, &external).await["KeyState"], "PendingDeletion");
    let refused =
        code(&admin, "GetParametersForImport", asked(&external, "RSAES_OAEP_SHA_1")).await;
    assert_eq!(refused, "KMSInvalidStateException");
}
