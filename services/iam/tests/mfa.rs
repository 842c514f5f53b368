//! Virtual MFA devices and what their codes are good for, through the whole pipeline.

mod common;

use common::{App, allow, cloud, code_of, decoded, fails, holder, ok};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{ACCOUNT, Client, Cloud};

const STEP: Duration = Duration::from_secs(30);
const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code.";

/// A user with an enabled device, half a minute after that.
async fn with_device<'a>(cloud: &'a Cloud, statements: Option<Value>) -> (Client<'a>, App) {
    let ana = cloud.user("ana", statements).await;
    let app = App::new(&cloud.admin(), "phone").await;
    ok(&cloud.admin(), "EnableMFADevice", app.pair(cloud, "ana", -1)).await;
    cloud.clock().advance(STEP);
    (ana, app)
}

#[tokio::test]
async fn a_device_is_made_enabled_listed_and_taken_away() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ana", None).await;
    let input = json!({"VirtualMFADeviceName": "phone", "Path": "/x/",
        "Tags": [{"Key": "a", "Value": "b"}]});
    let made = ok(&admin, "CreateVirtualMFADevice", input.clone()).await;
    let device = &made["VirtualMFADevice"];
    let serial = device["SerialNumber"].as_str().unwrap();
    assert_eq!(serial, format!("arn:aws:iam::{ACCOUNT}:mfa/x/phone"));
    assert_eq!(device["Tags"], json!([{"Key": "a", "Value": "b"}]));
    assert!(decoded(&device["QRCodePNG"]).starts_with(b"\x89PNG"));
    assert_eq!(decoded(&device["Base32StringSeed"]).len(), 64);
    assert_eq!(code_of(&admin, "CreateVirtualMFADevice", input).await, "EntityAlreadyExists");

    let app = App::new(&admin, "tablet").await;
    assert_eq!(
        fails(&admin, "EnableMFADevice", app.pair(&cloud, "nobody", -1)).await.0,
        "NoSuchEntity"
    );
    let mut wrong = app.pair(&cloud, "ana", -1);
    wrong["AuthenticationCode1"] = json!(app.code(&cloud, -3));
    assert_eq!(
        fails(&admin, "EnableMFADevice", wrong).await,
        ("InvalidAuthenticationCode".into(), "Authentication code for device is not valid.".into())
    );
    ok(&admin, "EnableMFADevice", app.pair(&cloud, "ana", -1)).await;
    let again = code_of(&admin, "EnableMFADevice", app.pair(&cloud, "admin", -1)).await;
    assert_eq!(again, "EntityAlreadyExists");

    let own = ok(&admin, "ListMFADevices", json!({"UserName": "ana"})).await;
    assert_eq!(own["MFADevices"].as_array().unwrap().len(), 1);
    assert_eq!(own["MFADevices"][0]["SerialNumber"], app.serial.as_str());
    assert_eq!(own["MFADevices"][0]["UserName"], "ana");
    let got = ok(&admin, "GetMFADevice", json!({"SerialNumber": app.serial})).await;
    assert_eq!(got["UserName"], "ana");
    let listed = async |status: &str| {
        let all = ok(&admin, "ListVirtualMFADevices", json!({"AssignmentStatus": status})).await;
        let devices = all["VirtualMFADevices"].as_array().unwrap().clone();
        assert!(devices.iter().all(|device| device.get("Base32StringSeed").is_none()));
        devices
    };
    let assigned = listed("Assigned").await;
    assert_eq!(assigned[0]["User"]["UserName"], "ana");
    assert!(assigned[0]["EnableDate"].is_number() || assigned[0]["EnableDate"].is_string());
    assert_eq!(listed("Unassigned").await[0]["SerialNumber"], serial);
    assert_eq!(listed("Any").await.len(), 2);

    let gone = json!({"SerialNumber": app.serial});
    assert_eq!(
        fails(&admin, "DeleteVirtualMFADevice", gone.clone()).await,
        ("DeleteConflict".into(), "MFA VirtualDevice in use. Must deactivate first.".into())
    );
    let (code, message) = {
        let keys = ok(&admin, "ListAccessKeys", json!({"UserName": "ana"})).await;
        let id = &keys["AccessKeyMetadata"][0]["AccessKeyId"];
        ok(&admin, "DeleteAccessKey", json!({"UserName": "ana", "AccessKeyId": id})).await;
        fails(&admin, "DeleteUser", json!({"UserName": "ana"})).await
    };
    assert_eq!(code, "DeleteConflict");
    assert_eq!(message, "Cannot delete entity, must delete MFA device first.");
    let theirs = json!({"UserName": "ana", "SerialNumber": app.serial});
    ok(&admin, "DeactivateMFADevice", theirs.clone()).await;
    assert_eq!(code_of(&admin, "DeactivateMFADevice", theirs).await, "NoSuchEntity");
    ok(&admin, "DeleteVirtualMFADevice", gone.clone()).await;
    assert_eq!(code_of(&admin, "DeleteVirtualMFADevice", gone).await, "NoSuchEntity");
    ok(&admin, "DeleteUser", json!({"UserName": "ana"})).await;
}

