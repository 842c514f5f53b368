//! What each kind of key does, and what it refuses.

use crate::{blob, bytes, call, cloud, code, key, metadata};
use aws_lc_rs::{
    agreement,
    encoding::AsDer,
    signature::{ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, UnparsedPublicKey},
};
use proptest::{
    prelude::ProptestConfig,
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Value, json};
use testkit::Client;

const SIGNING: [(&str, &[&str]); 8] = [
    (
        "RSA_2048",
        &[
            "RSASSA_PSS_SHA_256",
            "RSASSA_PSS_SHA_384",
            "RSASSA_PSS_SHA_512",
            "RSASSA_PKCS1_V1_5_SHA_256",
            "RSASSA_PKCS1_V1_5_SHA_384",
            "RSASSA_PKCS1_V1_5_SHA_512",
        ],
    ),
    ("ECC_NIST_P256", &["ECDSA_SHA_256"]),
    ("ECC_NIST_P384", &["ECDSA_SHA_384"]),
    ("ECC_NIST_P521", &["ECDSA_SHA_512"]),
    ("ECC_SECG_P256K1", &["ECDSA_SHA_256"]),
    ("ECC_NIST_EDWARDS25519", &["ED25519_SHA_512", "ED25519_PH_SHA_512"]),
    ("ML_DSA_44", &["ML_DSA_SHAKE_256"]),
    ("ML_DSA_87", &["ML_DSA_SHAKE_256"]),
];

