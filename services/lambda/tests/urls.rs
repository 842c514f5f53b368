//! Function URLs: their configuration, who may use them, and what functions get and answer.

#![allow(clippy::unwrap_used)] // a test may fail where it stands

mod common;

use bytes::Bytes;
use common::{cloud_with, isolates, node, provided, segments};
use http::{Method, Request, Response};
use serde_json::{Value, json};
use service_kit::{audit::Refusal, metrics::Point};
use testkit::{Client, Cloud};

/// Another account.
const STRANGER: &str = "111122223333";

async fn cloud() -> Cloud {
    cloud_with(&[&iam::SERVICE]).await
}

async fn call(cloud: &Cloud, operation: &'static str, input: Value) -> Value {
    cloud.admin().call("lambda", operation, input).await.unwrap()
}

async fn refused(cloud: &Cloud, operation: &'static str, input: Value) -> (&'static str, String) {
    let failure = cloud.admin().call("lambda", operation, input).await.unwrap_err();
    (failure.code, failure.message)
}

/// A function with an alias that is never run: whoever may use its URL is told 429.
async fn closed_function(cloud: &Cloud) {
    call(cloud, "CreateFunction", provided("f", "#!/bin/sh\n")).await;
    call(cloud, "PublishVersion", json!({"FunctionName": "f"})).await;
    let alias = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"});
    call(cloud, "CreateAlias", alias).await;
    let none = json!({"FunctionName": "f", "ReservedConcurrentExecutions": 0});
    call(cloud, "PutFunctionConcurrency", none).await;
}

/// Creates the URL of `name`; gives its id.
async fn url(cloud: &Cloud, name: &str, auth_type: &str) -> String {
    let input = json!({"FunctionName": name, "AuthType": auth_type});
    let made = call(cloud, "CreateFunctionUrlConfig", input).await;
    let url = made["FunctionUrl"].as_str().unwrap().to_owned();
    url.strip_prefix("https://").unwrap().split('.').next().unwrap().to_owned()
}

/// The two statements that let `principal` use the URL of `name`.
async fn grant(cloud: &Cloud, name: &str, principal: &str, auth_type: &str) {
    let id = principal.replace(['*', ':', '/'], "-");
    for (statement, action, key, value) in [
        ("url", "lambda:InvokeFunctionUrl", "FunctionUrlAuthType", json!(auth_type)),
        ("run", "lambda:InvokeFunction", "InvokedViaFunctionUrl", json!(true)),
    ] {
        let statement = format!("{statement}{id}");
        let mut input = json!({
            "FunctionName": name, "StatementId": statement, "Action": action,
            "Principal": principal,
        });
        input[key] = value;
        call(cloud, "AddPermission", input).await;
    }
}

fn request(id: &str) -> Request<Bytes> {
    let host = format!("{id}.lambda-url.us-east-1.on.aws");
    Request::get("/songs").header("host", host).body(Bytes::new()).unwrap()
}

async fn open(cloud: &Cloud, id: &str) -> u16 {
    cloud.send(request(id)).await.status().as_u16()
}

