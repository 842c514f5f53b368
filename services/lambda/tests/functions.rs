//! Functions, versions, aliases, policies and limits: all that needs no function to run.

#![allow(clippy::unwrap_used)] // a test may fail where it stands

mod common;

use bytes::Bytes;
use common::{ROLE, cloud, provided};
use serde_json::{Value, json};
use service_kit::call::As;
use testkit::{Client, Cloud};

async fn created(client: &Client<'_>, name: &str) -> Value {
    client.call("lambda", "CreateFunction", provided(name, "#!/bin/sh\n")).await.unwrap()
}

async fn call(cloud: &Cloud, operation: &'static str, input: Value) -> Value {
    cloud.admin().call("lambda", operation, input).await.unwrap()
}

async fn refused(cloud: &Cloud, operation: &'static str, input: Value) -> (&'static str, String) {
    let failure = cloud.admin().call("lambda", operation, input).await.unwrap_err();
    (failure.code, failure.message)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_created_shown_listed_and_deleted() {
    let cloud = cloud().await;
    let mut input = provided("f", "#!/bin/sh\n");
    input["Environment"] = json!({"Variables": {"TABLE": "songs"}});
    input["Tags"] = json!({"team": "a"});
    let created = call(&cloud, "CreateFunction", input.clone()).await;
    assert_eq!(created["FunctionArn"], "arn:aws:lambda:us-east-1:000000000000:function:f");
    assert_eq!(created["Timeout"], 3);
    assert_eq!(created["MemorySize"], 128);
    assert_eq!(created["State"], "Active");
    assert_eq!(created["LastModified"], "2026-11-23T15:00:00.000+0000");
    assert_eq!(created["Environment"]["Variables"], json!({"TABLE": "songs"}));
    assert_eq!(created["LoggingConfig"]["LogGroup"], "/aws/lambda/f");

    let found = call(&cloud, "GetFunction", json!({"FunctionName": "f"})).await;
    assert_eq!(found["Configuration"]["CodeSha256"], created["CodeSha256"]);
    assert_eq!(found["Tags"], json!({"team": "a"}));
    let (code, message) = refused(&cloud, "CreateFunction", input).await;
    assert_eq!(
        (code, message.as_str()),
        ("ResourceConflictException", "Function already exist: f")
    );

    let listed = call(&cloud, "ListFunctions", json!({})).await;
    assert_eq!(listed["Functions"].as_array().unwrap().len(), 1);
    call(&cloud, "DeleteFunction", json!({"FunctionName": "f"})).await;
    let (code, message) = refused(&cloud, "GetFunction", json!({"FunctionName": "f"})).await;
    assert_eq!(code, "ResourceNotFoundException");
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    assert_eq!(message, format!("Function not found: {arn}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_can_be_fetched_by_its_url_for_ten_minutes() {
    let cloud = cloud().await;
    let created = created(&cloud.admin(), "f").await;
    let found = call(&cloud, "GetFunction", json!({"FunctionName": "f"})).await;
    let url = found["Code"]["Location"].as_str().unwrap();
    let get = || http::Request::get(url).header("host", "localhost:4566").body(Bytes::new());
    let answer = cloud.send(get().unwrap()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.body().len() as u64, created["CodeSize"].as_u64().unwrap());
    cloud.clock().advance(std::time::Duration::from_secs(601));
    assert_eq!(cloud.send(get().unwrap()).await.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_function_is_said_in_aws_words() {
    let cloud = cloud().await;
    let good = provided("f", "#!/bin/sh\n");
    let cases = [
        ("Role", json!("arn:aws:iam::000000000000:role/other"), "cannot be assumed by Lambda."),
        ("Runtime", json!("cobol"), "Member must satisfy enum value set"),
        ("Timeout", json!(901), "less than or equal to 900"),
        ("MemorySize", json!(64), "greater than or equal to 128"),
        ("Handler", Value::Null, "Runtime and Handler are mandatory parameters"),
        ("Code", json!({"ZipFile": "bm90IGEgemlw"}), "Could not unzip uploaded file."),
        ("Code", json!({}), "Please provide a source for function code."),
        ("Environment", json!({"Variables": {"AWS_REGION": "x"}}), "reserved keys"),
        ("FunctionName", json!("f:1"), "by its name alone"),
    ];
    for (member, value, expected) in cases {
        let mut input = good.clone();
        input[member] = value;
        let (code, message) = refused(&cloud, "CreateFunction", input).await;
        assert!(message.contains(expected), "{member}: {code}: {message}");
    }
    let mut s3 = good;
    s3["Code"] = json!({"S3Bucket": "b-1", "S3Key": "k"});
    let (code, message) = refused(&cloud, "CreateFunction", s3).await;
    assert_eq!(code, "NotImplemented");
    assert!(message.contains("S3Bucket"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_keep_what_was_and_aliases_point_at_them() {
    let cloud = cloud().await;
    created(&cloud.admin(), "f").await;
    let f = || json!({"FunctionName": "f"});
    let one = call(&cloud, "PublishVersion", f()).await;
    assert_eq!(one["Version"], "1");
    assert_eq!(call(&cloud, "PublishVersion", f()).await["Version"], "1", "nothing has changed");
    let update = json!({"FunctionName": "f", "Timeout": 9});
    call(&cloud, "UpdateFunctionConfiguration", update).await;
    assert_eq!(call(&cloud, "PublishVersion", f()).await["Version"], "2");
    let at = |qualifier: &str| json!({"FunctionName": "f", "Qualifier": qualifier});
    let timeout = async |qualifier| {
        call(&cloud, "GetFunctionConfiguration", at(qualifier)).await["Timeout"].clone()
    };
    assert_eq!((timeout("1").await, timeout("2").await), (json!(3), json!(9)));

    let alias = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"});
    let alias = call(&cloud, "CreateAlias", alias).await;
    assert_eq!(alias["AliasArn"], "arn:aws:lambda:us-east-1:000000000000:function:f:live");
    assert_eq!(timeout("live").await, json!(3));
    let update = json!({
        "FunctionName": "f", "Name": "live", "FunctionVersion": "2",
        "RevisionId": alias["RevisionId"],
    });
    call(&cloud, "UpdateAlias", update.clone()).await;
    assert_eq!(timeout("live").await, json!(9));
    assert_eq!(refused(&cloud, "UpdateAlias", update).await.0, "PreconditionFailedException");
    let weight = |weight: f64| {
        let weights = json!({"AdditionalVersionWeights": {"1": weight}});
        json!({"FunctionName": "f", "Name": "live", "RoutingConfig": weights})
    };
    assert_eq!(refused(&cloud, "UpdateAlias", weight(1.5)).await.0, "ValidationException");
    let shared = call(&cloud, "UpdateAlias", weight(0.25)).await;
    assert_eq!(shared["RoutingConfig"]["AdditionalVersionWeights"], json!({"1": 0.25}));
    let (code, _) = refused(&cloud, "DeleteFunction", at("2")).await;
    assert_eq!(code, "ResourceConflictException");

    let page = json!({"FunctionName": "f", "MaxItems": 2});
    let page = call(&cloud, "ListVersionsByFunction", page).await;
    assert_eq!(page["Versions"][0]["Version"], "$LATEST");
    let rest = json!({"FunctionName": "f", "Marker": page["NextMarker"]});
    let rest = call(&cloud, "ListVersionsByFunction", rest).await;
    assert_eq!(rest["Versions"][0]["Version"], "2");
    assert!(rest.get("NextMarker").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_belong_to_a_qualifier() {
    let cloud = cloud().await;
    created(&cloud.admin(), "f").await;
    call(&cloud, "PublishVersion", json!({"FunctionName": "f"})).await;
    let grant = json!({
        "FunctionName": "f", "StatementId": "api", "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com", "Qualifier": "1",
    });
    call(&cloud, "AddPermission", grant.clone()).await;
    assert_eq!(
        refused(&cloud, "AddPermission", grant).await.1,
        "The statement id (api) provided already exists. Please provide a new statement id, or \
         remove the existing statement."
    );
    let (code, _) = refused(&cloud, "GetPolicy", json!({"FunctionName": "f"})).await;
    assert_eq!(code, "ResourceNotFoundException");
    let shown = call(&cloud, "GetPolicy", json!({"FunctionName": "f:1"})).await;
    let shown: Value = serde_json::from_str(shown["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(shown["Id"], "default");
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f:1";
    assert_eq!(shown["Statement"][0]["Resource"], arn);
    let remove = json!({"FunctionName": "f", "StatementId": "api", "Qualifier": "1"});
    call(&cloud, "RemovePermission", remove.clone()).await;
    assert_eq!(refused(&cloud, "RemovePermission", remove).await.0, "ResourceNotFoundException");
    let stranger = json!({
        "FunctionName": "f", "StatementId": "x", "Action": "lambda:InvokeFunction",
        "Principal": "arn:aws:iam::000000000000:user/nobody",
    });
    assert_eq!(
        refused(&cloud, "AddPermission", stranger).await.0,
        "InvalidParameterValueException"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn principals_of_policies_are_shown_by_arn() {
    let cloud = cloud().await;
    created(&cloud.admin(), "f").await;
    let grant = json!({
        "FunctionName": "f", "StatementId": "role", "Action": "lambda:InvokeFunction",
        "Principal": ROLE,
    });
    call(&cloud, "AddPermission", grant).await;
    let shown = call(&cloud, "GetPolicy", json!({"FunctionName": "f"})).await;
    let shown: Value = serde_json::from_str(shown["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(shown["Statement"][0]["Principal"], json!({"AWS": ROLE}));
}

#[tokio::test(flavor = "multi_thread")]
async fn reservations_leave_a_hundred_to_the_others() {
    let cloud = cloud().await;
    created(&cloud.admin(), "f").await;
    let put = |limit: u32| json!({"FunctionName": "f", "ReservedConcurrentExecutions": limit});
    let (_, message) = refused(&cloud, "PutFunctionConcurrency", put(901)).await;
    assert!(message.ends_with("below its minimum value of [100]."));
    call(&cloud, "PutFunctionConcurrency", put(0)).await;
    let failure =
        cloud.admin().call("lambda", "Invoke", json!({"FunctionName": "f"})).await.unwrap_err();
    assert_eq!((failure.code, failure.status), ("TooManyRequestsException", 429));
    let settings = call(&cloud, "GetAccountSettings", json!({})).await;
    assert_eq!(settings["AccountUsage"]["FunctionCount"], 1);
    call(&cloud, "DeleteFunctionConcurrency", json!({"FunctionName": "f"})).await;
    let shown = call(&cloud, "GetFunctionConcurrency", json!({"FunctionName": "f"})).await;
    assert_eq!(shown, json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_come_and_go() {
    let cloud = cloud().await;
    let arn = created(&cloud.admin(), "f").await["FunctionArn"].clone();
    let tags = json!({"Resource": arn, "Tags": {"a": "1", "b": "2"}});
    call(&cloud, "TagResource", tags).await;
    call(&cloud, "UntagResource", json!({"Resource": arn, "TagKeys": ["a"]})).await;
    let shown = call(&cloud, "ListTags", json!({"Resource": arn})).await;
    assert_eq!(shown["Tags"], json!({"b": "2"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_invoke_only_what_a_policy_gives_it() {
    let cloud = cloud().await;
    created(&cloud.admin(), "f").await;
    let source = "arn:aws:execute-api:us-east-1:000000000000:api1/prod/GET/songs";
    let invoke = async |name: &str| {
        let caller = As::Service {
            principal: "apigateway.amazonaws.com",
            source_arn: source.to_owned(),
            source_account: "000000000000".to_owned(),
        };
        let input = json!({"FunctionName": name, "InvocationType": "DryRun"});
        cloud.context().call("lambda", "Invoke", input, caller).await
    };
    let refused = invoke("f").await.unwrap_err();
    assert_eq!(refused.code, "AccessDeniedException");
    let grant = json!({
        "FunctionName": "f", "StatementId": "api", "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": "arn:aws:execute-api:us-east-1:000000000000:api1/*/GET/*",
    });
    call(&cloud, "AddPermission", grant).await;
    assert_eq!(invoke("f").await.unwrap()["StatusCode"], 204);
    assert!(invoke("f:$LATEST").await.is_err(), "the policy is of the function, unqualified");
}