/// How a message of each type for `algorithm` is given, and what type it cannot be.
fn types(algorithm: &str) -> (Vec<(&'static str, usize)>, &'static str) {
    let digest = match algorithm {
        "ML_DSA_SHAKE_256" => return (vec![("RAW", 4096), ("EXTERNAL_MU", 64)], "DIGEST"),
        "ED25519_SHA_512" => return (vec![("RAW", 4096)], "DIGEST"),
        "ED25519_PH_SHA_512" => return (vec![("DIGEST", 64)], "RAW"),
        other if other.ends_with("256") => 32,
        other if other.ends_with("384") => 48,
        _ => 64,
    };
    (vec![("RAW", 4096), ("DIGEST", digest)], "EXTERNAL_MU")
}

async fn check_signing(admin: &Client<'_>, id: &str, algorithm: &str) {
    let (types, wrong) = types(algorithm);
    for (kind, length) in types {
        let mut input = json!({
            "KeyId": id, "Message": blob(&vec![7; length]), "MessageType": kind,
            "SigningAlgorithm": algorithm,
        });
        let signed = call(admin, "Sign", input.clone()).await;
        assert!(signed["KeyId"].as_str().unwrap().ends_with(id));
        assert_eq!(signed["SigningAlgorithm"], algorithm);
        input["Signature"] = signed["Signature"].clone();
        let verified = call(admin, "Verify", input.clone()).await;
        assert_eq!(verified["SignatureValid"], true);
        input["Message"] = blob(&vec![8; length]);
        assert_eq!(code(admin, "Verify", input.clone()).await, "KMSInvalidSignatureException");
        input["DryRun"] = true.into();
        assert_eq!(code(admin, "Verify", input.clone()).await, "DryRunOperationException");
        if kind != "RAW" {
            input["Message"] = blob(&vec![8; length - 1]);
            assert_eq!(code(admin, "Verify", input).await, "ValidationException");
        }
    }
    let input = json!({
        "KeyId": id, "Message": blob(&[7; 64]), "MessageType": wrong,
        "SigningAlgorithm": algorithm,
    });
    assert_eq!(code(admin, "Sign", input).await, "ValidationException", "{algorithm} {wrong}");
}

#[tokio::test]
async fn each_spec_signs_with_its_algorithms_only() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for (spec, algorithms) in SIGNING {
        let id = key(&admin, json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"})).await;
        let shown = metadata(&admin, &id).await;
        assert_eq!(shown["KeySpec"], spec);
        let mut listed: Vec<&str> = Vec::new();
        listed
            .extend(shown["SigningAlgorithms"].as_array().unwrap().iter().flat_map(Value::as_str));
        assert_eq!(listed.len(), algorithms.len());
        for algorithm in algorithms {
            assert!(listed.contains(algorithm), "{spec} {algorithm}");
            check_signing(&admin, &id, algorithm).await;
        }
        let other = if spec == "ECC_NIST_P256" { "ECDSA_SHA_384" } else { "ECDSA_SHA_256" };
        if !algorithms.contains(&other) {
            let input = json!({
                "KeyId": id, "Message": blob(b"hello"), "SigningAlgorithm": other,
            });
            assert_eq!(code(&admin, "Sign", input).await, "InvalidKeyUsageException");
        }
        let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello")});
        assert_eq!(code(&admin, "Encrypt", encrypt).await, "InvalidKeyUsageException");
    }
}

#[tokio::test]
async fn a_public_key_verifies_elsewhere() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for (spec, algorithm, by) in [
        ("ECC_NIST_P384", "ECDSA_SHA_384", &ECDSA_P384_SHA384_ASN1),
        ("ECC_NIST_P521", "ECDSA_SHA_512", &ECDSA_P521_SHA512_ASN1),
    ] {
        let id = key(&admin, json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"})).await;
        let public = call(&admin, "GetPublicKey", json!({"KeyId": id})).await;
        assert_eq!(
            (&public["KeySpec"], &public["CustomerMasterKeySpec"]),
            (&json!(spec), &json!(spec))
        );
        assert_eq!(public["KeyUsage"], "SIGN_VERIFY");
        assert_eq!(public["EncryptionAlgorithms"], Value::Null);
        let input = json!({
            "KeyId": id, "Message": blob(b"hello"), "SigningAlgorithm": algorithm,
        });
        let signature = bytes(&call(&admin, "Sign", input).await["Signature"]);
        let public = UnparsedPublicKey::new(by, bytes(&public["PublicKey"]));
        public.verify(b"hello", &signature).unwrap();
    }
    let symmetric = json!({"KeyId": key(&admin, json!({})).await});
    assert_eq!(code(&admin, "GetPublicKey", symmetric).await, "UnsupportedOperationException");
}

#[tokio::test]
async fn codes_are_made_and_verified() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for (bits, bytes_long) in [("224", 28), ("256", 32), ("384", 48), ("512", 64)] {
        let spec = format!("HMAC_{bits}");
        let id = key(&admin, json!({"KeySpec": spec, "KeyUsage": "GENERATE_VERIFY_MAC"})).await;
        let algorithm = format!("HMAC_SHA_{bits}");
        assert_eq!(metadata(&admin, &id).await["MacAlgorithms"], json!([algorithm]));
        let mut input = json!({"KeyId": id, "Message": blob(b"hello"), "MacAlgorithm": algorithm});
        let made = call(&admin, "GenerateMac", input.clone()).await;
        assert_eq!(bytes(&made["Mac"]).len(), bytes_long);
        input["Mac"] = made["Mac"].clone();
        assert_eq!(call(&admin, "VerifyMac", input.clone()).await["MacValid"], true);
        input["Message"] = blob(b"hellp");
        assert_eq!(code(&admin, "VerifyMac", input.clone()).await, "KMSInvalidMacException");
        input["MacAlgorithm"] = json!(if bits == "256" { "HMAC_SHA_384" } else { "HMAC_SHA_256" });
        assert_eq!(code(&admin, "VerifyMac", input).await, "InvalidKeyUsageException");
        let sign = json!({
            "KeyId": id, "Message": blob(b"hello"), "SigningAlgorithm": "ECDSA_SHA_256",
        });
        assert_eq!(code(&admin, "Sign", sign).await, "InvalidKeyUsageException");
    }
}

