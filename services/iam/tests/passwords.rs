//! Login profiles and the rules for passwords, through the whole pipeline.

mod common;

use common::{allow, cloud, code_of, fails, ok};
use serde_json::{Value, json};
use std::time::Duration;

fn violation(message: &str) -> (String, String) {
    ("PasswordPolicyViolation".into(), message.into())
}

fn change(old: &str, new: &str) -> Value {
    json!({"OldPassword": old, "NewPassword": new})
}

#[tokio::test]
async fn a_login_profile_is_made_shown_changed_and_deleted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ana", None).await;
    let ana = json!({"UserName": "ana"});
    assert_eq!(
        fails(&admin, "GetLoginProfile", ana.clone()).await,
        ("NoSuchEntity".into(), "Login Profile for User ana cannot be found.".into())
    );
    let weak = json!({"UserName": "ana", "Password": "Ab1"});
    assert_eq!(
        fails(&admin, "CreateLoginProfile", weak).await,
        violation("Password should have a minimum length of 8")
    );
    let input = json!({"UserName": "ana", "Password": "correct Horse 1"});
    let made = ok(&admin, "CreateLoginProfile", input.clone()).await;
    assert_eq!(made["LoginProfile"]["PasswordResetRequired"], false);
    assert_eq!(
        fails(&admin, "CreateLoginProfile", input).await,
        ("EntityAlreadyExists".into(), "Login Profile for user ana already exists.".into())
    );
    let reset = json!({"UserName": "ana", "PasswordResetRequired": true});
    ok(&admin, "UpdateLoginProfile", reset).await;
    ok(&admin, "UpdateUser", json!({"UserName": "ana", "NewUserName": "anna"})).await;
    let shown = ok(&admin, "GetLoginProfile", json!({"UserName": "anna"})).await;
    assert_eq!(shown["LoginProfile"]["UserName"], "anna");
    assert_eq!(shown["LoginProfile"]["PasswordResetRequired"], true);
    let keys = ok(&admin, "ListAccessKeys", json!({"UserName": "anna"})).await;
    let id = &keys["AccessKeyMetadata"][0]["AccessKeyId"];
    ok(&admin, "DeleteAccessKey", json!({"UserName": "anna", "AccessKeyId": id})).await;
    let anna = json!({"UserName": "anna"});
    assert_eq!(
        fails(&admin, "DeleteUser", anna.clone()).await,
        ("DeleteConflict".into(), "Cannot delete entity, must delete login profile first.".into())
    );
    ok(&admin, "DeleteLoginProfile", anna.clone()).await;
    assert_eq!(code_of(&admin, "DeleteLoginProfile", anna.clone()).await, "NoSuchEntity");
    ok(&admin, "DeleteUser", anna).await;
}

#[tokio::test]
async fn the_account_says_what_passwords_are_like() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (code, message) = fails(&admin, "GetAccountPasswordPolicy", json!({})).await;
    assert_eq!(code, "NoSuchEntity");
    assert_eq!(message, "The Password Policy with domain name 000000000000 cannot be found.");
    let policy = json!({"MinimumPasswordLength": 10, "RequireSymbols": true,
        "MaxPasswordAge": 90, "HardExpiry": true});
    ok(&admin, "UpdateAccountPasswordPolicy", policy).await;
    let shown = ok(&admin, "GetAccountPasswordPolicy", json!({})).await;
    assert_eq!(
        shown["PasswordPolicy"],
        json!({"MinimumPasswordLength": 10, "RequireSymbols": true, "RequireNumbers": false,
            "RequireUppercaseCharacters": false, "RequireLowercaseCharacters": false,
            "AllowUsersToChangePassword": false, "ExpirePasswords": true, "MaxPasswordAge": 90,
            "HardExpiry": true})
    );
    cloud.user("ana", None).await;
    let create = |password: &str| json!({"UserName": "ana", "Password": password});
    assert_eq!(
        fails(&admin, "CreateLoginProfile", create("aaaaaaaaaaa")).await,
        violation("Password should have at least one symbol")
    );
    ok(&admin, "CreateLoginProfile", create("aaaaaaaaaa!")).await;
    let other = json!({"MinimumPasswordLength": 5});
    assert_eq!(code_of(&admin, "UpdateAccountPasswordPolicy", other).await, "ValidationError");
    ok(&admin, "DeleteAccountPasswordPolicy", json!({})).await;
    assert_eq!(code_of(&admin, "DeleteAccountPasswordPolicy", json!({})).await, "NoSuchEntity");
}

