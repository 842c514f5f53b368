//! What each state of a key refuses ("Key states of AWS KMS keys").

use crate::{blob, call, cloud, code, key, metadata};
use serde_json::{Value, json};
use testkit::{ACCOUNT, Client};

/// Every operation on a key that its state matters to.
fn calls(id: &str) -> Vec<(&'static str, Value)> {
    let named = json!({"KeyId": id});
    let tags = json!({"KeyId": id, "Tags": [{"TagKey": "a", "TagValue": "1"}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*",
    }]});
    vec![
        ("CreateAlias", json!({"AliasName": "alias/state", "TargetKeyId": id})),
        ("DeleteAlias", json!({"AliasName": "alias/state"})),
        ("DescribeKey", named.clone()),
        ("Encrypt", json!({"KeyId": id, "Plaintext": blob(b"hello")})),
        ("GenerateDataKey", json!({"KeyId": id, "NumberOfBytes": 8})),
        ("GenerateDataKeyPair", json!({"KeyId": id, "KeyPairSpec": "ECC_NIST_P256"})),
        ("GetKeyPolicy", named.clone()),
        ("GetKeyRotationStatus", named.clone()),
        ("ListGrants", named.clone()),
        ("ListKeyRotations", named.clone()),
        ("ListResourceTags", named.clone()),
        ("PutKeyPolicy", json!({"KeyId": id, "Policy": policy.to_string()})),
        ("TagResource", tags),
        ("UpdateKeyDescription", json!({"KeyId": id, "Description": "d"})),
        ("EnableKeyRotation", named.clone()),
        ("RotateKeyOnDemand", named.clone()),
        ("CancelKeyDeletion", named.clone()),
    ]
}

async fn refusals(client: &Client<'_>, id: &str) -> Vec<(&'static str, &'static str)> {
    let mut refused = Vec::new();
    for (operation, input) in calls(id) {
        let code = code(client, operation, input).await;
        if !code.is_empty() {
            refused.push((operation, code));
        }
    }
    refused
}

#[tokio::test]
async fn each_state_refuses_what_the_table_says() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({})).await;
    let (disabled, state) = ("DisabledException", "KMSInvalidStateException");
    assert_eq!(refusals(&admin, &id).await, [("CancelKeyDeletion", state)]);

    call(&admin, "DisableKey", json!({"KeyId": id})).await;
    let unusable = ["Encrypt", "GenerateDataKey", "GenerateDataKeyPair"];
    let rotating = ["EnableKeyRotation", "RotateKeyOnDemand"];
    let mut expected: Vec<_> = unusable.map(|operation| (operation, disabled)).into();
    expected.extend(rotating.map(|operation| (operation, disabled)));
    expected.push(("CancelKeyDeletion", state));
    assert_eq!(refusals(&admin, &id).await, expected);

    call(&admin, "ScheduleKeyDeletion", json!({"KeyId": id})).await;
    let refused = refusals(&admin, &id).await;
    let operations: Vec<&str> = refused.iter().map(|(operation, _)| *operation).collect();
    let mut expected = vec!["CreateAlias", "DeleteAlias"];
    expected.extend(unusable);
    expected.extend(["TagResource", "UpdateKeyDescription"]);
    expected.extend(rotating);
    assert_eq!(operations, expected);
    for (operation, code) in refused.into_iter().filter(|(name, _)| *name != "DeleteAlias") {
        assert_eq!(code, state, "{operation}");
    }
    // The last of the calls took the deletion back.
    assert_eq!(metadata(&admin, &id).await["KeyState"], "Disabled");
}

#[tokio::test]
async fn keys_that_do_not_rotate_say_so() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for (spec, usage) in [("HMAC_256", "GENERATE_VERIFY_MAC"), ("ECC_NIST_P256", "SIGN_VERIFY")] {
        let id = key(&admin, json!({"KeySpec": spec, "KeyUsage": usage})).await;
        for operation in
            ["EnableKeyRotation", "DisableKeyRotation", "ListKeyRotations", "RotateKeyOnDemand"]
        {
            let refused = code(&admin, operation, json!({"KeyId": id})).await;
            assert_eq!(refused, "UnsupportedOperationException", "{operation} {spec}");
        }
        let status = call(&admin, "GetKeyRotationStatus", json!({"KeyId": id})).await;
        assert_eq!(status["KeyRotationEnabled"], false);
        assert_eq!(metadata(&admin, &id).await["CurrentKeyMaterialId"], Value::Null);
    }
}

#[tokio::test]
async fn a_key_rotates_on_demand_so_many_times() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = key(&admin, json!({})).await;
    for _ in 0..25 {
        call(&admin, "RotateKeyOnDemand", json!({"KeyId": id})).await;
    }
    let refused = code(&admin, "RotateKeyOnDemand", json!({"KeyId": id})).await;
    assert_eq!(refused, "LimitExceededException");
    let page = call(&admin, "ListKeyRotations", json!({"KeyId": id, "Limit": 20})).await;
    assert_eq!(page["Truncated"], true);
    let rest = json!({"KeyId": id, "Marker": page["NextMarker"]});
    let rest = call(&admin, "ListKeyRotations", rest).await;
    let count = |page: &Value| page["Rotations"].as_array().unwrap().len();
    assert_eq!(count(&page) + count(&rest), 25);
}
