//! Policies validated and checked, and generated from what was done.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use proptest::prelude::*;
use serde_json::{Value, json};
use testkit::{Client, Cloud};

async fn cloud() -> Cloud {
    Cloud::start(&[&accessanalyzer::SERVICE, &iam::SERVICE, &sqs::SERVICE]).await
}

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    let answer = client.call("accessanalyzer", operation, input).await;
    answer.unwrap_or_else(|failure| panic!("{operation}: {} {}", failure.code, failure.message))
}

async fn validate(client: &Client<'_>, policy_type: &str, document: &str) -> Vec<Value> {
    let input = json!({"policyDocument": document, "policyType": policy_type});
    let answer = ok(client, "ValidatePolicy", input).await;
    answer["findings"].as_array().unwrap().clone()
}

fn codes(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|finding| finding["issueCode"].as_str().unwrap()).collect()
}

fn document(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

#[tokio::test]
async fn findings_name_the_check_the_place_and_the_page() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let text = "{\"Version\":\"2012-10-17\",\n \"Statement\":[{\"Effect\":\"Allow\",\
                \"Action\":\"iam:PassRole\",\"Resource\":\"*\"}]}";
    let found = validate(&admin, "IDENTITY_POLICY", text).await;
    assert_eq!(codes(&found), ["PASS_ROLE_WITH_STAR_IN_RESOURCE"]);
    assert_eq!(found[0]["findingType"], "SECURITY_WARNING");
    let link = found[0]["learnMoreLink"].as_str().unwrap();
    assert!(link.ends_with("-security-warning-pass-role-with-star-in-resource"), "{link}");
    let location = &found[0]["locations"][0];
    let path = json!([{"value": "Statement"}, {"index": 0}, {"value": "Resource"}]);
    assert_eq!(location["path"], path);
    let start = &location["span"]["start"];
    let offset = usize::try_from(start["offset"].as_u64().unwrap()).unwrap();
    assert_eq!(&text[offset..offset + 3], "\"*\"");
    assert_eq!(start["line"], 2);
    let line = text.lines().nth(1).unwrap();
    let column = usize::try_from(start["column"].as_u64().unwrap()).unwrap();
    assert_eq!(&line[column..column + 3], "\"*\"");
}

