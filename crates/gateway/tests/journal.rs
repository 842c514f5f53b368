//! The range journal: what it says of requests that touch a watched account.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use service_kit::{
    audit::Refusal,
    journal::{JournalAccess, JournalDecision, JournalEntry, sha256},
    prelude::*,
    service::Speaks,
};
use testkit::{ACCOUNT, Client, Cloud, REGION};

const THIEF: &str = "444455556666";

/// A service with a rule of its own.
static OWN: Service = Service {
    speaks: &[Speaks::AwsJson10 { target: "Own" }],
    operations: &[operation::<Hello>(), operation::<Rule>()],
    ..Service::new("own", "own.amazonaws.com")
};

enum Rule {}

impl Operation for Rule {
    const NAME: &'static str = "Rule";
    type Input = Empty;
    type Output = Empty;
    type Error = Fault;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("own:Rule").only()
    }

    async fn run(_: &Context, _: Empty) -> Result<Empty, Fault> {
        Err(Fault::AccessDenied("Not on a Sunday.".into()))
    }
}

enum Hello {}

impl Operation for Hello {
    const NAME: &'static str = "Hello";
    type Input = Empty;
    type Output = Empty;
    type Error = Fault;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::signed_only("own:Hello", "Whoever signs may say hello.")
    }

    async fn run(cx: &Context, _: Empty) -> Result<Empty, Fault> {
        cx.clock().sleep(Duration::from_secs(1)).await;
        Ok(Empty)
    }
}

async fn cloud() -> Cloud {
    let services = [
        &OWN,
        &apigateway::SERVICE,
        &apigateway::EXECUTE_API,
        &iam::SERVICE,
        &kms::SERVICE,
        &sqs::SERVICE,
    ];
    Cloud::start(&services).await
}

async fn watching() -> Cloud {
    let cloud = cloud().await;
    cloud.platform().journal().watch(ACCOUNT).await.unwrap();
    cloud
}

async fn ask(
    client: &Client<'_>,
    service: &'static str,
    operation: &'static str,
    input: Value,
) -> Value {
    client
        .call(service, operation, input)
        .await
        .unwrap_or_else(|failure| panic!("{operation}: {} {}", failure.code, failure.message))
}

fn entries(cloud: &Cloud, account: &str) -> Vec<JournalEntry> {
    let entries = cloud.platform().journal().entries(account, None, 10_000).unwrap();
    entries.into_iter().map(|logged| logged.entry).collect()
}

fn last(cloud: &Cloud) -> JournalEntry {
    entries(cloud, ACCOUNT).pop().unwrap()
}

fn only(entry: &JournalEntry) -> &JournalAccess {
    assert_eq!(entry.accesses.len(), 1, "{entry:?}");
    &entry.accesses[0]
}

/// The kind of policy, the policy, the statement and its text.
fn decisive(access: &JournalAccess) -> [&str; 4] {
    let first = &access.statements[0];
    [&first.place.policy_type, &first.place.policy, &first.place.statement, &first.text]
}

async fn queue(cloud: &Cloud, name: &str, policy: Option<Value>) -> String {
    let mut input = json!({"QueueName": name});
    if let Some(statements) = policy {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        input["Attributes"] = json!({"Policy": policy});
    }
    let made = ask(&cloud.admin(), "sqs", "CreateQueue", input).await;
    made["QueueUrl"].as_str().unwrap().to_owned()
}

fn send(url: &str) -> Value {
    json!({"QueueUrl": url, "MessageBody": "a secret that nobody journals"})
}

#[tokio::test]
async fn nothing_is_written_while_nobody_is_watched() {
    let cloud = cloud().await;
    let url = queue(&cloud, "q", None).await;
    ask(&cloud.admin(), "sqs", "SendMessage", send(&url)).await;
    assert!(cloud.context().notes().is_none());
    assert!(entries(&cloud, ACCOUNT).is_empty());
    cloud.platform().journal().watch(THIEF).await.unwrap();
    ask(&cloud.admin(), "sqs", "SendMessage", send(&url)).await;
    for table in ["platform.journal", "platform.journal_log"] {
        assert_eq!(cloud.platform().scopes_of(table).unwrap(), []);
    }
}

