//! Integrations with credentials: functions that let nobody in, called in a role's or the caller's
//! name.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use common::{Api, SERVICES, uri};
use http::Method;
use serde_json::{Value, json};
use service_kit::prelude::*;
use testkit::{Client, Cloud};

const ROLE: &str = "arn:aws:iam::000000000000:role/api";
const CALLER: &str = "arn:aws:iam::*:user/*";

async fn iam(cloud: &Cloud, operation: &'static str, mut input: Value) {
    input["RoleName"] = "api".into();
    cloud.admin().call("iam", operation, input).await.unwrap();
}

fn trust(service: &str) -> String {
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
    });
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

/// Lets the role `api` invoke functions.
async fn allow(cloud: &Cloud) {
    let statement = json!({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    iam(cloud, "PutRolePolicy", json!({"PolicyName": "p", "PolicyDocument": document})).await;
}

/// The role `api`, which trusts the gateway and may invoke functions.
async fn role(cloud: &Cloud) {
    let trusted = trust("apigateway.amazonaws.com");
    iam(cloud, "CreateRole", json!({"AssumeRolePolicyDocument": trusted})).await;
    allow(cloud).await;
}

/// What PutIntegration takes for the function that lets nobody in.
fn integration(api: &Api<'_>, credentials: Option<&str>) -> Value {
    json!({
        "restApiId": api.id, "resourceId": api.root, "httpMethod": "GET", "type": "AWS_PROXY",
        "integrationHttpMethod": "POST", "uri": uri("closed"), "credentials": credentials,
    })
}

/// What UpdateIntegration takes to set the credentials.
fn patch(api: &Api<'_>, credentials: &str) -> Value {
    json!({
        "restApiId": api.id, "resourceId": api.root, "httpMethod": "GET",
        "patchOperations": [{"op": "replace", "path": "/credentials", "value": credentials}],
    })
}

/// An API in front of that function, not deployed.
async fn api<'c>(cloud: &'c Cloud, authorization: &str, credentials: Option<&str>) -> Api<'c> {
    let api = Api::create(cloud).await;
    api.method(&api.root, "GET", authorization, "closed").await;
    api.call("PutIntegration", integration(&api, credentials)).await;
    api
}

async fn status(api: &Api<'_>, client: Option<&Client<'_>>) -> u16 {
    let request = api.request(Method::GET, "/prod");
    let request = match client {
        Some(client) => client.sign("execute-api", request),
        None => request,
    };
    api.cloud.send(request).await.status().as_u16()
}

#[tokio::test]
async fn a_role_invokes_a_function_whose_policy_lets_nobody_in() {
    let cloud = Cloud::start(&SERVICES).await;
    role(&cloud).await;
    let api = api(&cloud, "NONE", None).await;
    api.deploy("prod").await;
    assert_eq!(status(&api, None).await, 500);
    let updated = api.call("UpdateIntegration", patch(&api, ROLE)).await;
    assert_eq!(updated["credentials"], ROLE);
    assert_eq!(status(&api, None).await, 500, "not deployed");
    api.deploy("prod").await;
    assert_eq!(status(&api, None).await, 200);

    iam(&cloud, "DeleteRolePolicy", json!({"PolicyName": "p"})).await;
    assert_eq!(status(&api, None).await, 500, "the role's own policies decide, at once");
    allow(&cloud).await;
    assert_eq!(status(&api, None).await, 200);
    let other = json!({"PolicyDocument": trust("lambda.amazonaws.com")});
    iam(&cloud, "UpdateAssumeRolePolicy", other).await;
    assert_eq!(status(&api, None).await, 200, "a session that has begun goes on");
    cloud.clock().advance(Duration::from_secs(900));
    assert_eq!(status(&api, None).await, 500, "and none follows it");

    let updated = api.call("UpdateIntegration", patch(&api, "")).await;
    assert!(updated.get("credentials").is_none());
}

