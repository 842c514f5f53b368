//! Chapter: who calls, users, and the role of the function.

use super::{
    answer::{Answer, Problem},
    cloud::Cloud,
    journey::ROLE,
    step::{Chapter, Report},
};
use serde_json::{Value, json};
use sigv4::Credentials;

/// Plays the chapter.
pub async fn play(cloud: &Cloud, report: &mut Report) -> Chapter {
    report.chapter("Who may do what");
    report.check("get-caller-identity names the administrator", identity(cloud)).await;
    report.need("create LambdaRole, which Lambda may assume", create(cloud)).await?;
    report.need("its inline policy: logs, PutItem, Scan, Publish", policy(cloud)).await?;
    report.check("get and list the role and its policy", look(cloud)).await;
    report.check("nobody else can assume LambdaRole", not_assumable(cloud)).await;
    report.check("assume a role that trusts the account", assume(cloud)).await;
    report.check("a managed policy: create, attach, list, detach, delete", managed(cloud)).await;
    report.check("a user may do what its policy says, nothing else", user_is_held(cloud)).await;
    Ok(())
}

/// Calls IAM.
async fn iam(cloud: &Cloud, action: &str, input: &[(&str, &str)]) -> Result<Answer, Problem> {
    cloud.query("iam", action, input).await
}