#[tokio::test]
async fn an_identity_policy_allows_and_its_statement_is_kept_as_it_was() {
    let cloud = watching().await;
    let url = queue(&cloud, "q", None).await;
    let statement = json!({"Sid": "Send", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
    let ann = cloud.user("ann", statement.clone()).await;
    ask(&ann, "sqs", "SendMessage", send(&url)).await;
    let entry = last(&cloud);
    let access = only(&entry);
    assert_eq!((&*entry.service, &*entry.operation, entry.status), ("sqs", "SendMessage", 200));
    assert_eq!(entry.caller.kind, "IAMUser");
    assert_eq!(entry.caller.arn, format!("arn:aws:iam::{ACCOUNT}:user/ann"));
    assert_eq!(entry.caller.source_ip.as_deref(), Some("127.0.0.1"));
    assert!(entry.caller.access_key_id.as_deref().unwrap().starts_with("AKIA"));
    assert_eq!((&*access.action, access.decision), ("sqs:SendMessage", JournalDecision::Allowed));
    assert_eq!(access.resource, format!("arn:aws:sqs:{REGION}:{ACCOUNT}:q"));
    let [kind, policy, sid, text] = decisive(access);
    assert_eq!([kind, policy, sid], ["identity-based policy", "p", "Send"]);
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), statement);
    let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    assert_eq!(access.statements[0].sha256, sha256(&document));
    assert!(!format!("{entry:?}").contains("nobody journals"));
}

#[tokio::test]
async fn a_stranger_comes_in_by_the_statement_that_lets_him() {
    let cloud = watching().await;
    let open = json!([
        {"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sqs:*", "Resource": "*"},
        {"Sid": "OpenQueue", "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"},
    ]);
    let url = queue(&cloud, "open", Some(open)).await;
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let thief = cloud.user_of(THIEF, "thief", all).await;
    ask(&thief, "sqs", "SendMessage", send(&url)).await;
    let entry = last(&cloud);
    assert_eq!((&*entry.account, &*entry.accounts[0]), (THIEF, ACCOUNT));
    let access = only(&entry);
    assert_eq!((&*access.owner, access.decision), (ACCOUNT, JournalDecision::Allowed));
    let kinds = access.statements.iter().map(|it| &*it.place.policy_type);
    assert_eq!(kinds.collect::<Vec<_>>(), ["resource-based policy", "identity-based policy"]);
    assert_eq!(decisive(access)[2], "OpenQueue");
    // What the thief does at home is nobody's business.
    let before = entries(&cloud, ACCOUNT).len();
    ask(&thief, "sqs", "ListQueues", json!({})).await;
    assert_eq!(entries(&cloud, ACCOUNT).len(), before);

    // Of two statements the one that only delegates to the account does not decide.
    let bob = cloud.user("bob", None).await;
    ask(&bob, "sqs", "SendMessage", send(&url)).await;
    let entry = last(&cloud);
    assert_eq!(only(&entry).decided_by, "resource-based policy");
    assert_eq!(decisive(only(&entry))[2], "OpenQueue");
    assert_eq!(only(&entry).matched.len(), 2);
}

