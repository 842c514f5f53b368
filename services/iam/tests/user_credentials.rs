//! SSH keys and credentials for single services, through the whole pipeline.

mod common;

use common::{allow, cloud, code_of, fails, ok};
use serde_json::{Value, json};
use std::time::Duration;

/// Made by `ssh-keygen -t rsa -b 2048`, which says its MD5 is [`FINGERPRINT`].
const SSH: &str = include_str!("data/ssh.pub");
const PEM: &str = include_str!("data/ssh.pub.pem");
const FINGERPRINT: &str = include_str!("data/ssh.md5");

#[tokio::test]
async fn an_ssh_key_is_shown_in_both_forms() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ana", None).await;
    let of = |body: &str| json!({"UserName": "ana", "SSHPublicKeyBody": body});
    let made = ok(&admin, "UploadSSHPublicKey", of(SSH)).await;
    let key = &made["SSHPublicKey"];
    let id = key["SSHPublicKeyId"].as_str().unwrap();
    assert!(id.starts_with("APKA"), "{id}");
    assert_eq!(key["Fingerprint"], FINGERPRINT.trim());
    let get =
        |encoding: &str| json!({"UserName": "ana", "SSHPublicKeyId": id, "Encoding": encoding});
    let body = async |encoding| {
        let got = ok(&admin, "GetSSHPublicKey", get(encoding)).await;
        got["SSHPublicKey"]["SSHPublicKeyBody"].as_str().unwrap().to_owned()
    };
    assert_eq!(body("PEM").await, PEM);
    let words: Vec<_> = SSH.split_ascii_whitespace().take(2).collect();
    assert_eq!(body("SSH").await, words.join(" "));

    let duplicate = code_of(&admin, "UploadSSHPublicKey", of(PEM)).await;
    assert_eq!(duplicate, "DuplicateSSHPublicKey");
    let other = code_of(&admin, "UploadSSHPublicKey", of("ssh-ed25519 AAAA")).await;
    assert_eq!(other, "UnrecognizedPublicKeyEncoding");
    assert_eq!(code_of(&admin, "UploadSSHPublicKey", of("ssh-rsa AAAA")).await, "InvalidPublicKey");

    let off = json!({"UserName": "ana", "SSHPublicKeyId": id, "Status": "Inactive"});
    ok(&admin, "UpdateSSHPublicKey", off).await;
    let listed = ok(&admin, "ListSSHPublicKeys", json!({"UserName": "ana"})).await;
    assert_eq!(listed["SSHPublicKeys"][0]["Status"], "Inactive");
    let named = json!({"UserName": "ana", "SSHPublicKeyId": id});
    ok(&admin, "DeleteSSHPublicKey", named.clone()).await;
    assert_eq!(code_of(&admin, "DeleteSSHPublicKey", named).await, "NoSuchEntity");
}

fn create(service: &str) -> Value {
    json!({"UserName": "ana", "ServiceName": service})
}

