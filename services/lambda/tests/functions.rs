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
async fn arns_name_a_version_only_where_aws_does() {
    let cloud = cloud().await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let qualified = |qualifier: &str| format!("{arn}:{qualifier}");
    let shown = |it: &Value| (it["FunctionArn"].clone(), it["Version"].clone());
    let mut input = provided("f", "#!/bin/sh\n");
    input["Publish"] = true.into();
    let made = call(&cloud, "CreateFunction", input).await;
    assert_eq!(shown(&made), (json!(arn), json!("1")));
    let mut f = json!({"FunctionName": "f"});
    for operation in ["GetFunctionConfiguration", "UpdateFunctionConfiguration"] {
        let answer = call(&cloud, operation, f.clone()).await;
        assert_eq!(shown(&answer), (json!(arn), json!("$LATEST")), "{operation}");
    }
    let found = call(&cloud, "GetFunction", f.clone()).await;
    assert_eq!(shown(&found["Configuration"]), (json!(arn), json!("$LATEST")));
    let published = call(&cloud, "PublishVersion", f.clone()).await;
    assert_eq!(shown(&published), (qualified("1").into(), json!("1")));
    let mut code = provided("f", "#!/bin/sh\ntrue\n")["Code"].clone();
    code["FunctionName"] = "f".into();
    let updated = call(&cloud, "UpdateFunctionCode", code.clone()).await;
    assert_eq!(shown(&updated), (json!(arn), json!("$LATEST")));
    code["Publish"] = true.into();
    let updated = call(&cloud, "UpdateFunctionCode", code).await;
    assert_eq!(shown(&updated), (qualified("2").into(), json!("2")));
    f["Qualifier"] = "$LATEST".into();
    let found = call(&cloud, "GetFunctionConfiguration", f).await;
    assert_eq!(shown(&found), (qualified("$LATEST").into(), json!("$LATEST")));
    let listed = call(&cloud, "ListFunctions", json!({})).await;
    assert_eq!(shown(&listed["Functions"][0]), (json!(arn), json!("$LATEST")));
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_listed_with_all_their_versions() {
    let cloud = cloud().await;
    for name in ["b", "a", "ab"] {
        created(&cloud.admin(), name).await;
    }
    call(&cloud, "PublishVersion", json!({"FunctionName": "ab"})).await;
    let mut input = json!({"FunctionVersion": "ALL", "MaxItems": 2});
    let mut pages = Vec::new();
    loop {
        let page = call(&cloud, "ListFunctions", input.clone()).await;
        let names = page["Functions"].as_array().unwrap().iter().map(|it| {
            assert!(it.get("State").is_none());
            it["FunctionArn"].as_str().unwrap().split(":function:").last().unwrap().to_owned()
        });
        pages.push(names.collect::<Vec<_>>());
        let Some(next) = page.get("NextMarker") else { break };
        input["Marker"] = next.clone();
    }
    assert_eq!(pages, [["a:$LATEST", "ab:$LATEST"], ["ab:1", "b:$LATEST"]]);
    let wrong = json!({"FunctionVersion": "ALL", "Marker": "bm8"});
    assert_eq!(refused(&cloud, "ListFunctions", wrong).await.1, "Invalid pagination token.");
    let (_, message) = refused(&cloud, "ListFunctions", json!({"FunctionVersion": "x"})).await;
    assert!(message.ends_with("Member must satisfy enum value set: [ALL]"), "{message}");
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
async fn policies_change_only_from_the_revision_that_the_caller_knows() {
    let cloud = cloud().await;
    created(&cloud.admin(), "f").await;
    call(&cloud, "PublishVersion", json!({"FunctionName": "f"})).await;
    let alias = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"});
    let alias = call(&cloud, "CreateAlias", alias).await;
    let add = |statement: &str, revision: &Value| {
        json!({
            "FunctionName": "f:live", "Qualifier": "live", "StatementId": statement,
            "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com",
            "SourceArn": "arn:aws:s3:::b", "SourceAccount": "000000000000",
            "RevisionId": revision,
        })
    };
    let stale = (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API \
         to retrieve the latest Revision Id"
            .to_owned(),
    );
    assert_eq!(refused(&cloud, "AddPermission", add("s3", &json!("wrong"))).await, stale);
    call(&cloud, "AddPermission", add("s3", &alias["RevisionId"])).await;
    assert_eq!(refused(&cloud, "AddPermission", add("b", &alias["RevisionId"])).await, stale);
    let policy = call(&cloud, "GetPolicy", json!({"FunctionName": "f:live"})).await;
    call(&cloud, "AddPermission", add("b", &policy["RevisionId"])).await;
    let remove = |revision: &Value| {
        json!({
            "FunctionName": "f", "Qualifier": "live", "StatementId": "b", "RevisionId": revision,
        })
    };
    let old = remove(&policy["RevisionId"]);
    assert_eq!(refused(&cloud, "RemovePermission", old).await, stale);
    let policy = call(&cloud, "GetPolicy", json!({"FunctionName": "f:live"})).await;
    call(&cloud, "RemovePermission", remove(&policy["RevisionId"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_of_what_is_not_there_are_missed_in_aws_words() {
    let cloud = cloud().await;
    created(&cloud.admin(), "f").await;
    let missing = |text: &str| ("ResourceNotFoundException", text.to_owned());
    let get = async |name: &str| refused(&cloud, "GetPolicy", json!({"FunctionName": name})).await;
    for name in ["g", "f:1", "f"] {
        assert_eq!(get(name).await, missing("The resource you requested does not exist."));
    }
    let remove = async |name: &str| {
        let input = json!({"FunctionName": name, "StatementId": "s"});
        refused(&cloud, "RemovePermission", input).await
    };
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:";
    let none = "No policy is associated with the given resource.";
    assert_eq!(remove("g").await, missing(&format!("No policy found for: {arn}g")));
    assert_eq!(remove("f").await, missing(none));
    assert_eq!(remove("f:live").await, missing(&format!("Cannot find alias arn: {arn}f:live")));
    let add = json!({
        "FunctionName": "f", "Qualifier": "a$b", "StatementId": "s", "Principal": "*",
        "Action": "lambda:InvokeFunction",
    });
    let told = refused(&cloud, "AddPermission", add).await;
    assert_eq!(told, missing(&format!("Function not found: {arn}f:a$b")));
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
async fn how_events_are_tried_is_set_for_each_qualifier() {
    let cloud = cloud().await;
    created(&cloud.admin(), "f").await;
    call(&cloud, "PublishVersion", json!({"FunctionName": "f"})).await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let put = json!({"FunctionName": "f", "MaximumRetryAttempts": 0});
    let made = call(&cloud, "PutFunctionEventInvokeConfig", put).await;
    assert_eq!(made["FunctionArn"], format!("{arn}:$LATEST"));
    assert_eq!(made["MaximumRetryAttempts"], 0);
    let update = json!({"FunctionName": "f", "MaximumEventAgeInSeconds": 60});
    let changed = call(&cloud, "UpdateFunctionEventInvokeConfig", update).await;
    assert_eq!(
        (&changed["MaximumRetryAttempts"], &changed["MaximumEventAgeInSeconds"]),
        (&json!(0), &json!(60))
    );
    let put = json!({"FunctionName": "f", "Qualifier": "1", "MaximumEventAgeInSeconds": 90});
    call(&cloud, "PutFunctionEventInvokeConfig", put).await;
    let whole = json!({"FunctionName": "f:$LATEST"});
    let shown = call(&cloud, "GetFunctionEventInvokeConfig", whole.clone()).await;
    assert_eq!(shown, changed);
    let list = json!({"FunctionName": "f"});
    let listed = call(&cloud, "ListFunctionEventInvokeConfigs", list.clone()).await;
    assert_eq!(listed["FunctionEventInvokeConfigs"].as_array().unwrap().len(), 2);
    call(&cloud, "DeleteFunctionEventInvokeConfig", whole.clone()).await;
    let gone = refused(&cloud, "GetFunctionEventInvokeConfig", whole).await;
    let message = format!("The function {arn}:$LATEST doesn't have an EventInvokeConfig");
    assert_eq!(gone, ("ResourceNotFoundException", message));
    call(&cloud, "DeleteFunction", json!({"FunctionName": "f", "Qualifier": "1"})).await;
    let listed = call(&cloud, "ListFunctionEventInvokeConfigs", list).await;
    assert_eq!(listed["FunctionEventInvokeConfigs"], json!([]));
    let nothing = refused(&cloud, "PutFunctionEventInvokeConfig", json!({"FunctionName": "f"}));
    let wanted = "You must specify at least one of error handling or destination setting.";
    assert_eq!(nothing.await, ("InvalidParameterValueException", wanted.to_owned()));
    let nowhere = json!({"FunctionName": "f:beta", "MaximumRetryAttempts": 1});
    let nowhere = refused(&cloud, "PutFunctionEventInvokeConfig", nowhere).await;
    assert_eq!(nowhere.1, "The function doesn't exist.");
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

fn provided_with(name: &str, file: &str, bytes: usize) -> Value {
    let mut input = provided(name, "");
    // Other code for each name, and next to nothing of it packed.
    let text = format!("{name}{}", "0".repeat(bytes));
    input["Code"]["ZipFile"] = common::package(file, &text).into();
    input
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_code_counts_packed_and_unpacked_in_all_regions() {
    let cloud = cloud().await;
    cloud.platform().limit_storage(3 << 20);
    let settings = call(&cloud, "GetAccountSettings", json!({})).await;
    assert_eq!(settings["AccountLimit"]["TotalCodeSize"], 3 << 20);
    call(&cloud, "CreateFunction", provided_with("first", "bootstrap", 2 << 20)).await;
    let exceeded = ("CodeStorageExceededException", "Code storage limit exceeded.".to_owned());
    let second = provided_with("second", "bootstrap", 1 << 20);
    assert_eq!(refused(&cloud, "CreateFunction", second.clone()).await, exceeded);
    let elsewhere = cloud.admin().in_region("eu-west-1");
    let failure = elsewhere.call("lambda", "CreateFunction", second).await.unwrap_err();
    assert_eq!((failure.code, failure.message), exceeded);

    // The same code takes the disk once.
    call(&cloud, "PublishVersion", json!({"FunctionName": "first"})).await;
    let mut same = provided_with("first", "bootstrap", 2 << 20);
    same["FunctionName"] = "third".into();
    call(&cloud, "CreateFunction", same).await;
    let mut update = provided_with("other", "bootstrap", 2 << 20)["Code"].clone();
    update["FunctionName"] = "first".into();
    assert_eq!(refused(&cloud, "UpdateFunctionCode", update.clone()).await, exceeded);
    update["DryRun"] = true.into();
    call(&cloud, "UpdateFunctionCode", update).await;
}