#[tokio::test]
async fn tags_of_devices_are_kept_and_judged() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let app = App::new(&admin, "phone").await;
    let condition = json!({"StringEquals": {"aws:ResourceTag/team": "red"}});
    let statement = json!({"Effect": "Allow", "Action": "iam:DeleteVirtualMFADevice",
        "Resource": "*", "Condition": condition});
    let ana = cloud.user("ana", statement).await;
    let device = json!({"SerialNumber": app.serial});
    assert_eq!(code_of(&ana, "DeleteVirtualMFADevice", device.clone()).await, "AccessDenied");
    let tags = json!([{"Key": "team", "Value": "red"}, {"Key": "x", "Value": "y"}]);
    ok(&admin, "TagMFADevice", json!({"SerialNumber": app.serial, "Tags": tags})).await;
    ok(&admin, "UntagMFADevice", json!({"SerialNumber": app.serial, "TagKeys": ["x"]})).await;
    let listed = ok(&admin, "ListMFADeviceTags", device.clone()).await;
    assert_eq!(listed["Tags"], json!([{"Key": "team", "Value": "red"}]));
    ok(&ana, "DeleteVirtualMFADevice", device).await;
}

#[tokio::test]
async fn a_session_with_a_code_may_what_one_without_may_not() {
    let cloud = cloud().await;
    let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}});
    let statement = json!({"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
        "Condition": condition});
    let (ana, app) = with_device(&cloud, Some(statement)).await;
    assert_eq!(code_of(&ana, "ListUsers", json!({})).await, "AccessDenied");
    let plain = ok(&ana, "GetSessionToken", json!({})).await;
    assert_eq!(
        code_of(&holder(&cloud, &plain), "ListUsers", json!({})).await,
        "InvalidClientTokenId"
    );

    let half = json!({"SerialNumber": app.serial});
    let (code, message) = fails(&ana, "GetSessionToken", half).await;
    assert_eq!(code, "AccessDenied");
    assert!(message.contains("must provide both MFA serial number"), "{message}");
    let proof = app.proof(&cloud, 0);
    let answer = ok(&ana, "GetSessionToken", proof.clone()).await;
    let session = holder(&cloud, &answer);
    ok(&session, "ListUsers", json!({})).await;
    // A code counts once.
    assert_eq!(fails(&ana, "GetSessionToken", proof).await, ("AccessDenied".into(), WRONG.into()));
    cloud.clock().advance(Duration::from_secs(3_600));
    assert_eq!(code_of(&session, "ListUsers", json!({})).await, "AccessDenied");
}

#[tokio::test]
async fn nobody_uses_the_device_of_another() {
    let cloud = cloud().await;
    let (_, app) = with_device(&cloud, None).await;
    let eve = cloud.user("eve", None).await;
    let (code, message) = fails(&eve, "GetSessionToken", app.proof(&cloud, 0)).await;
    assert_eq!(code, "AccessDenied");
    assert_eq!(
        message,
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA \
         serial number is valid and associated with this user."
    );
    let unknown = json!({"SerialNumber": "GAHT12345678", "TokenCode": "123456"});
    assert_eq!(fails(&eve, "GetSessionToken", unknown).await.1, message);
}