#[tokio::test]
async fn each_mistake_has_its_code() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let with = |change: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*"});
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(statement.as_object_mut().unwrap().remove(name)),
                value => statement[name] = value.clone(),
            }
        }
        document(&statement)
    };
    let test = |operator: &str, key: &str, value: Value| {
        with(json!({"Condition": {operator: {key: value}}}))
    };
    for (text, expected) in [
        (with(json!({})), &[][..]),
        ("{\"Version\":".to_owned(), &["JSON_SYNTAX_ERROR"]),
        (r#"{"Statement":[]}"#.into(), &["MISSING_VERSION", "MISSING_STATEMENT"]),
        (
            r#"{"Version":"2020-01-01","Statement":[{}],"X":1}"#.into(),
            &[
                "INVALID_VERSION",
                "INVALID_POLICY_ELEMENT",
                "MISSING_EFFECT",
                "MISSING_ACTION",
                "MISSING_RESOURCE",
            ],
        ),
        (with(json!({"Effect": "allow"})), &["INVALID_EFFECT"]),
        (with(json!({"Effect": 1})), &["DATA_TYPE_MISMATCH"]),
        (with(json!({"Sid": "a b"})), &["UNSUPPORTED_SID"]),
        (with(json!({"Sid": ""})), &["EMPTY_SID_VALUE"]),
        (with(json!({"NotAction": "s3:*"})), &["UNSUPPORTED_ELEMENT_COMBINATION"]),
        (with(json!({"Principal": "*"})), &["UNSUPPORTED_PRINCIPAL"]),
        (with(json!({"Action": []})), &["EMPTY_ARRAY_ACTION"]),
        (with(json!({"Action": ["s3:Get*", "s3:GetObject"]})), &["REDUNDANT_ACTION"]),
        (with(json!({"Action": "s3*:Get"})), &["WILDCARD_IN_SERVICE_NAME"]),
        (with(json!({"Action": "s3:${aws:username}"})), &["VARIABLE_UNSUPPORTED_IN_ELEMENT"]),
        (with(json!({"Resource": "b/*"})), &["INVALID_ARN_PREFIX"]),
        (with(json!({"Resource": "arn:aws:s3"})), &["MISSING_ARN_FIELD"]),
        (with(json!({"Resource": "arn:was:s3:::b"})), &["INVALID_PARTITION"]),
        (with(json!({"Resource": "arn:aws:S3:::b"})), &["INVALID_ARN_SERVICE_CASE"]),
        (with(json!({"Resource": "arn:aws:sqs:r:12:q"})), &["INVALID_ARN_ACCOUNT"]),
        (with(json!({"Resource": ["*", "arn:aws:s3:::b"]})), &["REDUNDANT_RESOURCE"]),
        (with(json!({"Resource": "arn:aws:s3:::${aws:username"})), &["MISSING_BRACE_IN_VARIABLE"]),
        (with(json!({"Resource": "arn:aws:s3:::${}"})), &["EMPTY_VARIABLE"]),
        (
            with(json!({"Action": "*", "Resource": "*"})),
            &[
                "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
                "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
            ],
        ),
        (
            with(json!({"Action": "iam:PassRole", "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}})),
            &[],
        ),
        (with(json!({"Condition": {}})), &["EMPTY_OBJECT_CONDITION"]),
        (test("StringIs", "aws:username", json!("a")), &["INVALID_CONDITION_OPERATOR"]),
        (test("StringEquals", "username", json!("a")), &["INVALID_CONDITION_KEY_FORMAT"]),
        (test("StringEquals", "aws:nothing", json!("a")), &["INVALID_GLOBAL_CONDITION_KEY"]),
        (test("StringEquals", "aws:TagKeys", json!("a")), &["MISSING_QUALIFIER"]),
        (test("StringEquals", "aws:username", json!("a*")), &["WILDCARD_WITHOUT_LIKE_OPERATOR"]),
        (test("StringEquals", "aws:username", json!([])), &["EMPTY_ARRAY_CONDITION"]),
        (
            test("ForAllValues:StringEquals", "aws:username", json!("a")),
            &["FOR_ALL_VALUES_WITH_SINGLE_VALUED_KEY"],
        ),
        (test("NullIfExists", "aws:username", json!(true)), &["NULL_WITH_IF_EXISTS"]),
        (test("Bool", "aws:SecureTransport", json!("yes")), &["TYPE_MISMATCH_BOOLEAN"]),
        (test("NumericEquals", "s3:max-keys", json!("ten")), &["TYPE_MISMATCH_NUMBER"]),
        (test("DateLessThan", "aws:CurrentTime", json!("soon")), &["TYPE_MISMATCH_DATE"]),
        (test("DateLessThan", "aws:CurrentTime", json!("2026-03-01")), &[]),
        (test("IpAddress", "aws:SourceIp", json!("10.0.0.300")), &["TYPE_MISMATCH_IP_RANGE"]),
        (test("IpAddress", "aws:SourceIp", json!("192.168.0.0/16")), &["PRIVATE_IP_ADDRESS"]),
        (
            test("IpAddress", "aws:SourceIp", json!(["10.0.0.0/8", "192.0.2.0/24"])),
            &["PRIVATE_IP_ADDRESS_SUBSET"],
        ),
        (test("IpAddress", "aws:SourceIp", json!("192.0.2.1/24")), &["IMPROVE_IP_RANGE"]),
        (
            test("NumericEquals", "s3:max-keys", json!("${aws:userid}")),
            &["INVALID_VARIABLE_FOR_OPERATOR"],
        ),
    ] {
        let found = validate(&admin, "IDENTITY_POLICY", &text).await;
        assert_eq!(codes(&found), expected, "{text}");
        for finding in &found {
            assert!(!finding["locations"].as_array().unwrap().is_empty(), "{finding}");
        }
    }
}

#[tokio::test]
async fn kinds_of_policies_have_rules_of_their_own() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let allow = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
    let same = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:*",
        "Resource": "*", "Sid": "a"});
    let mut open = same.clone();
    open["NotPrincipal"] = open.as_object_mut().unwrap().remove("Principal").unwrap();
    let named = |principal: Value| {
        document(&json!({"Effect": "Deny", "Principal": principal, "Action": "sqs:*",
            "Resource": "*"}))
    };
    for (kind, text, expected) in [
        ("RESOURCE_POLICY", document(&allow), &["MISSING_PRINCIPAL"][..]),
        (
            "RESOURCE_POLICY",
            document(&json!([same, same])),
            &["UNIQUE_SIDS_RECOMMENDED", "REDUNDANT_STATEMENT"],
        ),
        ("RESOURCE_POLICY", document(&open), &["ALLOW_WITH_NOT_PRINCIPAL"]),
        ("RESOURCE_POLICY", named(json!("ana")), &["INVALID_PRINCIPAL_FORMAT"]),
        ("RESOURCE_POLICY", named(json!({"Aws": "*"})), &["INVALID_PRINCIPAL_KEY"]),
        ("RESOURCE_POLICY", named(json!({"Service": "*"})), &["UNSUPPORTED_WILDCARD_IN_PRINCIPAL"]),
        (
            "RESOURCE_POLICY",
            named(json!({"AWS": "AROADBQP57FF2AEXAMPLE"})),
            &["INVALID_ROLE_REFERENCE"],
        ),
        ("SERVICE_CONTROL_POLICY", document(&allow), &[]),
        ("SERVICE_CONTROL_POLICY", named(json!("*")), &["SCP_SYNTAX_ERROR_PRINCIPAL"]),
    ] {
        assert_eq!(codes(&validate(&admin, kind, &text).await), expected, "{text}");
    }
    let trust = document(&json!({"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"}}));
    let input = json!({"policyDocument": trust, "policyType": "RESOURCE_POLICY",
        "validatePolicyResourceType": "AWS::IAM::AssumeRolePolicyDocument"});
    assert_eq!(ok(&admin, "ValidatePolicy", input).await["findings"], json!([]));
}

