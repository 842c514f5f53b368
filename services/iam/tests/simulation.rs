//! Simulations, audits, and what goes over the wire.

use serde_json::{Value, json};
use testkit::{Client, Cloud};

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("iam", operation, input).await.unwrap_or_else(|failure| {
        panic!("{operation}: {} {}", failure.code, failure.message);
    })
}

fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[tokio::test]
async fn a_custom_policy_is_judged_for_each_resource() {
    let cloud = Cloud::start(&[&iam::SERVICE]).await;
    let admin = cloud.admin();
    let policy = document(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::locked/*"},
    ]));
    let mut input = json!({
        "PolicyInputList": [policy],
        "ActionNames": ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"],
        "ResourceArns": ["arn:aws:s3:::open/x", "arn:aws:s3:::locked/x"],
    });
    let answer = ok(&admin, "SimulateCustomPolicy", input.clone()).await;
    assert_eq!(answer["EvaluationResults"][0]["EvalDecision"], "implicitDeny");
    assert_eq!(answer["EvaluationResults"][0]["MissingContextValues"], json!(["aws:SourceIp"]));

    input["ContextEntries"] = json!([{"ContextKeyName": "aws:SourceIp",
        "ContextKeyValues": ["10.1.1.1"], "ContextKeyType": "ip"}]);
    let answer = ok(&admin, "SimulateCustomPolicy", input).await;
    let results = answer["EvaluationResults"].as_array().unwrap();
    let decisions: Vec<_> =
        results.iter().map(|result| result["EvalDecision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["allowed", "explicitDeny", "implicitDeny"]);
    let put = &results[1]["ResourceSpecificResults"];
    assert_eq!(put[0]["EvalResourceDecision"], "allowed");
    assert_eq!(put[1]["EvalResourceDecision"], "explicitDeny");
    assert_eq!(put[0]["MatchedStatements"][0]["SourcePolicyId"], "PolicyInputList.1");
}

#[tokio::test]
async fn a_principals_simulation_agrees_with_its_policies_and_boundary() {
    let cloud = Cloud::start(&[&iam::SERVICE]).await;
    let admin = cloud.admin();
    let limit = document(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let limit = json!({"PolicyName": "limit", "PolicyDocument": limit});
    let limit = ok(&admin, "CreatePolicy", limit).await["Policy"]["Arn"].clone();
    let user = json!({"UserName": "ana", "PermissionsBoundary": limit});
    let arn = ok(&admin, "CreateUser", user).await["User"]["Arn"].clone();
    let inline = document(json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:username": "ana"}}}));
    let inline = json!({"UserName": "ana", "PolicyName": "p", "PolicyDocument": inline});
    ok(&admin, "PutUserPolicy", inline).await;
    let input = json!({"PolicySourceArn": arn, "ActionNames": ["s3:GetObject", "sqs:SendMessage"],
        "MaxItems": 1});
    let first = ok(&admin, "SimulatePrincipalPolicy", input.clone()).await;
    assert_eq!(first["EvaluationResults"][0]["EvalDecision"], "allowed");
    assert_eq!(first["IsTruncated"], true);
    let mut next = input;
    next["Marker"] = first["Marker"].clone();
    let second = ok(&admin, "SimulatePrincipalPolicy", next).await;
    let result = &second["EvaluationResults"][0];
    assert_eq!(result["EvalActionName"], "sqs:SendMessage");
    assert_eq!(result["EvalDecision"], "implicitDeny");
    let detail = &result["PermissionsBoundaryDecisionDetail"];
    assert_eq!(detail["AllowedByPermissionsBoundary"], false);
    assert_eq!(second["IsTruncated"], false);

    let keys = json!({"PolicySourceArn": arn});
    let keys = ok(&admin, "GetContextKeysForPrincipalPolicy", keys).await;
    assert_eq!(keys, json!({"ContextKeyNames": ["aws:username"]}));
}

#[tokio::test]
async fn the_details_of_an_account_show_everybody() {
    let cloud = Cloud::start(&[&iam::SERVICE]).await;
    let admin = cloud.admin();
    ok(&admin, "CreateGroup", json!({"GroupName": "g"})).await;
    let add = json!({"GroupName": "g", "UserName": "admin"});
    ok(&admin, "AddUserToGroup", add).await;
    let all = ok(&admin, "GetAccountAuthorizationDetails", json!({})).await;
    assert_eq!(all["UserDetailList"][0]["UserName"], "admin");
    assert_eq!(all["UserDetailList"][0]["GroupList"], json!(["g"]));
    assert_eq!(all["Policies"][0]["PolicyName"], "AdministratorAccess");
    let groups = ok(&admin, "GetAccountAuthorizationDetails", json!({"Filter": ["Group"]})).await;
    assert_eq!(groups["UserDetailList"], json!([]));
    assert_eq!(groups["GroupDetailList"][0]["GroupName"], "g");
}

#[tokio::test]
async fn the_wire_is_awss() {
    let cloud = Cloud::start(&[&iam::SERVICE]).await;
    let send = async |body: &'static str| {
        let request = http::Request::post("/")
            .header("host", "iam.amazonaws.com")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(bytes::Bytes::from_static(body.as_bytes()))
            .unwrap();
        let response = cloud.send(cloud.admin().sign("iam", request)).await;
        let status = response.status().as_u16();
        (status, String::from_utf8(response.into_body().to_vec()).unwrap())
    };
    let (status, body) = send(
        "Action=CreateUser&Version=2010-05-08&UserName=ana&Tags.member.1.Key=team\
         &Tags.member.1.Value=red",
    )
    .await;
    assert_eq!(status, 200, "{body}");
    assert!(
        body.contains("<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">")
    );
    assert!(body.contains("<CreateDate>2026-11-23T15:00:00Z</CreateDate>"), "{body}");
    assert!(body.contains("<Tags><member><Key>team</Key><Value>red</Value></member></Tags>"));
    let (status, body) = send("Action=GetUser&Version=2010-05-08&UserName=bob").await;
    assert_eq!(status, 404);
    assert!(body.contains("<Code>NoSuchEntity</Code>"), "{body}");
    let (status, body) = send("Action=CreateUser&Version=2010-05-08&UserName=a%20b").await;
    assert_eq!(status, 400);
    assert!(body.contains("<Code>ValidationError</Code>"), "{body}");
    let (status, body) = send("Action=GetUser&Version=2010-05-08").await;
    assert_eq!(status, 200);
    assert!(body.contains("<UserName>admin</UserName>"), "{body}");
}

/// Every set of these statements, asked about and tried.
#[tokio::test]
async fn what_is_simulated_is_what_happens() {
    let statement = |effect, action, resource, condition| json!({"Effect": effect, "Action": action, "Resource": resource, "Condition": condition});
    let me = "arn:aws:iam::000000000000:user/me";
    let pool = [
        statement("Allow", "iam:*", "*", json!({})),
        statement("Allow", "iam:Get*", me, json!({})),
        statement("Allow", "iam:ListGroups", "*", json!({"StringEquals": {"aws:username": "me"}})),
        statement("Deny", "iam:List*", "*", json!({"StringNotLike": {"aws:username": "m?"}})),
        statement("Deny", "iam:GetUser", "arn:aws:iam::*:user/o*", json!({})),
        statement("Deny", "iam:GetUser", "*", json!({"Null": {"aws:username": "true"}})),
    ];
    let cloud = Cloud::start(&[&iam::SERVICE]).await;
    let admin = cloud.admin();
    ok(&admin, "CreateUser", json!({"UserName": "other"})).await;
    let client = cloud.user("me", None).await;
    let other = "arn:aws:iam::000000000000:user/other";
    let groups = "arn:aws:iam::000000000000:group/";
    for set in 1_usize..1 << pool.len() {
        let chosen = pool.iter().enumerate().filter(|(n, _)| set & (1 << n) != 0);
        let document = document(chosen.map(|(_, it)| it.clone()).collect());
        let put = json!({"UserName": "me", "PolicyName": "p", "PolicyDocument": document});
        ok(&admin, "PutUserPolicy", put).await;
        for (operation, input, resource) in [
            ("GetUser", json!({"UserName": "me"}), me),
            ("GetUser", json!({"UserName": "other"}), other),
            ("ListGroups", json!({}), groups),
        ] {
            let live = client.call("iam", operation, input).await;
            let question = json!({"PolicySourceArn": me, "ResourceArns": [resource],
                "ActionNames": [format!("iam:{operation}")]});
            let answer = ok(&admin, "SimulatePrincipalPolicy", question).await;
            let simulated = &answer["EvaluationResults"][0]["EvalDecision"];
            let expected = match &live {
                Ok(_) => "allowed",
                Err(failure) if failure.message.contains("explicit deny") => "explicitDeny",
                Err(_) => "implicitDeny",
            };
            assert_eq!(simulated, expected, "{operation} {resource} {document} {live:?}");
        }
    }
}

#[tokio::test]
async fn across_accounts_both_sides_are_told() {
    let cloud = Cloud::start(&[&iam::SERVICE]).await;
    let allow = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
    let queue = "arn:aws:sqs:us-east-1:999988887777:q";
    let mut input = json!({
        "PolicyInputList": [document(allow)],
        "ActionNames": ["sqs:SendMessage"],
        "ResourceArns": [queue],
        "ResourceOwner": "arn:aws:iam::999988887777:root",
        "CallerArn": "arn:aws:iam::000000000000:user/ana",
    });
    let mut details = async |principal: &str, decision: &str, resource: &str| {
        let grant = json!({"Effect": "Allow", "Principal": {"AWS": principal},
            "Action": "sqs:SendMessage", "Resource": queue});
        input["ResourcePolicy"] = document(grant).into();
        let answer = ok(&cloud.admin(), "SimulateCustomPolicy", input.clone()).await;
        let result = &answer["EvaluationResults"][0];
        assert_eq!(result["EvalDecision"], decision);
        let sides = json!({"IAM Policy": "allowed", "Resource Policy": resource});
        assert_eq!(result["EvalDecisionDetails"], sides);
    };
    details("000000000000", "allowed", "allowed").await;
    details("111122223333", "implicitDeny", "implicitDeny").await;
}
