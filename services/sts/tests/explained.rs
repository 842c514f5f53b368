//! Every kind of denial is explained, and its encoded message decodes for its account alone.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use service_kit::audit::{Refusal, RefusalStatement};
use testkit::{ACCOUNT, Client, Cloud};

async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE, &sts::SERVICE]).await
}

async fn latest(cloud: &Cloud) -> Refusal {
    let found = Refusal::latest(cloud.platform(), Some(ACCOUNT), 1, |_| true).await.unwrap();
    found.into_iter().next().unwrap().1
}

fn statements(refusal: &Refusal) -> Vec<&RefusalStatement> {
    refusal.policies.iter().flat_map(|policy| &policy.statements).collect()
}

fn remedies(refusal: &Refusal) -> Vec<(&str, Value)> {
    let remedies = refusal.remedies.iter();
    remedies.map(|it| (&*it.policy_type, serde_json::from_str(&it.statement).unwrap())).collect()
}

async fn list_users(client: &Client<'_>) -> String {
    client.call("iam", "ListUsers", json!({})).await.unwrap_err().message
}

#[tokio::test]
async fn an_explicit_deny_names_its_statement_and_text() {
    let cloud = cloud().await;
    let deny = json!({"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:List*", "Resource": "*"});
    let allow = json!({"Effect": "Allow", "Action": "iam:*", "Resource": "*"});
    let ana = cloud.user("ana", json!([allow, deny])).await;
    let message = list_users(&ana).await;
    let refusal = latest(&cloud).await;
    assert_eq!(refusal.message, message);
    assert!(message.ends_with("with an explicit deny in an identity-based policy"), "{message}");
    let told = statements(&refusal);
    assert_eq!(told.iter().map(|it| it.decided).collect::<Vec<_>>(), [false, true]);
    assert_eq!((&*told[1].statement, &*told[1].outcome), ("NoUsers", "matched"));
    assert_eq!(serde_json::from_str::<Value>(&told[1].text).unwrap(), deny);
    assert!(refusal.remedies.is_empty());
}

#[tokio::test]
async fn what_almost_allowed_is_told_and_what_would() {
    let cloud = cloud().await;
    let statements_of = json!([
        {"Sid": "Mfa", "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"Sid": "Other", "Effect": "Allow", "Action": "iam:List*",
         "Resource": "arn:aws:iam::000000000000:user/x/"},
        {"Sid": "Queues", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
    ]);
    let ana = cloud.user("ana", statements_of).await;
    list_users(&ana).await;
    let refusal = latest(&cloud).await;
    assert_eq!(refusal.missing_keys, ["aws:MultiFactorAuthPresent"]);
    assert_eq!(refusal.policies[0].others, 1);
    let told = statements(&refusal);
    let condition = ("Bool".to_owned(), "aws:MultiFactorAuthPresent".to_owned());
    assert_eq!(told[0].condition, Some(condition));
    assert_eq!(told[1].outcome, "resource");
    let users = "arn:aws:iam::000000000000:user/";
    let allow = json!({"Effect": "Allow", "Action": "iam:ListUsers", "Resource": users});
    assert_eq!(remedies(&refusal), [("identity-based policy", allow)]);
}

#[tokio::test]
async fn boundaries_and_session_policies_are_part_of_it() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let ana = cloud.user("ana", allow).await;
    let boundary = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let put = json!({"UserName": "ana", "PermissionsBoundary": boundary});
    admin.call("iam", "PutUserPermissionsBoundary", put).await.unwrap();
    let create = json!({"UserName": "eve"});
    let failure = ana.call("iam", "CreateUser", create.clone()).await.unwrap_err();
    assert!(failure.message.contains("no permissions boundary allows"), "{}", failure.message);
    let refusal = latest(&cloud).await;
    let user = "arn:aws:iam::000000000000:user/eve";
    let wanted = json!({"Effect": "Allow", "Action": "iam:CreateUser", "Resource": user});
    assert_eq!(remedies(&refusal), [("permissions boundary", wanted.clone())]);
    let kinds: Vec<_> = refusal.policies.iter().map(|it| (&*it.policy, &*it.policy_type)).collect();
    assert_eq!(kinds, [("p", "identity-based policy"), (boundary, "permissions boundary")]);

    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}});
    let create_role = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
    admin.call("iam", "CreateRole", create_role).await.unwrap();
    let all = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attach = json!({"RoleName": "r", "PolicyArn": all});
    admin.call("iam", "AttachRolePolicy", attach).await.unwrap();
    let limit = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "sts:*", "Resource": "*"}});
    let assume = json!({"RoleArn": "arn:aws:iam::000000000000:role/r", "RoleSessionName": "s1",
        "Policy": limit.to_string()});
    let token = admin.call("sts", "AssumeRole", assume).await.unwrap();
    let text = |member: &str| token["Credentials"][member].as_str().unwrap();
    let token = Some(text("SessionToken"));
    let session = cloud.client(text("AccessKeyId"), text("SecretAccessKey"), token);
    cloud.clock().advance(std::time::Duration::from_secs(1));
    session.call("iam", "CreateUser", create).await.unwrap_err();
    assert_eq!(remedies(&latest(&cloud).await), [("session policy", wanted)]);
}