#[tokio::test]
async fn a_service_is_let_in_for_a_source() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let queue = |effect: &str, principal: Value, condition: Value| {
        document(&json!({"Effect": effect, "Principal": principal, "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:us-east-1:111122223333:q", "Condition": condition}))
    };
    let sns = || json!({"Service": "sns.amazonaws.com"});
    let open = &["RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL"][..];
    let topic = "arn:aws:sns:us-east-1:111122223333:t";
    for (condition, expected) in [
        (json!({"Bool": {"aws:SecureTransport": "true"}}), open),
        (json!({"ArnLike": {"aws:SourceArn": topic}}), &[]),
        (json!({"StringEquals": {"AWS:SourceAccount": "111122223333"}}), &[]),
        (json!({"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}), &[]),
        (json!({"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-a1b2c3d4e5/*"}}), &[]),
        (json!({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}), open),
        (json!({"StringNotEquals": {"aws:SourceAccount": "111122223333"}}), open),
        (json!({"ArnLike": {"aws:SourceArn": [topic, "arn:aws:sns:*:*:*"]}}), open),
        (json!({"StringLike": {"aws:SourceArn": "*"}}), open),
    ] {
        let text = queue("Allow", sns(), condition);
        assert_eq!(codes(&validate(&admin, "RESOURCE_POLICY", &text).await), expected, "{text}");
    }
    let secure = || json!({"Bool": {"aws:SecureTransport": "true"}});
    let denied = queue("Deny", sns(), secure());
    assert!(validate(&admin, "RESOURCE_POLICY", &denied).await.is_empty());
    let account = queue("Allow", json!({"AWS": "111122223333"}), secure());
    assert!(validate(&admin, "RESOURCE_POLICY", &account).await.is_empty());
    let found = &validate(&admin, "RESOURCE_POLICY", &queue("Allow", sns(), secure())).await[0];
    assert_eq!(found["findingType"], "SECURITY_WARNING");
    let link = found["learnMoreLink"].as_str().unwrap();
    assert!(link.ends_with("-security-warning-restrict-access-to-service-principal"), "{link}");
    let path = json!([{"value": "Statement"}, {"value": "Principal"}, {"value": "Service"}]);
    assert_eq!(found["locations"][0]["path"], path);
}

#[tokio::test]
async fn findings_come_in_pages() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let text = r#"{"Version":"2020","Statement":[{}]}"#;
    let mut input = json!({"policyDocument": text, "policyType": "IDENTITY_POLICY"});
    let all = ok(&admin, "ValidatePolicy", input.clone()).await;
    input["maxResults"] = 1.into();
    let mut found = Vec::new();
    loop {
        let page = ok(&admin, "ValidatePolicy", input.clone()).await;
        found.extend(page["findings"].as_array().unwrap().clone());
        if page["nextToken"].is_null() {
            break;
        }
        input["nextToken"] = page["nextToken"].clone();
    }
    assert_eq!(Value::from(found), all["findings"]);
}