#[tokio::test]
async fn rsa_encrypts_what_fits() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"})).await;
    let other = key(&admin, json!({})).await;
    for (algorithm, most) in [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)] {
        let mut input = json!({
            "KeyId": id, "Plaintext": blob(&vec![7; most]), "EncryptionAlgorithm": algorithm,
        });
        let sealed = call(&admin, "Encrypt", input.clone()).await;
        assert_eq!(sealed["EncryptionAlgorithm"], algorithm);
        let decrypt = json!({
            "KeyId": id, "CiphertextBlob": sealed["CiphertextBlob"],
            "EncryptionAlgorithm": algorithm,
        });
        let opened = call(&admin, "Decrypt", decrypt.clone()).await;
        assert_eq!(bytes(&opened["Plaintext"]), vec![7; most]);
        assert_eq!(opened["KeyMaterialId"], Value::Null);
        let moved = json!({
            "SourceKeyId": id, "CiphertextBlob": sealed["CiphertextBlob"],
            "SourceEncryptionAlgorithm": algorithm, "DestinationKeyId": other,
        });
        let moved = call(&admin, "ReEncrypt", moved).await["CiphertextBlob"].clone();
        let opened = call(&admin, "Decrypt", json!({"CiphertextBlob": moved})).await;
        assert_eq!(bytes(&opened["Plaintext"]), vec![7; most]);
        let mut unnamed = decrypt.clone();
        unnamed.as_object_mut().unwrap().remove("KeyId");
        assert_eq!(code(&admin, "Decrypt", unnamed).await, "InvalidCiphertextException");
        let mut as_symmetric = decrypt;
        as_symmetric.as_object_mut().unwrap().remove("EncryptionAlgorithm");
        assert_eq!(code(&admin, "Decrypt", as_symmetric).await, "InvalidKeyUsageException");
        input["EncryptionContext"] = json!({"a": "1"});
        assert_eq!(code(&admin, "Encrypt", input.clone()).await, "ValidationException");
        input.as_object_mut().unwrap().remove("EncryptionContext");
        input["Plaintext"] = blob(&vec![7; most + 1]);
        assert_eq!(code(&admin, "Encrypt", input).await, "ValidationException");
    }
    let data_key = json!({"KeyId": id, "NumberOfBytes": 8});
    assert_eq!(code(&admin, "GenerateDataKey", data_key).await, "InvalidKeyUsageException");
}

#[tokio::test]
async fn two_parties_share_a_secret() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({"KeySpec": "ECC_NIST_P384", "KeyUsage": "KEY_AGREEMENT"})).await;
    assert_eq!(metadata(&admin, &id).await["KeyAgreementAlgorithms"], json!(["ECDH"]));
    let mine = agreement::PrivateKey::generate(&agreement::ECDH_P384).unwrap();
    let my_public = mine.compute_public_key().unwrap();
    let input = |public: &[u8]| json!({"KeyId": id, "KeyAgreementAlgorithm": "ECDH", "PublicKey": blob(public)});
    let der = my_public.as_der().unwrap();
    let derived = call(&admin, "DeriveSharedSecret", input(der.as_ref())).await;
    assert_eq!(derived["KeyOrigin"], "AWS_KMS");
    let theirs = bytes(&call(&admin, "GetPublicKey", json!({"KeyId": id})).await["PublicKey"]);
    let theirs = agreement::UnparsedPublicKey::new(&agreement::ECDH_P384, theirs);
    let secret = agreement::agree(&mine, &theirs, (), |secret| Ok(secret.to_vec())).unwrap();
    assert_eq!(bytes(&derived["SharedSecret"]), secret);

    let other = agreement::PrivateKey::generate(&agreement::ECDH_P256).unwrap();
    let other = other.compute_public_key().unwrap();
    let wrong = input(other.as_der().unwrap().as_ref());
    assert_eq!(code(&admin, "DeriveSharedSecret", wrong).await, "ValidationException");
    let point = input(my_public.as_ref());
    assert_eq!(code(&admin, "DeriveSharedSecret", point).await, "ValidationException");
}