async fn signed(cloud: &Cloud, id: &str, client: &Client<'_>) -> u16 {
    cloud.send(client.sign("lambda", request(id))).await.status().as_u16()
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn kind(response: &Response<Bytes>) -> (u16, &str) {
    let kind = response.headers().get("x-amzn-errortype");
    (response.status().as_u16(), kind.map_or("", |kind| kind.to_str().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_is_created_shown_changed_listed_and_deleted() {
    let cloud = cloud().await;
    closed_function(&cloud).await;
    let cors = json!({"AllowOrigins": ["*"], "MaxAge": 60});
    let input = json!({"FunctionName": "f", "AuthType": "NONE", "Cors": cors});
    let made = call(&cloud, "CreateFunctionUrlConfig", input.clone()).await;
    let address = made["FunctionUrl"].as_str().unwrap();
    assert!(address.ends_with(".lambda-url.us-east-1.on.aws/"), "{address}");
    assert_eq!(made["FunctionArn"], "arn:aws:lambda:us-east-1:000000000000:function:f");
    assert_eq!(made["CreationTime"], "2026-11-23T15:00:00.000Z");
    assert_eq!((&made["Cors"], made.get("InvokeMode")), (&cors, None));
    let (code, message) = refused(&cloud, "CreateFunctionUrlConfig", input).await;
    assert_eq!(code, "ResourceConflictException");
    assert_eq!(
        message,
        "Failed to create function url config for [functionArn = \
         arn:aws:lambda:us-east-1:000000000000:function:f]. Error message:  FunctionUrlConfig \
         exists for this Lambda function"
    );
    let shown = call(&cloud, "GetFunctionUrlConfig", json!({"FunctionName": "f"})).await;
    assert_eq!(shown["FunctionUrl"], made["FunctionUrl"]);
    assert_eq!(shown["InvokeMode"], "BUFFERED");

    let change = json!({"FunctionName": "f", "AuthType": "AWS_IAM", "Cors": {}});
    let changed = call(&cloud, "UpdateFunctionUrlConfig", change).await;
    assert_eq!((&changed["AuthType"], changed.get("Cors")), (&json!("AWS_IAM"), None));
    let alias = json!({"FunctionName": "f", "Qualifier": "live", "AuthType": "NONE"});
    call(&cloud, "CreateFunctionUrlConfig", alias).await;
    let list = async |input| call(&cloud, "ListFunctionUrlConfigs", input).await;
    let first = list(json!({"FunctionName": "f", "MaxItems": 1})).await;
    assert_eq!(first["FunctionUrlConfigs"][0]["AuthType"], "AWS_IAM");
    let marker = &first["NextMarker"];
    let rest = list(json!({"FunctionName": "f", "Marker": marker})).await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f:live";
    assert_eq!(rest["FunctionUrlConfigs"][0]["FunctionArn"], arn);
    assert_eq!(rest["FunctionUrlConfigs"].as_array().unwrap().len(), 1);

    call(&cloud, "DeleteFunctionUrlConfig", json!({"FunctionName": "f"})).await;
    let missing = "The resource you requested does not exist.".to_owned();
    let gone = refused(&cloud, "GetFunctionUrlConfig", json!({"FunctionName": "f"})).await;
    assert_eq!(gone, ("ResourceNotFoundException", missing));
    call(&cloud, "GetFunctionUrlConfig", json!({"FunctionName": "f:live"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_functions_and_aliases_that_are_there_get_urls() {
    let cloud = cloud().await;
    closed_function(&cloud).await;
    let create = async |name: &str, more: Value| {
        let mut input = json!({"FunctionName": name, "AuthType": "NONE"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        refused(&cloud, "CreateFunctionUrlConfig", input).await
    };
    let missing = ("ResourceNotFoundException", "Function does not exist".to_owned());
    assert_eq!(create("g", json!({})).await, missing);
    assert_eq!(create("f", json!({"Qualifier": "beta"})).await, missing);
    for qualifier in ["1", "$LATEST"] {
        let (code, message) = create("f", json!({"Qualifier": qualifier})).await;
        assert_eq!(code, "ValidationException");
        assert!(message.contains("at 'qualifier' failed to satisfy constraint"), "{message}");
    }
    let (code, message) = create("f", json!({"InvokeMode": "RESPONSE_STREAM"})).await;
    assert_eq!(code, "ValidationException");
    assert!(message.contains("'RESPONSE_STREAM' at 'invokeMode'"), "{message}");
    let list = json!({"FunctionName": "g"});
    assert_eq!(refused(&cloud, "ListFunctionUrlConfigs", list).await, missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_url_needs_both_statements_for_everybody() {
    let cloud = cloud().await;
    closed_function(&cloud).await;
    let id = url(&cloud, "f", "NONE").await;
    let response = cloud.send(request(&id)).await;
    assert_eq!(kind(&response), (403, "AccessDeniedException"));
    assert_eq!(
        body(&response)["Message"],
        "Forbidden. For troubleshooting Function URL authorization issues, see: \
         https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
    );
    let statement = |id: &str, action: &str, more: Value| {
        let mut input = json!({
            "FunctionName": "f", "StatementId": id, "Action": action, "Principal": "*",
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let address =
        statement("a", "lambda:InvokeFunctionUrl", json!({"FunctionUrlAuthType": "NONE"}));
    call(&cloud, "AddPermission", address).await;
    assert_eq!(open(&cloud, &id).await, 403, "the URL alone does not do since October 2025");
    let run = statement("b", "lambda:InvokeFunction", json!({"InvokedViaFunctionUrl": true}));
    let added = call(&cloud, "AddPermission", run).await;
    let added: Value = serde_json::from_str(added["Statement"].as_str().unwrap()).unwrap();
    assert_eq!(added["Condition"], json!({"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}));
    let response = cloud.send(request(&id)).await;
    assert_eq!(kind(&response), (429, "TooManyRequestsException"));
    assert_eq!(signed(&cloud, &id, &cloud.admin()).await, 429, "a signature does not matter");

    // What was opened for the URL is not open to direct calls.
    let stranger = cloud
        .user_of(STRANGER, "thief", json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))
        .await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let direct = stranger.call("lambda", "Invoke", json!({"FunctionName": arn})).await;
    assert_eq!(direct.unwrap_err().code, "AccessDeniedException");

    let change = json!({"FunctionName": "f", "AuthType": "AWS_IAM"});
    call(&cloud, "UpdateFunctionUrlConfig", change).await;
    assert_eq!(open(&cloud, &id).await, 403);
    assert_eq!(signed(&cloud, &id, &stranger).await, 403, "the statement is about open URLs");
    cloud.platform().flush().await.unwrap();
    let refusals = cloud.context().read(|tx| tx.list::<Refusal>(()));
    let refusals: Vec<_> = Result::<_, service_kit::fault::Fault>::unwrap(refusals);
    let about = |action: &str| refusals.iter().any(|it| it.action == action);
    assert!(about("lambda:InvokeFunctionUrl") && about("lambda:InvokeFunction"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_wants_signatures_checks_them() {
    let cloud = cloud().await;
    closed_function(&cloud).await;
    let id = url(&cloud, "f", "AWS_IAM").await;
    let user = cloud.user("poor", None).await;
    let both = |resource: &str| {
        let actions = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"];
        json!({"Effect": "Allow", "Action": actions, "Resource": resource})
    };
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let friend = cloud.user("friend", both(arn)).await;
    let half = json!({"Effect": "Allow", "Action": "lambda:InvokeFunctionUrl", "Resource": arn});
    let half = cloud.user("half", half).await;
    let response = cloud.send(request(&id)).await;
    assert_eq!(kind(&response), (403, "AccessDeniedException"), "not signed");
    assert_eq!(signed(&cloud, &id, &user).await, 403);
    assert_eq!(signed(&cloud, &id, &half).await, 403);
    assert_eq!(signed(&cloud, &id, &friend).await, 429);

    let response = cloud.send(friend.sign("execute-api", request(&id))).await;
    assert_eq!(kind(&response), (403, "InvalidSignatureException"));
    let message = body(&response)["message"].as_str().unwrap().to_owned();
    assert!(message.contains("correct service: 'lambda'"), "{message}");
    let actions = json!({"Effect": "Allow", "Action": "lambda:*", "Resource": "*"});
    let elsewhere = cloud.user("elsewhere", actions).await.in_region("eu-west-1");
    let response = cloud.send(elsewhere.sign("lambda", request(&id))).await;
    assert_eq!(kind(&response), (403, "InvalidSignatureException"), "another region's");
    let mut forged = friend.sign("lambda", request(&id));
    *forged.uri_mut() = "/other".parse().unwrap();
    assert_eq!(kind(&cloud.send(forged).await), (403, "InvalidSignatureException"));

    // In its own account a resource policy that names the caller does; from another one both
    // sides have to agree.
    grant(&cloud, "f", "arn:aws:iam::000000000000:user/poor", "AWS_IAM").await;
    assert_eq!(signed(&cloud, &id, &user).await, 429);
    let partner = cloud.user_of(STRANGER, "partner", both("*")).await;
    let other = cloud.user_of(STRANGER, "other", None).await;
    assert_eq!(signed(&cloud, &id, &partner).await, 403);
    grant(&cloud, "f", STRANGER, "AWS_IAM").await;
    assert_eq!(signed(&cloud, &id, &partner).await, 429);
    assert_eq!(signed(&cloud, &id, &other).await, 403, "its own account gives it nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_has_a_url_and_a_policy_of_its_own() {
    let cloud = cloud().await;
    closed_function(&cloud).await;
    let whole = url(&cloud, "f", "NONE").await;
    let alias = url(&cloud, "f:live", "NONE").await;
    grant(&cloud, "f:live", "*", "NONE").await;
    assert_eq!((open(&cloud, &whole).await, open(&cloud, &alias).await), (403, 429));
    call(&cloud, "DeleteAlias", json!({"FunctionName": "f", "Name": "live"})).await;
    let response = cloud.send(request(&alias)).await;
    assert_eq!(kind(&response), (403, "AccessDeniedException"));
    assert_eq!(body(&response), json!({"Message": null}));
    call(&cloud, "DeleteFunction", json!({"FunctionName": "f"})).await;
    assert_eq!(body(&cloud.send(request(&whole)).await), json!({"Message": null}));
    call(&cloud, "CreateFunction", provided("f", "#!/bin/sh\n")).await;
    let gone = refused(&cloud, "GetFunctionUrlConfig", json!({"FunctionName": "f"})).await;
    assert_eq!(gone.0, "ResourceNotFoundException");
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_are_told_what_they_may() {
    let cloud = cloud().await;
    closed_function(&cloud).await;
    let id = url(&cloud, "f", "AWS_IAM").await;
    let cors = json!({
        "AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "AllowCredentials": true,
    });
    let change = json!({"FunctionName": "f", "Cors": cors});
    call(&cloud, "UpdateFunctionUrlConfig", change).await;
    let ask = async |method: Method, origin: &str| {
        let mut request = request(&id);
        *request.method_mut() = method;
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let wanted = "access-control-request-method";
        request.headers_mut().insert(wanted, "GET".parse().unwrap());
        cloud.send(request).await
    };
    let allowed = ask(Method::OPTIONS, "https://a.example").await;
    assert_eq!(allowed.status(), 200);
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://a.example");
    assert_eq!(allowed.headers()["access-control-allow-methods"], "GET");
    let other = ask(Method::OPTIONS, "https://b.example").await;
    assert!(!other.headers().contains_key("access-control-allow-origin"));
    let refused = ask(Method::GET, "https://a.example").await;
    assert_eq!(refused.status(), 403, "and still needs a signature");
    assert_eq!(refused.headers()["access-control-allow-credentials"], "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_url_or_of_another_region_is_forbidden() {
    let cloud = cloud().await;
    closed_function(&cloud).await;
    let id = url(&cloud, "f", "NONE").await;
    grant(&cloud, "f", "*", "NONE").await;
    let ask = async |host: &str, path: &str| {
        let request = Request::get(path).header("host", host).body(Bytes::new()).unwrap();
        cloud.send(request).await.status().as_u16()
    };
    assert_eq!(ask(&format!("{id}.lambda-url.us-east-1.localhost:4566"), "/").await, 429);
    assert_eq!(ask("localhost:4566", &format!("/_aws/lambda-url/{id}/a")).await, 429);
    assert_eq!(ask(&format!("{id}.lambda-url.eu-west-1.on.aws"), "/").await, 403);
    let unknown = request("0123456789abcdefghijklmnopqrstuv");
    assert_eq!(body(&cloud.send(unknown).await), json!({"Message": null}));

    cloud.platform().flush().await.unwrap();
    let points = cloud.context().read(|tx| tx.list::<Point>(()));
    let points: Vec<_> = Result::<_, service_kit::fault::Fault>::unwrap(points);
    let sum = |name: &str, resource: &str| {
        let dimension = ("Resource".to_owned(), resource.to_owned());
        let wanted =
            |it: &&Point| it.series.name == name && it.series.dimensions.contains(&dimension);
        points.iter().filter(wanted).map(|point| point.sum).sum::<f64>()
    };
    assert_eq!(sum("UrlRequestCount", "f:$LATEST"), 2.0);
    assert_eq!(sum("Url4xxCount", "f:$LATEST"), 2.0);
    assert_eq!(sum("Url5xxCount", "f:$LATEST"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_tells_who_used_a_url_and_what_let_him_in() {
    let cloud = cloud().await;
    closed_function(&cloud).await;
    let id = url(&cloud, "f:live", "AWS_IAM").await;
    cloud.platform().journal().watch("000000000000").await.unwrap();
    assert_eq!(open(&cloud, &id).await, 403);
    let stranger = cloud
        .user_of(STRANGER, "partner", json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))
        .await;
    grant(&cloud, "f:live", "*", "AWS_IAM").await;
    assert_eq!(signed(&cloud, &id, &stranger).await, 429);
    let entries = cloud.platform().journal().entries("000000000000", None, 100).unwrap();
    let entries = entries.into_iter().map(|logged| logged.entry);
    let entries: Vec<_> = entries.filter(|entry| entry.http.is_some()).collect();
    assert_eq!(entries.len(), 2, "{entries:?}");
    let http = entries[1].http.clone().unwrap();
    assert_eq!(
        (http.path.as_str(), &http.api, http.stage.as_deref()),
        ("/songs", &id, Some("live"))
    );
    assert!(http.route.unwrap().ends_with(":function:f:live"));
    assert_eq!((entries[0].status, entries[1].status), (403, 429));
    let actions = entries[1].accesses.iter().map(|access| access.action.as_str());
    let actions: Vec<_> = actions.collect();
    assert_eq!(actions, ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]);
    assert_eq!(entries[1].caller.account.as_deref(), Some(STRANGER));
}

const ECHO: &str = "exports.handler = async (event, context) => {
    if (event.rawPath === '/fail') throw new Error('no');
    if (event.rawPath === '/wrong') return {statusCode: 'many'};
    if (event.rawPath === '/set') return JSON.parse(event.body);
    return {event, arn: context.invokedFunctionArn, id: context.awsRequestId};
};";

#[tokio::test(flavor = "multi_thread")]
async fn a_function_gets_the_request_and_its_answer_is_the_response() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    let mut input = node("f", ECHO);
    input["TracingConfig"] = json!({"Mode": "Active"});
    call(&cloud, "CreateFunction", input).await;
    let id = url(&cloud, "f", "AWS_IAM").await;
    let asked = Request::post("/a%20b//c?x=1&x=%2F2&y")
        .header("host", format!("{id}.lambda-url.us-east-1.on.aws"))
        .header("cookie", "a=1; b=2")
        .header("content-type", "application/json")
        .header("x-One", "1")
        .header("x-one", "2")
        .body(Bytes::from_static(b"{}"))
        .unwrap();
    let response = cloud.send(cloud.admin().sign("lambda", asked)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let answer = body(&response);
    let event = &answer["event"];
    assert_eq!((&event["version"], &event["routeKey"]), (&json!("2.0"), &json!("$default")));
    assert_eq!(
        (&event["rawPath"], &event["rawQueryString"]),
        (&json!("/a%20b//c"), &json!("x=1&x=%2F2&y"))
    );
    assert_eq!(event["queryStringParameters"], json!({"x": "1,/2", "y": ""}));
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    let headers = &event["headers"];
    assert_eq!((&headers["x-one"], headers.get("cookie")), (&json!("1,2"), None));
    assert!(headers.get("authorization").is_none(), "the signature was for Lambda");
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{}"), &json!(false)));
    let context = &event["requestContext"];
    assert_eq!((&context["apiId"], &context["accountId"]), (&json!(id), &json!("000000000000")));
    assert_eq!(context["domainName"], format!("{id}.lambda-url.us-east-1.on.aws"));
    assert_eq!(context["http"]["method"], "POST");
    assert_eq!(context["time"], "23/Nov/2026:15:00:00 +0000");
    assert_eq!(context["authorizer"]["iam"]["accountId"], "000000000000");
    assert_eq!(context["requestId"], answer["id"]);
    assert_eq!(response.headers()["x-amzn-requestid"], answer["id"].as_str().unwrap());
    let trace = response.headers()["x-amzn-trace-id"].to_str().unwrap().to_owned();
    assert_eq!(headers["x-amzn-trace-id"], trace);
    let found =
        cloud.eventually(async || Some(segments(&cloud)).filter(|found| found.len() == 2)).await;
    assert!(trace.starts_with(&format!("Root={}", found[0]["trace_id"].as_str().unwrap())));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_open_urls_and_failures() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    call(&cloud, "CreateFunction", node("f", ECHO)).await;
    let id = url(&cloud, "f", "NONE").await;
    grant(&cloud, "f", "*", "NONE").await;
    let ask = async |path: &str, content_type: &str, content: Vec<u8>| {
        let request = Request::post(path)
            .header("host", format!("{id}.lambda-url.us-east-1.localhost"))
            .header("content-type", content_type);
        cloud.send(request.body(content.into()).unwrap()).await
    };
    let form = ask("/", "application/x-www-form-urlencoded", b"a=b".to_vec()).await;
    let event = &body(&form)["event"];
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("YT1i"), &json!(true)));
    assert_eq!(event["requestContext"]["accountId"], "anonymous");
    assert_eq!(event["requestContext"]["authorizer"], Value::Null);
    let wanted = json!({
        "statusCode": 201, "headers": {"X-Kind": "pot"}, "cookies": ["a=1", "b=2"],
        "body": "aGk=", "isBase64Encoded": true,
    });
    let set = ask("/set", "text/plain", wanted.to_string().into()).await;
    assert_eq!((set.status().as_u16(), &**set.body()), (201, &b"hi"[..]));
    assert_eq!(set.headers()["x-kind"], "pot");
    assert_eq!(set.headers().get_all("set-cookie").iter().count(), 2);
    for path in ["/fail", "/wrong"] {
        let failed = ask(path, "text/plain", Vec::new()).await;
        let told = (failed.status().as_u16(), &**failed.body());
        assert_eq!(told, (502, &b"Internal Server Error"[..]), "{path}");
    }
    let large = ask("/", "text/plain", vec![b'x'; 6 << 20]).await;
    assert_eq!(kind(&large), (413, "RequestTooLargeException"));
}
