//! Keys through the whole pipeline: life cycle, encryption, aliases, policies and grants.

use crate::{call, cloud, code, key};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNT, Client, Cloud};

#[tokio::test]
async fn what_is_encrypted_opens_with_the_same_context_only() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({"Description": "songs"})).await;
    call(&admin, "CreateAlias", json!({"AliasName": "alias/songs", "TargetKeyId": id})).await;
    let context = json!({"app": "songs", "stage": "dev"});
    let input = json!({
        "KeyId": "alias/songs", "Plaintext": "aGVsbG8=", "EncryptionContext": context,
    });
    let blob = call(&admin, "Encrypt", input).await["CiphertextBlob"].clone();
    let decrypt = |context: Value| json!({"CiphertextBlob": blob, "EncryptionContext": context});
    let opened = call(&admin, "Decrypt", decrypt(context.clone())).await;
    assert_eq!(opened["Plaintext"], "aGVsbG8=");
    assert!(opened["KeyId"].as_str().unwrap().ends_with(&id));
    let wrong = decrypt(json!({"app": "songs"}));
    assert_eq!(code(&admin, "Decrypt", wrong).await, "InvalidCiphertextException");
    let garbage = json!({"CiphertextBlob": "AAAA"});
    assert_eq!(code(&admin, "Decrypt", garbage).await, "InvalidCiphertextException");

    let other = key(&admin, json!({})).await;
    let mut named = decrypt(context.clone());
    named["KeyId"] = json!(other);
    assert_eq!(code(&admin, "Decrypt", named).await, "IncorrectKeyException");
    let again = json!({
        "CiphertextBlob": blob, "SourceEncryptionContext": context, "DestinationKeyId": other,
    });
    let moved = call(&admin, "ReEncrypt", again).await["CiphertextBlob"].clone();
    call(&admin, "RotateKeyOnDemand", json!({"KeyId": other})).await;
    let opened = call(&admin, "Decrypt", json!({"CiphertextBlob": moved})).await;
    assert_eq!(opened["Plaintext"], "aGVsbG8=", "old material still opens");
}

#[tokio::test]
async fn a_data_key_comes_plain_and_encrypted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({})).await;
    let input = json!({"KeyId": id, "KeySpec": "AES_256"});
    let made = call(&admin, "GenerateDataKey", input).await;
    let blob = json!({"CiphertextBlob": made["CiphertextBlob"]});
    assert_eq!(call(&admin, "Decrypt", blob).await["Plaintext"], made["Plaintext"]);
    let both = json!({"KeyId": id, "KeySpec": "AES_256", "NumberOfBytes": 8});
    assert_eq!(code(&admin, "GenerateDataKey", both).await, "ValidationException");
    let dry = json!({"KeyId": id, "NumberOfBytes": 8, "DryRun": true});
    assert_eq!(code(&admin, "GenerateDataKey", dry).await, "DryRunOperationException");
}

#[tokio::test]
async fn a_key_is_disabled_scheduled_kept_and_destroyed() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({})).await;
    let named = || json!({"KeyId": id});
    let encrypt = || json!({"KeyId": id, "Plaintext": "aGVsbG8="});
    call(&admin, "DisableKey", named()).await;
    assert_eq!(code(&admin, "Encrypt", encrypt()).await, "DisabledException");
    call(&admin, "EnableKey", named()).await;
    let blob = call(&admin, "Encrypt", encrypt()).await["CiphertextBlob"].clone();
    let soon = json!({"KeyId": id, "PendingWindowInDays": 7});
    let scheduled = call(&admin, "ScheduleKeyDeletion", soon.clone()).await;
    assert_eq!(scheduled["KeyState"], "PendingDeletion");
    assert_eq!(code(&admin, "Encrypt", encrypt()).await, "KMSInvalidStateException");
    call(&admin, "CancelKeyDeletion", named()).await;
    let metadata = call(&admin, "DescribeKey", named()).await["KeyMetadata"].clone();
    assert_eq!(metadata["KeyState"], "Disabled");

    call(&admin, "ScheduleKeyDeletion", soon).await;
    cloud.clock().advance(Duration::from_secs(7 * 24 * 60 * 60 + 1));
    let gone =
        async || (code(&admin, "DescribeKey", named()).await == "NotFoundException").then_some(());
    cloud.eventually(gone).await;
    let decrypt = json!({"CiphertextBlob": blob});
    assert_eq!(code(&admin, "Decrypt", decrypt).await, "AccessDeniedException");
}

