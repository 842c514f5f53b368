//! The control plane: building, changing and deploying an API.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use common::{Api, SERVICES, uri};
use serde_json::json;
use testkit::Cloud;

#[tokio::test]
async fn an_api_is_built_shown_and_removed() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    assert_eq!(api.id.len(), 10);
    let users = api.resource(&api.root, "users").await;
    let one = api.resource(&users, "{id}").await;
    api.method(&one, "GET", "NONE", "echo").await;

    let shown = api.call("GetResources", json!({"embed": ["methods"]})).await;
    let resources = shown["items"].as_array().unwrap();
    let deepest = resources.iter().find(|one| one["path"] == "/users/{id}").unwrap();
    let integration = &deepest["resourceMethods"]["GET"]["methodIntegration"];
    assert_eq!(integration["timeoutInMillis"], 29_000);
    assert_eq!(integration["passthroughBehavior"], "WHEN_NO_MATCH");
    assert_eq!(integration["cacheNamespace"], one);
    let plain = api.call("GetResource", json!({"resourceId": one})).await;
    assert_eq!(plain["resourceMethods"], json!({"GET": {}}));

    let page = api.call("GetResources", json!({"limit": 2})).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let rest = api.call("GetResources", json!({"limit": 2, "position": page["position"]})).await;
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["position"]), (1, &json!(null)));

    api.call("DeleteResource", json!({"resourceId": users})).await;
    assert_eq!(api.call("GetResources", json!({})).await["items"].as_array().unwrap().len(), 1);
    api.call("DeleteRestApi", json!({})).await;
    assert_eq!(
        api.refused("GetRestApi", json!({})).await,
        format!("Invalid API identifier specified 000000000000:{}", api.id)
    );
}

#[tokio::test]
async fn a_deployment_needs_methods_with_integrations() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let empty = api.refused("CreateDeployment", json!({"stageName": "prod"})).await;
    assert_eq!(empty, "The REST API doesn't contain any methods");
    let method = json!({"resourceId": api.root, "httpMethod": "GET", "authorizationType": "NONE"});
    api.call("PutMethod", method.clone()).await;
    assert_eq!(api.refused("PutMethod", method).await, "Method already exists for this resource");
    let bare = api.refused("CreateDeployment", json!({"stageName": "prod"})).await;
    assert_eq!(bare, "No integration defined for method");
}

#[tokio::test]
async fn stages_point_to_deployments() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    api.method(&api.root, "GET", "NONE", "echo").await;
    let first = api.deploy("prod").await;
    let second = api.deploy("prod").await;
    let stage = api.call("GetStage", json!({"stageName": "prod"})).await;
    assert_eq!(stage["deploymentId"], second);
    assert_eq!(stage["cacheClusterStatus"], "NOT_AVAILABLE");
    let patch = json!([
        {"op": "replace", "path": "/deploymentId", "value": first},
        {"op": "replace", "path": "/variables/table", "value": "Stream"},
        {"op": "replace", "path": "/tracingEnabled", "value": "true"},
    ]);
    let input = json!({"stageName": "prod", "patchOperations": patch});
    let stage = api.call("UpdateStage", input).await;
    assert_eq!(stage["variables"], json!({"table": "Stream"}));
    assert_eq!(stage["tracingEnabled"], true);
    assert_eq!(
        api.refused("DeleteDeployment", json!({"deploymentId": first})).await,
        "Active stages pointing to this deployment must be moved or deleted"
    );
    api.call("DeleteDeployment", json!({"deploymentId": second})).await;
    let dangling = json!({"stageName": "dev", "deploymentId": second});
    assert_eq!(api.refused("CreateStage", dangling).await, "Deployment id does not exist");
    let again = json!({"stageName": "prod", "deploymentId": first});
    assert_eq!(api.refused("CreateStage", again).await, "Stage already exists");
    let patch = json!([{"op": "replace", "path": "/tags/a", "value": "b"}]);
    let input = json!({"stageName": "prod", "patchOperations": patch});
    assert!(api.refused("UpdateStage", input).await.starts_with("Invalid method setting path: "));
    let embedded = json!({"deploymentId": first, "embed": ["apisummary"]});
    let summary = &api.call("GetDeployment", embedded).await["apiSummary"];
    assert_eq!(summary["/"]["GET"]["authorizationType"], "NONE");
}

#[tokio::test]
async fn what_is_not_built_is_named() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let method =
        json!({"resourceId": api.root, "httpMethod": "GET", "authorizationType": "CUSTOM"});
    assert!(api.refused("PutMethod", method).await.contains("authorizationType CUSTOM"));
    api.method(&api.root, "GET", "NONE", "echo").await;
    let http = json!({
        "resourceId": api.root, "httpMethod": "GET", "type": "HTTP_PROXY", "uri": "https://x",
        "integrationHttpMethod": "GET",
    });
    assert!(api.refused("PutIntegration", http).await.contains("type HTTP_PROXY"));
    let credentials = json!({
        "resourceId": api.root, "httpMethod": "GET", "type": "AWS_PROXY", "uri": uri("echo"),
        "integrationHttpMethod": "POST",
        "credentials": "arn:aws:iam::000000000000:role/${stageVariables.role}",
    });
    assert!(api.refused("PutIntegration", credentials).await.contains("stage variables"));
}

