//! The data plane: who gets through to what, and what comes back.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use bytes::Bytes;
use common::{Api, SERVICES, body, kind};
use http::{HeaderValue, Method, Request};
use serde_json::{Value, json};
use service_kit::{metrics::Point, prelude::*, trace::Segment};
use testkit::Cloud;

const TOKEN: (u16, &str) = (403, "MissingAuthenticationTokenException");

#[tokio::test]
async fn a_function_gets_the_whole_request() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let users = api.resource(&api.root, "users").await;
    let one = api.resource(&users, "{id}").await;
    api.method(&one, "POST", "NONE", "echo").await;
    let deployment = api.deploy("prod").await;

    let mut request = api.request(Method::POST, "/prod/users/7?tag=a&tag=b%20c");
    request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    *request.body_mut() = Bytes::from_static(b"{\"a\":1}");
    let response = cloud.send(request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let id = response.headers()["x-amzn-requestid"].to_str().unwrap();
    let event = body(&response);
    assert_eq!(event["resource"], "/users/{id}");
    assert_eq!(event["path"], "/users/7");
    assert_eq!(event["httpMethod"], "POST");
    assert_eq!(event["body"], "{\"a\":1}");
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["pathParameters"], json!({"id": "7"}));
    assert_eq!(event["queryStringParameters"], json!({"tag": "b c"}));
    assert_eq!(event["multiValueQueryStringParameters"], json!({"tag": ["a", "b c"]}));
    assert_eq!(event["stageVariables"], Value::Null);
    assert_eq!(event["headers"]["Content-Type"], "application/json");
    assert_eq!(event["headers"]["X-Forwarded-For"], "127.0.0.1");
    let context = &event["requestContext"];
    assert_eq!(context["path"], "/prod/users/7");
    assert_eq!(context["resourcePath"], "/users/{id}");
    assert_eq!(context["resourceId"], one);
    assert_eq!(context["deploymentId"], deployment);
    assert_eq!(context["requestId"], id);
    assert_eq!(context["apiId"], api.id);
    assert_eq!(context["accountId"], testkit::ACCOUNT);
    assert_eq!(context["requestTime"], "23/Nov/2026:15:00:00 +0000");
    assert_eq!(context["requestTimeEpoch"], testkit::START.as_millis());
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["identity"]["userArn"], Value::Null);
    assert_eq!(context["identity"].as_object().unwrap().len(), 12);
}

#[tokio::test]
async fn all_ways_lead_to_a_stage_and_wrong_ones_nowhere() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let stream = api.resource(&api.root, "stream").await;
    api.method(&stream, "GET", "NONE", "echo").await;
    api.deploy("prod").await;
    let ask = async |host: &str, path: &str| {
        let request = Request::get(path).header("host", host).body(Bytes::new()).unwrap();
        cloud.send(request).await
    };
    let local = format!("{}.execute-api.localhost:4566", api.id);
    assert_eq!(ask(&local, "/prod/stream").await.status(), 200);
    for path in [
        format!("/_aws/execute-api/{}/prod/stream", api.id),
        format!("/restapis/{}/prod/_user_request_/stream", api.id),
    ] {
        let event = body(&ask("localhost:4566", &path).await);
        assert_eq!(event["path"], "/stream");
        assert_eq!(event["requestContext"]["path"], "/prod/stream");
        let domain = format!("{}.execute-api.us-east-1.amazonaws.com", api.id);
        assert_eq!(event["requestContext"]["domainName"], domain);
    }
    for path in ["/prod/none", "/prod"] {
        let response = api.get(path).await;
        assert_eq!(kind(&response), TOKEN, "{path}");
        assert_eq!(body(&response), json!({"message": "Missing Authentication Token"}));
    }
    for path in ["/dev/stream", "/"] {
        assert_eq!(kind(&api.get(path).await), (403, "ForbiddenException"), "{path}");
    }
    assert_eq!(kind(&cloud.send(api.request(Method::PUT, "/prod/stream")).await), TOKEN);
    let elsewhere = ask("nope.execute-api.us-east-1.amazonaws.com", "/prod/stream").await;
    assert_eq!(kind(&elsewhere), (403, "ForbiddenException"));
    assert_eq!(body(&elsewhere), json!({"message": "Forbidden"}));
    let region = format!("{}.execute-api.eu-west-1.amazonaws.com", api.id);
    assert_eq!(kind(&ask(&region, "/prod/stream").await), (403, "ForbiddenException"));
}

