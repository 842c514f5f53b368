//! Users, groups, roles and their keys, through the whole pipeline.

use serde_json::{Value, json};
use service_kit::{audit::Refusal, identity::User, prelude::*};
use testkit::{Client, Cloud};

const TRUST_ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
    "Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}}"#;

async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE, &sts::SERVICE]).await
}

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("iam", operation, input).await.unwrap_or_else(|failure| {
        panic!("{operation}: {} {}", failure.code, failure.message);
    })
}

async fn fails(client: &Client<'_>, operation: &'static str, input: Value) -> (String, String) {
    let failure = client.call("iam", operation, input).await.expect_err(operation);
    (failure.query_code().to_owned(), failure.message)
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn policy(action: &str, resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": allow(action, resource)}).to_string()
}

#[tokio::test]
async fn a_user_may_do_what_its_policies_allow_on_its_true_arn() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = "arn:aws:iam::000000000000:user/team/*";
    let ana = cloud.user("ana", allow("iam:GetUser", arn)).await;
    ok(&admin, "CreateUser", json!({"UserName": "bob", "Path": "/team/"})).await;
    ok(&admin, "CreateUser", json!({"UserName": "eve"})).await;

    let bob = ok(&ana, "GetUser", json!({"UserName": "bob"})).await;
    assert_eq!(bob["User"]["Arn"], "arn:aws:iam::000000000000:user/team/bob");
    let (code, message) = fails(&ana, "GetUser", json!({"UserName": "eve"})).await;
    assert_eq!(code, "AccessDenied");
    assert_eq!(
        message,
        "User: arn:aws:iam::000000000000:user/ana is not authorized to perform: iam:GetUser on \
         resource: user eve because no identity-based policy allows the iam:GetUser action"
            .replace("user eve", "arn:aws:iam::000000000000:user/eve")
    );
    // Moving a user moves it out of reach; nobody is named: the caller is meant.
    ok(&admin, "UpdateUser", json!({"UserName": "bob", "NewPath": "/"})).await;
    assert_eq!(fails(&ana, "GetUser", json!({"UserName": "bob"})).await.0, "AccessDenied");
    let (_, message) = fails(&ana, "GetUser", json!({})).await;
    assert!(message.contains("on resource: arn:aws:iam::000000000000:user/ana "), "{message}");
    let (_, message) = fails(&ana, "ListUsers", json!({})).await;
    assert!(message.contains("on resource: arn:aws:iam::000000000000:user/ "), "{message}");
}

#[tokio::test]
async fn names_are_unique_ignoring_case() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    ok(&admin, "CreateUser", json!({"UserName": "Ana"})).await;
    assert_eq!(
        fails(&admin, "CreateUser", json!({"UserName": "ANA"})).await,
        ("EntityAlreadyExists".into(), "User with name ANA already exists.".into())
    );
    assert_eq!(
        fails(&admin, "GetUser", json!({"UserName": "bob"})).await,
        ("NoSuchEntity".into(), "The user with name bob cannot be found.".into())
    );
    let renamed = json!({"UserName": "Ana", "NewUserName": "ana"});
    ok(&admin, "UpdateUser", renamed).await;
    assert_eq!(ok(&admin, "GetUser", json!({"UserName": "ANA"})).await["User"]["UserName"], "ana");
}

#[tokio::test]
async fn keys_follow_a_rename_and_end_with_the_switch() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", allow("iam:*", "*")).await;
    ok(&admin, "UpdateUser", json!({"UserName": "ana", "NewUserName": "anna"})).await;
    let me = ok(&ana, "GetUser", json!({})).await;
    assert_eq!(me["User"]["UserName"], "anna");

    ok(&ana, "CreateAccessKey", json!({})).await;
    assert_eq!(
        fails(&ana, "CreateAccessKey", json!({})).await,
        ("LimitExceeded".into(), "Cannot exceed quota for AccessKeysPerUser: 2".into())
    );
    let keys = ok(&ana, "ListAccessKeys", json!({})).await;
    let keys = keys["AccessKeyMetadata"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let off = json!({"UserName": "anna", "AccessKeyId": key["AccessKeyId"],
            "Status": "Inactive"});
        ok(&admin, "UpdateAccessKey", off).await;
    }
    assert!(ana.call("iam", "GetUser", json!({})).await.is_err());
}