#[tokio::test]
async fn an_api_has_no_authorizers() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    assert_eq!(api.call("GetAuthorizers", json!({})).await, json!({"items": []}));
    let wrong = json!({"position": "x"});
    assert_eq!(api.refused("GetAuthorizers", wrong).await, "Invalid position parameter specified");
    let one = json!({"authorizerId": "abc"});
    assert_eq!(
        api.refused("GetAuthorizer", one.clone()).await,
        "Invalid Authorizer identifier specified"
    );
    api.call("DeleteRestApi", json!({})).await;
    for (operation, input) in [("GetAuthorizers", json!({})), ("GetAuthorizer", one)] {
        let refused = api.refused(operation, input).await;
        assert!(refused.starts_with("Invalid API identifier specified"), "{refused}");
    }
}

#[tokio::test]
async fn settings_change_by_patch() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let patch = json!([
        {"op": "replace", "path": "/name", "value": "store"},
        {"op": "add", "path": "/binaryMediaTypes/image~1png"},
        {"op": "replace", "path": "/endpointConfiguration/types/REGIONAL", "value": "EDGE"},
        {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"},
    ]);
    let changed = api.call("UpdateRestApi", json!({"patchOperations": patch})).await;
    assert_eq!(changed["name"], "store");
    assert_eq!(changed["binaryMediaTypes"], json!(["image/png"]));
    assert_eq!(changed["endpointConfiguration"]["types"], json!(["EDGE"]));
    let wrong = json!([{"op": "add", "path": "/binaryMediaTypes"}]);
    assert_eq!(
        api.refused("UpdateRestApi", json!({"patchOperations": wrong})).await,
        "Invalid patch path /binaryMediaTypes"
    );
    let tags = json!({
        "resourceArn": format!("arn:aws:apigateway:us-east-1::/restapis/{}", api.id),
        "tags": {"team": "red"},
    });
    cloud.admin().call("apigateway", "TagResource", tags.clone()).await.unwrap();
    assert_eq!(api.call("GetRestApi", json!({})).await["tags"], json!({"team": "red"}));
}

#[tokio::test]
async fn the_policy_comes_back_expanded_and_escaped() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    cloud.user("ann", None).await;
    api.set_policy(json!({
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/ann"},
        "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
    }))
    .await;
    let shown = api.call("GetRestApi", json!({})).await;
    let policy = shown["policy"].as_str().unwrap();
    let resource = format!("arn:aws:execute-api:us-east-1:000000000000:{}/*", api.id);
    assert!(policy.starts_with(r#"{\"Version\""#), "{policy}");
    assert!(policy.contains(&resource) && policy.contains("user/ann"), "{policy}");
    let patch = json!([{"op": "replace", "path": "/policy", "value": "{\"Statement\": 1}"}]);
    let refused = api.refused("UpdateRestApi", json!({"patchOperations": patch})).await;
    assert!(refused.starts_with("Invalid policy document."), "{refused}");
}

#[tokio::test]
async fn policies_can_forbid_open_methods() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let key = |end: &str, value: &str| {
        json!({"ForAnyValue:StringEquals": {
            format!("apigateway:{end}"): value,
        }})
    };
    let dev = cloud
        .user(
            "dev",
            Some(json!([
                {"Effect": "Allow", "Action": "apigateway:*", "Resource": "*"},
                {"Effect": "Deny", "Action": "apigateway:*", "Resource": "*",
                 "Condition": key("Request/RouteAuthorizationType", "NONE")},
                {"Effect": "Deny", "Action": "apigateway:DELETE", "Resource": "*",
                 "Condition": key("Resource/RouteAuthorizationType", "AWS_IAM")},
                {"Effect": "Deny", "Action": "apigateway:POST", "Resource": "*",
                 "Condition": {"StringEquals": {"apigateway:Request/StageName": "prod"}}},
            ])),
        )
        .await;
    let place = |more: serde_json::Value| {
        let mut input = json!({"restApiId": api.id, "resourceId": api.root, "httpMethod": "GET"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let code = async |operation, input| {
        dev.call("apigateway", operation, input).await.err().map_or("", |failure| failure.code)
    };
    const DENIED: &str = "AccessDeniedException";
    let open = place(json!({"authorizationType": "NONE"}));
    assert_eq!(code("PutMethod", open).await, DENIED);
    assert_eq!(code("PutMethod", place(json!({"authorizationType": "AWS_IAM"}))).await, "");
    let patch = json!([{"op": "replace", "path": "/authorizationType", "value": "NONE"}]);
    assert_eq!(code("UpdateMethod", place(json!({"patchOperations": patch}))).await, DENIED);
    assert_eq!(code("DeleteMethod", place(json!({}))).await, DENIED);
    let deploy = |stage: &str| json!({"restApiId": api.id, "stageName": stage});
    assert_eq!(code("CreateDeployment", deploy("prod")).await, DENIED);
    assert_eq!(code("CreateDeployment", deploy("dev")).await, "BadRequestException");
}

#[tokio::test]
async fn permissions_are_paths_and_verbs() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let reader = cloud
        .user(
            "reader",
            Some(json!({
                "Effect": "Allow", "Action": "apigateway:GET",
                "Resource": format!("arn:aws:apigateway:us-east-1::/restapis/{}/*", api.id),
            })),
        )
        .await;
    let id = json!({"restApiId": api.id});
    reader.call("apigateway", "GetResources", id.clone()).await.unwrap();
    let denied = reader.call("apigateway", "GetRestApi", id.clone()).await.unwrap_err();
    assert_eq!(denied.code, "AccessDeniedException");
    assert!(denied.message.contains("apigateway:GET on resource: arn:aws:apigateway:us-east-1::"));
    assert!(reader.call("apigateway", "DeleteRestApi", id).await.is_err());
}