#[tokio::test]
async fn users_change_their_own_password_where_they_may() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let create = json!({"UserName": "ana", "Password": "first-Word-1",
        "PasswordResetRequired": true});
    ok(&admin, "CreateLoginProfile", create).await;
    let second = change("first-Word-1", "second-Word-2");
    assert_eq!(code_of(&ana, "ChangePassword", second.clone()).await, "AccessDenied");
    let policy = json!({"AllowUsersToChangePassword": true, "PasswordReusePrevention": 2});
    ok(&admin, "UpdateAccountPasswordPolicy", policy).await;
    assert_eq!(
        fails(&ana, "ChangePassword", change("first-Word-2", "second-Word-2")).await,
        ("AccessDenied".into(), "The old password was incorrect.".into())
    );
    ok(&ana, "ChangePassword", second.clone()).await;
    let shown = ok(&admin, "GetLoginProfile", json!({"UserName": "ana"})).await;
    assert_eq!(shown["LoginProfile"]["PasswordResetRequired"], false);
    assert_eq!(fails(&ana, "ChangePassword", second).await.1, "The old password was incorrect.");
    // The last two are forbidden, the one before them is not.
    let back = change("second-Word-2", "first-Word-1");
    assert_eq!(code_of(&ana, "ChangePassword", back).await, "PasswordPolicyViolation");
    ok(&ana, "ChangePassword", change("second-Word-2", "third-Word-3")).await;
    ok(&ana, "ChangePassword", change("third-Word-3", "first-Word-1")).await;
    // What the account lets users do, a policy can still forbid.
    let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny",
        "Action": "iam:ChangePassword", "Resource": "*"}});
    let put = json!({"UserName": "ana", "PolicyName": "no", "PolicyDocument": deny.to_string()});
    ok(&admin, "PutUserPolicy", put).await;
    let fourth = change("first-Word-1", "fourth-Word-4");
    assert_eq!(code_of(&ana, "ChangePassword", fourth).await, "AccessDenied");
}

#[tokio::test]
async fn only_users_change_their_own_password() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}});
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
    ok(&admin, "CreateRole", role).await;
    let document = json!({"Version": "2012-10-17", "Statement": allow("iam:*")});
    let inline = json!({"RoleName": "r", "PolicyName": "p",
        "PolicyDocument": document.to_string()});
    ok(&admin, "PutRolePolicy", inline).await;
    let input = json!({"RoleArn": "arn:aws:iam::000000000000:role/r", "RoleSessionName": "one"});
    let answer = ok(&admin, "AssumeRole", input).await;
    let session = common::holder(&cloud, &answer);
    let refused = code_of(&session, "ChangePassword", change("old-Word-1", "new-Word-1")).await;
    assert_eq!(refused, "InvalidUserType");
}

#[tokio::test]
async fn the_report_tells_when_a_password_has_to_be_changed() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ana", None).await;
    let policy = json!({"MaxPasswordAge": 10});
    ok(&admin, "UpdateAccountPasswordPolicy", policy).await;
    cloud.clock().advance(Duration::from_secs(86_400));
    let create = json!({"UserName": "ana", "Password": "first-Word-1"});
    ok(&admin, "CreateLoginProfile", create).await;
    let report = common::report(&cloud).await;
    let ana = report.iter().find(|line| line[0] == "ana").unwrap();
    assert_eq!(
        ana[3..7],
        ["true", "no_information", "2026-11-24T15:00:00+00:00", "2026-12-04T15:00:00+00:00"]
    );
}
