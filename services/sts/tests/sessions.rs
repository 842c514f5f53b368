//! Sessions of roles and users, through the whole pipeline.

use serde_json::{Value, json};
use service_kit::{call::As, context::Caller, identity::Role, prelude::*};
use testkit::{ACCOUNT, Client, Cloud};

async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE, &sts::SERVICE]).await
}

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    let service = if sts_has(operation) { "sts" } else { "iam" };
    client.call(service, operation, input).await.unwrap_or_else(|failure| {
        panic!("{operation}: {} {}", failure.code, failure.message);
    })
}

fn sts_has(operation: &str) -> bool {
    sts::SERVICE.operations.iter().any(|entry| entry.signature.name == operation)
}

async fn fails(client: &Client<'_>, operation: &'static str, input: Value) -> (String, String) {
    let failure = client.call("sts", operation, input).await.expect_err(operation);
    (failure.query_code().to_owned(), failure.message)
}

fn arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{role}")
}

fn assume(role: &str, session: &str) -> Value {
    json!({"RoleArn": arn(role), "RoleSessionName": session})
}

fn trust(principal: Value, actions: Value, condition: Value) -> String {
    let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": actions});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

async fn role(client: &Client<'_>, name: &str, trust: String) {
    let input = json!({"RoleName": name, "AssumeRolePolicyDocument": trust,
        "MaxSessionDuration": 43_200});
    ok(client, "CreateRole", input).await;
}

async fn inline(client: &Client<'_>, user: &str, action: &str) {
    let document = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
    let put = json!({"UserName": user, "PolicyName": "p", "PolicyDocument": document.to_string()});
    ok(client, "PutUserPolicy", put).await;
}

fn holder<'a>(cloud: &'a Cloud, answer: &Value) -> Client<'a> {
    let text = |member: &str| answer["Credentials"][member].as_str().expect(member);
    cloud.client(text("AccessKeyId"), text("SecretAccessKey"), Some(text("SessionToken")))
}

fn user_arn(name: &str) -> Value {
    json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/{name}")})
}

#[tokio::test]
async fn trust_in_the_user_is_enough_and_trust_in_the_account_is_not() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let call = json!("sts:AssumeRole");
    role(&admin, "named", trust(user_arn("ana"), call.clone(), Value::Null)).await;
    role(&admin, "account", trust(json!({"AWS": ACCOUNT}), call, Value::Null)).await;

    let answer = ok(&ana, "AssumeRole", assume("named", "one")).await;
    let id = ok(&admin, "GetRole", json!({"RoleName": "named"})).await["Role"]["RoleId"].clone();
    let user_of = &answer["AssumedRoleUser"];
    let expected = format!("arn:aws:sts::{ACCOUNT}:assumed-role/named/one");
    assert_eq!(user_of["Arn"], expected.as_str());
    assert_eq!(user_of["AssumedRoleId"], format!("{}:one", id.as_str().unwrap()));
    let me = ok(&holder(&cloud, &answer), "GetCallerIdentity", json!({})).await;
    assert_eq!(me["Arn"], expected.as_str());
    assert_eq!(me["UserId"], user_of["AssumedRoleId"]);

    assert_eq!(fails(&ana, "AssumeRole", assume("account", "one")).await.0, "AccessDenied");
    inline(&admin, "ana", "sts:AssumeRole").await;
    ok(&ana, "AssumeRole", assume("account", "one")).await;
}

#[tokio::test]
async fn a_role_that_does_not_exist_refuses_as_one_that_does_not_trust() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    inline(&admin, "ana", "sts:*").await;
    let service = json!({"Service": "lambda.amazonaws.com"});
    role(&admin, "real", trust(service, json!("sts:AssumeRole"), Value::Null)).await;
    let (code, real) = fails(&ana, "AssumeRole", assume("real", "one")).await;
    let (same, none) = fails(&ana, "AssumeRole", assume("none", "one")).await;
    assert_eq!((code, real.replace("role/real", "role/none")), (same, none));
}

