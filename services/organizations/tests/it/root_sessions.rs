//! What the management account does as the root users of members, one task at a time.

use crate::{ask, attach, bare, inside, member, of, policy, root};
use serde_json::{Value, json};
use service_kit::{access::Scope, audit::AuditRecord, call::As, context::Caller};
use shape::Failure;
use testkit::{ACCOUNT, Client, Cloud, REGION};

const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";

/// An organization that has root sessions.
async fn cloud() -> Cloud {
    let cloud = bare().await;
    let admin = cloud.admin();
    ask(&admin, "CreateOrganization", json!({})).await;
    let scps = json!({"RootId": root(&cloud).await, "PolicyType": SCP});
    ask(&admin, "EnablePolicyType", scps).await;
    let iam = json!({"ServicePrincipal": "iam.amazonaws.com"});
    ask(&admin, "EnableAWSServiceAccess", iam).await;
    of(&admin, "iam", "EnableOrganizationsRootSessions", json!({})).await;
    cloud
}

fn task(target: &str, name: &str) -> Value {
    let arn = format!("arn:aws:iam::aws:policy/root-task/{name}");
    json!({"TargetPrincipal": target, "TaskPolicyArn": {"arn": arn}})
}

fn holder<'a>(cloud: &'a Cloud, answer: &Value) -> Client<'a> {
    let key = |name: &str| answer["Credentials"][name].as_str().unwrap();
    cloud.client(key("AccessKeyId"), key("SecretAccessKey"), Some(key("SessionToken")))
}

/// A session of the root user of `target` for the task `name`.
async fn session<'a>(cloud: &'a Cloud, target: &str, name: &str) -> Client<'a> {
    holder(cloud, &of(&cloud.admin(), "sts", "AssumeRoot", task(target, name)).await)
}

/// What the root user of `account` is answered, with credentials of its own.
async fn as_root(
    cloud: &Cloud,
    account: &str,
    service: &'static str,
    operation: &'static str,
    input: Value,
) -> Result<Value, Failure> {
    let principal = policy::Principal::Root { account: account.into() };
    let caller = As::Session(Box::new(Caller::new(principal)));
    let cx = cloud.context().within(Scope::new(account, REGION));
    cx.call(service, operation, input, caller).await
}

/// Who made the last call of `operation` that `account` has a record of.
fn audited(cloud: &Cloud, account: &str, operation: &str) -> Value {
    let cx = cloud.context().within(Scope::new(account, REGION));
    let records = cx.read(|tx| tx.list::<AuditRecord>(())).unwrap();
    let record = records.iter().rfind(|record| record.event_name == operation).unwrap();
    serde_json::from_str(&record.user_identity).unwrap()
}

async fn refused(client: &Client<'_>, input: Value) -> Failure {
    client.call("sts", "AssumeRoot", input).await.unwrap_err()
}

const AUDIT: &str = "IAMAuditRootUserCredentials";
const DENIED: &str = "AccessDenied";