#[tokio::test]
async fn what_is_served_is_what_was_deployed() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    api.method(&api.root, "GET", "NONE", "echo").await;
    api.deploy("prod").await;
    assert_eq!(api.get("/prod").await.status(), 200);
    let patch = json!([{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]);
    let input = json!({"resourceId": api.root, "httpMethod": "GET", "patchOperations": patch});
    api.call("UpdateMethod", input).await;
    api.set_policy(json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}))
        .await;
    assert_eq!(api.get("/prod").await.status(), 200);
    api.deploy("prod").await;
    assert_eq!(kind(&api.get("/prod").await), TOKEN);
    api.call("DeleteStage", json!({"stageName": "prod"})).await;
    assert_eq!(kind(&api.get("/prod").await), (403, "ForbiddenException"));
}

#[tokio::test]
async fn iam_methods_want_a_signature_and_a_permission() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let stream = api.resource(&api.root, "stream").await;
    api.method(&stream, "GET", "AWS_IAM", "echo").await;
    api.deploy("prod").await;
    let arn = format!("arn:aws:execute-api:us-east-1:000000000000:{}/prod/GET/stream", api.id);
    let allow = json!({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn});
    let ann = cloud.user("ann", Some(allow)).await;
    let bob = cloud.user("bob", None).await;
    let request = || api.request(Method::GET, "/prod/stream");

    assert_eq!(kind(&cloud.send(request()).await), TOKEN);
    let response = cloud.send(ann.sign("execute-api", request())).await;
    assert_eq!(response.status(), 200, "{:?}", response.body());
    let event = body(&response);
    let identity = &event["requestContext"]["identity"];
    assert_eq!(identity["userArn"], "arn:aws:iam::000000000000:user/ann");
    assert_eq!(identity["accountId"], testkit::ACCOUNT);
    assert!(identity["user"].as_str().unwrap().starts_with("AIDA"));
    assert!(identity["accessKey"].as_str().unwrap().starts_with("AKIA"));
    assert_eq!(event["headers"]["Authorization"], Value::Null);

    let refused = cloud.send(bob.sign("execute-api", request())).await;
    assert_eq!(kind(&refused), (403, "AccessDeniedException"));
    let wanted = format!(
        "User: arn:aws:iam::000000000000:user/bob is not authorized to perform: \
         execute-api:Invoke on resource: \
         arn:aws:execute-api:us-east-1:********0000:{}/prod/GET/stream",
        api.id
    );
    assert_eq!(body(&refused), json!({"Message": wanted}));
    let wrong = cloud.send(ann.sign("lambda", request())).await;
    assert_eq!(kind(&wrong), (403, "InvalidSignatureException"));
    assert!(body(&wrong)["message"].as_str().unwrap().contains("'execute-api'"));
    let unknown = cloud.client("AKIAQAAAAAAAAAAAAAAA", "secret", None);
    let unknown = cloud.send(unknown.sign("execute-api", request())).await;
    assert_eq!(kind(&unknown), (403, "UnrecognizedClientException"));
    let token = "The security token included in the request is invalid.";
    assert_eq!(body(&unknown), json!({"message": token}));
}

#[tokio::test]
async fn the_resource_policy_lets_in_and_keeps_out() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let stream = api.resource(&api.root, "stream").await;
    let admin = api.resource(&api.root, "admin").await;
    api.method(&stream, "GET", "NONE", "echo").await;
    api.method(&stream, "POST", "AWS_IAM", "echo").await;
    api.method(&admin, "GET", "NONE", "echo").await;
    let bob = cloud.user("bob", None).await;
    let signed = |request| bob.sign("execute-api", request);

    // One who is named needs no permission of his own; nobody else is let in, not even to NONE.
    api.set_policy(json!({
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/bob"},
        "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
    }))
    .await;
    api.deploy("prod").await;
    let post = || api.request(Method::POST, "/prod/stream");
    assert_eq!(cloud.send(signed(post())).await.status(), 200);
    let anonymous = api.get("/prod/stream").await;
    assert_eq!(kind(&anonymous), (403, "AccessDeniedException"));
    let message = body(&anonymous)["Message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("User: anonymous is not authorized to perform"), "{message}");

    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
         "Resource": "execute-api:/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke",
         "Resource": "execute-api:/prod/GET/admin"},
    ]});
    let patch = json!([{"op": "replace", "path": "/policy", "value": policy.to_string()}]);
    api.call("UpdateRestApi", json!({"patchOperations": patch})).await;
    api.deploy("prod").await;
    assert_eq!(api.get("/prod/stream").await.status(), 200);
    for path in ["/prod/admin", "/prod/admin/", "/prod//admin"] {
        let denied = api.get(path).await;
        let message = body(&denied)["Message"].as_str().unwrap().to_owned();
        assert!(message.ends_with("/admin with an explicit deny"), "{message}");
    }
}