#[tokio::test]
async fn a_recreated_user_is_not_trusted() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    cloud.user("ana", None).await;
    let trusted = trust(user_arn("ana"), json!("sts:AssumeRole"), Value::Null);
    role(&admin, "r", trusted).await;
    let keys = ok(&admin, "ListAccessKeys", json!({"UserName": "ana"})).await;
    let id = &keys["AccessKeyMetadata"][0]["AccessKeyId"];
    ok(&admin, "DeleteAccessKey", json!({"UserName": "ana", "AccessKeyId": id})).await;
    ok(&admin, "DeleteUser", json!({"UserName": "ana"})).await;
    let again = cloud.user("ana", None).await;
    assert_eq!(fails(&again, "AssumeRole", assume("r", "one")).await.0, "AccessDenied");
}

#[tokio::test]
async fn external_ids_tags_and_source_identities_are_judged() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let condition = json!({"StringEquals": {"sts:ExternalId": "blue"}});
    let trusted = trust(user_arn("ana"), json!("sts:AssumeRole"), condition);
    role(&admin, "r", trusted).await;
    assert_eq!(fails(&ana, "AssumeRole", assume("r", "one")).await.0, "AccessDenied");
    let mut input = assume("r", "one");
    input["ExternalId"] = json!("blue");
    ok(&ana, "AssumeRole", input.clone()).await;
    let mut tagged = input.clone();
    tagged["Tags"] = json!([{"Key": "team", "Value": "red"}]);
    let (_, message) = fails(&ana, "AssumeRole", tagged).await;
    assert!(message.contains("is not authorized to perform: sts:TagSession"), "{message}");
    input["SourceIdentity"] = json!("ana");
    let (_, message) = fails(&ana, "AssumeRole", input).await;
    assert!(message.contains("sts:SetSourceIdentity"), "{message}");
}

#[tokio::test]
async fn a_chain_keeps_transitive_tags_and_the_source_identity_for_an_hour() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let all = json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]);
    role(&admin, "first", trust(user_arn("ana"), all.clone(), Value::Null)).await;
    let first = json!({"AWS": arn("first")});
    let condition = json!({"StringEquals": {"aws:PrincipalTag/team": "red"}});
    role(&admin, "second", trust(first.clone(), all, condition)).await;
    role(&admin, "plain", trust(first, json!("sts:AssumeRole"), Value::Null)).await;

    let mut input = assume("first", "one");
    input["Tags"] = json!([{"Key": "team", "Value": "red"}]);
    input["TransitiveTagKeys"] = json!(["team"]);
    input["SourceIdentity"] = json!("ana");
    input["DurationSeconds"] = json!(43_200);
    let answer = ok(&ana, "AssumeRole", input).await;
    assert_eq!(answer["SourceIdentity"], "ana");
    let session = holder(&cloud, &answer);

    let mut long = assume("second", "two");
    long["DurationSeconds"] = json!(3_601);
    let (code, message) = fails(&session, "AssumeRole", long).await;
    assert_eq!(code, "ValidationError");
    assert!(message.contains("role chaining"), "{message}");
    let answer = ok(&session, "AssumeRole", assume("second", "two")).await;
    assert_eq!(answer["SourceIdentity"], "ana");
    let (_, message) = fails(&session, "AssumeRole", assume("plain", "two")).await;
    assert!(message.contains("sts:TagSession"), "{message}");
    let mut clash = assume("second", "two");
    clash["Tags"] = json!([{"Key": "Team", "Value": "blue"}]);
    assert_eq!(fails(&session, "AssumeRole", clash).await.0, "InvalidParameterValue");
}

