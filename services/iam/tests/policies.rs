//! Managed and inline policies and their quotas, through the whole pipeline.

use serde_json::{Value, json};
use testkit::{Client, Cloud};

const S3: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
    "Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;

async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE]).await
}

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("iam", operation, input).await.unwrap_or_else(|failure| {
        panic!("{operation}: {} {}", failure.code, failure.message);
    })
}

async fn fails(client: &Client<'_>, operation: &'static str, input: Value) -> (String, String) {
    let failure = client.call("iam", operation, input).await.expect_err(operation);
    (failure.query_code().to_owned(), failure.message)
}

async fn role(client: &Client<'_>, name: &str) {
    let role = json!({"RoleName": name, "AssumeRolePolicyDocument": TRUST});
    ok(client, "CreateRole", role).await;
}

#[tokio::test]
async fn versions_are_numbered_forever_and_five_at_most() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let created =
        ok(&admin, "CreatePolicy", json!({"PolicyName": "p", "PolicyDocument": S3})).await;
    let arn = created["Policy"]["Arn"].clone();
    assert_eq!(arn, "arn:aws:iam::000000000000:policy/p");
    let add = json!({"PolicyArn": arn, "PolicyDocument": S3, "SetAsDefault": true});
    for _ in 0..4 {
        ok(&admin, "CreatePolicyVersion", add.clone()).await;
    }
    assert_eq!(fails(&admin, "CreatePolicyVersion", add.clone()).await.0, "LimitExceeded");
    let default = json!({"PolicyArn": arn, "VersionId": "v5"});
    assert_eq!(
        fails(&admin, "DeletePolicyVersion", default).await,
        ("DeleteConflict".into(), "Cannot delete the default version of a policy.".into())
    );
    let first = json!({"PolicyArn": arn, "VersionId": "v1"});
    ok(&admin, "DeletePolicyVersion", first.clone()).await;
    assert_eq!(fails(&admin, "GetPolicyVersion", first).await.0, "NoSuchEntity");
    let newest = ok(&admin, "CreatePolicyVersion", add).await;
    assert_eq!(newest["PolicyVersion"]["VersionId"], "v6");
    let versions = ok(&admin, "ListPolicyVersions", json!({"PolicyArn": arn})).await;
    let ids: Vec<_> = versions["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["VersionId"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["v6", "v5", "v4", "v3", "v2"]);
    assert_eq!(fails(&admin, "DeletePolicy", json!({"PolicyArn": arn})).await.0, "DeleteConflict");
}

#[tokio::test]
async fn an_attached_policy_counts_and_cannot_be_deleted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    role(&admin, "r").await;
    let created =
        ok(&admin, "CreatePolicy", json!({"PolicyName": "p", "PolicyDocument": S3})).await;
    let arn = created["Policy"]["Arn"].clone();
    let attach = json!({"RoleName": "r", "PolicyArn": arn});
    ok(&admin, "AttachRolePolicy", attach.clone()).await;
    ok(&admin, "AttachRolePolicy", attach.clone()).await;
    let policy = ok(&admin, "GetPolicy", json!({"PolicyArn": arn})).await;
    assert_eq!(policy["Policy"]["AttachmentCount"], 1);
    let entities = ok(&admin, "ListEntitiesForPolicy", json!({"PolicyArn": arn})).await;
    assert_eq!(entities["PolicyRoles"][0]["RoleName"], "r");
    assert_eq!(
        fails(&admin, "DeletePolicy", json!({"PolicyArn": arn})).await,
        ("DeleteConflict".into(), "Cannot delete a policy attached to entities.".into())
    );
    ok(&admin, "DetachRolePolicy", attach.clone()).await;
    assert_eq!(fails(&admin, "DetachRolePolicy", attach).await.0, "NoSuchEntity");
    ok(&admin, "DeletePolicy", json!({"PolicyArn": arn})).await;
    let attach = json!({"RoleName": "r", "PolicyArn": arn});
    assert_eq!(
        fails(&admin, "AttachRolePolicy", attach).await,
        (
            "NoSuchEntity".into(),
            "Policy arn:aws:iam::000000000000:policy/p does not exist or is not attachable.".into()
        )
    );
}

#[tokio::test]
async fn ten_policies_are_attached_at_most() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    role(&admin, "r").await;
    for number in 0..11 {
        let name = format!("p{number}");
        let policy = json!({"PolicyName": name, "PolicyDocument": S3});
        let arn = ok(&admin, "CreatePolicy", policy).await["Policy"]["Arn"].clone();
        let attach = json!({"RoleName": "r", "PolicyArn": arn});
        if number < 10 {
            ok(&admin, "AttachRolePolicy", attach).await;
        } else {
            assert_eq!(
                fails(&admin, "AttachRolePolicy", attach).await,
                ("LimitExceeded".into(), "Cannot exceed quota for PoliciesPerRole: 10".into())
            );
        }
    }
    let all = ok(&admin, "ListAttachedRolePolicies", json!({"RoleName": "r", "MaxItems": 4})).await;
    assert_eq!(all["AttachedPolicies"].as_array().unwrap().len(), 4);
    assert_eq!(all["IsTruncated"], true);
}