#[test]
fn no_document_breaks_the_linter() {
    let parts = r#"([\[\]{},:"a-zA-Z*$é0-9. /-]|"Statement"|"Action"|"Condition"|"Resource"|"2012-10-17"|\{"Version":){0,40}"#;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cloud = runtime.block_on(cloud());
    proptest!(|(text in parts)| {
        runtime.block_on(validate(&cloud.admin(), "RESOURCE_POLICY", &text));
    });
}

#[tokio::test]
async fn custom_checks_pass_only_what_is_sure() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let wide =
        document(&json!({"Sid": "W", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"}));
    let narrow =
        document(&json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}));
    let compare = |new: &str, existing: &str| {
        json!({"newPolicyDocument": new, "existingPolicyDocument": existing,
            "policyType": "IDENTITY_POLICY"})
    };
    let pass = ok(&admin, "CheckNoNewAccess", compare(&narrow, &wide)).await;
    assert_eq!((&pass["result"], &pass["reasons"]), (&json!("PASS"), &json!([])));
    let fail = ok(&admin, "CheckNoNewAccess", compare(&wide, &narrow)).await;
    assert_eq!(fail["result"], "FAIL");
    let reason = &fail["reasons"][0];
    assert_eq!((&reason["statementIndex"], &reason["statementId"]), (&json!(0), &json!("W")));

    let asked = |action: &str| {
        json!({"policyDocument": narrow, "policyType": "IDENTITY_POLICY",
            "access": [{"actions": [action]}]})
    };
    let answer = ok(&admin, "CheckAccessNotGranted", asked("sqs:DeleteQueue")).await;
    assert_eq!(answer["result"], "PASS");
    let answer = ok(&admin, "CheckAccessNotGranted", asked("sqs:Send*")).await;
    assert_eq!(answer["result"], "FAIL");

    let public = |principal: Value| {
        let text = document(&json!({"Effect": "Allow", "Principal": principal,
            "Action": "sqs:SendMessage", "Resource": "*"}));
        json!({"policyDocument": text, "resourceType": "AWS::SQS::Queue"})
    };
    let answer = ok(&admin, "CheckNoPublicAccess", public(json!("*"))).await;
    assert_eq!(answer["result"], "FAIL");
    let answer = ok(&admin, "CheckNoPublicAccess", public(json!({"AWS": "999988887777"}))).await;
    assert_eq!(answer["result"], "PASS");
    let broken = json!({"policyDocument": "{", "resourceType": "AWS::SQS::Queue"});
    let failure = admin.call("accessanalyzer", "CheckNoPublicAccess", broken).await.unwrap_err();
    assert_eq!((failure.code, failure.status), ("UnprocessableEntityException", 422));
}

#[tokio::test]
async fn policies_are_generated_from_what_was_done() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let worker = cloud.user("worker", all).await;
    worker.call("sqs", "CreateQueue", json!({"QueueName": "q"})).await.unwrap();
    let arn = "arn:aws:iam::000000000000:user/worker";
    let start = json!({"policyGenerationDetails": {"principalArn": arn}, "clientToken": "t"});
    let job = ok(&admin, "StartPolicyGeneration", start.clone()).await["jobId"].clone();
    assert_eq!(ok(&admin, "StartPolicyGeneration", start).await["jobId"], job, "sent again");
    let answer = ok(&admin, "GetGeneratedPolicy", json!({"jobId": job})).await;
    assert_eq!(answer["jobDetails"]["status"], "SUCCEEDED");
    let policies = &answer["generatedPolicyResult"]["generatedPolicies"];
    let policy: Value = serde_json::from_str(policies[0]["policy"].as_str().unwrap()).unwrap();
    let queue = "arn:aws:sqs:us-east-1:000000000000:q";
    let statement = json!({"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": queue});
    assert_eq!(policy["Statement"], json!([statement]));
    let list = ok(&admin, "ListPolicyGenerations", json!({"principalArn": arn})).await;
    assert_eq!(list["policyGenerations"][0]["jobId"], job);
    let nobody = json!({"policyGenerationDetails":
        {"principalArn": "arn:aws:iam::000000000000:user/nobody"}});
    let failure = admin.call("accessanalyzer", "StartPolicyGeneration", nobody).await.unwrap_err();
    assert_eq!(failure.code, "ValidationException");
    cloud.clock().advance(std::time::Duration::from_secs(8 * 86_400));
    let later = admin.call("accessanalyzer", "GetGeneratedPolicy", json!({"jobId": job})).await;
    assert_eq!(later.unwrap_err().code, "ValidationException");
}