#[tokio::test]
async fn the_key_policy_rules_and_grants_go_beside_it() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let everything = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"});
    let ann = cloud.user("ann", everything).await;
    let nothing = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
    let bob = cloud.user("bob", nothing).await;
    let id = key(&admin, json!({})).await;
    let encrypt = || json!({"KeyId": id, "Plaintext": "aGVsbG8=", "EncryptionContext": {"a": "1"}});
    assert_eq!(code(&ann, "Encrypt", encrypt()).await, "");
    assert_eq!(code(&bob, "Encrypt", encrypt()).await, "AccessDeniedException");

    let closed = |principal: &str| {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*",
        }]})
        .to_string()
    };
    let put = |policy: String| json!({"KeyId": id, "Policy": policy});
    let lockout = closed(&format!("arn:aws:iam::{ACCOUNT}:user/bob"));
    let refused = code(&admin, "PutKeyPolicy", put(lockout)).await;
    assert_eq!(refused, "MalformedPolicyDocumentException");

    let grant = |equals: Value| {
        json!({
            "KeyId": id, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:user/bob"),
            "Operations": ["Encrypt"],
            "Constraints": {"EncryptionContextSubset": {"a": "1"}, "EncryptionContextEquals": equals},
        })
    };
    let both = code(&admin, "CreateGrant", grant(json!({"a": "1"}))).await;
    assert_eq!(both, "ValidationException");
    let made = call(&admin, "CreateGrant", grant(json!({}))).await;
    assert_eq!(code(&bob, "Encrypt", encrypt()).await, "");
    let other = json!({"KeyId": id, "Plaintext": "aGVsbG8=", "EncryptionContext": {"a": "2"}});
    assert_eq!(code(&bob, "Encrypt", other).await, "AccessDeniedException");
    let revoke = json!({"KeyId": id, "GrantId": made["GrantId"]});
    call(&admin, "RevokeGrant", revoke).await;
    assert_eq!(code(&bob, "Encrypt", encrypt()).await, "AccessDeniedException");
}

#[tokio::test]
async fn a_grant_is_retired_by_those_it_names() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let nothing = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
    let ann = cloud.user("ann", nothing.clone()).await;
    let bob = cloud.user("bob", nothing.clone()).await;
    let eve = cloud.user("eve", nothing).await;
    let id = key(&admin, json!({})).await;
    let grant = |operations: Value| {
        json!({
            "KeyId": id, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:user/bob"),
            "RetiringPrincipal": format!("arn:aws:iam::{ACCOUNT}:user/ann"),
            "Operations": operations, "Constraints": {"EncryptionContextSubset": {"a": "1"}},
        })
    };
    let made = call(&admin, "CreateGrant", grant(json!(["Encrypt"]))).await;
    let by_id = json!({"KeyId": id, "GrantId": made["GrantId"]});
    assert_eq!(code(&eve, "RetireGrant", by_id.clone()).await, "AccessDeniedException");
    assert_eq!(code(&bob, "RetireGrant", by_id.clone()).await, "AccessDeniedException");
    assert_eq!(code(&ann, "RetireGrant", by_id.clone()).await, "");
    assert_eq!(code(&ann, "RetireGrant", by_id).await, "InvalidGrantIdException");

    let made = call(&admin, "CreateGrant", grant(json!(["Encrypt", "RetireGrant"]))).await;
    let by_token = json!({"GrantToken": made["GrantToken"]});
    assert_eq!(code(&bob, "RetireGrant", by_token).await, "");
    let both = json!({"GrantToken": made["GrantToken"], "KeyId": id});
    assert_eq!(code(&bob, "RetireGrant", both).await, "ValidationException");
    let forged = json!({"GrantToken": "Zm9yZ2Vk"});
    assert_eq!(code(&bob, "RetireGrant", forged).await, "InvalidGrantTokenException");
}

#[tokio::test]
async fn a_user_created_again_is_another_user() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({})).await;
    let bob = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let grant = json!({"KeyId": id, "GranteePrincipal": bob, "Operations": ["Encrypt"]});
    assert_eq!(code(&admin, "CreateGrant", grant.clone()).await, "InvalidArnException");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": bob}, "Action": "kms:Decrypt", "Resource": "*"},
    ]});
    let put = json!({"KeyId": id, "Policy": policy.to_string()});
    let refused = code(&admin, "PutKeyPolicy", put.clone()).await;
    assert_eq!(refused, "MalformedPolicyDocumentException");

    let encrypt = json!({"KeyId": id, "Plaintext": "aGVsbG8="});
    let blob = call(&admin, "Encrypt", encrypt.clone()).await["CiphertextBlob"].clone();
    let decrypt = json!({"CiphertextBlob": blob});
    let first = new_bob(&cloud).await;
    call(&admin, "CreateGrant", grant).await;
    call(&admin, "PutKeyPolicy", put).await;
    assert_eq!(code(&first, "Encrypt", encrypt.clone()).await, "");
    assert_eq!(code(&first, "Decrypt", decrypt.clone()).await, "");
    let shown = || async { call(&admin, "GetKeyPolicy", json!({"KeyId": id})).await };
    assert!(shown().await["Policy"].as_str().unwrap().contains(&bob));

    let keys = json!({"UserName": "bob"});
    let keys = admin.call("iam", "ListAccessKeys", keys).await.unwrap();
    let key_id = &keys["AccessKeyMetadata"][0]["AccessKeyId"];
    let forget = json!({"UserName": "bob", "AccessKeyId": key_id});
    admin.call("iam", "DeleteAccessKey", forget).await.unwrap();
    admin.call("iam", "DeleteUser", json!({"UserName": "bob"})).await.unwrap();
    let second = new_bob(&cloud).await;
    assert_eq!(code(&second, "Encrypt", encrypt).await, "AccessDeniedException");
    assert_eq!(code(&second, "Decrypt", decrypt).await, "AccessDeniedException");
    assert!(shown().await["Policy"].as_str().unwrap().contains("\"AIDA"));
}