#[tokio::test]
async fn what_is_in_use_cannot_be_deleted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ana", allow("s3:*", "*")).await;
    ok(&admin, "CreateGroup", json!({"GroupName": "g"})).await;
    ok(&admin, "AddUserToGroup", json!({"GroupName": "g", "UserName": "ana"})).await;
    let conflict = |must: &str| {
        ("DeleteConflict".to_owned(), format!("Cannot delete entity, must {must} first."))
    };
    let ana = json!({"UserName": "ana"});
    assert_eq!(fails(&admin, "DeleteUser", ana.clone()).await, conflict("delete access keys"));
    let group = json!({"GroupName": "g"});
    assert_eq!(
        fails(&admin, "DeleteGroup", group.clone()).await,
        conflict("remove users from group")
    );
    let keys = ok(&admin, "ListAccessKeys", ana.clone()).await;
    let id = &keys["AccessKeyMetadata"][0]["AccessKeyId"];
    ok(&admin, "DeleteAccessKey", json!({"UserName": "ana", "AccessKeyId": id})).await;
    assert_eq!(fails(&admin, "DeleteUser", ana.clone()).await, conflict("delete policies"));
    ok(&admin, "DeleteUserPolicy", json!({"UserName": "ana", "PolicyName": "p"})).await;
    ok(&admin, "RemoveUserFromGroup", json!({"GroupName": "g", "UserName": "ana"})).await;
    ok(&admin, "DeleteUser", ana).await;
    ok(&admin, "DeleteGroup", group).await;
}

#[tokio::test]
async fn members_of_a_group_have_its_policies_even_after_a_rename() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", allow("s3:*", "*")).await;
    ok(&admin, "CreateGroup", json!({"GroupName": "readers"})).await;
    let arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let attach = json!({"GroupName": "readers", "PolicyArn": arn});
    ok(&admin, "AttachGroupPolicy", attach).await;
    assert_eq!(fails(&ana, "ListUsers", json!({})).await.0, "AccessDenied");
    ok(&admin, "AddUserToGroup", json!({"GroupName": "readers", "UserName": "ana"})).await;
    ok(&ana, "ListUsers", json!({})).await;
    let rename = json!({"GroupName": "readers", "NewGroupName": "lectors"});
    ok(&admin, "UpdateGroup", rename).await;
    ok(&ana, "ListUsers", json!({})).await;
    let group = ok(&ana, "GetGroup", json!({"GroupName": "lectors"})).await;
    assert_eq!(group["Users"][0]["UserName"], "ana");
    let groups = ok(&ana, "ListGroupsForUser", json!({"UserName": "ana"})).await;
    assert_eq!(groups["Groups"][0]["GroupName"], "lectors");
}

#[tokio::test]
async fn a_trust_policy_names_users_by_id() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let trust = TRUST_ALL.replace("000000000000", "arn:aws:iam::000000000000:user/ana");
    let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust});
    assert_eq!(
        fails(&admin, "CreateRole", role.clone()).await,
        (
            "MalformedPolicyDocument".into(),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::000000000000:user/ana\"".into()
        )
    );
    ok(&admin, "CreateUser", json!({"UserName": "ana"})).await;
    let created = ok(&admin, "CreateRole", role).await;
    assert_eq!(created["Role"]["AssumeRolePolicyDocument"], percent(&trust));

    let shown = async || {
        let role = ok(&admin, "GetRole", json!({"RoleName": "r"})).await;
        role["Role"]["AssumeRolePolicyDocument"].as_str().unwrap().to_owned()
    };
    ok(&admin, "UpdateUser", json!({"UserName": "ana", "NewUserName": "eva"})).await;
    assert_eq!(shown().await, percent(&trust.replace("user/ana", "user/eva")));
    let id = ok(&admin, "GetUser", json!({"UserName": "eva"})).await;
    let id = id["User"]["UserId"].as_str().unwrap().to_owned();
    ok(&admin, "DeleteUser", json!({"UserName": "eva"})).await;
    ok(&admin, "CreateUser", json!({"UserName": "eva"})).await;
    let gone = trust.replace("arn:aws:iam::000000000000:user/ana", &id);
    assert_eq!(shown().await, percent(&gone));
}