#[tokio::test]
async fn session_policies_limit_and_sessions_end() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let trusted = trust(user_arn("ana"), json!("sts:AssumeRole"), Value::Null);
    role(&admin, "r", trusted).await;
    let admin_policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attach = json!({"RoleName": "r", "PolicyArn": admin_policy});
    ok(&admin, "AttachRolePolicy", attach).await;
    let free = holder(&cloud, &ok(&ana, "AssumeRole", assume("r", "one")).await);
    ok(&free, "ListUsers", json!({})).await;

    let mut input = assume("r", "two");
    input["PolicyArns"] = json!([{"arn": "arn:aws:iam::aws:policy/AmazonSQSFullAccess"}]);
    let answer = ok(&ana, "AssumeRole", input).await;
    assert!(answer["PackedPolicySize"].as_u64().unwrap() > 0);
    let limited = holder(&cloud, &answer);
    let refusal = limited.call("iam", "ListUsers", json!({})).await.unwrap_err();
    assert!(refusal.message.contains("no session policy allows"), "{}", refusal.message);

    cloud.clock().advance(Duration::from_secs(3_600));
    assert!(free.call("iam", "ListUsers", json!({})).await.is_err());
}

#[tokio::test]
async fn only_long_lived_credentials_get_further_ones() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let answer = ok(&ana, "GetSessionToken", json!({})).await;
    let session = holder(&cloud, &answer);
    let me = ok(&session, "GetCallerIdentity", json!({})).await;
    assert_eq!(me, ok(&ana, "GetCallerIdentity", json!({})).await);
    assert!(session.call("sts", "GetSessionToken", json!({})).await.is_err());

    inline(&admin, "ana", "*").await;
    let named = json!({"Name": "bob"});
    let answer = ok(&ana, "GetFederationToken", named.clone()).await;
    let expected = format!("arn:aws:sts::{ACCOUNT}:federated-user/bob");
    assert_eq!(answer["FederatedUser"]["Arn"], expected.as_str());
    let bob = holder(&cloud, &answer);
    let me = ok(&bob, "GetCallerIdentity", json!({})).await;
    assert_eq!(me["UserId"], format!("{ACCOUNT}:bob"));
    assert!(bob.call("sts", "GetFederationToken", named).await.is_err());
}

#[tokio::test]
async fn a_service_gets_a_session_of_a_role_that_trusts_it() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let lambda = json!({"Service": "lambda.amazonaws.com"});
    let function = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:f");
    let condition = json!({"ArnEquals": {"aws:SourceArn": function}});
    role(&admin, "r", trust(lambda, json!("sts:AssumeRole"), condition)).await;
    let by = |principal, source: &str| As::Service {
        principal,
        source_arn: source.to_owned(),
        source_account: ACCOUNT.to_owned(),
    };
    let cx = cloud.context();
    let call = async |name| cx.call("sts", "AssumeRole", assume("r", "run"), name).await;
    assert!(call(by("lambda.amazonaws.com", &function)).await.is_ok());
    assert!(call(by("lambda.amazonaws.com", "arn:aws:lambda:::function:g")).await.is_err());
    assert!(call(by("sns.amazonaws.com", &function)).await.is_err());
}

#[tokio::test]
async fn a_key_tells_its_account() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let known = json!({"AccessKeyId": "ASIAY34FZKBOKMUTVV7A"});
    assert_eq!(ok(&admin, "GetAccessKeyInfo", known).await, json!({"Account": "609629065308"}));
    let short = json!({"AccessKeyId": "AKIA000000000000"});
    assert_eq!(fails(&admin, "GetAccessKeyInfo", short).await.0, "ValidationError");
}