/// Across accounts both sides must allow.
#[tokio::test]
async fn a_stranger_needs_the_api_and_his_own_account() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    api.method(&api.root, "GET", "AWS_IAM", "echo").await;
    api.deploy("prod").await;
    let allow = json!({"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"});
    let (friend, poor) = ("111122223333", "444455556666");
    let friend = cloud.user_of(friend, "ann", Some(allow)).await;
    let poor = cloud.user_of(poor, "ann", None).await;
    let ask = async |client: &testkit::Client<'_>| {
        let request = client.sign("execute-api", api.request(Method::GET, "/prod"));
        cloud.send(request).await.status().as_u16()
    };
    assert_eq!((ask(&friend).await, ask(&poor).await), (403, 403));
    api.set_policy(json!({
        "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
        "Resource": "execute-api:/prod/GET/",
    }))
    .await;
    api.deploy("prod").await;
    assert_eq!((ask(&friend).await, ask(&poor).await), (200, 403));
}

#[tokio::test]
async fn failures_of_functions_are_worded_by_the_gateway() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    for name in ["failing", "malformed", "closed", "slow"] {
        let resource = api.resource(&api.root, name).await;
        api.method(&resource, "GET", "NONE", name).await;
    }
    api.deploy("prod").await;
    api.deploy("dev").await;
    let internal = "InternalServerErrorException";
    for (path, status) in [("/prod/failing", 502), ("/prod/malformed", 502), ("/prod/closed", 500)]
    {
        let response = api.get(path).await;
        assert_eq!(kind(&response), (status, internal), "{path}");
        assert_eq!(body(&response), json!({"message": "Internal server error"}));
    }
    // The function lets the stage prod in, and not dev: the source ARN tells them apart.
    assert_eq!(kind(&api.get("/dev/malformed").await), (500, internal));

    let (response, ()) = tokio::join!(api.get("/prod/slow"), async {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        cloud.clock().advance(Duration::from_secs(30));
    });
    assert_eq!(kind(&response), (504, internal));
    assert_eq!(body(&response), json!({"message": "Endpoint request timed out"}));

    cloud.platform().flush().await.unwrap();
    let refusals = cloud.context().read(|tx| tx.list::<service_kit::audit::Refusal>(()));
    let refusals: Vec<_> = Result::<_, Fault>::unwrap(refusals);
    assert!(refusals.iter().any(|refusal| refusal.action == "lambda:InvokeFunction"));
}

#[tokio::test]
async fn bytes_come_and_go_where_the_api_knows_their_type() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    api.method(&api.root, "POST", "NONE", "echo").await;
    api.method(&api.root, "GET", "NONE", "binary").await;
    let patch = json!([{"op": "add", "path": "/binaryMediaTypes/image~1png"}]);
    api.call("UpdateRestApi", json!({"patchOperations": patch})).await;
    api.deploy("prod").await;
    let mut request = api.request(Method::POST, "/prod");
    request.headers_mut().insert("content-type", HeaderValue::from_static("image/png"));
    *request.body_mut() = Bytes::from_static(&[0xff, 0xfe]);
    let event = body(&cloud.send(request).await);
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("//4="), &json!(true)));
    assert_eq!(api.get("/prod").await.body(), "aGk=");
    let mut request = api.request(Method::GET, "/prod");
    request.headers_mut().insert("accept", HeaderValue::from_static("image/png"));
    assert_eq!(cloud.send(request).await.body(), "hi");
    let mut request = api.request(Method::POST, "/prod");
    *request.body_mut() = vec![b'x'; (10 << 20) + 1].into();
    assert_eq!(kind(&cloud.send(request).await), (413, "RequestTooLargeException"));
}

#[tokio::test]
async fn required_parameters_are_asked_for_by_validators() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let input = json!({"name": "v", "validateRequestParameters": true});
    let validator = api.call("CreateRequestValidator", input).await["id"].clone();
    let method = json!({
        "resourceId": api.root, "httpMethod": "GET", "authorizationType": "NONE",
        "requestValidatorId": validator,
        "requestParameters": {
            "method.request.querystring.qs1": true,
            "method.request.header.x-header-param": true,
            "method.request.querystring.optional": false,
        },
    });
    api.call("PutMethod", method).await;
    let integration = json!({
        "resourceId": api.root, "httpMethod": "GET", "type": "AWS_PROXY",
        "integrationHttpMethod": "POST", "uri": common::uri("echo"),
    });
    api.call("PutIntegration", integration).await;
    api.deploy("prod").await;
    let refused = api.get("/prod?qs2=a").await;
    assert_eq!(kind(&refused), (400, "BadRequestException"));
    let message = "Missing required request parameters: [x-header-param, qs1]";
    assert_eq!(body(&refused), json!({"message": message}));
    let mut request = api.request(Method::GET, "/prod?qs1=a");
    request.headers_mut().insert("x-header-param", HeaderValue::from_static("b"));
    assert_eq!(cloud.send(request).await.status(), 200);
}