#[tokio::test]
async fn trust_is_explained_like_everything() {
    let cloud = cloud().await;
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}});
    let create = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
    cloud.admin().call("iam", "CreateRole", create).await.unwrap();
    let ana = cloud.user("ana", None).await;
    let role = "arn:aws:iam::000000000000:role/r";
    let assume = json!({"RoleArn": role, "RoleSessionName": "s1"});
    ana.call("sts", "AssumeRole", assume).await.unwrap_err();
    let refusal = latest(&cloud).await;
    assert_eq!(refusal.decided_by, "resource-based policy");
    assert_eq!(statements(&refusal)[0].outcome, "principal");
    let user = json!({"AWS": "arn:aws:iam::000000000000:user/ana"});
    let allow = json!({"Effect": "Allow", "Principal": user, "Action": "sts:AssumeRole"});
    assert_eq!(remedies(&refusal), [("resource-based policy", allow)]);
}

#[tokio::test]
async fn an_encoded_message_decodes_for_its_account_alone() {
    let cloud = cloud().await;
    let deny = json!({"Sid": "No", "Effect": "Deny", "Action": "iam:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:username": "ana"}}});
    let ana = cloud.user("ana", deny).await;
    list_users(&ana).await;
    let found = Refusal::latest(cloud.platform(), Some(ACCOUNT), 1, |_| true).await.unwrap();
    let (scope, refusal) = &found[0];
    let message = refusal.encoded(cloud.platform(), scope).unwrap();
    let input = json!({"EncodedMessage": message});
    let admin = cloud.admin();
    let answer = admin.call("sts", "DecodeAuthorizationMessage", input.clone()).await.unwrap();
    let told: Value = serde_json::from_str(answer["DecodedMessage"].as_str().unwrap()).unwrap();
    assert_eq!((&told["allowed"], &told["explicitDeny"]), (&json!(false), &json!(true)));
    let context = &told["context"];
    assert_eq!(context["action"], "iam:ListUsers");
    assert_eq!(context["principal"]["arn"], "arn:aws:iam::000000000000:user/ana");
    assert!(context["principal"]["id"].as_str().unwrap().starts_with("AIDA"));
    let statement = &told["matchedStatements"]["items"][0];
    assert_eq!((&statement["statementId"], &statement["effect"]), (&json!("No"), &json!("DENY")));
    assert_eq!(statement["actions"]["items"], json!([{"value": "iam:*"}]));
    let condition = json!([{"key": "aws:username", "values": {"items": [{"value": "ana"}]}}]);
    assert_eq!(statement["conditions"]["items"], condition);

    let failure = ana.call("sts", "DecodeAuthorizationMessage", input.clone()).await.unwrap_err();
    assert_eq!(failure.code, "AccessDenied");
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let stranger = cloud.user_of("999988887777", "eve", all).await;
    let mut forged = message.clone();
    forged.replace_range(10..11, if &message[10..11] == "A" { "B" } else { "A" });
    for (client, message) in [(&stranger, &message), (&admin, &forged), (&admin, &"x".into())] {
        let input = json!({"EncodedMessage": message});
        let answer = client.call("sts", "DecodeAuthorizationMessage", input).await;
        assert_eq!(answer.unwrap_err().code, "InvalidAuthorizationMessageException");
    }
    let long = json!({"EncodedMessage": "x".repeat(10_241)});
    let answer = admin.call("sts", "DecodeAuthorizationMessage", long).await;
    assert_eq!(answer.unwrap_err().code, "ValidationError");
}