#[tokio::test]
async fn across_accounts_both_sides_must_allow() {
    const OTHER: &str = "111122223333";
    let cloud = cloud().await;
    let ana = cloud.user("ana", None).await;
    let trusted = trust(json!({"AWS": ACCOUNT}), json!("sts:AssumeRole"), Value::Null);
    let role = Role {
        name: "guest".into(),
        path: "/visit/".into(),
        id: "AROAGUESTGUESTGUEST22".into(),
        created: Timestamp::default(),
        trust: trusted,
        description: None,
        max_session_secs: 3_600,
        tags: Vec::new(),
        boundary: None,
        attached: vec!["arn:aws:iam::aws:policy/IAMReadOnlyAccess".into()],
        inline: BTreeMap::new(),
    };
    let scope = Scope::new(OTHER, "us-east-1");
    cloud.platform().write(&scope, |tx| tx.put(&role)).await.unwrap();
    let input = json!({"RoleArn": role.arn(OTHER), "RoleSessionName": "ana"});
    let (code, message) = fails(&ana, "AssumeRole", input.clone()).await;
    assert_eq!(code, "AccessDenied");
    let expected = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: sts:AssumeRole on \
         resource: arn:aws:iam::{OTHER}:role/visit/guest"
    );
    assert_eq!(message, expected);
    inline(&cloud.admin(), "ana", "sts:AssumeRole").await;
    let session = holder(&cloud, &ok(&ana, "AssumeRole", input).await);
    let me = ok(&session, "GetCallerIdentity", json!({})).await;
    assert_eq!(me["Account"], OTHER);
    // What the session sees is the other account.
    assert_eq!(ok(&session, "ListUsers", json!({})).await["Users"], json!([]));
}

#[tokio::test]
async fn sessions_end_with_the_user_or_role_they_are_of() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let trusted = || trust(user_arn("ana"), json!("sts:AssumeRole"), Value::Null);
    role(&admin, "r", trusted()).await;
    let of_role = holder(&cloud, &ok(&ana, "AssumeRole", assume("r", "one")).await);
    let of_user = holder(&cloud, &ok(&ana, "GetSessionToken", json!({})).await);
    for session in [&of_role, &of_user] {
        ok(session, "GetCallerIdentity", json!({})).await;
    }
    ok(&admin, "DeleteRole", json!({"RoleName": "r"})).await;
    // One of the same name is another role.
    role(&admin, "r", trusted()).await;
    let unknown = fails(&of_role, "GetCallerIdentity", json!({})).await;
    assert_eq!(unknown.0, "UnrecognizedClientException");
    let keys = ok(&admin, "ListAccessKeys", json!({"UserName": "ana"})).await;
    let id = &keys["AccessKeyMetadata"][0]["AccessKeyId"];
    ok(&admin, "DeleteAccessKey", json!({"UserName": "ana", "AccessKeyId": id})).await;
    ok(&of_user, "GetCallerIdentity", json!({})).await;
    ok(&admin, "DeleteUser", json!({"UserName": "ana"})).await;
    let unknown = fails(&of_user, "GetCallerIdentity", json!({})).await;
    assert_eq!(unknown.0, "UnrecognizedClientException");
}

#[tokio::test]
async fn sessions_are_revoked_by_the_time_they_were_issued() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    role(&admin, "r", trust(user_arn("ana"), json!("sts:AssumeRole"), Value::Null)).await;
    let attach = json!({"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"});
    ok(&admin, "AttachRolePolicy", attach).await;
    let old = holder(&cloud, &ok(&ana, "AssumeRole", assume("r", "one")).await);
    ok(&old, "ListUsers", json!({})).await;
    cloud.clock().advance(Duration::from_secs(60));
    // What the console's "revoke active sessions" puts on the role.
    let before = cloud.clock().now().date_time();
    let revoke = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*",
        "Resource": "*", "Condition": {"DateLessThan": {"aws:TokenIssueTime": before}}}});
    let put = json!({"RoleName": "r", "PolicyName": "AWSRevokeOlderSessions",
        "PolicyDocument": revoke.to_string()});
    ok(&admin, "PutRolePolicy", put).await;
    let refusal = old.call("iam", "ListUsers", json!({})).await.unwrap_err();
    assert!(refusal.message.contains("explicit deny"), "{}", refusal.message);
    let new = holder(&cloud, &ok(&ana, "AssumeRole", assume("r", "two")).await);
    ok(&new, "ListUsers", json!({})).await;
}