#[tokio::test]
async fn refusals_say_which_statement_denies_or_which_policy_is_missing() {
    let cloud = watching().await;
    let url = queue(&cloud, "q", None).await;
    let statements = json!([
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
        {"Sid": "NoSending", "Effect": "Deny", "Action": "sqs:Send*", "Resource": "*"},
    ]);
    let ann = cloud.user("ann", statements).await;
    ann.call("sqs", "SendMessage", send(&url)).await.unwrap_err();
    let entry = last(&cloud);
    assert_eq!(entry.error_code.as_deref(), Some("AccessDeniedException"));
    assert_eq!(only(&entry).decision, JournalDecision::ExplicitDeny);
    assert_eq!(decisive(only(&entry))[2], "NoSending");

    let bob = cloud.user("bob", None).await;
    bob.call("sqs", "SendMessage", send(&url)).await.unwrap_err();
    let entry = last(&cloud);
    assert_eq!(only(&entry).decision, JournalDecision::ImplicitDeny);
    assert_eq!(only(&entry).decided_by, "identity-based policy");
    assert!(only(&entry).statements.is_empty());
    // The refusal is told the account, too, as ever.
    let refusals = Refusal::latest(cloud.platform(), Some(ACCOUNT), 10, |_| true).await.unwrap();
    assert_eq!(refusals.len(), 2);

    // Allowed, but there is nothing; and nothing is asked of who is wrong about the shape.
    let missing = url.replace("/q", "/none");
    cloud.admin().call("sqs", "SendMessage", send(&missing)).await.unwrap_err();
    let entry = last(&cloud);
    assert_eq!(entry.error_code.as_deref(), Some("QueueDoesNotExist"));
    assert_eq!(only(&entry).decision, JournalDecision::Allowed);
    cloud.admin().call("sqs", "SendMessage", json!({"QueueUrl": url})).await.unwrap_err();
    let entry = last(&cloud);
    assert_eq!((entry.accesses.len(), entry.status), (0, 400));
}

#[tokio::test]
async fn a_grant_and_a_key_policy_are_told_apart() {
    let cloud = watching().await;
    let admin = cloud.admin();
    let made = ask(&admin, "kms", "CreateKey", json!({})).await;
    let id = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let sealed = json!({"KeyId": id, "Plaintext": STANDARD.encode("marked plaintext")});
    let sealed = ask(&admin, "kms", "Encrypt", sealed).await["CiphertextBlob"].clone();
    let entry = last(&cloud);
    let kinds = only(&entry).statements.iter().map(|it| &*it.place.policy_type);
    assert_eq!(kinds.collect::<Vec<_>>(), ["resource-based policy", "identity-based policy"]);

    let bob = cloud.user("bob", None).await;
    let grant = json!({
        "KeyId": id, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:user/bob"),
        "Operations": ["Decrypt"],
    });
    let grant = ask(&admin, "kms", "CreateGrant", grant).await;
    let decrypt = json!({"KeyId": id, "CiphertextBlob": sealed});
    cloud.platform().journal().mark(ACCOUNT, "m", "marked plaintext").await.unwrap();
    ask(&bob, "kms", "Decrypt", decrypt).await;
    let entry = last(&cloud);
    let access = only(&entry);
    assert_eq!(
        (access.decision, &*access.decided_by),
        (JournalDecision::Allowed, "resource-based policy")
    );
    let [_, policy, ..] = decisive(access);
    assert!(policy.contains(grant["GrantId"].as_str().unwrap()), "{policy}");
    assert_eq!(entry.markers[0].id, "m");
}

/// An API whose GET answers with `body`, in the stage `prod`.
async fn api(cloud: &Cloud, body: &str, authorization: &str) -> String {
    let admin = cloud.admin();
    let made = ask(&admin, "apigateway", "CreateRestApi", json!({"name": "shop"})).await;
    let at = json!({
        "restApiId": made["id"], "resourceId": made["rootResourceId"], "httpMethod": "GET",
        "statusCode": "200", "authorizationType": authorization, "type": "MOCK",
        "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responseTemplates": {"application/json": body}, "stageName": "prod",
    });
    let with = |names: &[&str]| {
        names.iter().map(|name| ((*name).to_owned(), at[*name].clone())).collect::<Value>()
    };
    let method = ["restApiId", "resourceId", "httpMethod"];
    for (operation, more) in [
        ("PutMethod", &["authorizationType"][..]),
        ("PutMethodResponse", &["statusCode"]),
        ("PutIntegration", &["type", "requestTemplates"]),
        ("PutIntegrationResponse", &["statusCode", "responseTemplates"]),
    ] {
        ask(&admin, "apigateway", operation, with(&[&method[..], more].concat())).await;
    }
    ask(&admin, "apigateway", "CreateDeployment", with(&["restApiId", "stageName"])).await;
    made["id"].as_str().unwrap().to_owned()
}