#[tokio::test]
async fn a_mock_answers_preflights() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    let place = json!({"resourceId": api.root, "httpMethod": "OPTIONS"});
    let with = |more: Value| {
        let mut input = place.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let header = "method.response.header.Access-Control-Allow-Origin";
    api.call("PutMethod", with(json!({"authorizationType": "NONE"}))).await;
    let templates = json!({"application/json": "{\"statusCode\": 204}"});
    let mock = with(json!({"type": "MOCK", "requestTemplates": templates}));
    api.call("PutIntegration", mock).await;
    let answer = with(json!({"statusCode": "204", "responseParameters": {header: "'*'"}}));
    assert_eq!(
        api.refused("PutIntegrationResponse", answer.clone()).await,
        "Invalid Response status code specified"
    );
    let declared = with(json!({"statusCode": "204", "responseParameters": {header: true}}));
    api.call("PutMethodResponse", declared).await;
    api.call("PutIntegrationResponse", answer).await;
    api.deploy("prod").await;
    let response = cloud.send(api.request(Method::OPTIONS, "/prod")).await;
    assert_eq!(response.status(), 204);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn a_disabled_endpoint_answers_nobody() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    api.method(&api.root, "GET", "NONE", "echo").await;
    let patch = json!([{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]);
    api.call("UpdateRestApi", json!({"patchOperations": patch})).await;
    api.deploy("prod").await;
    assert_eq!(kind(&api.get("/prod").await), (403, "ForbiddenException"));
}

#[tokio::test]
async fn requests_are_counted_and_traced() {
    let cloud = Cloud::start(&SERVICES).await;
    let api = Api::create(&cloud).await;
    api.method(&api.root, "GET", "NONE", "echo").await;
    api.deploy("prod").await;
    let patch = json!([{"op": "replace", "path": "/tracingEnabled", "value": "true"}]);
    api.call("UpdateStage", json!({"stageName": "prod", "patchOperations": patch})).await;
    let response = api.get("/prod").await;
    let trace = response.headers()["x-amzn-trace-id"].to_str().unwrap().to_owned();
    assert!(trace.ends_with("Sampled=1"), "{trace}");
    assert_eq!(kind(&api.get("/prod/none").await), TOKEN);

    cloud.platform().flush().await.unwrap();
    let (points, segments) = cloud
        .context()
        .read(|tx| Ok::<_, Fault>((tx.list::<Point>(())?, tx.list::<Segment>(())?)))
        .unwrap();
    let sum = |name: &str, dimensions: usize| {
        let found = points
            .iter()
            .find(|point| point.series.name == name && point.series.dimensions.len() == dimensions);
        found.map(|point| (point.sum, point.count))
    };
    assert_eq!(sum("Count", 1), Some((2.0, 2.0)));
    assert_eq!(sum("4XXError", 2), Some((1.0, 2.0)));
    assert_eq!(sum("5XXError", 2), Some((0.0, 2.0)));
    assert_eq!(sum("IntegrationLatency", 2).map(|(_, count)| count), Some(1.0));
    let segment = segments.iter().find(|segment| trace.contains(&segment.trace_id)).unwrap();
    let document: Value = serde_json::from_str(&segment.document).unwrap();
    assert_eq!(document["name"], "shop/prod");
    assert_eq!(document["origin"], "AWS::ApiGateway::Stage");
    assert_eq!(document["subsegments"][0]["aws"]["function_name"], "echo");
}

#[tokio::test]
async fn the_journal_follows_a_request_to_the_function() {
    let cloud = Cloud::start(&SERVICES).await;
    cloud.platform().journal().watch(testkit::ACCOUNT).await.unwrap();
    let api = Api::create(&cloud).await;
    let stream = api.resource(&api.root, "stream").await;
    api.method(&stream, "GET", "NONE", "echo").await;
    api.deploy("prod").await;
    cloud.send(api.request(Method::GET, "/prod/stream")).await;
    let entries = cloud.platform().journal().entries(testkit::ACCOUNT, None, 1_000).unwrap();
    let [.., called, request] = &entries[..] else { panic!("a request and what it causes") };
    let (called, request) = (&called.entry, &request.entry);
    assert_eq!((&*request.service, &*request.operation), ("execute-api", "GET /stream"));
    assert_eq!((&*called.service, &*called.operation), ("lambda", "Invoke"));
    assert_eq!(called.caused_by.as_deref(), Some(&*request.request_id));
    assert_eq!(called.trace_id, request.trace_id);
    assert!(called.trace_id.is_some());
    let source = called.caller.source_arn.as_deref().unwrap();
    assert!(source.ends_with("/prod/GET/stream"), "{source}");
    assert_eq!(called.accesses[0].decided_by, "resource-based policy");
}