#[tokio::test]
async fn pairs_of_data_keys_come_plain_and_encrypted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({})).await;
    let context = json!({"for": "pairs"});
    for spec in ["RSA_2048", "ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"] {
        let input = json!({"KeyId": id, "KeyPairSpec": spec, "EncryptionContext": context});
        let made = call(&admin, "GenerateDataKeyPair", input.clone()).await;
        assert_eq!((&made["KeyPairSpec"], bytes(&made["PublicKey"])[0]), (&json!(spec), 0x30));
        let decrypt = json!({
            "CiphertextBlob": made["PrivateKeyCiphertextBlob"], "EncryptionContext": context,
        });
        let opened = call(&admin, "Decrypt", decrypt).await;
        assert_eq!(opened["Plaintext"], made["PrivateKeyPlaintext"]);
        assert_eq!(opened["KeyMaterialId"], made["KeyMaterialId"]);
        let blind = call(&admin, "GenerateDataKeyPairWithoutPlaintext", input).await;
        assert_eq!(blind["PrivateKeyPlaintext"], Value::Null);
        assert_ne!(blind["PublicKey"], made["PublicKey"]);
    }
    let sm2 = json!({"KeyId": id, "KeyPairSpec": "SM2"});
    assert_eq!(code(&admin, "GenerateDataKeyPair", sm2).await, "UnsupportedOperationException");
}

#[tokio::test]
async fn what_does_not_go_together_is_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for (input, expected) in [
        (json!({"KeySpec": "RSA_2048"}), "ValidationException"),
        (json!({"KeySpec": "HMAC_256"}), "ValidationException"),
        (json!({"KeySpec": "HMAC_256", "KeyUsage": "SIGN_VERIFY"}), "ValidationException"),
        (json!({"KeySpec": "ECC_SECG_P256K1", "KeyUsage": "KEY_AGREEMENT"}), "ValidationException"),
        (json!({"KeyUsage": "SIGN_VERIFY"}), "ValidationException"),
        (json!({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}), "UnsupportedOperationException"),
        (json!({"Origin": "AWS_CLOUDHSM"}), "NotImplemented"),
        (json!({"CustomKeyStoreId": "cks-1"}), "NotImplemented"),
    ] {
        assert_eq!(code(&admin, "CreateKey", input.clone()).await, expected, "{input}");
    }
    let before = json!({"CustomerMasterKeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"});
    assert_eq!(metadata(&admin, &key(&admin, before).await).await["KeySpec"], "ECC_NIST_P256");
    let id = key(&admin, json!({})).await;
    let recipient = json!({"KeyId": id, "NumberOfBytes": 8, "Recipient": {}});
    assert_eq!(code(&admin, "GenerateDataKey", recipient).await, "NotImplemented");
    let stores = call(&admin, "DescribeCustomKeyStores", json!({})).await;
    assert_eq!(stores["CustomKeyStores"], json!([]));
    let named = json!({"CustomKeyStoreId": "cks-1"});
    let refused = code(&admin, "DescribeCustomKeyStores", named).await;
    assert_eq!(refused, "CustomKeyStoreNotFoundException");
}