fn get(api: &str, path: &str) -> Request<Bytes> {
    let host = format!("{api}.execute-api.{REGION}.amazonaws.com");
    Request::get(path).header("host", host).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn an_open_method_is_said_to_be_open_and_what_leaves_is_found() {
    let cloud = watching().await;
    cloud.platform().journal().mark(ACCOUNT, "reel", "HEIST{0123456789}").await.unwrap();
    let open = api(&cloud, "{\"title\": \"HEIST{0123456789}\"}", "NONE").await;
    let answer = cloud.send(get(&open, "/prod")).await;
    assert_eq!(answer.status(), 200);
    let entry = last(&cloud);
    let http = entry.http.as_ref().unwrap();
    assert_eq!(
        (&*http.api, http.stage.as_deref(), http.route.as_deref()),
        (&*open, Some("prod"), Some("/"))
    );
    assert_eq!((&*entry.service, &*entry.operation, entry.status), ("execute-api", "GET /", 200));
    assert_eq!(entry.request_id, answer.headers()["x-amzn-requestid"].to_str().unwrap());
    assert_eq!(entry.caller.kind, "Anonymous");
    assert_eq!(entry.bytes_out, answer.body().len() as u64);
    assert_eq!(entry.markers[0].id, "reel");
    assert!(entry.trace_id.is_some());
    assert_eq!(only(&entry).decision, JournalDecision::Open);
    let why = "not authenticated: method GET / has authorizationType NONE";
    assert_eq!(only(&entry).decided_by, why);

    cloud.send(get(&open, "/prod/none")).await;
    let entry = last(&cloud);
    assert_eq!((entry.status, entry.http.unwrap().route), (403, None));

    let locked = api(&cloud, "{}", "AWS_IAM").await;
    cloud.send(get(&locked, "/prod")).await;
    let entry = last(&cloud);
    assert_eq!(entry.error_code.as_deref(), Some("MissingAuthenticationTokenException"));
    assert!(entry.accesses.is_empty());
    let signed = cloud.admin().sign("execute-api", get(&locked, "/prod"));
    assert_eq!(cloud.send(signed).await.status(), 200);
    let entry = last(&cloud);
    assert_eq!(entry.caller.kind, "IAMUser");
    assert_eq!(only(&entry).decision, JournalDecision::Allowed);
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let thief = cloud.user_of(THIEF, "thief", all).await;
    assert_eq!(cloud.send(thief.sign("execute-api", get(&locked, "/prod"))).await.status(), 403);
    let entry = last(&cloud);
    assert_eq!(entry.caller.account.as_deref(), Some(THIEF));
    assert_eq!(only(&entry).decision, JournalDecision::ImplicitDeny);
}

#[tokio::test]
async fn a_rule_of_the_services_own_and_an_open_operation_are_named() {
    let cloud = watching().await;
    cloud.admin().call("own", "Rule", json!({})).await.unwrap_err();
    let entry = last(&cloud);
    assert_eq!(entry.accesses.len(), 2);
    assert_eq!(entry.accesses[0].decision, JournalDecision::Allowed);
    assert_eq!(entry.accesses[1].decision, JournalDecision::RefusedByService);
    assert_eq!(entry.accesses[1].decided_by, "own.amazonaws.com");
    assert_eq!(entry.error_code.as_deref(), Some("AccessDeniedException"));
}

#[tokio::test]
async fn who_hangs_up_is_journaled_all_the_same() {
    let cloud = watching().await;
    let request = Request::post("/")
        .header("host", "own.us-east-1.amazonaws.com")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "Own.Hello");
    let request = request.body(Bytes::from_static(b"{}")).unwrap();
    let request = cloud.admin().sign("own", request);
    tokio::select! {
        biased;
        _ = cloud.send(request) => panic!("the operation sleeps"),
        () = std::future::ready(()) => {}
    }
    assert!(entries(&cloud, ACCOUNT).is_empty());
    // It may not sleep yet when the clock is moved for the first time.
    let entry = cloud.eventually(async || {
        cloud.clock().advance(Duration::from_secs(1));
        entries(&cloud, ACCOUNT).pop()
    });
    let entry = entry.await;
    assert_eq!((&*entry.operation, entry.status), ("Hello", 200));
    assert_eq!(only(&entry).decision, JournalDecision::Open);
    assert_eq!(only(&entry).decided_by, "Whoever signs may say hello.");
}