#[tokio::test]
async fn policies_of_aws_are_there_and_fixed() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let policy = ok(&admin, "GetPolicy", json!({"PolicyArn": arn})).await;
    assert_eq!(policy["Policy"]["Path"], "/service-role/");
    let version = json!({"PolicyArn": arn, "VersionId": policy["Policy"]["DefaultVersionId"]});
    let version = ok(&admin, "GetPolicyVersion", version).await;
    let document = version["PolicyVersion"]["Document"].as_str().unwrap();
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    assert_eq!(fails(&admin, "DeletePolicy", json!({"PolicyArn": arn})).await.0, "AccessDenied");
    let aws = ok(&admin, "ListPolicies", json!({"Scope": "AWS", "MaxItems": 1000})).await;
    let aws = aws["Policies"].as_array().unwrap();
    assert!(aws.iter().any(|policy| policy["PolicyName"] == "AmazonDynamoDBFullAccess"));
    let local = ok(&admin, "ListPolicies", json!({"Scope": "Local"})).await;
    assert_eq!(local["Policies"], json!([]));
}

#[tokio::test]
async fn documents_are_checked_in_awss_words() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    role(&admin, "r").await;
    let bad = |document: &str| json!({"PolicyName": "p", "PolicyDocument": document});
    assert_eq!(
        fails(&admin, "CreatePolicy", bad("{}")).await,
        ("MalformedPolicyDocument".into(), "Syntax errors in policy.".into())
    );
    let old = S3.replace("\"Version\":\"2012-10-17\",", "");
    assert_eq!(
        fails(&admin, "CreatePolicy", bad(&old)).await.1,
        "Policy document must be version 2012-10-17 or greater."
    );
    let broken = json!({"RoleName": "x", "AssumeRolePolicyDocument": "{"});
    assert_eq!(
        fails(&admin, "CreateRole", broken).await,
        ("MalformedPolicyDocument".into(), "This policy contains invalid Json".into())
    );
    let long = S3.replace("\"*\"}}", &format!("\"arn:aws:s3:::{}\"}}}}", "x".repeat(10_300)));
    let put = json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": long});
    assert_eq!(
        fails(&admin, "PutRolePolicy", put).await,
        ("LimitExceeded".into(), "Maximum policy size of 10240 bytes exceeded for role r".into())
    );
}

#[tokio::test]
async fn inline_policies_are_set_shown_and_removed() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    role(&admin, "r").await;
    let named = json!({"RoleName": "r", "PolicyName": "p"});
    assert_eq!(
        fails(&admin, "GetRolePolicy", named.clone()).await,
        ("NoSuchEntity".into(), "The role policy with name p cannot be found.".into())
    );
    let put = json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": S3});
    ok(&admin, "PutRolePolicy", put).await;
    let names = ok(&admin, "ListRolePolicies", json!({"RoleName": "r"})).await;
    assert_eq!(names, json!({"PolicyNames": ["p"], "IsTruncated": false}));
    let shown = ok(&admin, "GetRolePolicy", named.clone()).await;
    assert!(shown["PolicyDocument"].as_str().unwrap().contains("s3%3A%2A"));
    assert_eq!(
        fails(&admin, "DeleteRole", json!({"RoleName": "r"})).await.1,
        "Cannot delete entity, must delete policies first."
    );
    ok(&admin, "DeleteRolePolicy", named).await;
    ok(&admin, "DeleteRole", json!({"RoleName": "r"})).await;
}

#[tokio::test]
async fn the_summary_counts_and_aliases_are_unique() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    role(&admin, "r").await;
    let summary = ok(&admin, "GetAccountSummary", json!({})).await;
    assert_eq!(summary["SummaryMap"]["Roles"], 1);
    assert_eq!(summary["SummaryMap"]["AccessKeysPerUserQuota"], 2);
    for alias in ["heist-one", "heist-two"] {
        ok(&admin, "CreateAccountAlias", json!({"AccountAlias": alias})).await;
    }
    let aliases = ok(&admin, "ListAccountAliases", json!({})).await;
    assert_eq!(aliases["AccountAliases"], json!(["heist-two"]));
    for bad in ["a--b", "-ab", "Abc", "ab-"] {
        let alias = json!({"AccountAlias": bad});
        assert_eq!(fails(&admin, "CreateAccountAlias", alias).await.0, "ValidationError");
    }
}