#[tokio::test]
async fn a_dry_run_may_ignore_the_ciphertext() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({})).await;
    let mut input = json!({"KeyId": id, "DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    assert_eq!(code(&admin, "Decrypt", input.clone()).await, "DryRunOperationException");
    input["DryRun"] = false.into();
    assert_eq!(code(&admin, "Decrypt", input.clone()).await, "ValidationException");
    let unnamed = json!({"DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
    let refused = code(&admin, "Decrypt", unnamed).await;
    assert!(["ValidationException", "InvalidCiphertextException"].contains(&refused), "{refused}");
    let plain = json!({"KeyId": id, "DryRun": true, "CiphertextBlob": blob(b"nonsense")});
    assert_eq!(code(&admin, "Decrypt", plain).await, "InvalidCiphertextException");
    call(&admin, "DisableKey", json!({"KeyId": id})).await;
    input["DryRun"] = true.into();
    assert_eq!(code(&admin, "Decrypt", input).await, "DisabledException");
}

#[tokio::test]
async fn the_last_use_is_told() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({})).await;
    let asked = || async { call(&admin, "GetKeyLastUsage", json!({"KeyId": id})).await };
    assert_eq!(asked().await["KeyLastUsage"], Value::Null);
    let input = json!({"KeyId": id, "NumberOfBytes": 8});
    let mut dry = input.clone();
    dry["DryRun"] = true.into();
    assert_eq!(code(&admin, "GenerateDataKey", dry).await, "DryRunOperationException");
    assert_eq!(asked().await["KeyLastUsage"], Value::Null, "a dry run is no use");
    call(&admin, "GenerateDataKey", input).await;
    assert_eq!(asked().await["KeyLastUsage"]["Operation"], "GenerateDataKey");
    let before = asked().await["KeyLastUsage"]["Timestamp"].as_f64().unwrap();
    cloud.clock().advance(std::time::Duration::from_secs(10));
    let encrypt = json!({"KeyId": id, "Plaintext": blob(b"hello")});
    call(&admin, "Encrypt", encrypt).await;
    let used = asked().await["KeyLastUsage"].take();
    assert_eq!(used["Operation"], "Encrypt");
    assert_eq!(used["Timestamp"].as_f64().unwrap(), before + 10.0);
    assert!(used["KmsRequestId"].as_str().is_some());
}

/// Whatever was encrypted and however: one flipped bit, and it does not open.
#[tokio::test(flavor = "multi_thread")]
async fn no_ciphertext_with_a_flipped_bit_opens() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let symmetric = key(&admin, json!({})).await;
    let replicated = key(&admin, json!({"MultiRegion": true})).await;
    let rsa = key(&admin, json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"})).await;
    let cases = [
        (symmetric, "SYMMETRIC_DEFAULT"),
        (replicated, "SYMMETRIC_DEFAULT"),
        (rsa.clone(), "RSAES_OAEP_SHA_1"),
        (rsa, "RSAES_OAEP_SHA_256"),
    ];
    let mut runner = TestRunner::new(ProptestConfig { cases: 200, ..ProptestConfig::default() });
    let inputs = (
        proptest::collection::vec(proptest::num::u8::ANY, 1..190),
        0..cases.len(),
        proptest::num::usize::ANY,
    );
    let runtime = tokio::runtime::Handle::current();
    let check = |(plain, case, bit): (Vec<u8>, usize, usize)| {
        let (key, algorithm) = &cases[case];
        let encrypt = json!({
            "KeyId": key, "Plaintext": blob(&plain), "EncryptionAlgorithm": algorithm,
        });
        let opened = runtime.block_on(async {
            let sealed = call(&admin, "Encrypt", encrypt).await;
            let mut sealed = bytes(&sealed["CiphertextBlob"]);
            let bit = bit % (sealed.len() * 8);
            sealed[bit / 8] ^= 1 << (bit % 8);
            let decrypt = json!({
                "KeyId": key, "CiphertextBlob": blob(&sealed), "EncryptionAlgorithm": algorithm,
            });
            admin.call("kms", "Decrypt", decrypt).await
        });
        match opened {
            Ok(_) => Err(TestCaseError::fail("a forged ciphertext opened")),
            Err(refused) => {
                let known = ["InvalidCiphertextException", "IncorrectKeyException"];
                assert!(known.contains(&refused.code), "{}", refused.code);
                Ok(())
            }
        }
    };
    tokio::task::block_in_place(|| runner.run(&inputs, check)).unwrap();
}