fn percent(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match keep(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[tokio::test]
async fn a_boundary_limits_and_is_a_condition_of_delegation() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let limit = json!({"PolicyName": "limit", "PolicyDocument": policy("s3:*", "*")});
    let limit = ok(&admin, "CreatePolicy", limit).await["Policy"]["Arn"].clone();
    let delegate = json!({
        "Effect": "Allow", "Action": ["iam:CreateUser", "iam:PutUserPolicy"], "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": limit}},
    });
    let boss = cloud.user("boss", delegate).await;
    assert_eq!(fails(&boss, "CreateUser", json!({"UserName": "free"})).await.0, "AccessDenied");
    ok(&boss, "CreateUser", json!({"UserName": "bound", "PermissionsBoundary": limit})).await;
    let all = policy("*", "*");
    let put = |name| json!({"UserName": name, "PolicyName": "all", "PolicyDocument": all});
    ok(&boss, "PutUserPolicy", put("bound")).await;
    ok(&admin, "CreateUser", json!({"UserName": "free"})).await;
    assert_eq!(fails(&boss, "PutUserPolicy", put("free")).await.0, "AccessDenied");

    let key = ok(&admin, "CreateAccessKey", json!({"UserName": "bound"})).await;
    let text = |member: &str| key["AccessKey"][member].as_str().expect(member).to_owned();
    let bound = cloud.client(&text("AccessKeyId"), &text("SecretAccessKey"), None);
    let (_, message) = fails(&bound, "ListUsers", json!({})).await;
    assert!(message.ends_with("because no permissions boundary allows the iam:ListUsers action"));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for number in 0..5 {
        let name = format!("u{number}");
        ok(&admin, "CreateUser", json!({"UserName": name, "Path": "/p/"})).await;
    }
    let (mut seen, mut marker) = (Vec::new(), Value::Null);
    loop {
        let mut input = json!({"MaxItems": 2, "PathPrefix": "/p/"});
        if marker.is_string() {
            input["Marker"] = marker;
        }
        let page = ok(&admin, "ListUsers", input).await;
        seen.extend(page["Users"].as_array().unwrap().clone());
        if page["IsTruncated"] == false {
            break;
        }
        marker = page["Marker"].clone();
    }
    let names: Vec<_> = seen.iter().map(|user| user["UserName"].as_str().unwrap()).collect();
    assert_eq!(names, ["u0", "u1", "u2", "u3", "u4"]);
}

/// What a refusal tells is for the account that asked: nothing of another account's user but the
/// name it was asked for by.
#[tokio::test]
async fn a_refusal_tells_nothing_of_another_account() {
    const OTHER: &str = "111122223333";
    let cloud = cloud().await;
    let ana = cloud.user("ana", allow("iam:*", "*")).await;
    let mut victim = User::new("victim".into(), "/hidden/".into(), "AIDAV".into(), testkit::START);
    victim.tags.push(("team".into(), "secret".into()));
    let scope = Scope::new(OTHER, "");
    cloud.platform().write(&scope, |tx| tx.put(&victim)).await.map_err(|_: Fault| ()).unwrap();
    let simulate = |name: &str| {
        let arn = format!("arn:aws:iam::{OTHER}:user/{name}");
        json!({"PolicySourceArn": arn, "ActionNames": ["s3:GetObject"]})
    };
    let (code, message) = fails(&ana, "SimulatePrincipalPolicy", simulate("victim")).await;
    assert_eq!(code, "AccessDenied");
    let (_, nobody) = fails(&ana, "SimulatePrincipalPolicy", simulate("nobody")).await;
    assert_eq!(message, nobody.replace("user/nobody", "user/victim"));
    cloud.platform().flush().await.unwrap();
    let refusals = cloud.context().read(|tx| tx.list::<Refusal>(())).unwrap();
    assert_eq!(refusals.len(), 2);
    let told = format!("{refusals:?}");
    assert!(!told.contains("hidden") && !told.contains("secret"), "{told}");
    assert!(told.contains("aws:SourceIp"), "{told}");
}

/// Who may change the users of one path may not move them to another, nor take them from there.
#[tokio::test]
async fn moving_needs_permission_at_both_ends() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let team = ["user", "group"].map(|kind| format!("arn:aws:iam::000000000000:{kind}/team/*"));
    let statement = json!({"Effect": "Allow", "Action": ["iam:UpdateUser", "iam:UpdateGroup"],
        "Resource": team});
    let ana = cloud.user("ana", statement).await;
    ok(&admin, "CreateUser", json!({"UserName": "bob", "Path": "/team/"})).await;
    ok(&admin, "CreateGroup", json!({"GroupName": "crew", "Path": "/team/"})).await;
    for path in ["/admins/", "/"] {
        let user = json!({"UserName": "bob", "NewPath": path});
        assert_eq!(fails(&ana, "UpdateUser", user).await.0, "AccessDenied", "{path}");
        let group = json!({"GroupName": "crew", "NewPath": path});
        assert_eq!(fails(&ana, "UpdateGroup", group).await.0, "AccessDenied", "{path}");
    }
    // A new name keeps the path.
    ok(&ana, "UpdateUser", json!({"UserName": "bob", "NewUserName": "rob"})).await;
    ok(&ana, "UpdateGroup", json!({"GroupName": "crew", "NewGroupName": "cast"})).await;
    let moved = json!({"UserName": "rob", "NewPath": "/team/a/"});
    ok(&ana, "UpdateUser", moved).await;
    let foreign = json!({"UserName": "ana", "NewPath": "/team/"});
    assert_eq!(fails(&ana, "UpdateUser", foreign).await.0, "AccessDenied");
}