#[tokio::test]
async fn a_service_has_two_credentials_of_a_user() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", allow("iam:*")).await;
    let operation = "CreateServiceSpecificCredential";
    assert_eq!(code_of(&admin, operation, create("s3.amazonaws.com")).await, "NotSupportedService");
    let git = "codecommit.amazonaws.com";
    let mut made = Vec::new();
    for name in ["ana-at-000000000000", "ana+1-at-000000000000"] {
        let answer = ok(&admin, operation, create(git)).await;
        let credential = answer["ServiceSpecificCredential"].clone();
        assert_eq!(credential["ServiceUserName"], name);
        assert_eq!(credential["ServicePassword"].as_str().unwrap().len(), 44);
        made.push(credential);
    }
    assert_eq!(code_of(&admin, operation, create(git)).await, "LimitExceeded");
    let aged = json!({"UserName": "ana", "ServiceName": git, "CredentialAgeDays": 3});
    assert_eq!(code_of(&admin, operation, aged).await, "ValidationError");
    let key = json!({"UserName": "ana", "ServiceName": "bedrock.amazonaws.com",
        "CredentialAgeDays": 3});
    let key = ok(&admin, operation, key).await["ServiceSpecificCredential"].clone();
    assert!(key["ServiceCredentialSecret"].as_str().unwrap().starts_with("ABSK"));
    assert!(key.get("ServicePassword").is_none() && !key["ExpirationDate"].is_null());

    cloud.clock().advance(Duration::from_secs(3 * 86_400));
    let bedrock = json!({"UserName": "ana", "ServiceName": "bedrock.amazonaws.com"});
    let listed = ok(&admin, "ListServiceSpecificCredentials", bedrock).await;
    assert_eq!(listed["ServiceSpecificCredentials"][0]["Status"], "Expired");

    let id = &made[0]["ServiceSpecificCredentialId"];
    let one = json!({"UserName": "ana", "ServiceSpecificCredentialId": id});
    let reset = ok(&admin, "ResetServiceSpecificCredential", one.clone()).await;
    assert_ne!(reset["ServiceSpecificCredential"]["ServicePassword"], made[0]["ServicePassword"]);
    let off = json!({"ServiceSpecificCredentialId": id, "Status": "Inactive"});
    ok(&ana, "UpdateServiceSpecificCredential", off).await;
    let listed = ok(&ana, "ListServiceSpecificCredentials", json!({"ServiceName": git})).await;
    let listed = listed["ServiceSpecificCredentials"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|credential| credential.get("ServicePassword").is_none()));
    let off = listed.iter().find(|credential| credential["Status"] == "Inactive").unwrap();
    assert_eq!(off["ServiceSpecificCredentialId"], *id);
    let all = ok(&admin, "ListServiceSpecificCredentials", json!({"AllUsers": true})).await;
    assert_eq!(all["ServiceSpecificCredentials"].as_array().unwrap().len(), 3);
    ok(&admin, "DeleteServiceSpecificCredential", one.clone()).await;
    let (code, message) = fails(&admin, "ResetServiceSpecificCredential", one).await;
    assert_eq!(code, "NoSuchEntity");
    assert!(message.starts_with("The Service Specific Credential with id ACCA"), "{message}");
}

#[tokio::test]
async fn what_a_user_has_left_keeps_it_from_being_deleted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    ok(&admin, "CreateUser", json!({"UserName": "ana"})).await;
    let key = json!({"UserName": "ana", "SSHPublicKeyBody": SSH});
    let key = ok(&admin, "UploadSSHPublicKey", key).await;
    let key = json!({"UserName": "ana",
        "SSHPublicKeyId": key["SSHPublicKey"]["SSHPublicKeyId"]});
    let credential = create("cassandra.amazonaws.com");
    let credential = ok(&admin, "CreateServiceSpecificCredential", credential).await;
    let credential = json!({"UserName": "ana", "ServiceSpecificCredentialId":
        credential["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]});
    let ana = json!({"UserName": "ana"});
    assert_eq!(code_of(&admin, "DeleteUser", ana.clone()).await, "DeleteConflict");
    ok(&admin, "DeleteSSHPublicKey", key).await;
    assert_eq!(code_of(&admin, "DeleteUser", ana.clone()).await, "DeleteConflict");
    ok(&admin, "DeleteServiceSpecificCredential", credential).await;
    ok(&admin, "DeleteUser", ana.clone()).await;
    // A later user of the same name starts with nothing.
    ok(&admin, "CreateUser", ana.clone()).await;
    let listed = ok(&admin, "ListSSHPublicKeys", ana).await;
    assert_eq!(listed["SSHPublicKeys"], json!([]));
}

#[tokio::test]
async fn the_summary_counts_credentials() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let app = common::App::new(&admin, "phone").await;
    common::App::new(&admin, "tablet").await;
    cloud.user("ana", None).await;
    ok(&admin, "EnableMFADevice", app.pair(&cloud, "ana", -1)).await;
    ok(
        &admin,
        "SetSecurityTokenServicePreferences",
        json!({"GlobalEndpointTokenVersion": "v2Token"}),
    )
    .await;
    let summary = ok(&admin, "GetAccountSummary", json!({})).await["SummaryMap"].clone();
    for (name, number) in [
        ("MFADevices", 2),
        ("MFADevicesInUse", 1),
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("ServerCertificatesQuota", 20),
        ("SigningCertificatesPerUserQuota", 2),
        ("GlobalEndpointTokenVersion", 2),
    ] {
        assert_eq!(summary[name], number, "{name}");
    }
}