#[tokio::test]
async fn policies_and_tags_have_their_limits() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    inline(&admin, "ana", "sts:*").await;
    let all = json!(["sts:AssumeRole", "sts:TagSession"]);
    role(&admin, "r", trust(user_arn("ana"), all, Value::Null)).await;
    let document = |sid: usize| {
        let statement = json!({"Sid": "s".repeat(sid), "Effect": "Allow", "Action": "*",
            "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": statement}).to_string()
    };
    let arns = |count| vec![json!({"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}); count];
    let tags = |count| {
        let tag = |index| json!({"Key": format!("k{index}"), "Value": "v"});
        (0..count).map(tag).collect::<Vec<_>>()
    };
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    for (operation, base) in
        [("AssumeRole", assume("r", "one")), ("GetFederationToken", json!({"Name": "bob"}))]
    {
        let with = |member: &str, value: Value| {
            let mut input = base.clone();
            input[member] = value;
            input
        };
        assert!(ok(&ana, operation, base.clone()).await["PackedPolicySize"].is_null());
        for (member, value) in [
            ("Policy", json!(document(1))),
            ("PolicyArns", json!(arns(10))),
            ("Tags", json!(tags(50))),
        ] {
            let answer = ok(&ana, operation, with(member, value)).await;
            let packed = answer["PackedPolicySize"].as_u64().unwrap();
            assert!((1..=100).contains(&packed), "{operation} {member}: {packed}");
        }
        let large = (0..20).map(|index| tag(&format!("{index:0128}"), &"v".repeat(256)));
        let large: Vec<_> = large.collect();
        for (member, value, code) in [
            ("PolicyArns", json!(arns(11)), "ValidationError"),
            ("PolicyArns", json!([{"arn": "arn:aws:iam::aws:policy/None"}]), "ValidationError"),
            ("Policy", json!("{}"), "MalformedPolicyDocument"),
            ("Tags", json!(tags(51)), "ValidationError"),
            ("Tags", json!([tag(&"k".repeat(129), "")]), "ValidationError"),
            ("Tags", json!([tag("k", &"v".repeat(257))]), "ValidationError"),
            ("Tags", json!([tag("Team", "a"), tag("team", "b")]), "InvalidParameterValue"),
            ("Tags", json!(large), "PackedPolicyTooLarge"),
        ] {
            let (refused, message) = fails(&ana, operation, with(member, value)).await;
            assert_eq!(refused, code, "{operation} {member}: {message}");
        }
    }
    // A document alone, where its length is not said in the model.
    let mut long = assume("r", "one");
    long["Policy"] = json!(document(2_000));
    assert_eq!(fails(&ana, "AssumeRole", long).await.0, "PackedPolicyTooLarge");
}

#[tokio::test]
async fn sessions_get_only_the_credentials_that_are_theirs_to_get() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    inline(&admin, "ana", "*").await;
    role(&admin, "r", trust(user_arn("ana"), json!("sts:AssumeRole"), Value::Null)).await;
    let attach =
        json!({"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    ok(&admin, "AttachRolePolicy", attach).await;
    let of_role = holder(&cloud, &ok(&ana, "AssumeRole", assume("r", "one")).await);
    for (operation, input) in
        [("GetSessionToken", json!({})), ("GetFederationToken", json!({"Name": "bob"}))]
    {
        assert_eq!(fails(&of_role, operation, input).await.0, "AccessDenied", "{operation}");
    }

    // A user's may be of a day and a half, and reach neither IAM nor most of STS.
    let long = json!({"DurationSeconds": 129_600});
    let of_user = holder(&cloud, &ok(&ana, "GetSessionToken", long).await);
    for seconds in [899, 129_601] {
        let wrong = json!({"DurationSeconds": seconds});
        assert_eq!(fails(&ana, "GetSessionToken", wrong).await.0, "ValidationError");
    }
    cloud.clock().advance(Duration::from_secs(129_599));
    ok(&of_user, "AssumeRole", assume("r", "two")).await;
    ok(&of_user, "GetCallerIdentity", json!({})).await;
    of_user.call("iam", "ListUsers", json!({})).await.unwrap_err();
    let key = json!({"AccessKeyId": "ASIAY34FZKBOKMUTVV7A"});
    fails(&of_user, "GetAccessKeyInfo", key).await;
    cloud.clock().advance(Duration::from_secs(1));
    fails(&of_user, "GetCallerIdentity", json!({})).await;

    // The root user's are cut to an hour.
    let root = Caller::new(policy::Principal::Root { account: ACCOUNT.into() });
    let asked = json!({"DurationSeconds": 129_600});
    let root = As::Session(Box::new(root));
    let answer = cloud.context().call("sts", "GetSessionToken", asked, root).await.unwrap();
    let of_root = holder(&cloud, &answer);
    ok(&of_root, "GetCallerIdentity", json!({})).await;
    cloud.clock().advance(Duration::from_secs(3_600));
    fails(&of_root, "GetCallerIdentity", json!({})).await;
}

#[tokio::test]
async fn tags_of_a_chain_outweigh_those_of_its_roles() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let ana = cloud.user("ana", None).await;
    let all = json!(["sts:AssumeRole", "sts:TagSession"]);
    let red = json!({"StringEquals": {"aws:PrincipalTag/team": "red"}});
    role(&admin, "first", trust(user_arn("ana"), all.clone(), Value::Null)).await;
    role(&admin, "second", trust(json!({"AWS": arn("first")}), all.clone(), Value::Null)).await;
    role(&admin, "third", trust(json!({"AWS": arn("second")}), all, red)).await;
    let blue = json!({"RoleName": "second", "Tags": [{"Key": "Team", "Value": "blue"}]});
    ok(&admin, "TagRole", blue).await;
    let mut input = assume("first", "one");
    input["Tags"] = json!([{"Key": "team", "Value": "red"}]);
    let plain = holder(&cloud, &ok(&ana, "AssumeRole", input.clone()).await);
    input["TransitiveTagKeys"] = json!(["team"]);
    let handed_on = holder(&cloud, &ok(&ana, "AssumeRole", input).await);
    // Without being transitive the tag ends with the first role.
    let second = holder(&cloud, &ok(&plain, "AssumeRole", assume("second", "two")).await);
    assert_eq!(fails(&second, "AssumeRole", assume("third", "three")).await.0, "AccessDenied");
    let second = holder(&cloud, &ok(&handed_on, "AssumeRole", assume("second", "two")).await);
    ok(&second, "AssumeRole", assume("third", "three")).await;
}

#[tokio::test]
async fn what_is_not_there_is_refused_by_name() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    role(&admin, "r", trust(json!({"AWS": ACCOUNT}), json!("sts:AssumeRole"), Value::Null)).await;
    let mut input = assume("r", "one");
    input["ProvidedContexts"] = json!([{"ProviderArn": "arn:aws:iam::aws:contextProvider/x",
        "ContextAssertion": "assertion"}]);
    let (code, message) = fails(&admin, "AssumeRole", input).await;
    assert_eq!(code, "NotImplemented");
    assert!(message.contains("ProvidedContexts"), "{message}");

    for (service, version, operation) in [
        ("sts", "2011-06-15", "GetDelegatedAccessToken"),
        ("iam", "2010-05-08", "CreateDelegationRequest"),
    ] {
        let request = http::Request::post("/")
            .header("host", format!("{service}.amazonaws.com"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("Action={operation}&Version={version}").into());
        let answer = cloud.send(admin.sign(service, request.unwrap())).await;
        assert_eq!(answer.status(), 501, "{operation}");
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(body.contains(operation), "{body}");
    }
}