#[tokio::test]
async fn the_gateway_assumes_the_role_for_the_method() {
    let cloud = Cloud::start(&SERVICES).await;
    role(&cloud).await;
    let api = api(&cloud, "NONE", Some(ROLE)).await;
    api.deploy("prod").await;
    let mut document: Value = serde_json::from_str(&trust("apigateway.amazonaws.com")).unwrap();
    let mut trusted = async |stage: &str| {
        let method = format!("arn:aws:execute-api:us-east-1:000000000000:{}/{stage}/GET/", api.id);
        document["Statement"]["Condition"] = json!({
            "ArnEquals": {"aws:SourceArn": method},
            "StringEquals": {"aws:SourceAccount": testkit::ACCOUNT},
        });
        let input = json!({"PolicyDocument": document.to_string()});
        iam(&cloud, "UpdateAssumeRolePolicy", input).await;
    };
    trusted("dev").await;
    assert_eq!(status(&api, None).await, 500);
    trusted("prod").await;
    assert_eq!(status(&api, None).await, 200);
}

#[tokio::test]
async fn passing_the_role_is_a_permission() {
    let cloud = Cloud::start(&SERVICES).await;
    role(&cloud).await;
    let api = api(&cloud, "NONE", None).await;
    let manage = json!({"Effect": "Allow", "Action": "apigateway:*", "Resource": "*"});
    let pass = |service: &str| {
        json!([manage, {
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE,
            "Condition": {"StringEquals": {"iam:PassedToService": service}},
        }])
    };
    let poor = cloud.user("poor", manage.clone()).await;
    let other = cloud.user("other", pass("lambda.amazonaws.com")).await;
    let dev = cloud.user("dev", pass("apigateway.amazonaws.com")).await;
    for (operation, input) in [
        ("PutIntegration", integration(&api, Some(ROLE))),
        ("UpdateIntegration", patch(&api, ROLE)),
    ] {
        for client in [&poor, &other] {
            let refused = client.call("apigateway", operation, input.clone()).await.unwrap_err();
            assert_eq!(refused.code, "AccessDeniedException");
            let wanted = format!("perform: iam:PassRole on resource: {ROLE}");
            assert!(refused.message.contains(&wanted), "{}", refused.message);
        }
        dev.call("apigateway", operation, input).await.unwrap();
    }
    poor.call("apigateway", "UpdateIntegration", patch(&api, CALLER)).await.unwrap();
    for (credentials, expected) in [
        ("arn:aws:iam::111122223333:role/api", "Cross-account pass role is not allowed."),
        ("arn:aws:iam::000000000000:user/ann", "Invalid ARN specified in the request"),
        ("api", "Invalid ARN specified in the request"),
    ] {
        for (operation, input) in [
            ("PutIntegration", integration(&api, Some(credentials))),
            ("UpdateIntegration", patch(&api, credentials)),
        ] {
            assert_eq!(api.refused(operation, input).await, expected, "{credentials}");
        }
    }
}

#[tokio::test]
async fn a_caller_invokes_in_his_own_name() {
    let cloud = Cloud::start(&SERVICES).await;
    let signed = api(&cloud, "AWS_IAM", Some(CALLER)).await;
    signed.deploy("prod").await;
    let allow = |actions: Value| json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let both = allow(json!(["execute-api:Invoke", "lambda:InvokeFunction"]));
    let (ann, bob) =
        (cloud.user("ann", both).await, cloud.user("bob", allow("execute-api:*".into())).await);
    assert_eq!(status(&signed, Some(&ann)).await, 200);
    assert_eq!(status(&signed, Some(&bob)).await, 500);
    let open = api(&cloud, "NONE", Some(CALLER)).await;
    open.deploy("prod").await;
    assert_eq!(status(&open, None).await, 500, "nobody has signed");
    assert_eq!(status(&open, Some(&ann)).await, 500, "nobody has looked at the signature");
}