#[tokio::test]
async fn a_session_does_its_task_and_nothing_else_for_a_quarter_of_an_hour() {
    let cloud = cloud().await;
    let id = member(&cloud, "data").await;
    let audit = session(&cloud, &format!("arn:aws:iam::{id}:root"), AUDIT).await;
    let me = of(&audit, "sts", "GetCallerIdentity", json!({})).await;
    assert_eq!(me, json!({"UserId": id, "Account": id, "Arn": format!("arn:aws:iam::{id}:root")}));
    let keys = of(&audit, "iam", "ListAccessKeys", json!({})).await;
    assert_eq!(keys["AccessKeyMetadata"], json!([]));
    let other = audit.call("iam", "ListUsers", json!({})).await.unwrap_err();
    let words = "with an explicit deny in an identity-based policy";
    assert!(other.message.contains(words), "{}", other.message);
    // Not about anybody but the root user either.
    cloud.user_of(&id, "eve", None).await;
    let eve = json!({"UserName": "eve"});
    assert_eq!(audit.call("iam", "ListAccessKeys", eve).await.unwrap_err().code, DENIED);
    for operation in ["GetSessionToken", "AssumeRole"] {
        let input = match operation {
            "AssumeRole" => json!({"RoleSessionName": "on", "RoleArn":
                format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole")}),
            _ => json!({}),
        };
        assert_eq!(audit.call("sts", operation, input).await.unwrap_err().code, DENIED);
    }
    let identity = audited(&cloud, &id, "ListAccessKeys");
    assert_eq!((&identity["type"], &identity["accountId"]), (&json!("Root"), &json!(id)));
    assert_eq!(identity["sessionContext"]["assumedRoot"], "true");
    cloud.clock().advance(std::time::Duration::from_secs(899));
    of(&audit, "iam", "ListAccessKeys", json!({})).await;
    cloud.clock().advance(std::time::Duration::from_secs(1));
    let over = audit.call("iam", "ListAccessKeys", json!({})).await.unwrap_err();
    assert_eq!(over.message, "Expired");
    let mut long = task(&id, AUDIT);
    long["DurationSeconds"] = json!(901);
    assert_eq!(refused(&cloud.admin(), long).await.query_code(), "ValidationError");
}

#[tokio::test]
async fn a_root_user_unlocks_a_queue_that_denies_everybody() {
    let cloud = cloud().await;
    let id = member(&cloud, "data").await;
    let within = inside(&cloud, &id).await;
    let made = of(&within, "sqs", "CreateQueue", json!({"QueueName": "q"})).await;
    let url = &made["QueueUrl"];
    let closed = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
        "Principal": "*", "Action": "sqs:*", "Resource": "*"}]});
    let set = json!({"QueueUrl": url, "Attributes": {"Policy": closed.to_string()}});
    of(&within, "sqs", "SetQueueAttributes", set).await;
    let open = json!({"QueueUrl": url, "Attributes": {"Policy": ""}});
    let locked = within.call("sqs", "SetQueueAttributes", open.clone()).await.unwrap_err();
    assert_eq!(locked.code, "AccessDeniedException");
    let unlock = session(&cloud, &id, "SQSUnlockQueuePolicy").await;
    let send = json!({"QueueUrl": url, "MessageBody": "x"});
    let other = unlock.call("sqs", "SendMessage", send.clone()).await.unwrap_err();
    assert_eq!(other.code, "AccessDeniedException");
    of(&unlock, "sqs", "SetQueueAttributes", open).await;
    of(&within, "sqs", "SendMessage", send).await;
}