/// A user without any policy.
async fn new_bob(cloud: &Cloud) -> Client<'_> {
    let admin = cloud.admin();
    admin.call("iam", "CreateUser", json!({"UserName": "bob"})).await.unwrap();
    let key = admin.call("iam", "CreateAccessKey", json!({"UserName": "bob"})).await.unwrap();
    let text = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    cloud.client(&text("AccessKeyId"), &text("SecretAccessKey"), None)
}

#[tokio::test]
async fn a_managed_key_is_for_its_service_only() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let encrypt = json!({"KeyId": "alias/aws/sns", "Plaintext": "aGVsbG8="});
    assert_eq!(code(&admin, "Encrypt", encrypt).await, "AccessDeniedException");
    let described = call(&admin, "DescribeKey", json!({"KeyId": "alias/aws/sns"})).await;
    assert_eq!(described["KeyMetadata"]["KeyManager"], "AWS");
    let id = described["KeyMetadata"]["KeyId"].clone();
    assert_eq!(code(&admin, "DisableKey", json!({"KeyId": id})).await, "AccessDeniedException");
    let status = call(&admin, "GetKeyRotationStatus", json!({"KeyId": id})).await;
    assert_eq!(status["KeyRotationEnabled"], true);
}

#[tokio::test]
async fn lists_go_page_by_page() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let mut ids = Vec::new();
    for number in 0..3 {
        let id = key(&admin, json!({})).await;
        let alias = json!({"AliasName": format!("alias/k{number}"), "TargetKeyId": id});
        call(&admin, "CreateAlias", alias.clone()).await;
        assert_eq!(code(&admin, "CreateAlias", alias).await, "AlreadyExistsException");
        ids.push(json!(id));
        cloud.clock().advance(Duration::from_secs(1));
    }
    let page = call(&admin, "ListKeys", json!({"Limit": 2})).await;
    assert_eq!(page["Truncated"], true);
    let rest = call(&admin, "ListKeys", json!({"Marker": page["NextMarker"]})).await;
    assert_eq!((&page["Keys"][1]["KeyId"], &rest["Keys"][0]["KeyId"]), (&ids[1], &ids[2]));
    assert_eq!(code(&admin, "ListKeys", json!({"Marker": "?"})).await, "InvalidMarkerException");
    for operation in ["GetKeyPolicy", "ListGrants", "GetKeyLastUsage", "DisableKey"] {
        let refused = code(&admin, operation, json!({"KeyId": "alias/k1"})).await;
        assert_eq!(refused, "NotFoundException", "{operation} takes no alias");
    }
    let of_key = call(&admin, "ListAliases", json!({"KeyId": ids[1]})).await;
    assert_eq!(of_key["Aliases"][0]["AliasName"], "alias/k1");

    let all = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"});
    let eve = cloud.user_of("111122223333", "eve", all).await;
    call(&eve, "CreateAlias", {
        let own = key(&eve, json!({})).await;
        json!({"AliasName": "alias/k1", "TargetKeyId": own})
    })
    .await;
    for id in [ids[1].as_str().unwrap(), "12345678-1234-1234-1234-123456789012"] {
        let arn = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}");
        let refused = eve.call("kms", "ListAliases", json!({"KeyId": arn})).await.unwrap_err();
        assert_eq!(refused.code, "NotFoundException");
        assert_eq!(refused.message, format!("Key '{arn}' does not exist"), "there or not");
    }
}

#[tokio::test]
async fn a_refusal_across_accounts_leaves_open_whether_there_is_such_a_key() {
    let cloud = cloud().await;
    let id = key(&cloud.admin(), json!({})).await;
    let all = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"});
    let eve = cloud.user_of("111122223333", "eve", all).await;
    for id in [id.as_str(), "12345678-1234-1234-1234-123456789012"] {
        let arn = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}");
        let refused = eve.call("kms", "DescribeKey", json!({"KeyId": arn})).await.unwrap_err();
        assert_eq!(refused.code, "AccessDeniedException");
        assert_eq!(
            refused.message,
            "User: arn:aws:iam::111122223333:user/eve is not authorized to perform: \
             kms:DescribeKey on this resource because the resource does not exist in this Region, \
             no resource-based policies allow access, or a resource-based policy explicitly \
             denies access"
        );
    }
}