#[tokio::test]
async fn messages_are_named_and_what_services_do_on_the_way_is_linked() {
    let cloud = watching().await;
    let admin = cloud.admin();
    let key = ask(&admin, "kms", "CreateKey", json!({})).await;
    let url = queue(&cloud, "q", None).await;
    let set = json!({"KmsMasterKeyId": key["KeyMetadata"]["KeyId"]});
    let set = json!({"QueueUrl": url, "Attributes": set});
    ask(&admin, "sqs", "SetQueueAttributes", set).await;
    let text = "she said \"HEIST{0123456789}\"";
    cloud.platform().journal().mark(ACCOUNT, "m", text).await.unwrap();
    let before = entries(&cloud, ACCOUNT).len();
    let sent = json!({"QueueUrl": url, "MessageBody": text});
    let sent = ask(&admin, "sqs", "SendMessage", sent).await["MessageId"].clone();
    ask(&admin, "sqs", "ReceiveMessage", json!({"QueueUrl": url})).await;
    let new = entries(&cloud, ACCOUNT).split_off(before);
    let named = |operation: &str| new.iter().find(|it| it.operation == operation).unwrap();
    let (send, receive, inner) =
        (named("SendMessage"), named("ReceiveMessage"), named("GenerateDataKey"));
    assert_eq!(
        (&send.items, &receive.items),
        (&vec![sent.as_str().unwrap().to_owned()], &send.items)
    );
    assert_eq!((send.markers.len(), receive.markers.len()), (0, 1));
    assert_eq!(inner.caused_by.as_deref(), Some(&*send.request_id));
    assert_eq!(
        (inner.internal, send.internal, &*inner.caller.via[0]),
        (true, false, "sqs.amazonaws.com")
    );
}

#[tokio::test]
async fn only_the_parties_to_a_request_see_it_each_their_own_side() {
    let cloud = watching().await;
    let open = json!([
        {"Sid": "OpenQueue", "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"},
    ]);
    let url = queue(&cloud, "open", Some(open)).await;
    let all = json!({"Sid": "Mine", "Effect": "Allow", "Action": "*", "Resource": "*"});
    let thief = cloud.user_of(THIEF, "thief", all.clone()).await;
    let other = cloud.user_of("777788889999", "other", all).await;
    let nobody = cloud.user("nobody", None).await;
    let marker = "a secret that nobody journals";
    ask(&cloud.admin(), "sqs", "SendMessage", send(&url)).await;
    cloud.platform().journal().mark(ACCOUNT, "flag", marker).await.unwrap();
    ask(&thief, "sqs", "ReceiveMessage", json!({"QueueUrl": url})).await;
    let id = last(&cloud).request_id;
    let told = async |client: &Client<'_>| {
        let path = format!("/_heist/requests?request-id={id}");
        let request = Request::get(path).header("host", "localhost").body(Bytes::new()).unwrap();
        let answer = cloud.send(client.sign("heist", request)).await;
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        (answer.status().as_u16(), body["request"].clone())
    };
    let sids = |request: &Value| {
        let statements = request["accesses"][0]["statements"].as_array().unwrap().iter();
        statements.map(|it| it["place"]["statement"].clone()).collect::<Vec<_>>()
    };
    let (_, owner) = told(&cloud.admin()).await;
    assert_eq!(sids(&owner), ["OpenQueue"]);
    assert_eq!(owner["markers"], json!(["flag"]));
    assert_eq!(owner["caller"]["account"], THIEF);
    assert_eq!(owner["items"].as_array().unwrap().len(), 1);
    let (_, own) = told(&thief).await;
    assert_eq!(sids(&own), ["Mine"]);
    assert_eq!(own["markers"], json!([]));
    assert_eq!(own["accounts"], Value::Null);
    assert_eq!(told(&other).await, (200, Value::Null));
    assert_eq!(told(&nobody).await.0, 403);
}