#[tokio::test]
async fn only_those_of_the_management_account_and_of_iams_administrator_may() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (id, security) = (member(&cloud, "data").await, member(&cloud, "security").await);
    let within = inside(&cloud, &security).await;
    let refusal = refused(&within, task(&id, AUDIT)).await;
    assert_eq!(refusal.code, DENIED);
    let words = format!("perform: sts:AssumeRoot on resource: arn:aws:iam::{id}:root");
    assert!(refusal.message.contains(&words), "{}", refusal.message);
    let register = json!({"AccountId": security, "ServicePrincipal": "iam.amazonaws.com"});
    ask(&admin, "RegisterDelegatedAdministrator", register).await;
    of(&within, "sts", "AssumeRoot", task(&id, AUDIT)).await;

    // The caller's own policies must allow the task.
    let only = json!({"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": "*",
        "Condition": {"StringEquals": {"sts:TaskPolicyArn":
            "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}}});
    let auditor = cloud.user("auditor", only).await;
    of(&auditor, "sts", "AssumeRoot", task(&id, AUDIT)).await;
    let other = refused(&auditor, task(&id, "IAMCreateRootUserPassword")).await;
    assert_eq!(other.code, DENIED);
    // Nor may anybody outside, those with a root user's credentials or with GetSessionToken's.
    let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let stranger = cloud.user_of("111122223333", "eve", all).await;
    assert_eq!(refused(&stranger, task(&id, AUDIT)).await.code, DENIED);
    let own = as_root(&cloud, ACCOUNT, "sts", "AssumeRoot", task(&id, AUDIT)).await;
    assert_eq!(own.unwrap_err().code, DENIED);
    let token = holder(&cloud, &of(&auditor, "sts", "GetSessionToken", json!({})).await);
    assert!(token.call("sts", "AssumeRoot", task(&id, AUDIT)).await.is_err());
}

#[tokio::test]
async fn a_root_user_gets_a_password_and_loses_all_credentials() {
    let cloud = cloud().await;
    let id = member(&cloud, "data").await;
    let create = session(&cloud, &id, "IAMCreateRootUserPassword").await;
    let said = create.call("iam", "CreateLoginProfile", json!({"Password": "Correct horse 1!"}));
    assert_eq!(said.await.unwrap_err().query_code(), "ValidationError");
    of(&create, "iam", "CreateLoginProfile", json!({})).await;
    let again = create.call("iam", "CreateLoginProfile", json!({})).await.unwrap_err();
    assert_eq!(again.query_code(), "EntityAlreadyExists");

    let key = as_root(&cloud, &id, "iam", "CreateAccessKey", json!({})).await.unwrap();
    let key = &key["AccessKey"]["AccessKeyId"];
    let delete = session(&cloud, &id, "IAMDeleteRootUserCredentials").await;
    let keys = of(&delete, "iam", "ListAccessKeys", json!({})).await;
    assert_eq!(keys["AccessKeyMetadata"][0]["AccessKeyId"], *key);
    of(&delete, "iam", "DeleteAccessKey", json!({"AccessKeyId": key})).await;
    of(&delete, "iam", "DeleteLoginProfile", json!({})).await;
    let none = delete.call("iam", "GetLoginProfile", json!({})).await.unwrap_err();
    assert_eq!(none.query_code(), "NoSuchEntity");
}

#[tokio::test]
async fn the_person_behind_a_session_stays() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = member(&cloud, "data").await;
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}});
    let role = json!({"RoleName": "ops", "AssumeRolePolicyDocument": trust.to_string()});
    let role = of(&admin, "iam", "CreateRole", role).await["Role"]["Arn"].clone();
    let attach = json!({"RoleName": "ops",
        "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    of(&admin, "iam", "AttachRolePolicy", attach).await;
    let assume = json!({"RoleArn": role, "RoleSessionName": "ops", "SourceIdentity": "ana"});
    let ops = holder(&cloud, &of(&admin, "sts", "AssumeRole", assume).await);
    let answer = of(&ops, "sts", "AssumeRoot", task(&id, AUDIT)).await;
    assert_eq!(answer["SourceIdentity"], "ana");
    of(&holder(&cloud, &answer), "iam", "GetAccountSummary", json!({})).await;
    let identity = audited(&cloud, &id, "GetAccountSummary");
    assert_eq!(identity["sessionContext"]["sourceIdentity"], "ana");
}

#[tokio::test]
async fn only_root_users_of_open_members_are_meant_while_the_feature_is_on() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let id = member(&cloud, "data").await;
    for target in [ACCOUNT, "111122223333", &format!("arn:aws:iam::{id}:user/eve")] {
        assert_eq!(refused(&admin, task(target, AUDIT)).await.code, DENIED, "{target}");
    }
    let nobody = refused(&admin, task("the root user", AUDIT)).await;
    assert_eq!(nobody.query_code(), "ValidationError");
    let other = refused(&admin, task(&id, "Everything")).await;
    assert_eq!(other.query_code(), "ValidationError");
    of(&admin, "iam", "DisableOrganizationsRootSessions", json!({})).await;
    assert_eq!(refused(&admin, task(&id, AUDIT)).await.code, DENIED);
    of(&admin, "iam", "EnableOrganizationsRootSessions", json!({})).await;
    let audit = session(&cloud, &id, AUDIT).await;
    ask(&admin, "CloseAccount", json!({"AccountId": id})).await;
    assert_eq!(refused(&admin, task(&id, AUDIT)).await.code, DENIED);
    assert!(audit.call("iam", "ListAccessKeys", json!({})).await.is_err());
}

#[tokio::test]
async fn control_policies_bind_sessions_and_those_who_ask_for_them() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let (id, top) = (member(&cloud, "data").await, root(&cloud).await);
    // The usual ban of root users, which leaves privileged sessions out.
    let ban = json!([{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"},
        "Null": {"aws:AssumedRoot": "true"}}}]);
    let ban = policy(&cloud, SCP, "no root users", ban).await;
    attach(&cloud, &ban, &top).await;
    let audit = session(&cloud, &id, AUDIT).await;
    of(&audit, "iam", "ListAccessKeys", json!({})).await;
    let deny = json!([{"Effect": "Deny", "Action": "iam:ListAccessKeys", "Resource": "*",
        "Condition": {"Bool": {"aws:AssumedRoot": "true"}}}]);
    let deny = policy(&cloud, SCP, "no audits", deny).await;
    attach(&cloud, &deny, &top).await;
    let refusal = audit.call("iam", "ListAccessKeys", json!({})).await.unwrap_err();
    let words = "explicit deny in a service control policy";
    assert!(refusal.message.contains(words), "{}", refusal.message);

    let guard = json!([{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoot",
        "Resource": "*"}]);
    let guard = policy(&cloud, RCP, "no sessions", guard).await;
    ask(&admin, "EnablePolicyType", json!({"RootId": top, "PolicyType": RCP})).await;
    attach(&cloud, &guard, &id).await;
    assert_eq!(refused(&admin, task(&id, AUDIT)).await.code, DENIED);
}
