//! Last uses of access keys and roles, and the credential report, through the whole pipeline.

mod common;

use bytes::Bytes;
use common::{allow, cloud, code_of, fails, holder, ok};
use http::Request;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNT, Client, Cloud};

/// The first access key of `user`.
async fn key_of(admin: &Client<'_>, user: &str) -> String {
    let keys = ok(admin, "ListAccessKeys", json!({"UserName": user})).await;
    keys["AccessKeyMetadata"][0]["AccessKeyId"].as_str().expect("a key").to_owned()
}

async fn last_use(admin: &Client<'_>, key: &str) -> Value {
    ok(admin, "GetAccessKeyLastUsed", json!({"AccessKeyId": key})).await
}

/// A signed request as it comes over the network.
async fn send(cloud: &Cloud, client: &Client<'_>) -> http::StatusCode {
    let request = Request::post("/")
        .header("host", "sts.us-west-2.amazonaws.com")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from_static(b"Action=GetCallerIdentity&Version=2011-06-15"))
        .expect("a request");
    cloud.send(client.sign("sts", request)).await.status()
}

#[tokio::test]
async fn the_first_use_of_a_quarter_of_an_hour_is_remembered() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", allow("iam:*")).await.in_region("us-west-2");
    let key = key_of(&admin, "ana").await;
    let never = last_use(&admin, &key).await;
    assert_eq!(never["UserName"], "ana");
    assert_eq!(never["AccessKeyLastUsed"], json!({"ServiceName": "N/A", "Region": "N/A"}));

    cloud.clock().advance(Duration::from_secs(5));
    assert_eq!(send(&cloud, &ana).await, 200);
    let used = last_use(&admin, &key).await["AccessKeyLastUsed"].clone();
    assert_eq!((&used["ServiceName"], &used["Region"]), (&json!("sts"), &json!("us-west-2")));
    cloud.clock().advance(Duration::from_secs(600));
    ok(&ana, "GetUser", json!({})).await;
    assert_eq!(last_use(&admin, &key).await["AccessKeyLastUsed"], used);
    cloud.clock().advance(Duration::from_secs(600));
    ok(&ana, "GetUser", json!({})).await;
    let later = last_use(&admin, &key).await["AccessKeyLastUsed"].clone();
    assert_eq!(later["ServiceName"], "iam");
    assert_ne!(later["LastUsedDate"], used["LastUsedDate"]);

    let report = common::report(&cloud).await;
    let line = report.iter().find(|line| line[0] == "ana").unwrap();
    assert_eq!(line[8], "true");
    assert_eq!(line[10..13], ["2026-11-23T15:20:05+00:00", "us-west-2", "iam"]);
}

#[tokio::test]
async fn a_signature_that_is_wrong_is_no_use() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ana", None).await;
    let key = key_of(&admin, "ana").await;
    assert_eq!(send(&cloud, &cloud.client(&key, "not the secret", None)).await, 403);
    assert_eq!(last_use(&admin, &key).await["AccessKeyLastUsed"]["ServiceName"], "N/A");
}

#[tokio::test]
async fn only_keys_of_the_account_are_looked_at_with_permission_on_their_user() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let statement = json!({"Effect": "Allow", "Action": "iam:GetAccessKeyLastUsed",
        "Resource": format!("arn:aws:iam::{ACCOUNT}:user/ana")});
    let ana = cloud.user("ana", statement).await;
    cloud.user("bob", None).await;
    cloud.user_of("111122223333", "eve", None).await;
    last_use(&ana, &key_of(&admin, "ana").await).await;
    let bobs = json!({"AccessKeyId": key_of(&admin, "bob").await});
    let (code, message) = fails(&ana, "GetAccessKeyLastUsed", bobs).await;
    assert_eq!(code, "AccessDenied");
    assert!(message.contains(":user/bob "), "{message}");
    let unknown = json!({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"});
    assert_eq!(code_of(&admin, "GetAccessKeyLastUsed", unknown).await, "NoSuchEntity");
}

#[tokio::test]
async fn roles_are_remembered_for_four_hundred_days() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}});
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
    ok(&admin, "CreateRole", role).await;
    let used = async || {
        let got = ok(&admin, "GetRole", json!({"RoleName": "r"})).await;
        got["Role"]["RoleLastUsed"].clone()
    };
    assert_eq!(used().await, json!({}));
    let input = json!({"RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/r"),
        "RoleSessionName": "one"});
    let session = ok(&admin, "AssumeRole", input).await;
    assert_eq!(send(&cloud, &holder(&cloud, &session).in_region("us-west-2")).await, 200);
    let seen = used().await;
    assert_eq!(seen["Region"], "us-west-2");
    let details = ok(&admin, "GetAccountAuthorizationDetails", json!({"Filter": ["Role"]})).await;
    assert_eq!(details["RoleDetailList"][0]["RoleLastUsed"], seen);
    cloud.clock().advance(Duration::from_secs(400 * 86_400));
    assert_eq!(used().await, seen);
    cloud.clock().advance(Duration::from_secs(1));
    assert_eq!(used().await, json!({}));
}

#[tokio::test]
async fn a_report_is_made_once_in_four_hours() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let get = || json!({});
    assert_eq!(code_of(&admin, "GetCredentialReport", get()).await, "ReportNotPresent");
    let report = common::report(&cloud).await;
    assert_eq!(report[0].len(), 22);
    assert_eq!(report[0][..3], ["user", "arn", "user_creation_time"]);
    assert_eq!(report[0][20..], ["cert_2_active", "cert_2_last_rotated"]);
    assert!(report.iter().all(|line| line.len() == 22));
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    assert_eq!(report[1][..2], ["<root_account>".to_owned(), root]);
    assert_eq!(
        report[1][3..8],
        ["not_supported", "no_information", "not_supported", "not_supported", "false"]
    );
    assert_eq!(report[2][0], "admin");

    let again = ok(&admin, "GenerateCredentialReport", get()).await;
    assert_eq!(again, json!({"State": "COMPLETE"}));
    cloud.clock().advance(Duration::from_secs(4 * 3_600 - 1));
    ok(&admin, "GetCredentialReport", get()).await;
    cloud.clock().advance(Duration::from_secs(1));
    assert_eq!(code_of(&admin, "GetCredentialReport", get()).await, "ReportExpired");
    common::report(&cloud).await;
}
