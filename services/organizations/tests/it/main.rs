//! Organizations through the whole pipeline: accounts that belong together and what binds them.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod accounts;
mod delegation;
mod guardrails;
mod handshakes;
mod policies;
mod root_sessions;
mod root_users;
mod units;

use serde_json::{Value, json};
use shape::Failure;
use testkit::{Client, Cloud};

/// An instance whose administrator's account manages an organization with SCPs.
async fn cloud() -> Cloud {
    let cloud = bare().await;
    ask(&cloud.admin(), "CreateOrganization", json!({})).await;
    let scps = json!({"RootId": root(&cloud).await, "PolicyType": "SERVICE_CONTROL_POLICY"});
    ask(&cloud.admin(), "EnablePolicyType", scps).await;
    cloud
}

/// An instance without an organization.
async fn bare() -> Cloud {
    let services =
        [&iam::SERVICE, &kms::SERVICE, &organizations::SERVICE, &sqs::SERVICE, &sts::SERVICE];
    Cloud::start(&services).await
}

/// What `operation` answers.
async fn ask(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    of(client, "organizations", operation, input).await
}

async fn of(
    client: &Client<'_>,
    service: &'static str,
    operation: &'static str,
    input: Value,
) -> Value {
    let outcome = client.call(service, operation, input).await;
    outcome.unwrap_or_else(|failure| {
        panic!("{operation}: {} {}", failure.code, failure.message);
    })
}

/// How `operation` fails.
async fn fail(client: &Client<'_>, operation: &'static str, input: Value) -> Failure {
    client.call("organizations", operation, input).await.unwrap_err()
}

/// The code and, where there is one, the reason with which `operation` fails.
async fn reason(client: &Client<'_>, operation: &'static str, input: Value) -> String {
    let failure = fail(client, operation, input).await;
    let field = failure.fields.iter().find(|(name, ..)| *name == "Reason");
    match field {
        Some((.., shape::Value::String(reason))) => format!("{} {reason}", failure.code),
        _ => failure.code.to_owned(),
    }
}

/// A new member; gives its number.
async fn member(cloud: &Cloud, name: &str) -> String {
    let input = json!({"AccountName": name, "Email": format!("{name}@example.com")});
    let status = ask(&cloud.admin(), "CreateAccount", input).await;
    text(&status["CreateAccountStatus"]["AccountId"])
}

/// The root's id.
async fn root(cloud: &Cloud) -> String {
    text(&ask(&cloud.admin(), "ListRoots", json!({})).await["Roots"][0]["Id"])
}

/// A new unit in `parent`; gives its id.
async fn unit(cloud: &Cloud, parent: &str, name: &str) -> String {
    let input = json!({"ParentId": parent, "Name": name});
    let made = ask(&cloud.admin(), "CreateOrganizationalUnit", input).await;
    text(&made["OrganizationalUnit"]["Id"])
}

/// A new policy of type `control`; gives its id.
async fn policy(cloud: &Cloud, control: &str, name: &str, statement: Value) -> String {
    let content = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let input = json!({"Name": name, "Description": "", "Type": control, "Content": content});
    let made = ask(&cloud.admin(), "CreatePolicy", input).await;
    text(&made["Policy"]["PolicySummary"]["Id"])
}

/// Attaches a policy.
async fn attach(cloud: &Cloud, policy: &str, target: &str) {
    let input = json!({"PolicyId": policy, "TargetId": target});
    ask(&cloud.admin(), "AttachPolicy", input).await;
}

/// A session of the role by which the management account gets into the member `id`.
async fn inside<'a>(cloud: &'a Cloud, id: &str) -> Client<'a> {
    let role = format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole");
    let input = json!({"RoleArn": role, "RoleSessionName": "inside"});
    let session = of(&cloud.admin(), "sts", "AssumeRole", input).await;
    let key = |name: &str| session["Credentials"][name].as_str().unwrap();
    cloud.client(key("AccessKeyId"), key("SecretAccessKey"), Some(key("SessionToken")))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The ids in a list of answers.
fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["Id"].as_str().unwrap()).collect()
}