#[tokio::test]
async fn codes_may_be_half_a_minute_off_and_no_more() {
    let cloud = cloud().await;
    let (ana, app) = with_device(&cloud, None).await;
    cloud.clock().advance(STEP * 10);
    for steps in [-2, 2] {
        let failed = fails(&ana, "GetSessionToken", app.proof(&cloud, steps)).await;
        assert_eq!(failed.1, WRONG, "{steps}");
    }
    for steps in [-1, 0, 1] {
        ok(&ana, "GetSessionToken", app.proof(&cloud, steps)).await;
    }
    // Of those three none is good again, the newest having been used.
    for steps in [-1, 0, 1] {
        assert_eq!(fails(&ana, "GetSessionToken", app.proof(&cloud, steps)).await.1, WRONG);
    }
}

#[tokio::test]
async fn guessing_makes_even_the_right_code_wait() {
    let cloud = cloud().await;
    let (ana, app) = with_device(&cloud, None).await;
    cloud.clock().advance(STEP * 10);
    for _ in 0..5 {
        let wrong = app.proof(&cloud, 50);
        assert_eq!(fails(&ana, "GetSessionToken", wrong).await.1, WRONG);
    }
    assert_eq!(fails(&ana, "GetSessionToken", app.proof(&cloud, 0)).await.1, WRONG);
    cloud.clock().advance(STEP);
    ok(&ana, "GetSessionToken", app.proof(&cloud, 0)).await;
}

#[tokio::test]
async fn a_device_out_of_sync_is_synchronized_by_two_codes() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let app = App::new(&admin, "phone").await;
    // Codes of ten minutes ago: it is enabled, and out of sync.
    ok(&admin, "EnableMFADevice", app.pair(&cloud, "ana", -20)).await;
    assert_eq!(fails(&ana, "GetSessionToken", app.proof(&cloud, 0)).await.1, WRONG);
    let stale = code_of(&admin, "ResyncMFADevice", app.pair(&cloud, "ana", -20)).await;
    assert_eq!(stale, "InvalidAuthenticationCode");
    ok(&admin, "ResyncMFADevice", app.pair(&cloud, "ana", -1)).await;
    cloud.clock().advance(STEP);
    ok(&ana, "GetSessionToken", app.proof(&cloud, 0)).await;
    let far = code_of(&admin, "ResyncMFADevice", app.pair(&cloud, "ana", 130)).await;
    assert_eq!(far, "InvalidAuthenticationCode");
}

#[tokio::test]
async fn a_role_may_ask_for_a_device() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (ana, app) = with_device(&cloud, Some(allow("sts:AssumeRole"))).await;
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}});
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
    ok(&admin, "CreateRole", role).await;
    let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "iam:ListUsers", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}});
    let inline = json!({"RoleName": "r", "PolicyName": "p",
        "PolicyDocument": document.to_string()});
    ok(&admin, "PutRolePolicy", inline).await;

    let mut input = json!({"RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/r"),
        "RoleSessionName": "one"});
    let (code, message) = fails(&ana, "AssumeRole", input.clone()).await;
    assert_eq!(code, "AccessDenied");
    assert!(message.contains("is not authorized to perform: sts:AssumeRole"), "{message}");
    input["SerialNumber"] = json!(app.serial);
    input["TokenCode"] = json!("000000");
    assert_eq!(fails(&ana, "AssumeRole", input.clone()).await.1, WRONG);
    input["TokenCode"] = json!(app.code(&cloud, 0));
    let answer = ok(&ana, "AssumeRole", input.clone()).await;
    ok(&holder(&cloud, &answer), "ListUsers", json!({})).await;
    assert_eq!(fails(&ana, "AssumeRole", input.clone()).await.1, WRONG);

    // A session that was begun with the device satisfies the role, too.
    cloud.clock().advance(STEP);
    let session = ok(&ana, "GetSessionToken", app.proof(&cloud, 0)).await;
    let plain = json!({"RoleArn": input["RoleArn"], "RoleSessionName": "two"});
    ok(&holder(&cloud, &session), "AssumeRole", plain).await;
}