/// A policy document of one statement that allows.
pub fn allowing(actions: &[&str], resource: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// A trust policy.
pub fn trusting(principal: &Value) -> String {
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// A new user with this inline policy (none if empty), and a new access key of it.
pub async fn user(cloud: &Cloud, name: &str, policy: &str) -> Result<Cloud, Problem> {
    iam(cloud, "CreateUser", &[("UserName", name)]).await?.success()?;
    if !policy.is_empty() {
        user_policy(cloud, name, policy).await?;
    }
    let key = iam(cloud, "CreateAccessKey", &[("UserName", name)]).await?.success()?;
    credentials(cloud, &key)
}

/// Sets a user's inline policy.
pub async fn user_policy(cloud: &Cloud, user: &str, policy: &str) -> Result<(), Problem> {
    let input = [("UserName", user), ("PolicyName", "demo"), ("PolicyDocument", policy)];
    iam(cloud, "PutUserPolicy", &input).await?.success()?;
    Ok(())
}

/// Sets an inline policy of the function's role.
pub async fn role_policy(cloud: &Cloud, name: &str, policy: &str) -> Result<(), Problem> {
    let input = [("RoleName", ROLE), ("PolicyName", name), ("PolicyDocument", policy)];
    iam(cloud, "PutRolePolicy", &input).await?.success()?;
    Ok(())
}

fn credentials(cloud: &Cloud, answer: &Answer) -> Result<Cloud, Problem> {
    Ok(cloud.signing_as(Credentials {
        access_key_id: answer.xml("AccessKeyId")?,
        secret_access_key: answer.xml("SecretAccessKey")?,
        session_token: answer.xml("SessionToken").ok(),
    }))
}

async fn caller(cloud: &Cloud) -> Result<Answer, Problem> {
    cloud.query("sts", "GetCallerIdentity", &[]).await?.success()
}

async fn identity(cloud: &Cloud) -> Result<(), Problem> {
    caller(cloud).await?.says(&format!("<Account>{}</Account>", cloud.account))?;
    Ok(())
}

async fn create(cloud: &Cloud) -> Result<(), Problem> {
    let trust = trusting(&json!({"Service": "lambda.amazonaws.com"}));
    let input = [("RoleName", ROLE), ("AssumeRolePolicyDocument", &*trust)];
    let answer = iam(cloud, "CreateRole", &input).await?.success()?;
    let arn = cloud.iam_arn(&format!("role/{ROLE}"));
    let found = answer.xml("Arn")?;
    answer.check(found == arn, arn)?;
    iam(cloud, "CreateRole", &input).await?.refused(409, "EntityAlreadyExists")?;
    Ok(())
}

async fn policy(cloud: &Cloud) -> Result<(), Problem> {
    let actions = ["logs:*", "dynamodb:PutItem", "dynamodb:Scan", "sns:Publish"];
    role_policy(cloud, "stream", &allowing(&actions, "*")).await
}

async fn look(cloud: &Cloud) -> Result<(), Problem> {
    let role = iam(cloud, "GetRole", &[("RoleName", ROLE)]).await?.success()?;
    role.says("lambda.amazonaws.com")?;
    iam(cloud, "ListRoles", &[]).await?.success()?.says("<RoleName>LambdaRole</RoleName>")?;
    let input = [("RoleName", ROLE), ("PolicyName", "stream")];
    iam(cloud, "GetRolePolicy", &input).await?.success()?.says("dynamodb%3APutItem")?;
    let listed = iam(cloud, "ListRolePolicies", &[("RoleName", ROLE)]).await?.success()?;
    listed.says("<member>stream</member>")?;
    Ok(())
}

async fn assume_role(cloud: &Cloud, role: &str) -> Result<Answer, Problem> {
    let arn = cloud.iam_arn(&format!("role/{role}"));
    let input = [("RoleArn", &*arn), ("RoleSessionName", "demo")];
    cloud.query("sts", "AssumeRole", &input).await
}

async fn not_assumable(cloud: &Cloud) -> Result<(), Problem> {
    let answer = assume_role(cloud, ROLE).await?.refused(403, "AccessDenied")?;
    answer.says("is not authorized to perform: sts:AssumeRole on resource: ")?;
    Ok(())
}

async fn assume(cloud: &Cloud) -> Result<(), Problem> {
    let trust = trusting(&json!({"AWS": cloud.iam_arn("root")}));
    let input = [("RoleName", "Auditor"), ("AssumeRolePolicyDocument", &*trust)];
    iam(cloud, "CreateRole", &input).await?.success()?;
    let answer = assume_role(cloud, "Auditor").await?.success()?;
    let key = answer.xml("AccessKeyId")?;
    let answer = answer.check(key.starts_with("ASIA"), "a temporary key (ASIA...)")?;
    let session = credentials(cloud, &answer)?;
    let arn = format!("arn:aws:sts::{}:assumed-role/Auditor/demo", cloud.account);
    caller(&session).await?.says(&arn)?;
    let denied = iam(&session, "ListUsers", &[]).await?.refused(403, "AccessDenied")?;
    denied.says("is not authorized to perform: iam:ListUsers on resource: ")?;
    iam(cloud, "DeleteRole", &[("RoleName", "Auditor")]).await?.success()?;
    iam(cloud, "GetRole", &[("RoleName", "Auditor")]).await?.refused(404, "NoSuchEntity")?;
    Ok(())
}

async fn managed(cloud: &Cloud) -> Result<(), Problem> {
    let document = allowing(&["logs:GetLogEvents"], "*");
    let input = [("PolicyName", "ReadLogs"), ("PolicyDocument", &*document)];
    let arn = iam(cloud, "CreatePolicy", &input).await?.success()?.xml("Arn")?;
    let both = [("RoleName", ROLE), ("PolicyArn", &*arn)];
    iam(cloud, "AttachRolePolicy", &both).await?.success()?;
    let listed = iam(cloud, "ListAttachedRolePolicies", &[("RoleName", ROLE)]).await?;
    listed.success()?.says(&arn)?;
    iam(cloud, "DeletePolicy", &[("PolicyArn", &*arn)]).await?.refused(409, "DeleteConflict")?;
    iam(cloud, "DetachRolePolicy", &both).await?.success()?;
    iam(cloud, "DeletePolicy", &[("PolicyArn", &*arn)]).await?.success()?;
    Ok(())
}

async fn user_is_held(cloud: &Cloud) -> Result<(), Problem> {
    let lookout = user(cloud, "lookout", &allowing(&["dynamodb:ListTables"], "*")).await?;
    lookout.json("dynamodb", "ListTables", json!({})).await?.success()?;
    let arn = cloud.iam_arn("user/lookout");
    let input = json!({"TableName": "StreamItems"});
    let answer = lookout.json("dynamodb", "DeleteTable", input).await?;
    let answer = answer.refused(400, "AccessDeniedException")?;
    answer.says(&format!("User: {arn} is not authorized to perform: dynamodb:DeleteTable"))?;
    Ok(())
}
